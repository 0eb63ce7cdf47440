/** Pictures of random machines, runs, folds and sizes. Nothing that ships imports this. */
import fc from 'fast-check'
import { MACHINES, machineById } from '../../machines/index.ts'
import { manyDevices } from '../../machines/many-devices.ts'
import { arbitraryMachine } from '../../scenario/document/arbitrary.test-helper.ts'
import type { Scenario } from '../../scenario/document/scenario.ts'
import { LIBRARY } from '../../scenario/library/index.ts'
import type { Boot, Machine, ProcessSpec } from '../../sim/machine.ts'
import { alphabetFor, walkOps } from '../../sim/kernels/walk.test-helper.ts'
import { kernelById, KERNELS } from '../../sim/kernels/registry.ts'
import type { Op } from '../../sim/op.ts'
import { replay, type Run } from '../../sim/replay.ts'
import { mainGroup } from '../store/view.ts'
import type { ComposeInput } from './compose.ts'
import { moreDevicesId, nodeId } from './ids.ts'

/**
 * The run of a scenario.
 * @throws Error if it names a machine or a kernel that does not ship
 */
export function runOf(scenario: Scenario): Run {
  const machine = typeof scenario.machine === 'string' ? machineById(scenario.machine) : scenario.machine
  const kernel = kernelById(scenario.kernel)
  if (machine === undefined || kernel === undefined) throw new Error('no such machine or kernel')
  return replay(kernel, { machine, boot: scenario.boot, processes: scenario.processes }, scenario.ops)
}

/** What is composed of a run after some steps, in a view. */
export function inputAt(
  run: Run,
  cursor: number,
  view: ComposeInput['view'],
  more: Partial<ComposeInput> = {},
): ComposeInput {
  const snapshot = run.snapshotAt(cursor)
  return {
    kernel: run.kernel,
    world: run.world,
    snapshot,
    ops: run.steps.map(({ op }) => op),
    wanted: new Set(),
    main: mainGroup(run.world, snapshot),
    open: new Set(),
    view,
    ...more,
  }
}

/** The steps of a run: those of a scenario that ships, or a walk over all operations. */
type Steps = { readonly scenario: string } | { readonly walk: number; readonly length: number }

/** What a random picture is made of: plain data, so that a failing one can be copied into a test. */
export interface Sample {
  /** `own`: that of the scenario; a name: one that ships; a number: a server with so many devices. */
  readonly machine: string | number | Machine
  readonly kernel: string
  readonly boot: Boot
  readonly steps: Steps
  /** Further processes. */
  readonly extra: number
  /** Each further process opens so many containers or iommufds. */
  readonly files: number
  readonly view: { readonly width: number; readonly height: number }
  /** Plates that a person has opened. */
  readonly open: readonly string[]
  readonly at: number
  readonly wanted: readonly number[]
}

const PLATES = [nodeId.plate, nodeId.moreSpaces, nodeId.moreProcesses, ...[0, 1, 2, 3].map(moreDevicesId)]

export const samples: fc.Arbitrary<Sample> = fc.record({
  machine: fc.oneof(
    fc.constant('own'),
    fc.constantFrom(...MACHINES.map(({ id }) => id)),
    fc.constantFrom(12, 60, 200),
    arbitraryMachine,
  ),
  kernel: fc.constantFrom(...KERNELS.map(({ id }) => id)),
  boot: fc.constantFrom<Boot>({ iommu: 'nopt' }, { iommu: 'pt' }),
  steps: fc.oneof(
    fc.constantFrom(...LIBRARY.map(({ id }) => ({ scenario: id }))),
    fc.record({ walk: fc.nat({ max: 1e6 }), length: fc.integer({ min: 5, max: 120 }) }),
  ),
  extra: fc.oneof(fc.constant(0), fc.integer({ min: 0, max: 12 })),
  files: fc.integer({ min: 0, max: 3 }),
  view: fc.record({ width: fc.integer({ min: 320, max: 2560 }), height: fc.integer({ min: 240, max: 1400 }) }),
  open: fc.oneof(fc.constant([]), fc.uniqueArray(fc.constantFrom(...PLATES), { maxLength: 4 })),
  at: fc.nat({ max: 1000 }),
  wanted: fc.oneof(fc.constant([]), fc.array(fc.nat({ max: 40 }), { maxLength: 6 })),
})

/** The run of a sample, and what is composed of it. */
export function inputOf(sample: Sample): ComposeInput {
  const { steps, extra, files, at, wanted, open, view } = sample
  const entry = 'scenario' in steps ? LIBRARY.find(({ id }) => id === steps.scenario) : LIBRARY[0]
  const base = entry?.scenario
  if (base === undefined) throw new Error('no such scenario')
  const machine = machineOf(sample, base)
  const processes: ProcessSpec[] = [
    ...base.processes,
    ...Array.from({ length: extra }, (_, n) => ({ name: `p${n}-${'x'.repeat(n * 3)}`, user: 'alice' })),
  ]
  const run = runOf({
    ...base,
    ...(machine === undefined ? {} : { machine, kernel: kernelOf(sample) }),
    boot: sample.boot,
    processes,
    ops: [...opsOf(sample, base, processes, machine), ...openings(processes.slice(base.processes.length), files)],
  })
  const groups = new Set(wanted.filter((group) => group < run.world.groups.length))
  // The last steps, in which most is open, come most often.
  const cursor = at < 600 ? run.steps.length : at % (run.steps.length + 1)
  return inputAt(run, cursor, view, { open: new Set(open), wanted: groups })
}

function kernelOf({ kernel }: Sample): Scenario['kernel'] {
  return KERNELS.find(({ id }) => id === kernel)?.id ?? 'linux-5.10'
}

/** The machine that takes the place of a scenario's own; undefined: none. */
function machineOf({ machine, steps }: Sample, base: Scenario): Machine | undefined {
  if (typeof machine === 'number') return manyDevices(machine)
  if (typeof machine !== 'string') return machine
  const name = machine !== 'own' ? machine : 'scenario' in steps ? '' : base.machine
  return typeof name === 'string' ? machineById(name) : name
}

function opsOf(
  { steps, boot }: Sample,
  base: Scenario,
  processes: readonly ProcessSpec[],
  machine: Machine | undefined,
): readonly Op[] {
  if ('scenario' in steps || machine === undefined) return base.ops
  return walkOps(alphabetFor({ machine, boot, processes }), steps.length, steps.walk)
}

function openings(processes: readonly ProcessSpec[], files: number): Op[] {
  return processes.flatMap(({ name }, process) =>
    Array.from({ length: files }, (_, n): Op => {
      const as = `x${process}-${n}`
      return n % 2 === 0 ? { op: 'open_container', as, by: name } : { op: 'open_iommufd', as, by: name }
    }),
  )
}
