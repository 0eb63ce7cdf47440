import { kernelById } from '../../sim/kernels/registry.ts'
import type { Kernel } from '../../sim/kernel.ts'
import type { Machine } from '../../sim/machine.ts'
import type { Op } from '../../sim/op.ts'
import { replay, type Run } from '../../sim/replay.ts'
import type { Snapshot } from '../../sim/snapshot.ts'
import type { Setup, World } from '../../sim/world.ts'
import { machineById } from '../../machines/index.ts'
import { DEFAULTS, type Scenario } from '../../scenario/scenario.ts'

/** A later part of a run that was left when something else was done at an earlier step. */
export interface Branch {
  /** Number of steps that it shares with the run. */
  readonly at: number
  readonly ops: readonly Op[]
}

/** What undo and redo go through: the scenario with its cursor, and the endings that were left. */
export interface Doc {
  readonly scenario: Scenario
  readonly branches: readonly Branch[]
}

/** A document with everything that is derived from it. */
export interface Derived {
  readonly doc: Doc
  readonly machine: Machine
  readonly kernel: Kernel
  readonly run: Run
  /** The state after `scenario.cursor` steps. */
  readonly snapshot: Snapshot
}

/** A scenario that cannot be shown: it names a machine or kernel that this version does not have. */
export class UnknownPart extends Error {}

const setups = new WeakMap<Machine, { key: string; setup: Setup }>()

/** The same machine, boot options and processes give the same object, so that a run can go on from the last one. */
function setupOf(machine: Machine, scenario: Scenario): Setup {
  const key = JSON.stringify([scenario.boot, scenario.processes])
  const known = setups.get(machine)
  if (known?.key === key) return known.setup
  const setup = { machine, boot: scenario.boot, processes: scenario.processes }
  setups.set(machine, { key, setup })
  return setup
}

/**
 * Replays a document. With the derived document before it, only what is new is replayed.
 * @throws UnknownPart
 */
export function derive(doc: Doc, before?: Derived): Derived {
  const { scenario } = doc
  const machine = typeof scenario.machine === 'string' ? machineById(scenario.machine) : scenario.machine
  if (machine === undefined) throw new UnknownPart('the machine that it names is not among those that ship')
  const kernel = kernelById(scenario.kernel)
  if (kernel === undefined) throw new UnknownPart(`there is no kernel “${scenario.kernel}”`)
  const run = replay(kernel, setupOf(machine, scenario), scenario.ops, before?.run)
  return { doc, machine, kernel, run, snapshot: run.snapshotAt(scenario.cursor) }
}

const MAX_BRANCHES = 12

/** Does operations after the cursor. What came after it becomes a branch, unless it begins with the same operations. */
export function act(doc: Doc, ops: readonly Op[]): Doc {
  const { scenario } = doc
  const { cursor } = scenario
  const later = scenario.ops.slice(cursor)
  const same = ops.every((op, index) => JSON.stringify(op) === JSON.stringify(later[index]))
  if (same) return moveTo(doc, cursor + ops.length)
  const notes = notesBefore(scenario, cursor)
  const next: Scenario = {
    ...scenario,
    ops: [...scenario.ops.slice(0, cursor), ...ops],
    cursor: cursor + ops.length,
    ...(notes === undefined ? {} : { notes }),
  }
  if (later.length === 0) return { ...doc, scenario: next }
  return { scenario: next, branches: [...doc.branches, { at: cursor, ops: later }].slice(-MAX_BRANCHES) }
}

/** Notes belong to their step and go where the step goes. */
function notesBefore(scenario: Scenario, count: number): Scenario['notes'] {
  if (scenario.notes === undefined) return undefined
  return Object.fromEntries(Object.entries(scenario.notes).filter(([step]) => Number(step) <= count))
}

/** Moves the cursor: time travel changes nothing else. */
export function moveTo(doc: Doc, cursor: number): Doc {
  const clamped = Math.max(0, Math.min(doc.scenario.ops.length, cursor))
  return clamped === doc.scenario.cursor ? doc : { ...doc, scenario: { ...doc.scenario, cursor: clamped } }
}

/** Takes a branch for the run; the ending that the run had becomes a branch in its place. */
export function takeBranch(doc: Doc, branch: Branch): Doc {
  const { scenario } = doc
  const left = scenario.ops.slice(branch.at)
  const others = doc.branches.filter((other) => other !== branch)
  const ops = [...scenario.ops.slice(0, branch.at), ...branch.ops]
  return {
    scenario: { ...scenario, ops, cursor: ops.length },
    branches: left.length === 0 ? others : [...others, { at: branch.at, ops: left }],
  }
}

/** A freshly booted machine with nothing done yet. */
export function freshRun(machine: Scenario['machine'], title: string, kernel: Scenario['kernel']): Scenario {
  return { title, machine, kernel, boot: DEFAULTS.boot, processes: DEFAULTS.processes, ops: [], cursor: 0 }
}

/** The member that stands for a group when groups change: the first that is no bridge. */
export function mainMember(world: World, group: number): number {
  const devices = world.groups[group]?.devices ?? []
  return devices.find((device) => world.devices[device]?.spec.bridge === false) ?? devices[0] ?? -1
}
