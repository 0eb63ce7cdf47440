/** One scenario under several kernels, operation by operation. */
import type { Kernel } from '../sim/kernel.ts'
import { replay, type Run } from '../sim/replay.ts'
import { succeeded, type Result } from '../sim/result.ts'
import type { Setup } from '../sim/world.ts'
import type { Op } from '../sim/op.ts'
import { translate, type Translation } from './translate.ts'

/** What a kernel made of one operation. */
export interface Cell {
  readonly translation: Translation
  /** The answer: of the first of the translated operations that did not succeed, else of the last; absent if none was asked. */
  readonly result?: Result
  /** Steps that this kernel had done before and after it: where to open its run. */
  readonly from: number
  readonly to: number
}

export interface Column {
  readonly kernel: Kernel
  readonly run: Run
  readonly cells: readonly Cell[]
}

export interface Row {
  readonly op: Op
  readonly cells: readonly Cell[]
  /** Whether the kernels differ in their answer. */
  readonly differs: boolean
}

export interface Comparison {
  readonly columns: readonly Column[]
  readonly rows: readonly Row[]
}

/** The answer that counts when several operations stand for one. */
function answerOf(results: readonly Result[]): Result | undefined {
  return results.find((result) => !succeeded(result)) ?? results.at(-1)
}

function column(kernel: Kernel, setup: Setup, ops: readonly Op[]): Column {
  const groupOf = new Map<string, number>()
  const probe = replay(kernel, setup, [])
  for (const group of probe.world.groups) {
    for (const device of group.devices) groupOf.set(probe.world.devices[device]?.spec.bdf ?? '', group.id)
  }
  const translations = translate(ops, kernel.abi, (bdf) => groupOf.get(bdf))
  const run = replay(
    kernel,
    setup,
    translations.flatMap((translation) => translation.ops),
  )
  let at = 0
  const cells = translations.map((translation): Cell => {
    const from = at
    at += translation.ops.length
    const result = answerOf(run.steps.slice(from, at).map((step) => step.result))
    return { translation, from, to: at, ...(result === undefined ? {} : { result }) }
  })
  return { kernel, run, cells }
}

/** How an answer reads for the comparison: values count, object numbers do not. */
function key(cell: Cell): string {
  if (cell.result === undefined) return cell.translation.kind === 'missing' ? 'missing' : 'nothing'
  if ('bug' in cell.result) return 'bug'
  if ('blocked' in cell.result) return 'blocked'
  return cell.result.ok ? `ok ${JSON.stringify(cell.result.value ?? null)}` : cell.result.errno
}

/** Runs operations under each kernel. Rows differ where two kernels that were asked answer differently. */
export function compare(kernels: readonly Kernel[], setup: Setup, ops: readonly Op[]): Comparison {
  const columns = kernels.map((kernel) => column(kernel, setup, ops))
  const rows = ops.map((op, index): Row => {
    const cells = columns.flatMap((c) => c.cells[index] ?? [])
    const answers = new Set(cells.map(key).filter((answer) => answer !== 'nothing'))
    return { op, cells, differs: answers.size > 1 }
  })
  return { columns, rows }
}
