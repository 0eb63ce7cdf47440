import { useMemo, useState, type ReactNode } from 'react'
import { shortBdf } from '../../explain/words.ts'
import { withFormedGroups } from '../../what-if/formed-groups.ts'
import { moveCard, slotOf, slotsFor, type Slot } from '../../what-if/move-card.ts'
import { shortName } from '../../machines/short-name.ts'
import type { PciFunction } from '../../sim/machine.ts'
import { store, useApp } from '../store/store.ts'
import { perform } from './revise.ts'

const WHY_NOT = {
  same: 'There is nothing to move.',
  inside: 'One of the slots is behind the card that sits in the other.',
  'no-bus': 'There are not enough free bus numbers below that slot.',
} as const

/** Moves the card that a function is on to another slot. */
export function MoveSection({ spec }: { spec: PciFunction }): ReactNode {
  const machine = useApp((s) => s.machine)
  const [chosen, setChosen] = useState('')
  const slot = useMemo(() => slotOf(machine, spec.bdf), [machine, spec])
  const others = useMemo(() => (slot === undefined ? [] : slotsFor(machine, slot)), [machine, slot])
  if (slot === undefined || others.length === 0) return null
  const target =
    others.find(({ port }) => port.bdf === chosen) ?? others.find(({ card }) => card.length === 0) ?? others[0]
  const move = (): void => {
    if (target === undefined) return
    const outcome = moveCard(withFormedGroups(machine), slot.port.bdf, target.port.bdf)
    if (outcome.ok) perform({ machine: outcome.machine, moved: outcome.moved })
    else store.getState().toast('info', WHY_NOT[outcome.reason])
  }
  return (
    <section>
      <h3 className="section-title mb-1">Another slot</h3>
      <p className="text-[12.5px] text-dim">
        The card sits behind {shortBdf(slot.port.bdf)}. What if it sat elsewhere?
      </p>
      <div className="mt-1.5 flex gap-1.5">
        <select
          aria-label="Slot to move the card to"
          className="button min-w-0 flex-1 truncate"
          value={target?.port.bdf ?? ''}
          onChange={(event) => setChosen(event.target.value)}
        >
          {others.map((other) => (
            <option key={other.port.bdf} value={other.port.bdf}>
              {slotWords(other)}
            </option>
          ))}
        </select>
        <button type="button" className="button flex-none" onClick={move}>
          {(target?.card.length ?? 0) > 0 ? 'Swap' : 'Move'}
        </button>
      </div>
    </section>
  )
}

function slotWords({ port, card }: Slot): string {
  const [first] = card
  const what = first === undefined ? 'empty' : `swap with ${shortBdf(first.bdf)} ${shortName(first)}`
  return `${port.kind === 'rp' ? 'Root port' : 'Switch port'} ${shortBdf(port.bdf)}: ${what}`
}
