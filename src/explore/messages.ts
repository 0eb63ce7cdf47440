/** What a search's worker and the page say to each other: plain data. */
import type { ExploreProgress, ExploreRequest, ExploreResult, StateGraph } from './exploration.ts'
import type { Limits } from './search.ts'

export type ToWorker =
  /** Begins; what was under way is dropped. */
  | { readonly type: 'start'; readonly request: ExploreRequest }
  /** Pauses. */
  | { readonly type: 'stop' }
  /** Goes on after a stop, or after a limit if that is raised. */
  | { readonly type: 'continue'; readonly limits?: Partial<Limits> }
  /** Asks for the states found so far, if there are no more than so many. */
  | { readonly type: 'graph'; readonly most: number }

export type FromWorker =
  | { readonly type: 'progress'; readonly progress: ExploreProgress }
  | { readonly type: 'stopped'; readonly progress: ExploreProgress }
  | { readonly type: 'result'; readonly result: ExploreResult }
  | { readonly type: 'graph'; readonly graph: StateGraph | null }
  /** The question cannot be asked; `column` is where in it, from 1, null if that is not the fault. */
  | { readonly type: 'error'; readonly words: string; readonly column: number | null }

const TO_WORKER = ['start', 'stop', 'continue', 'graph']
const FROM_WORKER = ['progress', 'stopped', 'result', 'graph', 'error']

/** Both ends are this project's own: the type of a message says what it is. */
export function isToWorker(value: unknown): value is ToWorker {
  return isMessage(value, TO_WORKER)
}

export function isFromWorker(value: unknown): value is FromWorker {
  return isMessage(value, FROM_WORKER)
}

function isMessage(value: unknown, types: readonly string[]): boolean {
  return (
    typeof value === 'object' &&
    value !== null &&
    'type' in value &&
    typeof value.type === 'string' &&
    types.includes(value.type)
  )
}
