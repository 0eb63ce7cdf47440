/** What the topology lens draws: what the layout is asked for, and what comes of it. */
import type { World } from '../../sim/world.ts'
import type { Box } from '../canvas/geometry.ts'
import type { Line } from '../canvas/looks.ts'

/**
 * Where everything stands in the topology lens. A tree from left to right for each root bus, in scan order: a bridge
 * stands in the row of the first function behind it. The slots of a root bus are cut into columns as the width allows.
 * A function of the machine and of what the run names, so nothing moves while a run is played.
 */
export interface TreeLayout {
  readonly width: number
  readonly height: number
  readonly buses: readonly RootBus[]
  /** Boxes of the functions that are drawn, by index. */
  readonly places: ReadonlyMap<number, Box>
  readonly folds: readonly Fold[]
  readonly hulls: readonly Hull[]
  /** Lines from bridges and root buses to what is on their bus. */
  readonly lines: readonly Line[]
  /** Bars beside the functions of one slot. */
  readonly slots: readonly Box[]
  /** The outline around any functions that are drawn, a little wider than their hulls. */
  readonly around: (devices: ReadonlySet<number>) => readonly Shape[]
}

/** An outline, relative to its box. */
export interface Shape {
  readonly box: Box
  readonly path: string
}

/** A root bus with all that is on it. */
export interface RootBus {
  /** `0000:00` */
  readonly name: string
  /** The bridge above it exists, as its number says, and the listing does not have it. */
  readonly cutOff: boolean
  readonly functions: number
  readonly box: Box
}

/** Functions of one kind below one bridge, or all of a root bus, in whose groups nothing happens. */
export interface Fold {
  readonly id: string
  readonly what: string
  readonly devices: readonly number[]
  readonly box: Box
}

/** One connected part of a group. */
export interface Hull extends Shape {
  readonly group: number
  /** Counted from 0; most groups have one part. */
  readonly part: number
  readonly parts: number
  readonly devices: readonly number[]
}

/** What the layout depends on. */
export interface TreeInput {
  readonly world: World
  /** Addresses and group numbers that the run names: what they belong to is never folded. */
  readonly named: ReadonlySet<string>
  readonly viewWidth: number
  /** Folds that are open, by id. */
  readonly open: ReadonlySet<string>
}
