/** Whom a step is about: what its operation names, and of whom its refusal speaks. */
import { explainRefusal } from '../../explain/index.ts'
import type { Words } from '../../explain/words.ts'
import { isName, keysOf, rowOf, valueOf, type Op } from '../../sim/op.ts'
import type { Run, Step } from '../../sim/replay.ts'
import { succeeded } from '../../sim/result.ts'
import type { FdView, Snapshot } from '../../sim/snapshot.ts'
import type { World } from '../../sim/world.ts'
import { landsIn } from './space-cards.ts'
import { nodeId } from './ids.ts'

/**
 * The nodes of what an operation names, in the order of its keys; last the process that asks.
 * @param snapshots states in which a name is looked up; the first that has it counts
 */
export function subjectsOf(world: World, snapshots: readonly Snapshot[], op: Op): string[] {
  const named = keysOf(op.op).flatMap(([key, role]): string[] => {
    const value = valueOf(op, key)
    if (typeof value !== 'string') return []
    if (role === 'device') return deviceNode(world, value)
    if (role === 'group') return groupNode(world, value)
    return isName(role) ? nodesOfName(world, snapshots, value) : []
  })
  return [...new Set([...named, ...callerOf(world, op)])]
}

/** The process that asks, where the operation says so or only the first one can. */
function callerOf(world: World, op: Op): string[] {
  const opened = keysOf(op.op).some(([, role]) => role === 'fd')
  if (rowOf(op.op).who !== 'user' || (op.by === undefined && opened)) return []
  const process = op.by === undefined ? 0 : world.setup.processes.findIndex(({ name }) => name === op.by)
  return process < 0 ? [] : [nodeId.process(process)]
}

function deviceNode(world: World, bdf: string): string[] {
  const device = world.deviceIndex.get(bdf)
  return device === undefined ? [] : [nodeId.device(device)]
}

function groupNode(world: World, id: string): string[] {
  const group = world.groups.findIndex((other) => String(other.id) === id)
  return group < 0 ? [] : [nodeId.group(group)]
}

/** What a name stands for in the first of the states that has it, and the process that has it. */
function nodesOfName(world: World, snapshots: readonly Snapshot[], name: string): string[] {
  for (const snapshot of snapshots) {
    const fd = snapshot.fds.find(({ slot }) => world.slots[slot] === name)
    if (fd !== undefined) return [...nodeOfFd(snapshot, fd), nodeId.process(fd.process)]
  }
  return []
}

function nodeOfFd(snapshot: Snapshot, { kind, object }: FdView): string[] {
  switch (kind) {
    case 'group':
      return [nodeId.group(object)]
    case 'device':
    case 'cdev':
      return [nodeId.device(object)]
    case 'container':
      return [nodeId.container(object)]
    case 'iommufd':
      return [nodeId.iommufd(object)]
    case 'ioas':
      return ownerOfIoas(snapshot, object)
    case 'hwpt':
      return ownerOfIoas(snapshot, snapshot.hwpts.find(({ hwpt }) => hwpt === object)?.ioas ?? -1)
  }
}

function ownerOfIoas(snapshot: Snapshot, index: number): string[] {
  const owner = snapshot.ioases.find(({ ioas }) => ioas === index)?.iommufd
  return owner === undefined ? [] : [nodeId.iommufd(owner)]
}

/**
 * The nodes of whom a refusal speaks, while it is explained: the step at the cursor was refused, waits or ended the
 * kernel. Null: nothing is refused, or nobody in particular is spoken of.
 */
export function spokenOf(run: Run, cursor: number, snapshot: Snapshot): ReadonlySet<string> | null {
  // On a stopped kernel every later call has the same answer: what stopped it is what is explained.
  const at = snapshot.dead ? run.steps.slice(0, cursor).findIndex(isBug) : cursor - 1
  const step = run.steps[at]
  if (step === undefined || (succeeded(step.result) && !isBug(step))) return null
  const { world } = run
  const words = explainRefusal(run.kernel.id, world, step.op, run.traceOf(at), step.result) ?? []
  const spoken = new Set([...subjectsOf(world, [snapshot], step.op), ...nodesOfWords(words)])
  if (spoken.size === 0) return null
  addSurroundings(world, snapshot, spoken)
  return spoken
}

function isBug(step: Step): boolean {
  return 'bug' in step.result || step.completes.some(({ result }) => 'bug' in result)
}

function nodesOfWords(words: Words): string[] {
  return words.flatMap((span): string[] => {
    if (typeof span === 'string' || span.index === undefined) return []
    const { kind, index } = span
    return kind === 'device' || kind === 'group' || kind === 'container' || kind === 'process'
      ? [nodeId[kind](index)]
      : []
  })
}

/**
 * What belongs to those who are spoken of: the group of a device; all devices of a group of which none is named; the
 * address space where harmful DMA lands, and what a group is attached to, with the processes that hold it.
 */
function addSurroundings(world: World, snapshot: Snapshot, spoken: Set<string>): void {
  const groups = world.groups.flatMap((target, group) => {
    const named = target.devices.filter((device) => spoken.has(nodeId.device(device)))
    if (named.length === 0 && !spoken.has(nodeId.group(group))) return []
    spoken.add(nodeId.group(group))
    return [{ group, devices: named.length === 0 ? target.devices : named }]
  })
  for (const { group, devices } of groups) {
    for (const device of devices) {
      spoken.add(nodeId.device(device))
      spoken.add(landsIn(world, snapshot, device))
    }
    const { container = -1, compat = -1 } = snapshot.groups[group] ?? {}
    if (container >= 0) spoken.add(nodeId.container(container))
    if (compat >= 0) spoken.add(nodeId.iommufd(compat))
  }
  for (const fd of snapshot.fds) {
    if (nodeOfFd(snapshot, fd).some((node) => spoken.has(node))) spoken.add(nodeId.process(fd.process))
  }
}
