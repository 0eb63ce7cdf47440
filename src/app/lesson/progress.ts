import { useSyncExternalStore } from 'react'

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

const KEY = 'iommu-playground.lessons.v1'

type All = Readonly<Record<string, Progress>>

/** Storage may be switched off, full, or written by somebody else. */
function load(): All {
  try {
    const value: unknown = JSON.parse(localStorage.getItem(KEY) ?? '{}')
    if (typeof value !== 'object' || value === null) return {}
    return Object.fromEntries(Object.entries(value).map(([slug, progress]) => [slug, readProgress(progress)]))
  } catch {
    return {}
  }
}

function readProgress(value: unknown): Progress {
  if (typeof value !== 'object' || value === null) return NO_PROGRESS
  const card = 'card' in value && typeof value.card === 'number' && value.card >= 0 ? Math.floor(value.card) : 0
  const answers = 'answers' in value ? numbersIn(value.answers) : {}
  const goals = 'goals' in value ? numbersIn(value.goals) : {}
  return { card, done: 'done' in value && value.done === true, answers, goals }
}

function numbersIn(value: unknown): Record<string, number> {
  if (typeof value !== 'object' || value === null) return {}
  return Object.fromEntries(
    Object.entries(value).filter((entry): entry is [string, number] => Number.isInteger(entry[1])),
  )
}

let all = load()
const listeners = new Set<() => void>()

/** What is known of a lesson now. */
export function progressOf(slug: string): Progress {
  return all[slug] ?? NO_PROGRESS
}

/** Notes how far somebody is; kept in this browser where it allows that. */
export function keepProgress(slug: string, change: Partial<Progress>): void {
  put({ ...all, [slug]: { ...progressOf(slug), ...change } })
}

/** Forgets what was done in a lesson, or in all. */
export function forgetProgress(slug?: string): void {
  put(slug === undefined ? {} : Object.fromEntries(Object.entries(all).filter(([other]) => other !== slug)))
}

function put(next: All): void {
  all = next
  try {
    localStorage.setItem(KEY, JSON.stringify(all))
  } catch {
    // The page works on; the next visit begins anew.
  }
  for (const listener of listeners) listener()
}

/** Progress in all lessons, by slug. */
export function useProgress(): All {
  return useSyncExternalStore(
    (listener) => {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
    () => all,
  )
}
