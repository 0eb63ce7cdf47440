/** A scenario carried out by a real kernel: operations in the agent's form there, a recording back. */
import * as v from 'valibot'
import { readRecording, type Recording } from '../../src/scenario/recording/recording.ts'
import type { Boot, ProcessSpec } from '../../src/sim/machine.ts'
import { keysOf, valueOf, type Op } from '../../src/sim/op.ts'
import { headOf, operate, type Guest } from './qemu.ts'
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

/** The agent's form: who there is, then an operation a line as `OP key=value…`. */
export function agentLines({ processes, ops, unplugged = [] }: Pick<Task, 'processes' | 'ops' | 'unplugged'>): string {
  const users = [
    ...new Set([
      ...processes.map(({ user }) => user),
      ...ops.flatMap((op) => (op.op === 'chown_group' ? [op.user] : [])),
    ]),
  ]
  const lines = [
    ...processes.map(({ name, user }) => `process ${name} ${uidOf(user, users)} -1`),
    ...unplugged.map((address) => `unplug ${address}`),
    ...ops.map((op) => {
      const pairs = keysOf(op.op).flatMap(([key]) => {
        const value = valueOf(op, key)
        return value === undefined ? [] : [`${key}=${value}`]
      })
      const uid = op.op === 'chown_group' ? [`uid=${uidOf(op.user, users)}`] : []
      return [op.op, ...pairs, ...uid, ...(op.by === undefined ? [] : [`by=${op.by}`])].join(' ')
    }),
  ]
  return `${lines.join('\n')}\n`
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

function guestOf({ kernel, topology, boot }: Pick<Task, 'kernel' | 'topology' | 'boot'>): Guest {
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

/**
 * Carries out a task on the freshly booted machine.
 * @throws Missing if the machine lacks something that it needs, Error if the guest did not boot
 */
export async function askKernel(task: Task): Promise<Answer> {
  const guest = guestOf(task)
  const steps: unknown[] = []
  let head: Head | undefined
  let trouble: string | null = null
  if (!guest.devices.some((device) => device.startsWith('edu'))) head = await greet(task)
  for await (const line of operate(guest, agentLines(task))) {
    if (line.startsWith('H ')) head = v.parse(headSchema, JSON.parse(line.slice(2)))
    const op = task.ops[steps.length]
    if (line.startsWith('S ') && op !== undefined) steps.push(shown(line.slice(2), op, task.topology))
    if (line.startsWith('X')) trouble = line.slice(2)
  }
  if (head === undefined) throw new Error(`${task.kernel.name} did not boot: ${trouble ?? 'it said nothing'}`)
  const document = {
    format: 2,
    id: task.id,
    kernel: head.release,
    api: head.iommufd ? 'iommufd' : 'vfio-group',
    topology: task.topology.name,
    cmdline: guest.commandLine,
    kind: 'hand',
    processes: task.processes,
    steps,
  }
  return { recording: readRecording(JSON.stringify(document)), head, trouble }
}
