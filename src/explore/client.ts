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

const NOT_HEARD =
  'Nothing was heard of the search for half a minute: the browser may have ended it for want of memory. Ask again, or ask for less'

/**
 * How often the client looks whether it has heard of the search, in milliseconds. A worker tells its progress ten times
 * a second; two looks without a word mean that it is gone (one may be a computer that slept).
 */
const LOOK_EVERY = 15_000

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
  private watch: ReturnType<typeof setInterval> | undefined
  private looksWithoutWord = 0

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
      if (this.worker !== worker || !isFromWorker(data)) return
      this.looksWithoutWord = 0
      if (data.type !== 'progress') this.endWatch()
      this.listener(data)
    })
    worker.addEventListener('error', ({ message }) => {
      // A script that did not load says nothing more than that.
      if (this.worker === worker) this.fail(message === undefined || message === '' ? NO_WORKER : message)
    })
    worker.postMessage({ type: 'start', request })
    this.beginWatch()
  }

  /** From when the worker computes to when it has ended or is stopped. */
  private beginWatch(): void {
    this.endWatch()
    this.looksWithoutWord = 0
    this.watch = setInterval(() => {
      this.looksWithoutWord++
      if (this.looksWithoutWord < 2) return
      this.dispose()
      this.fail(NOT_HEARD)
    }, LOOK_EVERY)
  }

  private endWatch(): void {
    clearInterval(this.watch)
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
    this.endWatch()
    this.listener({ type: 'error', words, column: null })
  }

  /** Pauses the search; `stopped` says how far it was. */
  stop(): void {
    this.worker?.postMessage({ type: 'stop' })
  }

  /** Goes on after a stop, or after a limit that is raised with it. */
  continue(limits?: Partial<Limits>): void {
    if (this.worker === null) return
    this.worker.postMessage(limits === undefined ? { type: 'continue' } : { type: 'continue', limits })
    this.beginWatch()
  }

  /** Asks for all states found so far, if they are no more than so many; `graph` answers. */
  graph(most: number): void {
    this.worker?.postMessage({ type: 'graph', most })
  }

  /** Ends the worker and lets its memory go. */
  dispose(): void {
    this.endWatch()
    this.worker?.terminate()
    this.worker = null
  }
}
