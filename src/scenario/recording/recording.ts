/**
 * Recordings of real kernels (conformance/*.jsonl.gz): reading them, and comparing a simulated kernel with them. One
 * JSON object a line: a freshly booted machine, operations, and after each what it returned and what could be seen.
 */
import * as v from 'valibot'
import type { Kernel } from '../../sim/kernel.ts'
import { recordOf, type KernelId } from '../../sim/kernels/list.ts'
import { KERNELS } from '../../sim/kernels/registry.ts'
import type { Boot, Machine } from '../../sim/machine.ts'
import { replay, type Run, type Step } from '../../sim/replay.ts'
import { isOp, type Op } from '../../sim/op.ts'

const record = v.record(v.string(), v.unknown())
const opSchema = v.pipe(record, v.guard(isOp, 'an operation'))
const bugSchema = v.strictObject({ file: v.string(), line: v.number(), text: v.string() })
/** The kernel stopped in another call, one that had waited and that this one let go on. */
const bugElsewhere = { bug_elsewhere: v.exactOptional(bugSchema) }
const resultSchema = v.union(
  [
    v.strictObject({
      ok: v.literal(true),
      value: v.exactOptional(v.unknown()),
      id: v.exactOptional(v.number()),
      ...bugElsewhere,
    }),
    v.strictObject({ ok: v.literal(false), errno: v.string(), ...bugElsewhere }),
    v.strictObject({ blocked: v.literal(true) }),
    v.strictObject({ bug: bugSchema }),
  ],
  'a result',
)
const stepSchema = v.object({
  op: opSchema,
  result: resultSchema,
  completes: v.optional(v.array(v.object({ step: v.number(), result: resultSchema })), []),
  /** Lines that the kernel wrote into its log; for information. */
  log: v.exactOptional(v.array(v.string())),
  /** What could be seen after the step; the DMA facts lack it. */
  after: v.exactOptional(
    v.object({
      drivers: v.record(v.string(), v.nullable(v.string())),
      groups: v.record(v.string(), v.unknown()),
    }),
  ),
})
const processSchema = v.strictObject({
  name: v.string(),
  user: v.string(),
  memlock: v.exactOptional(v.union([v.number(), v.literal('unlimited')])),
})

/** Who acts where a recording does not say: form 1 knows one process only. */
const ONE_PROCESS = [{ name: 'recorder', user: 'root' }]

const recordingSchema = v.object({
  /** Version of the form (conformance/README.md); files of form 1 do not bear it. */
  format: v.optional(v.picklist([1, 2]), 1),
  id: v.string(),
  kernel: v.string(),
  api: v.picklist(['vfio-group', 'iommufd']),
  topology: v.string(),
  cmdline: v.picklist(['iommu=nopt', 'iommu=pt']),
  kind: v.picklist(['hand', 'random']),
  seed: v.exactOptional(v.number()),
  /** What happens depends on the order in which the kernel hands out a lock: not to be insisted on. */
  racy: v.optional(v.boolean(), false),
  /** The processes of the guest; the first does what names none (`by`). */
  processes: v.optional(v.pipe(v.array(processSchema), v.minLength(1)), ONE_PROCESS),
  /** Functions that were not in their slots when the sequence began. */
  unplugged: v.optional(v.array(v.string()), []),
  steps: v.array(stepSchema),
})

/** A recorded sequence. Groups bear the symbolic names of its topology (`G0`). */
export type Recording = v.InferOutput<typeof recordingSchema>

/**
 * Reads one line of a file of recordings.
 * @throws Error with one line of reason
 */
export function readRecording(line: string): Recording {
  const parsed = v.safeParse(recordingSchema, JSON.parse(line))
  if (parsed.success) return parsed.output
  const [issue] = parsed.issues
  throw new Error(`not a recording: ${v.getDotPath(issue) ?? 'the whole'}: ${issue.message}`)
}

const dmaFactsSchema = v.object({
  sequences: v.array(
    v.object({
      id: v.string(),
      kernel: v.string(),
      build: v.picklist(['debian', 'iommufd']),
      cmdline: v.picklist(['iommu=nopt', 'iommu=pt']),
      steps: v.array(stepSchema),
    }),
  ),
})

/** The machine with a DMA engine. */
const DMA_TOPOLOGY = 'edu'

/**
 * Reads a file of DMA facts (conformance/dma-facts.json) as recordings.
 * @throws Error with one line of reason
 */
export function readDmaFacts(value: unknown): Recording[] {
  const parsed = v.safeParse(dmaFactsSchema, value)
  if (!parsed.success) {
    const [issue] = parsed.issues
    throw new Error(`no DMA facts: ${v.getDotPath(issue) ?? 'the whole'}: ${issue.message}`)
  }
  return parsed.output.sequences.map(({ id, kernel, build, cmdline, steps }) => ({
    id: `${id} ${cmdline}`,
    kernel,
    api: build === 'iommufd' ? 'iommufd' : 'vfio-group',
    topology: DMA_TOPOLOGY,
    cmdline,
    format: 1,
    kind: 'hand',
    racy: false,
    processes: ONE_PROCESS,
    unplugged: [],
    steps,
  }))
}

/** The simulated kernel that a recording is to be compared with: by version, and by interface where a version has two. */
export function kernelIdOf({ kernel, api }: Pick<Recording, 'kernel' | 'api'>): KernelId | undefined {
  const ofRelease = KERNELS.map(({ id }) => id).filter((id) => {
    const { release } = recordOf(id)
    return release !== undefined && kernel.startsWith(`${release}.`)
  })
  const asked = api === 'iommufd' ? 'iommufd' : 'groups'
  // Where a release is simulated in one form only, that one stands for both.
  return ofRelease.find((id) => recordOf(id).interface === asked) ?? ofRelease[0]
}

/** Where the recordings' machine stands: the machine itself, and the kernel's number of each group that they name. */
export interface RecordedMachine {
  readonly machine: Machine
  readonly groupNumbers: ReadonlyMap<string, string>
}

/** A place where the simulated kernel differs from the recorded one; steps count from 0. */
export interface Difference {
  readonly step: number
  readonly op: Op
  readonly what: 'result' | 'completes' | 'drivers' | 'groups'
  readonly expected: unknown
  readonly got: unknown
}

/** The recorded operations with the kernel's group numbers in place of the symbolic names. */
export function operationsOf(recording: Recording, { groupNumbers }: RecordedMachine): Op[] {
  return recording.steps.map(({ op }) =>
    op.op === 'open_group' || op.op === 'chown_group' ? { ...op, group: groupNumbers.get(op.group) ?? op.group } : op,
  )
}

/** The boot options of a recording. */
export function bootOf(cmdline: Recording['cmdline']): Boot {
  return { iommu: cmdline === 'iommu=pt' ? 'pt' : 'nopt' }
}

/** The machine of a recording, without the functions that were not plugged in at first. */
function machineOf({ unplugged }: Recording, { machine }: RecordedMachine): Machine {
  if (unplugged.length === 0) return machine
  const devices = machine.devices.map((f) => (unplugged.includes(f.bdf) ? { ...f, unplugged: true } : f))
  return { ...machine, devices }
}

/** Replays a recording on a simulated kernel and lists every difference. */
export function compareRecording(recording: Recording, kernel: Kernel, recorded: RecordedMachine): Difference[] {
  const setup = {
    machine: machineOf(recording, recorded),
    boot: bootOf(recording.cmdline),
    processes: recording.processes,
  }
  const run = replay(kernel, setup, operationsOf(recording, recorded))
  const opened = new OpenGroups(run)
  const differences: Difference[] = []
  recording.steps.forEach((expected, index) => {
    const step = run.steps[index]
    if (step === undefined) return
    opened.follow(step, index)
    const compare = (what: Difference['what'], wanted: unknown, got: unknown): void => {
      if (canonical(wanted) === canonical(got)) return
      differences.push({ step: index, op: step.op, what, expected: wanted, got })
    }
    compare('result', expected.result, recordedResult(step))
    compare(
      'completes',
      expected.completes,
      step.completes.filter(({ result }) => !('bug' in result)),
    )
    if (expected.after === undefined) return
    compare('drivers', expected.after.drivers, driverLinks(run, index, Object.keys(expected.after.drivers)))
    const groups: Record<string, unknown> = {}
    for (const name of Object.keys(expected.after.groups)) {
      groups[name] = opened.status(recorded.groupNumbers.get(name) ?? '', index)
    }
    compare('groups', expected.after.groups, groups)
  })
  return differences
}

/** The answer to a step as a recorder notes it: a call that dies after a long wait reports nothing any more. */
function recordedResult({ result, completes }: Step): unknown {
  const [bug] = completes.flatMap((late) => ('bug' in late.result ? [late.result.bug] : []))
  return bug === undefined ? result : { ...result, bug_elsewhere: bug }
}

/** The driver links of some devices after a step. */
function driverLinks(run: Run, index: number, addresses: readonly string[]): Record<string, string | null> {
  const { devices } = run.snapshotAt(index + 1)
  const links: Record<string, string | null> = {}
  for (const address of addresses) {
    const link = devices[run.world.deviceIndex.get(address) ?? -1]?.link ?? 0
    links[address] = link === 0 ? null : (run.world.drivers[link]?.name ?? null)
  }
  return links
}

/** Knows the group files of a run by age, to ask the oldest for its status as the recorder did. */
class OpenGroups {
  private readonly run: Run
  /** Names by the step that opened them last, in that order. */
  private names: { readonly name: string; readonly group: string }[] = []

  constructor(run: Run) {
    this.run = run
  }

  follow({ op, result }: Step, index: number): void {
    if (op.op === 'open_group' && 'ok' in result && result.ok) {
      this.names = [...this.names.filter(({ name }) => name !== op.as), { name: op.as, group: op.group }]
    }
    const { fds } = this.run.snapshotAt(index + 1)
    const open = new Set(fds.filter(({ kind }) => kind === 'group').map(({ slot }) => this.run.world.slots[slot]))
    this.names = this.names.filter(({ name }) => open.has(name))
  }

  /** The answer of GET_STATUS on the oldest open file of a group, as the recorder notes it; null: none is open. */
  status(group: string, index: number): unknown {
    const oldest = this.names.find((file) => file.group === group)
    if (oldest === undefined) return null
    const snapshot = this.run.snapshotAt(index + 1)
    if (snapshot.dead) {
      // The recorder's own process survives the BUG for a moment and reads what it can.
      const view = snapshot.groups[this.run.world.groupIndex.get(Number(group)) ?? -1]
      return view === undefined ? null : { viable: view.viable, container_set: view.container >= 0 }
    }
    const result = this.run.dryRun(index + 1, [{ op: 'group_get_status', group_fd: oldest.name }]).steps[0]?.result
    if (result === undefined || !('ok' in result)) return null
    return result.ok ? result.value : { errno: result.errno }
  }
}

/** A text that is the same for equal JSON values, whatever the order of keys. */
function canonical(value: unknown): string {
  return JSON.stringify(value, (_, part: unknown) =>
    typeof part === 'object' && part !== null && !Array.isArray(part)
      ? Object.fromEntries(Object.entries(part).sort(([a], [b]) => (a < b ? -1 : 1)))
      : part,
  )
}
