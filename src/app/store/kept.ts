/**
 * The browser's storage, which may be forbidden, full, damaged, or written by another tab or another release meanwhile.
 *
 * Not zustand/persist: it writes the whole state of one tab over what another tab or a newer release has kept.
 */

/** What is used of `localStorage` and `sessionStorage`. */
export interface TextStorage {
  getItem(key: string): string | null
  setItem(key: string, value: string): void
}

/** What is kept under a key. */
export type Found =
  | { readonly kind: 'value'; readonly value: unknown }
  | { readonly kind: 'nothing' }
  /** No JSON: something else wrote there, or a write was cut off. */
  | { readonly kind: 'damaged'; readonly text: string }

/** Storage as values under keys. */
export interface Kept {
  read(key: string): Found
  /**
   * Changes what is kept under a key.
   * @param change gets what is there now, which another tab may have written; undefined if nothing can be read
   * @returns false if the browser does not keep it; what was there then stays
   */
  change(key: string, change: (now: unknown) => unknown): boolean
}

/** Where a damaged text goes, so that a save does not destroy what a person might still rescue. */
export function damagedKey(key: string): string {
  return `${key}.damaged`
}

/** @param storage null where the browser has none for the page */
export function keptIn(storage: TextStorage | null): Kept {
  const read = (key: string): Found => {
    let text: string | null
    try {
      text = storage?.getItem(key) ?? null
    } catch {
      return { kind: 'nothing' }
    }
    if (text === null) return { kind: 'nothing' }
    try {
      return { kind: 'value', value: JSON.parse(text) }
    } catch {
      return { kind: 'damaged', text }
    }
  }
  const write = (key: string, text: string): boolean => {
    if (storage === null) return false
    try {
      storage.setItem(key, text)
      return true
    } catch {
      return false
    }
  }
  return {
    read,
    change(key, change) {
      const found = read(key)
      if (found.kind === 'damaged') write(damagedKey(key), found.text)
      return write(key, JSON.stringify(change(found.kind === 'value' ? found.value : undefined)))
    },
  }
}

/** Asks for a storage of the browser; null where it is forbidden, which is an error by itself in some browsers. */
export function storageOf(get: () => TextStorage): TextStorage | null {
  try {
    return get()
  } catch {
    return null
  }
}

export function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
