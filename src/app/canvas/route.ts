import type { Box, Point } from './geometry.ts'

/**
 * Routes wires through rows of cards. Between two rows lies a channel; a wire leaves a card downwards, runs along a track
 * of the channel, and goes down again: to its card in the next row, or through a gap of that row into the next channel.
 * So no wire is ever inside, below or beside a card that it does not end at. In a channel every vertical line has an x
 * of its own and every track holds lines that do not meet, so no two wires lie on one another.
 */

/** A wire to be routed: from the lower border of one card to the upper border of one in a row further down. */
export interface Net {
  readonly id: string
  readonly from: string
  readonly to: string
  /** Where it should leave. */
  readonly fromX: number
  /** Where it should arrive; undefined: wherever the line is straightest. */
  readonly toX?: number
}

/** A card as a row knows it: where it begins and ends. */
export type Span = Pick<Box, 'x' | 'width'> & { readonly id: string }

/** Where wires may run: from the left to the right border of the sheet's free part. */
export interface Bounds {
  readonly left: number
  readonly right: number
}

/** A planned wire: an x for each channel that it enters and the x at which it leaves the last; a track for each channel. */
export interface Route {
  readonly net: Net
  readonly row: number
  readonly xs: readonly number[]
  /** -1: straight through. */
  readonly tracks: readonly number[]
}

export interface Plan {
  readonly routes: readonly Route[]
  /** How many tracks each channel needs, by the row above it. */
  readonly tracks: readonly number[]
  /** Wires for which a row had no gap left. */
  readonly overflow: number
  /** Ends of wires for which a card had no room left at its border: they lie on others. */
  readonly crowded: number
}

/** How far vertical lines of a channel stand apart on a card's border, from what is wanted to the least. */
const APART = [11, 8, 6, 5, 4, 3]
/** The same in the gaps of a row. */
const APART_IN_GAPS = [8, 6, 5, 4, 3]
/** Room between a wire and a card beside it. */
const CLEAR = 5
/** A wire ends this far from a card's corner. */
const CORNER = 14
/** Free room between two lines of one track. */
const BETWEEN = 16

/** Plans all wires. Wires whose cards are in no row, or not one above the other, are left out. */
export function planRoutes(rows: readonly (readonly Span[])[], nets: readonly Net[], bounds: Bounds): Plan {
  const where = new Map(rows.flatMap((row, index) => row.map((span) => [span.id, { row: index, span }])))
  const channels = rows.map((): number[] => [])
  const free = rows.map((row) => gapsOf(row, bounds))
  let overflow = 0
  let crowded = 0
  const pinAt = (...pin: Parameters<typeof takePin>): number => {
    const { x, isFree } = takePin(...pin)
    if (!isFree) crowded++
    return x
  }
  const planned: { net: Net; row: number; xs: number[] }[] = []
  for (const net of nets) {
    const from = where.get(net.from)
    const to = where.get(net.to)
    if (from === undefined || to === undefined || to.row <= from.row) continue
    const start = pinAt(channels[from.row] ?? [], from.span, net.fromX)
    const xs = [start]
    const aim = net.toX ?? to.span.x + to.span.width / 2
    for (let row = from.row + 1; row < to.row; row++) {
      const own = xs.at(-1) ?? start
      // Above the row the wire may go on at its own x; below, that may be another's.
      const used = [...(channels[row - 1] ?? []).filter((x) => x !== own), ...(channels[row] ?? [])]
      const x = nearestGap(free[row] ?? [], used, own, aim)
      if (x === undefined) overflow++
      const passage = x ?? bounds.right + overflow * CLEAR
      channels[row - 1]?.push(passage)
      channels[row]?.push(passage)
      xs.push(passage)
    }
    const last = xs.at(-1) ?? start
    const wanted = net.toX ?? straightest(to.span, last)
    xs.push(pinAt(channels[to.row - 1] ?? [], to.span, wanted, xs.length === 1 ? start : last))
    planned.push({ net, row: from.row, xs })
  }
  const laid = rows.map((_, channel) => layTracks(planned, channel))
  return {
    routes: planned.map(({ net, row, xs }, index) => ({
      net,
      row,
      xs,
      tracks: xs.slice(1).map((_, step) => laid[row + step]?.get(index) ?? -1),
    })),
    tracks: laid.map((tracks) => 1 + Math.max(-1, ...tracks.values())),
    overflow,
    crowded,
  }
}

/** Stretches of a row through which wires can pass. */
function gapsOf(row: readonly Span[], { left, right }: Bounds): Bounds[] {
  const gaps: Bounds[] = []
  let from = left
  for (const { x, width } of [...row].sort((a, b) => a.x - b.x)) {
    if (x - CLEAR > from) gaps.push({ left: from, right: x - CLEAR })
    from = x + width + CLEAR
  }
  if (right > from) gaps.push({ left: from, right })
  return gaps
}

/**
 * An x on a border of a card that no other line of the channel has, near one; if there is none, the nearest.
 * @param own the wire's own x, which may stay
 */
function takePin(used: number[], { x, width }: Span, near: number, own?: number): { x: number; isFree: boolean } {
  const corner = Math.ceil(Math.min(CORNER, width / 8))
  const range = { left: x + corner, right: x + width - corner }
  const others = own === undefined ? used : used.filter((other) => other !== own)
  for (const apart of APART) {
    const pin = nearest(range, others, near, apart)
    if (pin === undefined) continue
    used.push(pin)
    return { x: pin, isFree: true }
  }
  return { x: Math.min(range.right, Math.max(range.left, near)), isFree: false }
}

/** Straight down where the card is below, else in a third of the card that is nearer. */
function straightest({ x, width }: Span, from: number): number {
  if (from >= x + CORNER && from <= x + width - CORNER) return from
  return from < x ? x + width / 3 : x + (width * 2) / 3
}

function nearestGap(gaps: readonly Bounds[], used: readonly number[], from: number, aim: number): number | undefined {
  for (const apart of APART_IN_GAPS) {
    const candidates = gaps.flatMap((gap) => [from, aim].flatMap((near) => nearest(gap, used, near, apart) ?? []))
    const cost = (x: number): number => Math.abs(x - from) + Math.abs(x - aim)
    const best = candidates.sort((a, b) => cost(a) - cost(b))[0]
    if (best !== undefined) return best
  }
  return undefined
}

/** The x in a stretch that is nearest to one and far enough from all used ones. */
function nearest({ left, right }: Bounds, used: readonly number[], near: number, apart: number): number | undefined {
  const clamped = Math.round(Math.min(right, Math.max(left, near)))
  const sorted = [...used].sort((a, b) => a - b)
  const isFree = (x: number): boolean => {
    if (x < left || x > right) return false
    const at = firstFrom(sorted, x)
    return (sorted[at] ?? Infinity) - x >= apart && x - (sorted[at - 1] ?? -Infinity) >= apart
  }
  if (isFree(clamped)) return clamped
  return used
    .flatMap((other) => [other - apart, other + apart])
    .sort((a, b) => Math.abs(a - near) - Math.abs(b - near))
    .find(isFree)
}

/** The index of the first number that is not below x. */
function firstFrom(sorted: readonly number[], x: number): number {
  let low = 0
  let high = sorted.length
  while (low < high) {
    const middle = (low + high) >> 1
    if ((sorted[middle] ?? Infinity) < x) low = middle + 1
    else high = middle
  }
  return low
}

interface Line {
  readonly index: number
  readonly from: number
  readonly to: number
}

/** Gives each horizontal line of a channel its track, counted from the top, so that lines cross as little as they can. */
function layTracks(
  planned: readonly { readonly row: number; readonly xs: readonly number[] }[],
  channel: number,
): ReadonlyMap<number, number> {
  const lines = planned.flatMap(({ row, xs }, index): Line[] => {
    const from = xs[channel - row]
    const to = xs[channel - row + 1]
    return from === undefined || to === undefined || from === to ? [] : [{ index, from, to }]
  })
  // Of two that go the same way, the one that starts further ahead runs above: so they do not cross.
  const right = lines.filter(({ from, to }) => to > from).sort((a, b) => b.from - a.from)
  const left = lines.filter(({ from, to }) => to < from).sort((a, b) => a.from - b.from)
  const [first, second] = [assign([...right, ...left]), assign([...left, ...right])]
  return crossings(lines, second) < crossings(lines, first) ? second : first
}

function assign(lines: readonly Line[]): Map<number, number> {
  const tracks = new Map<number, number>()
  const placed: Line[] = []
  for (const line of lines) {
    const meeting = placed.filter((other) => meets(line, other))
    const same = meeting.filter((other) => other.to > other.from === line.to > line.from)
    let track = 1 + Math.max(-1, ...same.map(({ index }) => tracks.get(index) ?? -1))
    while (meeting.some(({ index }) => tracks.get(index) === track)) track++
    tracks.set(line.index, track)
    placed.push(line)
  }
  return tracks
}

function meets(a: Line, b: Line): boolean {
  return (
    Math.min(a.from, a.to) < Math.max(b.from, b.to) + BETWEEN &&
    Math.min(b.from, b.to) < Math.max(a.from, a.to) + BETWEEN
  )
}

function crossings(lines: readonly Line[], tracks: ReadonlyMap<number, number>): number {
  let count = 0
  for (const a of lines) {
    const low = Math.min(a.from, a.to)
    const high = Math.max(a.from, a.to)
    for (const b of lines) {
      if (a === b) continue
      const above = (tracks.get(a.index) ?? 0) < (tracks.get(b.index) ?? 0)
      // What comes down from above to a lower track crosses it, and what goes down from a higher one.
      const x = above ? b.from : b.to
      if (x > low && x < high) count++
    }
  }
  return count
}

/** Heights of a planned picture. */
export interface Levels {
  /** The upper and lower border of each card that wires end at. */
  readonly top: (card: string) => number
  readonly bottom: (card: string) => number
  /** The y of a track of the channel below a row. */
  readonly track: (row: number, track: number) => number
}

/** The corners of a planned wire. */
export function pointsOf({ net, row, xs, tracks }: Route, levels: Levels): Point[] {
  const [start = 0] = xs
  const points: Point[] = [{ x: start, y: levels.bottom(net.from) }]
  tracks.forEach((track, step) => {
    if (track < 0) return
    const y = levels.track(row + step, track)
    points.push({ x: xs[step] ?? start, y }, { x: xs[step + 1] ?? start, y })
  })
  points.push({ x: xs.at(-1) ?? start, y: levels.top(net.to) })
  return points
}
