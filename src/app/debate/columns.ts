/** The columns of the debate that are shown, and how they are called. */
import type { ColumnId, DebateColumn } from '../../scenario/debate/define.ts'
import { recordOf } from '../../sim/kernels/list.ts'

/** Columns that are shown at first: what was proposed, what was there before, and what came of it. */
export const FIRST: readonly ColumnId[] = [
  'linux-5.10',
  'linux-6.1',
  'linux-6.12-iommufd',
  'ioasid-t',
  'ioasid-g',
  'ioasid-w',
]

/** What stands at the head of a column. */
export function titleOf({ id, kernel }: DebateColumn): { readonly name: string; readonly about: string } {
  return id === 'ioasid-w-lockstep'
    ? { name: 'Proposal W', about: 'lockstep reading' }
    : { name: recordOf(kernel).title, about: recordOf(kernel).about }
}

/** A column that is shown. */
export interface ShownColumn {
  readonly column: DebateColumn
  /** Its place among all columns. */
  readonly at: number
}
