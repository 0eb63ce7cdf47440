/** Sizes of cards and of what is between them. */
import { depthOf, type Item } from './forest.ts'

/** Around everything that is drawn. */
export const PAD = 22

/** From the left edge of a column to its cards: room for the line of the bus. */
export const TRUNK = 26

/** Of the card of a function or a fold. */
export const CARD_HEIGHT = 72

/** Between columns of one root bus. */
export const COLUMN_GAP = 34

/** How far an outline is from the cards inside. */
export const HULL = { left: 9, right: 9, top: 12, bottom: 7 } as const

/** How wide a card is, and what is between it and the cards behind its bridge. */
export interface Measures {
  readonly card: number
  readonly gutter: number
}

const WIDE: Measures = { card: 202, gutter: 68 }

/** For a narrow view. */
export const NARROW: Measures = { card: 134, gutter: 30 }

/** A card no narrower than this shows the words of its chips, and this gutter the number of a bus. */
const TIGHT: Measures = { card: 158, gutter: 54 }

/** The usual measures, or smaller ones where the deepest branch goes into the view only with those. */
export function measuresFor(items: readonly Item[], viewWidth: number): Measures {
  if (2 * PAD + widthOf(items, WIDE) <= viewWidth) return WIDE
  const spare = viewWidth - 2 * PAD - widthOf(items, TIGHT)
  if (spare < 0) return WIDE
  return { ...TIGHT, card: TIGHT.card + Math.floor(spare / Math.max(1, ...items.map(depthOf))) }
}

/** The width of a column with these items. */
export function widthOf(items: readonly Item[], { card, gutter }: Measures): number {
  const depth = Math.max(1, ...items.map(depthOf))
  return TRUNK + depth * card + (depth - 1) * gutter + HULL.right
}
