/** Events inside a call, in order: the checks that the kernel makes and the changes that follow. */

/** What a check or an effect is about: indices into the world's tables. */
export type Subject =
  | { readonly kind: 'device'; readonly device: number }
  | { readonly kind: 'group'; readonly group: number; readonly container?: number }
  | { readonly kind: 'container'; readonly container: number }
  | { readonly kind: 'slot'; readonly slot: number }
  | { readonly kind: 'driver'; readonly driver: number; readonly device?: number }
  | { readonly kind: 'context'; readonly context: number; readonly group?: number; readonly device?: number }
  | { readonly kind: 'count'; readonly count: number; readonly group?: number }
  | { readonly kind: 'range'; readonly iova: number; readonly size: number }
  | {
      readonly kind: 'object'
      readonly of: 'iommufd' | 'ioas' | 'hwpt'
      readonly index: number
      readonly number: number
    }
  | { readonly kind: 'word'; readonly word: string }

/** A check, with the stable name that the specifications give it (`L.GDF.3`), and whether it was passed. */
export interface CheckEvent {
  readonly event: 'check'
  readonly code: string
  readonly ok: boolean
  readonly subject?: Subject
}

/** A change of state, a message in the kernel log or a notification. */
export interface EffectEvent {
  readonly event: 'effect'
  readonly code: string
  readonly subject?: Subject
}

export type TraceEvent = CheckEvent | EffectEvent

/**
 * Collects the events of a call for the kernel path; the search gives the kernel none. The type parameters are the
 * kernel's codes.
 */
export interface Trace<Check extends string = string, Effect extends string = string> {
  check(code: Check, ok: boolean, subject?: Subject): void
  effect(code: Effect, subject?: Subject): void
}

/** Notes a check in the trace, if there is one. Returns `ok`, so that the caller can act on it in the same line. */
export function check<Check extends string>(
  trace: Trace<Check, never> | undefined,
  code: NoInfer<Check>,
  ok: boolean,
  subject?: Subject,
): boolean {
  if (trace !== undefined) trace.check(code, ok, subject)
  return ok
}

/** A trace that records every event. */
export class Recorder implements Trace {
  readonly events: TraceEvent[] = []
  check(code: string, ok: boolean, subject?: Subject): void {
    this.events.push(subject === undefined ? { event: 'check', code, ok } : { event: 'check', code, ok, subject })
  }
  effect(code: string, subject?: Subject): void {
    this.events.push(subject === undefined ? { event: 'effect', code } : { event: 'effect', code, subject })
  }
}
