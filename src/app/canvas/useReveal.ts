import { useEffect, useRef, useState } from 'react'
import { store, useApp } from '../store/store.ts'
import { idOf } from './ids.ts'
import type { Following } from './useFollow.ts'
import { useTold } from './useSpoken.ts'

/**
 * The nodes to bring into view, with a count that changes each time: what is looked for, and what each step touches.
 * @param unfold opens the fold that holds a group, if one does
 */
export function useReveal(
  unfold: (group: number) => void,
  { touched, turn }: Pick<Following, 'touched' | 'turn'>,
): { readonly ids: readonly string[]; readonly count: number } | null {
  const wanted = useApp((s) => s.reveal)
  const [reveal, setReveal] = useState<{ ids: readonly string[]; count: number } | null>(null)
  const latest = useRef({ unfold, touched })
  useEffect(() => {
    latest.current = { unfold, touched }
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
    if (group !== undefined) latest.current.unfold(group)
    const id = idOf(selection)
    if (id !== null) setReveal((before) => ({ ids: [id], count: (before?.count ?? 0) + 1 }))
  }, [wanted])
  useEffect(() => {
    const ids = latest.current.touched
    if (turn > 0 && ids.length > 0) setReveal((before) => ({ ids, count: (before?.count ?? 0) + 1 }))
  }, [turn])
  // What a lesson speaks of is brought into view with its card.
  const told = useTold()
  useEffect(() => {
    if (told.length > 0) setReveal((before) => ({ ids: told, count: (before?.count ?? 0) + 1 }))
  }, [told])
  return reveal
}
