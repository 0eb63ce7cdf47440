/** What all translators from one interface to another share. */
import { keysOf, valueOf, type Op, type OpKind } from '../../sim/op.ts'
import type { Result } from '../../sim/result.ts'

/** Why nothing is asked: another call has done it already, another one will do it later, or there is nothing to undo. */
export type NothingToAsk = 'earlier' | 'later' | 'needless'

/** Why an operation cannot be asked: the kernel has no such call, or what it is about does not exist there. */
export type Missing = 'call' | 'object'

/** The outcome of a translation: the operation is made as it is, replaced by others with the same effect, or not made. */
export type Translation =
  | { readonly kind: 'same' | 'translated' }
  | { readonly kind: 'nothing'; readonly why: NothingToAsk }
  | { readonly kind: 'missing'; readonly why: Missing }

/** Makes a call to the kernel and returns its answer. */
export type Ask = (op: Op) => Result

/** A translator into one interface. */
export interface Dialect {
  /** Makes the calls that have the effect of an operation; null: the operation itself has it. */
  next(op: Op, ask: Ask): Translation | null
}

/** What a translator knows of the scenario. */
export interface Surroundings {
  /** Number of the group that a device is in. */
  groupOf(bdf: string): number | undefined
  readonly names: Names
  /** The process that does operations which name none. */
  readonly first: string
  /** The kinds of operation that the kernel knows. */
  readonly abi: ReadonlySet<OpKind>
  /** Group files that are bound to an iommufd as a whole somewhere in the scenario. */
  readonly boundAsGroups: ReadonlySet<string>
}

export const TRANSLATED: Translation = { kind: 'translated' }
export const EARLIER: Translation = { kind: 'nothing', why: 'earlier' }
export const LATER: Translation = { kind: 'nothing', why: 'later' }
export const NEEDLESS: Translation = { kind: 'nothing', why: 'needless' }
export const NO_OBJECT: Translation = { kind: 'missing', why: 'object' }
export const NO_CALL: Translation = { kind: 'missing', why: 'call' }
export const SAME: Translation = { kind: 'same' }

const LONGEST_NAME = 32

/** Names for files that only a translation opens: the same words give the same name, and none that the scenario uses. */
export class Names {
  private readonly taken = new Set<string>()
  private readonly given = new Map<string, string>()

  constructor(ops: readonly Op[]) {
    for (const op of ops) {
      for (const [key] of keysOf(op.op)) {
        const value = valueOf(op, key)
        if (typeof value === 'string') this.taken.add(value)
      }
    }
  }

  /** `c1-ioas` for the address space of `c1`. */
  of(base: string, what: 'ioas' | 'group'): string {
    const words = `${base}-${what}`
    const known = this.given.get(words)
    if (known !== undefined) return known
    let name = ''
    for (let count = 1; name === '' || this.taken.has(name); count++) {
      const end = count === 1 ? `-${what}` : `-${what}-${count}`
      name = base.slice(0, LONGEST_NAME - end.length) + end
    }
    this.taken.add(name)
    this.given.set(words, name)
    return name
  }
}

/** The `by` of an operation, where its process is not the default one. */
export function doneBy(around: Surroundings, by: string): { readonly by?: string } {
  return by === around.first ? {} : { by }
}
