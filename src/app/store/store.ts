/** The store of the page: made once, from the browser's address and storage. */
import { useStore } from 'zustand'
import { hasWords, loadWords } from '../../explain/registry.ts'
import { createAppStore } from './create.ts'
import { keptIn, storageOf } from './kept.ts'
import type { AppState } from './state.ts'

export type { AppState, BrokenLink, DmaTarget, Lens, Selection } from './state.ts'
export type { Place } from './places.ts'

/** Whether the browser shows a page that this tab had before. */
function wasReloaded(): boolean {
  const [navigation] = performance.getEntriesByType('navigation')
  return navigation instanceof PerformanceNavigationTiming && navigation.type !== 'navigate'
}

export const kept = keptIn(storageOf(() => localStorage))
export const session = keptIn(storageOf(() => sessionStorage))

export const store = createAppStore({
  location,
  kept,
  session,
  reloaded: wasReloaded(),
  words: { has: hasWords, load: loadWords },
  now: () => new Date().toISOString(),
})

/** Subscribes a component to a part of the state; the selector must return the same thing for the same state. */
export function useApp<T>(selector: (state: AppState) => T): T {
  return useStore(store, selector)
}
