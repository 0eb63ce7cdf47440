/** The page's side of a search. No framework: whoever shows it listens. */
import type { ExploreRequest } from './exploration.ts'
import { isFromWorker, type FromWorker, type ToWorker } from './messages.ts'
import type { Limits } from './search.ts'

/** What a worker has of interest to the client. */
export interface WorkerLike {
  postMessage(message: ToWorker): void
  addEventListener(type: 'message', listener: (event: { readonly data: unknown }) => void): void
  addEventListener(type: 'error', listener: (event: { readonly message?: string }) => void): void
  terminate(): void
}

const NO_WORKER = 'The search could not be started: its part of the page did not load. Try again, or load the page anew'

/** A worker of the browser. */
function browserWorker(): WorkerLike {
  return new Worker(new URL('./worker.ts', import.meta.url), { type: 'module' })
}

/**
 * Starts searches and hears of them. Each search gets a worker of its own: one that has seen other state layouts before
 * runs slower, and a finished one gives its memory back when it ends.
 */
export class ExploreClient {
  private readonly listener: (message: FromWorker) => void
  private readonly makeWorker: () => WorkerLike
  private worker: WorkerLike | null = null

  /** @param listener hears everything that the current search says: progress, stopped, result, graph, error */
  constructor(listener: (message: FromWorker) => void, makeWorker: () => WorkerLike = browserWorker) {
    this.listener = listener
    this.makeWorker = makeWorker
  }

  /** Begins a search; the one before, if any, ends unheard. */
  start(request: ExploreRequest): void {
    this.dispose()
    const worker = this.begin()
    if (worker === null) return
    this.worker = worker
    worker.addEventListener('message', ({ data }) => {
      if (this.worker === worker && isFromWorker(data)) this.listener(data)
    })
    worker.addEventListener('error', ({ message }) => {
      // A script that did not load says nothing more than that.
      if (this.worker === worker) this.fail(message === undefined || message === '' ? NO_WORKER : message)
    })
    worker.postMessage({ type: 'start', request })
  }

  /** A worker, or null where the browser does not allow one. */
  private begin(): WorkerLike | null {
    try {
      return this.makeWorker()
    } catch {
      this.fail(NO_WORKER)
      return null
    }
  }

  private fail(words: string): void {
    this.listener({ type: 'error', words, column: null })
  }

  /** Pauses the search; `stopped` says how far it was. */
  stop(): void {
    this.worker?.postMessage({ type: 'stop' })
  }

  /** Goes on after a stop, or after a limit that is raised with it. */
  continue(limits?: Partial<Limits>): void {
    this.worker?.postMessage(limits === undefined ? { type: 'continue' } : { type: 'continue', limits })
  }

  /** Asks for all states found so far, if they are no more than so many; `graph` answers. */
  graph(most: number): void {
    this.worker?.postMessage({ type: 'graph', most })
  }

  /** Ends the worker and lets its memory go. */
  dispose(): void {
    this.worker?.terminate()
    this.worker = null
  }
}
