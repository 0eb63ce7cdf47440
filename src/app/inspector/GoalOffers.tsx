import { useMemo, type ReactNode } from 'react'
import { store, useApp } from '../store/store.ts'
import { goalOffers } from './goal-offers.ts'
import { OfferButton } from './Offers.tsx'

/** While a goal of a lesson is open: actions that lead to it, on whatever else than what is selected. */
export function GoalOffers(): ReactNode {
  const goal = useApp((s) => s.direction.goal)
  const snapshot = useApp((s) => s.snapshot)
  const selection = useApp((s) => s.selection)
  const more = useApp((s) => s.allOffers)
  const offers = useMemo(() => {
    const state = store.getState()
    const current = state.snapshot === snapshot && state.selection === selection && state.allOffers === more
    return current && goal !== null ? goalOffers(state, goal) : []
  }, [goal, snapshot, selection, more])
  if (offers.length === 0) return null
  return (
    <div>
      <h3 className="section-title mb-1.5">Also useful for the goal</h3>
      <ul className="grid grid-cols-[minmax(0,1fr)] gap-1.5" data-testid="goal-offers">
        {offers.map((offer) => (
          <OfferButton key={offer.id} offer={offer} index={Infinity} />
        ))}
      </ul>
    </div>
  )
}
