import { useEffect, useState } from 'react'
import type { LibraryScenario } from '../../scenario/library/define.ts'

let loaded: readonly LibraryScenario[] = []

/** Fetches the scenarios that ship; the first picture does not wait for them. */
export async function loadLibrary(): Promise<readonly LibraryScenario[]> {
  loaded = (await import('../../scenario/library/index.ts')).LIBRARY
  return loaded
}

/** The scenarios that ship, none until they are there. */
export function useLibrary(): readonly LibraryScenario[] {
  const [library, setLibrary] = useState(loaded)
  useEffect(() => {
    let gone = false
    void loadLibrary().then((entries) => {
      if (!gone) setLibrary(entries)
    })
    return () => {
      gone = true
    }
  }, [])
  return library
}
