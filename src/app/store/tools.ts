import type { KernelId } from '../../sim/kernel.ts'
import type { Derived, Doc } from './document.ts'
import type { Kept } from './kept.ts'
import type { AppState } from './state.ts'

/** What a store is made with: all that it takes from the browser. */
export interface StoreParts {
  /** Where the page is; read whenever it matters. */
  readonly location: { readonly pathname: string; readonly hash: string; readonly search: string }
  /** Whether the tab was loaded anew, or gone back to; false where somebody came by an address. */
  readonly reloaded: boolean
  /** What lasts, and what lasts as long as the tab. */
  readonly kept: Kept
  readonly session: Kept
  /** Explanations of kernels, which are fetched when they are wanted. */
  readonly words: { has(kernel: KernelId): boolean; load(): Promise<void> }
  /** The time, ISO 8601. */
  now(): string
}

/** What the actions of the store are made of. */
export interface Tools extends StoreParts {
  get(): AppState
  set(change: Partial<AppState>): void
  /**
   * Goes to a document that can be undone. Where its kernel's words have to be fetched first, it is gone to when they
   * have come, from the document that stands there then.
   * @param change from the document to the next one; the same one: nothing happens
   * @param also changes with it
   * @throws UnknownPart
   */
  commit(change: (doc: Doc) => Doc, also?: Partial<AppState>): void
  /**
   * Keeps a document as the one that was played last in this browser.
   * @returns false if the browser does not keep it
   */
  keepCurrent(doc: Doc): boolean
  /** A document with what is derived from it. On another tree, or with other groups, the selection keeps its address. */
  arrive(doc: Doc): Partial<AppState> & Derived
}

export const MAX_UNDO = 200
