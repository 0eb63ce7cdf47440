/** Plans the wires of cards that stand in rows, and gives them more room where they find none. */
import { arrange, type Arrangement, type GroupToShow, type ToArrange } from './arrange.ts'
import { netsOf } from './nets.ts'
import { planRoutes, type Plan } from './route.ts'
import type { Wire } from './wires.ts'

export interface ToPlan {
  readonly toArrange: Omit<ToArrange, 'corridor' | 'larger'>
  /** What comes of it with no room added. */
  readonly arrangement: Arrangement
  readonly shown: readonly GroupToShow[]
  readonly wires: readonly Wire[]
}

export interface Planned {
  readonly arrangement: Arrangement
  readonly plan: Plan
}

/** Cards are laid out anew this often to give wires more room. */
const MOST_TRIES = 12
/** How much larger a sheet and its cards get when there is no room for wires at the border of a card. */
const LARGER = 1.4

function planOf(arrangement: Arrangement, { shown, wires }: ToPlan): Planned {
  const rows = arrangement.rows.map(({ cards }) => cards)
  return { arrangement, plan: planRoutes(rows, netsOf(arrangement, shown, wires), arrangement.bounds) }
}

/** Plans wires on the sheet as it is, with a corridor beside the cards if they need one; undefined: there is no room. */
export function planWithin(input: ToPlan): Planned | undefined {
  let corridor = 0
  let planned = planOf(input.arrangement, input)
  for (let tries = 0; tries < MOST_TRIES; tries++) {
    const { overflow, crowded } = planned.plan
    if (crowded > 0) return undefined
    if (overflow === 0) return planned
    corridor += corridorFor(overflow)
    const arrangement = arrange({ ...input.toArrange, corridor, larger: 1 })
    if (arrangement.width > input.arrangement.width) return undefined
    planned = planOf(arrangement, input)
  }
  return undefined
}

/** Plans wires on a sheet that grows until all of them find room. */
export function planOnLarger(input: ToPlan): Planned {
  let corridor = 0
  let larger = 1
  let planned = planOf(input.arrangement, input)
  for (let tries = 0; tries < MOST_TRIES; tries++) {
    const { overflow, crowded } = planned.plan
    if (overflow + crowded === 0) return planned
    if (overflow > 0) corridor += corridorFor(overflow)
    if (crowded > 0) larger *= LARGER
    const width = Math.ceil(input.toArrange.width * larger)
    planned = planOf(arrange({ ...input.toArrange, width, corridor, larger }), input)
  }
  return planned
}

/** Room for wires that found none. */
function corridorFor(wires: number): number {
  return wires * 6 + 4
}
