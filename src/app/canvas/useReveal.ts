import { useEffect, useRef, useState } from 'react'
import { store, useApp } from '../store/store.ts'
import { idOf } from './ids.ts'

/**
 * The node to bring into view, with a count that changes each time.
 * @param unfold opens the fold that holds a group, if one does
 */
export function useReveal(unfold: (group: number) => void): { readonly id: string; readonly count: number } | null {
  const wanted = useApp((s) => s.reveal)
  const [reveal, setReveal] = useState<{ id: string; count: number } | null>(null)
  const latest = useRef(unfold)
  useEffect(() => {
    latest.current = unfold
  })
  useEffect(() => {
    // Through another lens, what is selected is looked for again.
    const { selection, run } = store.getState()
    if (selection === null) return
    const group =
      selection.kind === 'group'
        ? selection.group
        : selection.kind === 'device'
          ? run.world.devices[selection.device]?.group
          : undefined
    if (group !== undefined) latest.current(group)
    setReveal({ id: idOf(selection) ?? '', count: wanted?.count ?? 0 })
  }, [wanted])
  return reveal
}
