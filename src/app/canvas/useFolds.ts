import { useState } from 'react'

const NONE: ReadonlySet<string> = new Set()

/** Which folds of a machine a person has opened, by id. */
export function useFolds(machine: string): {
  readonly open: ReadonlySet<string>
  readonly unfold: (ids: readonly string[]) => void
  readonly fold: (id: string) => void
} {
  const [opened, setOpened] = useState({ machine, ids: NONE })
  const open = opened.machine === machine ? opened.ids : NONE
  const unfold = (ids: readonly string[]): void => {
    if (ids.length > 0) setOpened({ machine, ids: new Set([...open, ...ids]) })
  }
  const fold = (id: string): void => {
    setOpened({ machine, ids: new Set([...open].filter((other) => other !== id)) })
  }
  return { open, unfold, fold }
}
