import type { Kernel, KernelId } from '../../sim/kernel.ts'
import { loadedKernel } from '../../sim/kernels/loaded.ts'
import type { Machine } from '../../sim/machine.ts'
import { startsWith, type Op } from '../../sim/op.ts'
import { replay, type Run } from '../../sim/replay.ts'
import type { Snapshot } from '../../sim/snapshot.ts'
import type { Setup, World } from '../../sim/world.ts'
import { machineById } from '../../machines/index.ts'
import { DEFAULTS, plainWords, type Prediction, type Scenario } from '../../scenario/document/scenario.ts'

/** A later part of a run that was left when something else was done at an earlier step. */
export interface Branch extends Written {
  /** Number of steps that it shares with the run. */
  readonly at: number
  readonly ops: readonly Op[]
}

/** What somebody wrote about steps, which are numbered as in the run that they belong to. */
type Written = Pick<Scenario, 'notes' | 'predictions' | 'expects'>

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

/** A scenario whose kernel has to be fetched before it can be shown. */
export class KernelNotLoaded extends Error {
  readonly kernel: KernelId

  constructor(kernel: KernelId) {
    super(`the kernel ${kernel} is not loaded`)
    this.kernel = kernel
  }
}

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
 * @throws UnknownPart, KernelNotLoaded
 */
export function derive(doc: Doc, before?: Derived): Derived {
  const { scenario } = doc
  const machine = typeof scenario.machine === 'string' ? machineById(scenario.machine) : scenario.machine
  if (machine === undefined) throw new UnknownPart('the machine that it names is not among those that ship')
  const kernel = loadedKernel(scenario.kernel)
  if (kernel === undefined) throw new KernelNotLoaded(scenario.kernel)
  const run = replay(kernel, setupOf(machine, scenario), scenario.ops, before?.run)
  return { doc, machine, kernel, run, snapshot: run.snapshotAt(scenario.cursor) }
}

/** Other endings of a run; then the oldest goes. */
const MAX_BRANCHES = 100

/** Does operations after the cursor. What came after it becomes a branch, unless it begins with the same operations. */
export function act(doc: Doc, ops: readonly Op[]): Doc {
  const { scenario } = doc
  const { cursor } = scenario
  const later = scenario.ops.slice(cursor)
  if (startsWith(later, ops)) return moveTo(doc, cursor + ops.length)
  const { notes: _notes, predictions: _predictions, expects: _expects, ...rest } = scenario
  const next: Scenario = {
    ...rest,
    ops: [...scenario.ops.slice(0, cursor), ...ops],
    cursor: cursor + ops.length,
    ...writtenOn(scenario, (step) => step <= cursor),
  }
  if (later.length === 0) return { ...doc, scenario: next }
  return { scenario: next, branches: [...rootedBy(doc, cursor), endingOf(scenario, cursor)].slice(-MAX_BRANCHES) }
}

/** The endings of a document, where those that hang on a step after the first `at` hang there with what leads to it. */
function rootedBy({ scenario, branches }: Doc, at: number): Branch[] {
  return branches.map((branch) => {
    if (branch.at <= at) return branch
    const between = writtenOn(scenario, (step) => step > at && step <= branch.at)
    return { at, ops: [...scenario.ops.slice(at, branch.at), ...branch.ops], ...joined(between, branch) }
  })
}

/** The steps of a run after the first `at`, with what is written about them. */
function endingOf(scenario: Scenario, at: number): Branch {
  return { at, ops: scenario.ops.slice(at), ...writtenOn(scenario, (step) => step > at) }
}

/** What is written about some steps: it belongs to its step and goes where that goes. */
function writtenOn({ notes, predictions, expects }: Written, belongs: (step: number) => boolean): Written {
  const only = <T>(record: Readonly<Record<string, T>> = {}): Record<string, T> =>
    Object.fromEntries(Object.entries(record).filter(([step]) => belongs(Number(step))))
  return tidied({ notes: only(notes), predictions: only(predictions), expects: only(expects) })
}

/** Empty lists are not written. */
function tidied({ notes = {}, predictions = {}, expects = {} }: Written): Written {
  return {
    ...(Object.keys(notes).length === 0 ? {} : { notes }),
    ...(Object.keys(predictions).length === 0 ? {} : { predictions }),
    ...(Object.keys(expects).length === 0 ? {} : { expects }),
  }
}

function joined(a: Written, b: Written): Written {
  return tidied({
    notes: { ...a.notes, ...b.notes },
    predictions: { ...a.predictions, ...b.predictions },
    expects: { ...a.expects, ...b.expects },
  })
}

/** Writes a note on a step, or takes it away when it says nothing; step 0 is the freshly booted machine. */
export function annotate(doc: Doc, step: number, words: string): Doc {
  const { [String(step)]: before, ...notes } = doc.scenario.notes ?? {}
  const note = plainWords(words, 'note')
  if (note === (before ?? '')) return doc
  return rewritten(doc, { notes: note === '' ? notes : { ...notes, [String(step)]: note } })
}

/** Asks something before a step, or nothing any more. */
export function ask(doc: Doc, step: number, prediction: Prediction | null): Doc {
  const { [String(step)]: before, ...predictions } = doc.scenario.predictions ?? {}
  if (JSON.stringify(prediction ?? undefined) === JSON.stringify(before)) return doc
  return rewritten(doc, {
    predictions: prediction === null ? predictions : { ...predictions, [String(step)]: prediction },
  })
}

function rewritten(doc: Doc, change: Written): Doc {
  const { notes, predictions, expects, ...rest } = doc.scenario
  return {
    ...doc,
    scenario: {
      ...rest,
      ...tidied({
        ...(notes === undefined ? {} : { notes }),
        ...(predictions === undefined ? {} : { predictions }),
        ...(expects === undefined ? {} : { expects }),
        ...change,
      }),
    },
  }
}

/**
 * The first step after the cursor whose question is open; Infinity if there is none.
 * @param answers what was answered, by the number of the step
 */
export function openQuestion(
  { predictions, cursor }: Pick<Scenario, 'predictions' | 'cursor'>,
  answers: Readonly<Record<string, string>>,
): number {
  const steps = Object.keys(predictions ?? {}).filter((step) => Number(step) > cursor && answers[step] === undefined)
  return Math.min(...steps.map(Number))
}

/** Moves the cursor: time travel changes nothing else. */
export function moveTo(doc: Doc, cursor: number): Doc {
  const clamped = Math.max(0, Math.min(doc.scenario.ops.length, cursor))
  return clamped === doc.scenario.cursor ? doc : { ...doc, scenario: { ...doc.scenario, cursor: clamped } }
}

/** Takes a branch for the run; the ending that the run had becomes a branch in its place. */
export function takeBranch(doc: Doc, branch: Branch): Doc {
  const { notes: _notes, predictions: _predictions, expects: _expects, ...rest } = doc.scenario
  const left = endingOf(doc.scenario, branch.at)
  const others = rootedBy({ ...doc, branches: doc.branches.filter((other) => other !== branch) }, branch.at)
  const ops = [...rest.ops.slice(0, branch.at), ...branch.ops]
  const written = joined(
    writtenOn(doc.scenario, (step) => step <= branch.at),
    branch,
  )
  return {
    scenario: { ...rest, ops, cursor: ops.length, ...written },
    branches: left.ops.length === 0 ? others : [...others, left],
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
