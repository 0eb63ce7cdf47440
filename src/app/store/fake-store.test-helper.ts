/** A store with a storage and an address of its own, for tests. */
import type { StoreApi } from 'zustand/vanilla'
import { createAppStore } from './create.ts'
import { keptIn, type TextStorage } from './kept.ts'
import type { AppState } from './state.ts'
import type { StoreParts } from './tools.ts'

/** A storage of a browser: `room` is the number of characters that it takes. */
export class FakeStorage implements TextStorage {
  readonly texts = new Map<string, string>()
  room = Infinity
  forbidden = false

  getItem(key: string): string | null {
    if (this.forbidden) throw new Error('SecurityError')
    return this.texts.get(key) ?? null
  }

  setItem(key: string, value: string): void {
    if (this.forbidden) throw new Error('SecurityError')
    const others = [...this.texts].filter(([other]) => other !== key)
    const size = others.reduce((sum, [other, text]) => sum + other.length + text.length, key.length + value.length)
    if (size > this.room) throw new Error('QuotaExceededError')
    this.texts.set(key, value)
  }

  /** What is kept under a key, as a value. */
  value(key: string): unknown {
    const text = this.texts.get(key)
    return text === undefined ? undefined : JSON.parse(text)
  }
}

export interface FakeTab {
  readonly store: StoreApi<AppState>
  readonly state: () => AppState
  readonly session: FakeStorage
}

/** Opens a tab: several may have one storage, and a tab that is loaded anew has its session. */
export function openTab(
  local: FakeStorage,
  options: {
    hash?: string
    pathname?: string
    session?: FakeStorage
    words?: StoreParts['words']
    now?: string
    byAddress?: boolean
  } = {},
): FakeTab {
  const { hash = '', pathname = '/', session = new FakeStorage(), now = '2026-01-02T03:04:05.000Z' } = options
  const store = createAppStore({
    location: { hash, pathname, search: '' },
    kept: keptIn(local),
    reloaded: options.session !== undefined && options.byAddress !== true,
    session: keptIn(session),
    words: options.words ?? { has: () => true, load: () => Promise.resolve() },
    now: () => now,
  })
  return { store, state: () => store.getState(), session }
}
