import type { Errno } from './errno.ts'

/** What a call returned besides success; the shapes are those of the recorded traces. */
export type Value = number | Readonly<Record<string, number | boolean | string>>

/** Where and how the kernel stopped: the file, line and text of its own report. */
export interface Bug {
  readonly file: string
  readonly line: number
  readonly text: string
}

/**
 * The answer to one operation: success (with the value returned, and with the object number that an iommufd gave out),
 * a refusal, a call that did not return, or the kernel's end.
 */
export type Result =
  | { readonly ok: true; readonly value?: Value; readonly id?: number }
  | { readonly ok: false; readonly errno: Errno }
  | { readonly blocked: true }
  | { readonly bug: Bug }

/** A blocked call that returned: its place in the queue of blocked calls before this operation, oldest first. */
export interface Completion {
  readonly position: number
  readonly result: Result
}

/** The answer to an operation together with the blocked calls that it released, in queue order. */
export interface Outcome {
  readonly result: Result
  readonly completes?: readonly Completion[]
}

export const OK: Result = { ok: true }
export const BLOCKED: Result = { blocked: true }

const refusals = new Map<Errno, Result>()

/** The refusal with an errno. The same object each time, so that a search allocates nothing. */
export function refuse(errno: Errno): Result {
  let result = refusals.get(errno)
  if (result === undefined) {
    result = { ok: false, errno }
    refusals.set(errno, result)
  }
  return result
}

/** Whether a call succeeded. */
export function succeeded(result: Result): result is { ok: true; value?: Value; id?: number } {
  return 'ok' in result && result.ok
}
