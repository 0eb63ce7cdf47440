/** Has long texts read by a worker, which can be stopped, and notices when that worker is gone. No framework. */
import { readPastes, type Reading } from '../../adviser/reading.ts'

/** What a worker has of interest to the reader. */
export interface ReadWorker {
  postMessage(texts: readonly string[]): void
  addEventListener(type: 'message', listener: (event: { readonly data: Reading }) => void): void
  addEventListener(type: 'error', listener: (event: { readonly message?: string }) => void): void
  terminate(): void
}

/** Characters from which on a worker reads: what is shorter takes less time than a picture. */
export const LONG_TEXT = 50_000
/** Without a worker the page itself reads up to so many characters, which takes a few tenths of a second. */
const MOST_HERE = 300_000
/** Characters of all texts together. */
export const MOST_PASTED = 20_000_000

export const NO_WORKER =
  'The part of the page that reads long texts could not be started, and these are too long to read without it. Try again, or load the page anew'
export const NOT_HEARD =
  'Nothing was heard of the reading: the browser may have ended it for want of memory. Try again, or take a text away'
export const STOPPED = 'The reading was stopped: the texts have not been read'

/** Milliseconds after which a reading of which nothing is heard has ended: many times what a slow machine needs. */
function patience(characters: number): number {
  return 30_000 + characters / 100
}

const TITLE = 'My machine'

export type ReadOutcome =
  { readonly ok: true; readonly reading: Reading } | { readonly ok: false; readonly words: string }

/** Reads texts one after the other; a new one ends the one before unheard. */
export class TextReader {
  private readonly makeWorker: () => ReadWorker
  private worker: ReadWorker | null = null
  private watch: ReturnType<typeof setTimeout> | undefined

  constructor(makeWorker: () => ReadWorker) {
    this.makeWorker = makeWorker
  }

  /**
   * Reads the texts of one machine, short ones before it returns.
   * @param done hears what came of it, once; not at all if the reading is ended before
   */
  read(texts: readonly string[], done: (outcome: ReadOutcome) => void): void {
    this.end()
    const characters = texts.reduce((sum, text) => sum + text.length, 0)
    if (characters < LONG_TEXT) {
      done(readHere(texts))
      return
    }
    const finish = (outcome: ReadOutcome): void => {
      this.end()
      done(outcome)
    }
    const withoutWorker = (): void =>
      finish(characters <= MOST_HERE ? readHere(texts) : { ok: false, words: NO_WORKER })
    try {
      const worker = this.makeWorker()
      this.worker = worker
      worker.addEventListener('message', ({ data }) => {
        if (this.worker === worker) finish({ ok: true, reading: data })
      })
      worker.addEventListener('error', () => {
        if (this.worker === worker) withoutWorker()
      })
      worker.postMessage(texts)
      this.watch = setTimeout(() => finish({ ok: false, words: NOT_HEARD }), patience(characters))
    } catch {
      withoutWorker()
    }
  }

  /** Ends what is being read. */
  end(): void {
    clearTimeout(this.watch)
    this.worker?.terminate()
    this.worker = null
  }
}

/** A fault of the program in a text must not leave the page waiting for it. */
function readHere(texts: readonly string[]): ReadOutcome {
  try {
    return { ok: true, reading: readPastes(texts, TITLE) }
  } catch (error) {
    return { ok: false, words: `The text could not be read: ${error instanceof Error ? error.message : String(error)}` }
  }
}
