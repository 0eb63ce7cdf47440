/** The questions of the debate answered by running them: every cell comes from a replay. */
import { refuser, type Refuser } from '../../explain/index.ts'
import { policyOptionsOf } from '../../explain/ioasid-open-points.ts'
import { wireContext } from '../../sim/iommu/landing.ts'
import { judge, type IsolationRule, type Verdict } from '../../sim/isolation.ts'
import type { Kernel } from '../../sim/kernel.ts'
import { kernelById } from '../../sim/kernels/registry.ts'
import type { Context } from '../../sim/iommu/context.ts'
import type { PolicyOptions } from '../../sim/machine.ts'
import type { Op } from '../../sim/op.ts'
import { replay, type Run } from '../../sim/replay.ts'
import { succeeded, type Result } from '../../sim/result.ts'
import type { Snapshot } from '../../sim/snapshot.ts'
import { tidyPolicy, withPolicy } from '../document/boot.ts'
import { contextWord, type ContextWord } from '../condition/context-word.ts'
import { machineById } from '../../machines/index.ts'
import { setupOf, type Scenario } from '../document/scenario.ts'
import { DEBATE_COLUMNS, type DebateColumn, type DebateQuestion, type Said } from './define.ts'
import { DEBATE_QUESTIONS } from './index.ts'
import { momentsOf } from './moments.ts'

/** One call that the question consists of. */
export interface AskedStep {
  readonly op: Op
  readonly result: Result
  /** Its index in the run. */
  readonly step: number
}

/** How a device of the question ends. */
export interface DeviceOutcome {
  /** As the mails call it: `f0`. */
  readonly label: string
  readonly bdf: string
  readonly device: number
  /** What the hardware does with its DMA, and the same in a word (`ContextWord`). */
  readonly context: Context
  readonly word: ContextWord
  /** What the kernel believes instead; null where it is right. */
  readonly belief: ContextWord | null
  /** A process can drive it. */
  readonly access: boolean
}

/** Whether the run agrees with what was said; `silent`: nobody said anything. */
export type Agreement = 'agrees' | 'differs' | 'silent'

/** The answer that a run gives to a question. */
export interface DebateAnswer {
  readonly question: DebateQuestion
  readonly column: DebateColumn
  /** The run as a document; its cursor stands at its end. */
  readonly scenario: Scenario
  readonly run: Run
  /** Steps that lead to the situation; those after them are the question. */
  readonly prepared: number
  readonly asked: readonly AskedStep[]
  /** The first asked call that did not succeed, else the last; null where nothing is asked. */
  readonly decisive: AskedStep | null
  /** Who refused it, or stopped; null if it succeeded, or where the kernel has no words for it. */
  readonly refuser: Refuser | null
  readonly devices: readonly DeviceOutcome[]
  /** The judge's verdict on the devices' group in the end, and the rules that its findings belong to, in order. */
  readonly verdict: Verdict
  readonly rules: readonly IsolationRule[]
  /** In some moment within an asked call, a process could reach what is not its own, although not after it. */
  readonly exposedMeanwhile: boolean
  readonly said: Said | null
  readonly agreement: Agreement
}

export interface DebateRow {
  readonly question: DebateQuestion
  /** One for each column; null where the interface has no way to ask. */
  readonly cells: readonly (DebateAnswer | null)[]
}

/** Columns whose kernel this release simulates. */
export function availableColumns(): readonly DebateColumn[] {
  return DEBATE_COLUMNS.filter((column) => kernelById(column.kernel) !== undefined)
}

/** Answers to all questions of the debate, or to some; `policy` as for `debateAnswer`. */
export function debateRows(
  questions: readonly DebateQuestion[] = DEBATE_QUESTIONS,
  columns: readonly DebateColumn[] = availableColumns(),
  policy: PolicyOptions = {},
): readonly DebateRow[] {
  return questions.map((question) => ({
    question,
    cells: columns.map((column) => debateAnswer(question, column, policy)),
  }))
}

/** Options that the debate can be run under. The lockstep reading of proposal W is a column, not an option. */
export const DEBATE_OPTIONS = ['strictBlock', 'notifyOnBlockChange', 'singletonOnly', 'denyProbe', 'switchGap'] as const

/** Of some options, those that a column looks at. */
export function optionsFor({ kernel, policy }: DebateColumn, chosen: PolicyOptions): PolicyOptions {
  const known = policyOptionsOf(kernel, policy)
  const own = DEBATE_OPTIONS.filter((name) => known.includes(name) && chosen[name] !== undefined)
  return tidyPolicy(Object.fromEntries(own.map((name) => [name, chosen[name]])))
}

/** The run of a question in a column as a document, for opening it; null where there is no way to ask. */
function scenarioOf(question: DebateQuestion, column: DebateColumn, chosen: PolicyOptions): Scenario | null {
  const asked = question.asked[column.family]
  if (asked === undefined) return null
  // What a question or a column is about stands, whatever was chosen.
  const policy = { ...optionsFor(column, chosen), ...question.boot.policy, ...column.policy }
  const ops = [...asked.prepare, ...asked.ask]
  return {
    title: `${question.id}: ${question.title}`,
    machine: question.machine,
    kernel: column.kernel,
    boot: withPolicy(question.boot, policy),
    processes: question.processes,
    ops,
    cursor: ops.length,
    ...(ops.length > asked.prepare.length ? { notes: { [String(asked.prepare.length + 1)]: question.question } } : {}),
  }
}

/**
 * Replays a question in a column; null where there is no way to ask, or no such kernel or machine.
 * @param policy choices on points that the proposals left open, where neither the question nor the column makes one
 */
export function debateAnswer(
  question: DebateQuestion,
  column: DebateColumn,
  policy: PolicyOptions = {},
): DebateAnswer | null {
  const scenario = scenarioOf(question, column, policy)
  const kernel = kernelById(column.kernel)
  const machine = machineById(question.machine)
  if (scenario === null || kernel === undefined || machine === undefined) return null
  const run = replay(kernel, setupOf(scenario, machine), scenario.ops)
  const prepared = question.asked[column.family]?.prepare.length ?? 0
  const asked = run.steps.slice(prepared).map(({ op, result }, index): AskedStep => {
    return { op, result, step: prepared + index }
  })
  const decisive = asked.find(({ result }) => !succeeded(result)) ?? asked.at(-1) ?? null
  const end = run.snapshotAt(run.steps.length)
  const devices = question.devices.map(({ label, bdf }) => outcomeOf(run, end, label, bdf))
  const group = run.world.devices[devices[0]?.device ?? -1]?.group ?? -1
  const judgement = judge(run.world, end)[group]
  const found = {
    question,
    column,
    scenario,
    run,
    prepared,
    asked,
    decisive,
    refuser: decisive === null ? null : refuserOf(kernel, run, decisive),
    devices,
    verdict: judgement?.verdict ?? 'host',
    rules: [...new Set(judgement?.findings.map(({ rule }) => rule))],
    exposedMeanwhile: asked.some(({ step }) => isExposedIn(run, step)),
    said: question.said[column.id] ?? null,
  } as const
  return { ...found, agreement: agreementOf(found) }
}

function refuserOf(kernel: Kernel, run: Run, { op, result, step }: AskedStep): Refuser | null {
  return refuser(kernel.id, run.world, op, run.traceOf(step), result)
}

/** Whether a step has a moment of its own in which somebody is exposed. */
function isExposedIn(run: Run, step: number): boolean {
  const moments = momentsOf(run.world, run.snapshotAt(step), run.traceOf(step))
  return moments.slice(0, -1).some(({ exposed }) => exposed)
}

function outcomeOf(run: Run, snapshot: Snapshot, label: string, bdf: string): DeviceOutcome {
  const device = run.world.deviceIndex.get(bdf) ?? -1
  const context = wireContext(run.world, snapshot, device)
  const word = contextWord(run.world, snapshot, context)
  const group = run.world.devices[device]?.group ?? -1
  const believed = snapshot.devices[device]?.context ?? snapshot.groups[group]?.context
  const belief = believed === undefined ? word : contextWord(run.world, snapshot, believed)
  const access = snapshot.fds.some(
    ({ kind, object, access: granted }) =>
      (kind === 'cdev' || kind === 'device') && object === device && granted !== false,
  )
  return { label, bdf, device, context, word, belief: belief === word ? null : belief, access }
}

/** An answer in a word: `ok`, the errno, `blocked` or `bug`. */
export function resultWord(result: Result): 'ok' | 'blocked' | 'bug' | Exclude<Said['result'], undefined> {
  if ('bug' in result) return 'bug'
  if ('blocked' in result) return 'blocked'
  return result.ok ? 'ok' : result.errno
}

/** Whether two runs give the same answer, in everything that a cell shows of it. */
export function sameAnswer(a: DebateAnswer | null, b: DebateAnswer | null): boolean {
  return a === b || (a !== null && b !== null && answerOf(a) === answerOf(b))
}

function answerOf({ decisive, refuser: by, devices, verdict, rules, exposedMeanwhile }: DebateAnswer): string {
  const ends = devices.map(({ word, belief, access }) => [word, belief, access])
  return JSON.stringify([
    decisive === null ? null : resultWord(decisive.result),
    by?.layer,
    ends,
    verdict,
    rules,
    exposedMeanwhile,
  ])
}

/** What the run says otherwise than was said: the names of the parts that differ. */
export function differencesOf(
  cell: Pick<DebateAnswer, 'said' | 'decisive' | 'refuser' | 'devices'>,
): readonly ('result' | 'by' | 'contexts' | 'access')[] {
  const { said, decisive, refuser: by, devices } = cell
  if (said === null) return []
  const differences: ('result' | 'by' | 'contexts' | 'access')[] = []
  if (said.result !== undefined && said.result !== (decisive === null ? undefined : resultWord(decisive.result))) {
    differences.push('result')
  }
  if (said.by !== undefined && by !== null && said.by !== by.layer) differences.push('by')
  if (said.contexts !== undefined && said.contexts.join(' ') !== devices.map(({ word }) => word).join(' ')) {
    differences.push('contexts')
  }
  if (said.access !== undefined && said.access !== devices.map(({ access }) => (access ? '+' : '-')).join('')) {
    differences.push('access')
  }
  return differences
}

function agreementOf(cell: Pick<DebateAnswer, 'said' | 'decisive' | 'refuser' | 'devices'>): Agreement {
  if (cell.said === null) return 'silent'
  return differencesOf(cell).length === 0 ? 'agrees' : 'differs'
}
