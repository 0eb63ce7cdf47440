/** A scenario carried out by a real kernel: operations in the agent's form there, a recording back. */
import * as v from 'valibot'
import { readRecording, type Recording } from '../../src/scenario/recording/recording.ts'
import type { Boot, ProcessSpec } from '../../src/sim/machine.ts'
import { keysOf, valueOf, type Op } from '../../src/sim/op.ts'
import { canBeSaved, headOf, operate, type Guest } from './qemu.ts'
import type { GuestKernel } from './kernels.ts'
import type { Topology } from './topologies.ts'

/** What a guest is asked to do. */
export interface Task {
  readonly id: string
  readonly kernel: GuestKernel
  readonly topology: Topology
  readonly boot: Boot
  readonly processes: readonly ProcessSpec[]
  readonly ops: readonly Op[]
  /** Functions that are not in their slots when the operations begin. */
  readonly unplugged?: readonly string[]
}

/** The first number that a user gets who is not root. */
const FIRST_UID = 1000

function uidOf(user: string, users: readonly string[]): number {
  return user === 'root' ? 0 : FIRST_UID + users.indexOf(user)
}

/** RLIMIT_MEMLOCK in the agent's form: bytes, -1 for the kernel's default. */
function limitOf(memlock: ProcessSpec['memlock']): string {
  return memlock === 'unlimited' ? String(2n ** 63n - 1n) : String(memlock ?? -1)
}

/**
 * The agent's form of sequences that are to be carried out in one boot: who there is, what is not plugged in (both of the
 * first sequence), then an operation a line as `OP key=value…`, and `over` between two sequences.
 */
export function agentLines(sequences: readonly Pick<Task, 'processes' | 'ops' | 'unplugged'>[]): string {
  const [first] = sequences
  if (first === undefined) return ''
  const ops = sequences.flatMap((sequence) => sequence.ops)
  const given = ops.flatMap((op) => (op.op === 'chown_group' || op.op === 'chown_iommu' ? [op.user] : []))
  const users = [...new Set([...first.processes.map(({ user }) => user), ...given])].filter((user) => user !== 'root')
  const lines = [
    ...first.processes.map(({ name, user, memlock }) => `process ${name} ${uidOf(user, users)} ${limitOf(memlock)}`),
    ...(first.unplugged ?? []).map((address) => `unplug ${address}`),
    ...sequences.flatMap((sequence, index) => [
      ...(index > 0 ? ['over'] : []),
      ...sequence.ops.map((op) => operationLine(op, users)),
    ]),
  ]
  return `${lines.join('\n')}\n`
}

/** A value in the agent's form. `String(2 ** 64 - 4096)` is 18446744073709548000: no whole page, and not the number. */
function exact(value: string | number): string {
  return typeof value === 'number' ? `0x${BigInt(value).toString(16)}` : value
}

function operationLine(op: Op, users: readonly string[]): string {
  const pairs = keysOf(op.op).flatMap(([key]) => {
    const value = valueOf(op, key)
    return value === undefined ? [] : [`${key}=${exact(value)}`]
  })
  const uid = op.op === 'chown_group' || op.op === 'chown_iommu' ? [`uid=${uidOf(op.user, users)}`] : []
  return [op.op, ...pairs, ...uid, ...(op.by === undefined ? [] : [`by=${op.by}`])].join(' ')
}

const headSchema = v.object({ release: v.string(), kvm: v.boolean(), iommufd: v.boolean() })
const stepSchema = v.looseObject({
  after: v.object({ drivers: v.record(v.string(), v.nullable(v.string())), groups: v.record(v.string(), v.unknown()) }),
})

/** What the booted guest is: its kernel's release, and whether KVM and iommufd are there. */
export type Head = v.InferOutput<typeof headSchema>

/** A guest's answer: the recording, what the guest is, and a line if something went wrong on the way. */
export interface Answer {
  readonly recording: Recording
  readonly head: Head
  readonly trouble: string | null
}

/** The guest that a task wants. */
export function guestOf({ kernel, topology, boot }: Pick<Task, 'kernel' | 'topology' | 'boot'>): Guest {
  return { kernel, devices: topology.devices, commandLine: boot.iommu === 'pt' ? 'iommu=pt' : 'iommu=nopt' }
}

/** Boots the guest of a task, or takes the one that was saved, and says what it is. */
export async function greet(task: Pick<Task, 'kernel' | 'topology' | 'boot'>): Promise<Head> {
  return v.parse(headSchema, await headOf(guestOf(task)))
}

/** What the recordings show of a step: observed functions, and groups by the names of the topology. */
function shown(line: string, op: Op, { observed, labels }: Topology): unknown {
  const step = v.parse(stepSchema, JSON.parse(line))
  const drivers = Object.entries(step.after.drivers).filter(([address]) => observed.has(address))
  const groups = Object.entries(step.after.groups).flatMap(([number, status]) => {
    const label = labels.get(number)
    return label === undefined ? [] : [[label, status] as const]
  })
  const named =
    op.op === 'open_group' || op.op === 'chown_group' ? { ...op, group: labels.get(op.group) ?? op.group } : op
  return { op: named, ...step, after: { drivers: Object.fromEntries(drivers), groups: Object.fromEntries(groups) } }
}

/** The recording of the steps that a guest has taken of a task. */
function recordingOf(task: Task, head: Head, steps: readonly unknown[]): Recording {
  const document = {
    format: 2,
    id: task.id,
    kernel: head.release,
    api: head.iommufd ? 'iommufd' : 'vfio-group',
    topology: task.topology.name,
    cmdline: guestOf(task).commandLine,
    kind: 'hand',
    processes: task.processes,
    ...(task.unplugged === undefined ? {} : { unplugged: task.unplugged }),
    steps,
  }
  return readRecording(JSON.stringify(document))
}

/**
 * Carries out a task on the freshly booted machine.
 * @throws Missing if the machine lacks something that it needs, Error if the guest did not boot
 */
export async function askKernel(task: Task): Promise<Answer> {
  for await (const answer of askInOneBoot([task])) return answer
  throw new Error(`${task.kernel.name} said nothing`)
}

/**
 * Carries out tasks of one kernel, machine and set of processes, many in one boot: after each the agent makes the machine
 * what it was. Where it cannot (the kernel has stopped), the rest is done in another boot.
 * @returns the answers in the order of the tasks
 */
export async function* askMany(tasks: readonly Task[]): AsyncGenerator<Answer> {
  for (let done = 0; done < tasks.length;) {
    for await (const answer of askInOneBoot(tasks.slice(done))) {
      done++
      yield answer
    }
  }
}

/** Answers to as many of the tasks as one boot allows, at least one. */
async function* askInOneBoot(tasks: readonly Task[]): AsyncGenerator<Answer> {
  const [first] = tasks
  if (first === undefined) return
  const guest = guestOf(first)
  let head: Head | undefined
  let trouble: string | null = null
  let at = 0
  let steps: unknown[] = []
  if (canBeSaved(guest)) head = await greet(first)
  for await (const line of operate(guest, agentLines(tasks))) {
    const task = tasks[at]
    if (task === undefined) break
    // A call that waits may keep the guest from switching off.
    if (line === 'Z') break
    if (line.startsWith('H ')) head = v.parse(headSchema, JSON.parse(line.slice(2)))
    const op = task.ops[steps.length]
    if (line.startsWith('S ') && op !== undefined) steps.push(shown(line.slice(2), op, task.topology))
    if (line.startsWith('X')) trouble = line.slice(2)
    if (line !== 'O' || head === undefined) continue
    yield { recording: recordingOf(task, head, steps), head, trouble }
    at++
    steps = []
  }
  const last = tasks[at]
  if (last === undefined) return
  if (head === undefined) throw new Error(`${last.kernel.name} did not boot: ${trouble ?? 'it said nothing'}`)
  yield { recording: recordingOf(last, head, steps), head, trouble }
}
