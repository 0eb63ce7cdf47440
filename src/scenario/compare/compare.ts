/** One scenario under several kernels, operation by operation. */
import { judge, type Verdict } from '../../sim/isolation.ts'
import type { Kernel } from '../../sim/kernel.ts'
import type { Op } from '../../sim/op.ts'
import { replay, type Run } from '../../sim/replay.ts'
import { refuse, succeeded, type Result } from '../../sim/result.ts'
import { LiveRun } from '../../sim/run.ts'
import type { Snapshot } from '../../sim/snapshot.ts'
import { compileWorld, type Setup, type World } from '../../sim/world.ts'
import { Names, type Translation } from '../translate/dialect.ts'
import { abiOf, possibleOps, translator } from '../translate/translate.ts'
import type { Scenario } from '../document/scenario.ts'

/** What a kernel made of one operation. */
export interface Cell {
  readonly translation: Translation
  /** What it was really asked. */
  readonly ops: readonly Op[]
  /** The answer: to the first of these that did not succeed, else to the last; absent if none was asked. */
  readonly result?: Result
  /** Index of that step in the column's run; -1: none. */
  readonly step: number
  /** Steps that this kernel had done before and after it. */
  readonly from: number
  readonly to: number
  /** Rows (from 0) whose calls it released, and what they returned. */
  readonly completes: readonly { readonly row: number; readonly result: Result }[]
  /** The kernel had stopped for good before it: the answer says nothing. */
  readonly dead: boolean
}

/** How a group stands, by the kernel's own test and by the judge of isolation. */
export interface GroupStanding {
  /** Index of the group. */
  readonly group: number
  readonly viable: boolean
  readonly verdict: Verdict
}

export interface Column {
  readonly kernel: Kernel
  readonly run: Run
  readonly cells: readonly Cell[]
  /** For each row, the groups that the scenario is about after it; the same list where nothing has changed. */
  readonly standings: readonly (readonly GroupStanding[])[]
  /** How those groups stand on the freshly booted machine. */
  readonly atBoot: readonly GroupStanding[]
  /** Row of the first refusal, and of the BUG; -1: none. */
  readonly refused: number
  readonly bug: number
}

/**
 * `answers`: kernels that were asked answer differently; `isolation`: they agree, but not on who is isolated from here
 * on; `interface`: all that were asked agree, but some cannot be asked.
 */
export type Difference = 'answers' | 'isolation' | 'interface'

export interface Row {
  readonly op: Op
  /** One for each kernel, in their order. */
  readonly cells: readonly Cell[]
  readonly difference: Difference | null
}

export interface Comparison {
  readonly columns: readonly Column[]
  readonly rows: readonly Row[]
}

/** Columns of the last setup that a list of operations was compared on, so that choosing other kernels runs only those. */
const known = new WeakMap<readonly Op[], { readonly setup: Setup; readonly columns: Map<Kernel, Column> }>()

/** Runs operations under each kernel. The same lists and setups give the same columns. */
export function compare(kernels: readonly Kernel[], setup: Setup, ops: readonly Op[]): Comparison {
  const last = known.get(ops)
  const made = last?.setup === setup ? last.columns : new Map<Kernel, Column>()
  known.set(ops, { setup, columns: made })
  const groups = groupsOf(setup, ops)
  const columns = kernels.map((kernel) => {
    const column = made.get(kernel) ?? columnOf(kernel, setup, ops, groups)
    made.set(kernel, column)
    return column
  })
  const rows = ops.map((op, row): Row => {
    const cells = columns.flatMap((column) => column.cells[row] ?? [])
    return { op, cells, difference: differenceOf(columns, cells, row) }
  })
  return { columns, rows }
}

/** The groups that operations name, or whose devices they name, by index. */
function groupsOf(setup: Setup, ops: readonly Op[]): readonly number[] {
  const world = compileWorld(setup, [])
  const groups = new Set<number>()
  for (const op of ops) {
    if ('device' in op) groups.add(world.devices[world.deviceIndex.get(op.device) ?? -1]?.group ?? -1)
    if ('group' in op) groups.add(world.groupIndex.get(Number(op.group)) ?? -1)
  }
  groups.delete(-1)
  return [...groups].sort((a, b) => a - b)
}

interface Asked {
  readonly translation: Translation
  readonly ops: readonly Op[]
}

function columnOf(kernel: Kernel, setup: Setup, ops: readonly Op[], groups: readonly number[]): Column {
  const asked = translateAll(kernel, setup, ops)
  const run = replay(
    kernel,
    setup,
    asked.flatMap((each) => each.ops),
  )
  const rowOf = asked.flatMap((each, row) => each.ops.map(() => row))
  let at = 0
  let bug = -1
  const cells = asked.map((each, row): Cell => {
    const from = at
    at += each.ops.length
    const steps = run.steps.slice(from, at)
    const decisive = steps.findIndex((step) => !succeeded(step.result))
    const step = steps.length === 0 ? -1 : decisive < 0 ? at - 1 : from + decisive
    const result = run.steps[step]?.result
    const dead = bug >= 0
    if (result !== undefined && 'bug' in result && !dead) bug = row
    const completes = steps.flatMap((done) =>
      done.completes.map((late) => ({ row: rowOf[late.step] ?? -1, result: late.result })),
    )
    return { ...each, from, to: at, step, dead, completes, ...(result === undefined ? {} : { result }) }
  })
  const refused = cells.findIndex(({ result }) => result !== undefined && 'ok' in result && !result.ok)
  return { kernel, run, cells, ...standingsOf(run, cells, groups), refused, bug }
}

/** What to ask a kernel for each operation. Where a call must be translated, that depends on the answers before it. */
function translateAll(kernel: Kernel, setup: Setup, ops: readonly Op[]): readonly Asked[] {
  const abi = abiOf(kernel, setup)
  if (ops.every((op) => abi.has(op.op))) return ops.map((op) => ({ translation: { kind: 'same' }, ops: [op] }))
  const names = new Names(ops)
  const world = compileWorld(setup, possibleOps(ops, names))
  const live = LiveRun.boot(kernel, world)
  const next = translator(abi, world, ops, names)
  return ops.map((op) => {
    const made: Op[] = []
    const translation = next(op, (each) => {
      made.push(each)
      return live.step(each)?.step.result ?? refuse('ENOMEM')
    })
    return { translation, ops: made }
  })
}

/** How the groups stand, at boot and after each row. Where an operation has changed no byte of the state, nothing is judged anew. */
function standingsOf(
  run: Run,
  cells: readonly Cell[],
  groups: readonly number[],
): Pick<Column, 'atBoot' | 'standings'> {
  const { kernel, world, steps } = run
  const live = LiveRun.boot(kernel, world)
  const { state } = live
  const atBoot = standingsIn(world, kernel.snapshot(state), groups)
  const bytes = state.bytes.slice()
  let current: readonly GroupStanding[] = atBoot
  const standings = cells.map(({ from, to }) => {
    for (const { op } of steps.slice(from, to)) live.step(op)
    if (sameBytes(bytes, state.bytes)) return current
    bytes.set(state.bytes)
    const next = standingsIn(world, kernel.snapshot(state), groups)
    if (!sameStandings(current, next)) current = next
    return current
  })
  return { atBoot, standings }
}

function sameBytes(a: Uint8Array, b: Uint8Array): boolean {
  for (let index = 0; index < a.length; index++) if (a[index] !== b[index]) return false
  return true
}

function standingsIn(world: World, snapshot: Snapshot, groups: readonly number[]): GroupStanding[] {
  const judgements = judge(world, snapshot)
  return groups.map((group) => ({
    group,
    viable: snapshot.groups[group]?.viable ?? false,
    verdict: judgements[group]?.verdict ?? 'host',
  }))
}

function sameStandings(a: readonly GroupStanding[], b: readonly GroupStanding[]): boolean {
  return (
    a.length === b.length &&
    a.every((each, index) => each.viable === b[index]?.viable && each.verdict === b[index]?.verdict)
  )
}

function differenceOf(columns: readonly Column[], cells: readonly Cell[], row: number): Difference | null {
  const answers = cells.filter(({ dead, result, translation }) => !dead && translation.kind !== 'nothing' && result)
  const first = answers[0]
  if (first !== undefined && answers.some((cell) => !sameAnswer(first, cell))) return 'answers'
  if (isolationParts(columns, row)) return 'isolation'
  const absent = cells.some(
    ({ dead, translation }) => !dead && translation.kind === 'missing' && translation.why === 'call',
  )
  return absent && answers.length > 0 ? 'interface' : null
}

/**
 * Whether two answers are the same for the comparison: the same success with the same value, or the same refusal, and
 * the same waiting calls released. Object numbers do not count, nor the value of a call that stands for another one.
 */
function sameAnswer(a: Cell, b: Cell): boolean {
  if (a.result === undefined || b.result === undefined) return true
  if (completesOf(a) !== completesOf(b)) return false
  const [one, other] = [kindOf(a.result), kindOf(b.result)]
  if (one !== 'ok' || other !== 'ok') return one === other
  return a.translation.kind !== 'same' || b.translation.kind !== 'same' || valueOf(a.result) === valueOf(b.result)
}

function completesOf({ completes }: Cell): string {
  return completes.map(({ row, result }) => `${row} ${kindOf(result)}`).join(', ')
}

/** `ok`, `blocked`, `bug` or the errno. */
function kindOf(result: Result): string {
  if ('bug' in result) return 'bug'
  if ('blocked' in result) return 'blocked'
  return result.ok ? 'ok' : result.errno
}

function valueOf(result: Result): string {
  const value = succeeded(result) ? result.value : undefined
  if (typeof value !== 'object') return String(value)
  const fields = Object.entries(value).map(([key, field]) => `${key}=${field}`)
  return fields.toSorted().join(' ')
}

/** Whether the kernels judge some group differently from this row on, where they did not so before. */
function isolationParts(columns: readonly Column[], row: number): boolean {
  const alive = columns.filter(({ bug }) => bug < 0 || bug >= row)
  const exposed = (column: Column, at: number, place: number): boolean =>
    (column.standings[at] ?? column.atBoot)[place]?.verdict === 'not-isolated'
  const pattern = (at: number, place: number): string =>
    alive.map((column) => (exposed(column, at, place) ? '!' : '.')).join('')
  const places = alive[0]?.standings[row]?.length ?? 0
  for (let place = 0; place < places; place++) {
    const now = pattern(row, place)
    if (new Set(now).size > 1 && now !== pattern(row - 1, place)) return true
  }
  return false
}

/**
 * The scenario as one kernel of the comparison was really asked, at the end of a row, or at the call of that row which
 * did not succeed. Notes stay with their operations; nothing is asked any more of what a table has just shown.
 */
export function scenarioAt(scenario: Scenario, column: Column, row: number): Scenario {
  // What one kernel is expected to answer says nothing of another one.
  const {
    compare: _compare,
    present: _present,
    predictions: _predictions,
    expects: _expects,
    notes,
    ...rest
  } = scenario
  const cell = column.cells[row]
  const moved = Object.entries(notes ?? {}).map(([step, words]): [string, string] => {
    const at = column.cells[Number(step) - 1]?.to ?? 0
    return [String(at), words]
  })
  // An operation that needed no call leaves its words at the call before it, unless that has some of its own.
  const start = notes?.['0']
  const placed = {
    ...Object.fromEntries(moved.filter(([step]) => step !== '0').reverse()),
    ...(start === undefined ? {} : { '0': start }),
  }
  return {
    ...rest,
    kernel: column.kernel.id,
    ops: column.run.steps.map((step) => step.op),
    cursor: cell === undefined ? 0 : cell.step < 0 ? cell.to : cell.step + 1,
    ...(Object.keys(placed).length === 0 ? {} : { notes: placed }),
  }
}
