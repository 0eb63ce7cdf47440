import type { OpKind } from './op.ts'
import type { State } from './state.ts'

/**
 * What a kernel's columns have a number for, and what those numbers can name. `rid`: requester IDs; `place`: places in a
 * queue; `one`: the machine as a whole; `domain`: address spaces made by userspace, numbered as `Shape.domains` says;
 * from `file` (what is kept of an open file) on: what the kernel makes and numbers itself, lowest free number first.
 */
export type Space =
  | 'one'
  | 'device'
  | 'rid'
  | 'group'
  | 'process'
  | 'slot'
  | 'range'
  | 'place'
  | 'domain'
  | 'file'
  | 'container'
  | 'iommufd'
  | 'ioas'
  | 'hwpt'

/** What a column is about. */
export interface ColumnShape {
  /** What it has a number for, the slowest index first: `['process', 'group']` is one for each process and group. */
  readonly by: readonly Space[]
  /**
   * What its numbers name; absent: nothing that could be swapped (a count, a flag, a driver, a user). `context`: as
   * `contextOf` reads it; `kind`: 0 nothing is open, else 1 + index into `Shape.objects`; `object`: what a file of that
   * kind is open on; `call`: a waiting call, 0 where the queue has ended.
   */
  readonly holds?: Space | 'context' | 'kind' | 'object' | 'call'
  /** Number that stands for index 0; with 1, a 0 means none. Default 0. */
  readonly base?: 0 | 1
  /** Column of the same places: the number counts only where that one is not 0. */
  readonly where?: string
  /**
   * The only operations whose outcome depends on the column; a search without them can ignore it. Empty: none, as with
   * serial numbers that are only shown. Absent: any may.
   */
  readonly readBy?: readonly OpKind[]
}

/**
 * What there is to know of a kernel's state without knowing the kernel: enough to swap equal things in it, and to tell
 * what is open. A kernel may come without; then nothing is reduced.
 */
export interface Shape<S> {
  /** By name: every column that the kernel has. */
  readonly columns: Readonly<Record<Exclude<keyof S, keyof State>, ColumnShape>> & Readonly<Record<string, ColumnShape>>
  /** By kind of file, in the order of the `kind` column: what it is open on. */
  readonly objects: readonly Space[]
  /** Things that have page tables of their own, in the order in which domain indices count them. */
  readonly domains: readonly Space[]
  /**
   * Whether a name stands for an object of another iommufd than the one that a call is about, so that only its number
   * decides what the call finds. A search leaves such calls out, and so can ignore the numbers.
   */
  isForeign?(state: S, fd: number, named: number): boolean
}
