/** The worker's side of a search: works in short slices, so that a message is heard between two of them. */
import { Exploration, ExploreError } from './exploration.ts'
import type { FromWorker, ToWorker } from './messages.ts'

/** How long a slice is, and how seldom progress is told: ten times a second at most. In milliseconds. */
const SLICE = 20
const PROGRESS_EVERY = 100

export interface Surroundings {
  /** Sends a message to the page. */
  post(message: FromWorker): void
  /** A clock in milliseconds. */
  now(): number
  /** Calls back as soon as messages that have come meanwhile were heard. */
  later(work: () => void): void
}

export class Session {
  private readonly surroundings: Surroundings
  private exploration: Exploration | null = null
  private working = false
  private scheduled = false
  private told = 0

  constructor(surroundings: Surroundings) {
    this.surroundings = surroundings
  }

  hear(message: ToWorker): void {
    const { post } = this.surroundings
    switch (message.type) {
      case 'start':
        this.working = false
        this.exploration = null
        this.guard(() => {
          this.exploration = new Exploration(message.request, this.surroundings.now)
          this.go()
        })
        return
      case 'stop':
        if (this.exploration === null || !this.working) return
        this.working = false
        post({ type: 'stopped', progress: this.exploration.progress() })
        return
      case 'continue':
        if (this.exploration === null) return
        if (message.limits !== undefined) this.exploration.allow(message.limits)
        this.go()
        return
      case 'graph': {
        const { exploration } = this
        if (exploration !== null) this.guard(() => post({ type: 'graph', graph: exploration.graph(message.most) }))
        return
      }
    }
  }

  private go(): void {
    this.working = true
    this.told = this.surroundings.now()
    this.schedule()
  }

  /** One slice is due at a time, whatever is said in between. */
  private schedule(): void {
    if (this.scheduled) return
    this.scheduled = true
    this.surroundings.later(() => {
      this.scheduled = false
      this.guard(() => this.slice())
    })
  }

  private slice(): void {
    const { exploration } = this
    if (!this.working || exploration === null) return
    exploration.advanceFor(SLICE)
    const { post, now } = this.surroundings
    const result = exploration.result()
    if (result !== null) {
      this.working = false
      post({ type: 'result', result })
      return
    }
    if (now() - this.told >= PROGRESS_EVERY) {
      this.told = now()
      post({ type: 'progress', progress: exploration.progress() })
    }
    this.schedule()
  }

  /** Whatever goes wrong ends the search and is said; memory that the browser does not give is one such thing. */
  private guard(work: () => void): void {
    try {
      work()
    } catch (error) {
      this.working = false
      const words = error instanceof Error ? error.message : String(error)
      this.surroundings.post({ type: 'error', words, column: error instanceof ExploreError ? error.column : null })
    }
  }
}
