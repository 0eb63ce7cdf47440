/** How far somebody is in the lessons. Kept in this browser, where it allows that, and seen by all of its tabs. */
import { createStore, type StoreApi } from 'zustand/vanilla'
import { isRecord, type Kept } from '../store/kept.ts'

/** How far somebody is in a lesson. */
export interface Progress {
  /** The card that was open last, from 0. */
  readonly card: number
  /** The last card was left by its end. */
  readonly done: boolean
  /** Choices made in predictions, by the card and part that they stand in. */
  readonly answers: Readonly<Record<string, number>>
  /** Fewest operations in which each goal was reached; `null`: on a way whose operations cannot be counted. */
  readonly goals: Readonly<Record<string, number | null>>
}

export const NO_PROGRESS: Progress = { card: 0, done: false, answers: {}, goals: {} }

export const PROGRESS_KEY = 'iommu-playground.lessons.v1'

type All = Readonly<Record<string, Progress>>

export interface ProgressState {
  readonly all: All
  /** Notes how far somebody is; `change` gets what another tab may have noted since. */
  note(slug: string, change: (before: Progress) => Partial<Progress>): void
  /** Forgets what was done in a lesson, or in all. */
  forget(slug?: string): void
  /** Another tab has noted something. */
  read(): void
}

/** Progress in all lessons, by slug. What the storage does not keep lasts as long as the page. */
export function createProgressStore(storage: Kept): StoreApi<ProgressState> {
  const load = (): Readonly<Record<string, unknown>> => {
    const found = storage.read(PROGRESS_KEY)
    return found.kind === 'value' && isRecord(found.value) ? found.value : {}
  }
  const readAll = (): All =>
    Object.fromEntries(Object.entries(load()).map(([slug, progress]) => [slug, readProgress(progress)]))
  return createStore<ProgressState>()((set, get) => ({
    all: readAll(),
    note: (slug, change) => {
      // What another tab has noted counts; where nothing can be kept, what this page knows.
      const stored = load()[slug]
      const before = stored === undefined ? (get().all[slug] ?? NO_PROGRESS) : readProgress(stored)
      const after = { ...before, ...change(before) }
      const done = storage.change(PROGRESS_KEY, (now) => {
        const lessons = isRecord(now) ? now : {}
        const own = lessons[slug]
        // Fields of a newer release stay.
        return { ...lessons, [slug]: { ...(isRecord(own) ? own : {}), ...after } }
      })
      set({ all: { ...(done ? readAll() : get().all), [slug]: after } })
    },
    forget: (slug) => {
      const without = <T>(lessons: Readonly<Record<string, T>>): Record<string, T> =>
        slug === undefined ? {} : Object.fromEntries(Object.entries(lessons).filter(([other]) => other !== slug))
      storage.change(PROGRESS_KEY, (now) => without(isRecord(now) ? now : {}))
      set({ all: without(get().all) })
    },
    read: () => set({ all: readAll() }),
  }))
}

function readProgress(value: unknown): Progress {
  if (!isRecord(value)) return NO_PROGRESS
  const { card, done, answers, goals } = value
  const place = typeof card === 'number' && card >= 0 && Number.isFinite(card) ? Math.floor(card) : 0
  return { card: place, done: done === true, answers: numbersIn(answers), goals: goalsIn(goals) }
}

function numbersIn(value: unknown): Record<string, number> {
  if (!isRecord(value)) return {}
  return Object.fromEntries(
    Object.entries(value).flatMap(([key, number]) =>
      typeof number === 'number' && Number.isInteger(number) ? [[key, number] as const] : [],
    ),
  )
}

/** A goal that was reached on a way whose operations cannot be counted was reached as well. */
function goalsIn(value: unknown): Record<string, number | null> {
  if (!isRecord(value)) return {}
  const uncounted = Object.entries(value).flatMap(([key, ops]) => (ops === null ? [[key, null] as const] : []))
  return { ...Object.fromEntries(uncounted), ...numbersIn(value) }
}
