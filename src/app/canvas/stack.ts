/** Gives rows and channels their heights, and so every card its box and every wire its points. */
import type { Arrangement, GroupToShow } from './arrange.ts'
import type { Box, Point } from './geometry.ts'
import { moreDevicesId, nodeId } from './ids.ts'
import { pointsOf, type Plan } from './route.ts'
import { DEVICE_GAP, GROUP_PAD, type Density } from './sizes.ts'

/** A lane: one of the picture's three questions. */
export interface Lane {
  readonly lane: 0 | 1 | 2
  readonly y: number
  readonly height: number
}

/** Tracks that are kept free below the processes and above the address spaces. */
export interface Reserve {
  readonly holds: number
  readonly lands: number
}

interface ChannelInput {
  readonly density: Density
  readonly reserve: Reserve
}

export interface StackInput extends ChannelInput {
  readonly shown: readonly GroupToShow[]
  /** The height that there is. */
  readonly height: number
}

export interface Stacked {
  readonly height: number
  /** The height with nothing to spare. */
  readonly natural: number
  readonly lanes: readonly Lane[]
  readonly boxes: ReadonlyMap<string, Box>
  readonly points: ReadonlyMap<string, readonly Point[]>
}

const TOP = 10
const BOTTOM = 10
/** Between rows that no wire passes. */
const LEAST_GAP = 14
/** The most that a channel is given of what is left over. */
const MOST_SPARE = 34
/** From the last row of a lane to the line below it. */
const LANE_LINE = 8
/** Room for the points of arrows above the address spaces. */
const ARROWS = 5

type Rows = Arrangement['rows']

/** The height of the channel below each row, for as many tracks as its wires need and the run may need. */
function channelHeights(rows: Rows, tracks: readonly number[], { density, reserve }: ChannelInput): number[] {
  return rows.map(({ lane }, index) => {
    const next = rows[index + 1]?.lane
    if (next === undefined) return 0
    const reserved = lane === next ? 0 : next === 2 ? reserve.lands : reserve.holds
    const most = Math.max(tracks[index] ?? 0, reserved)
    if (most === 0) return LEAST_GAP
    return Math.max(LEAST_GAP, 2 * density.clear + (most - 1) * density.pitch + (next === 2 ? ARROWS : 0))
  })
}

/** The height that rows need, with nothing to spare. */
export function heightOf(rows: Rows, tracks: readonly number[], input: ChannelInput): number {
  const sum = (heights: readonly number[]): number => heights.reduce((total, height) => total + height, 0)
  return TOP + BOTTOM + sum(rows.map(({ height }) => height)) + sum(channelHeights(rows, tracks, input))
}

export function stack({ rows, groups }: Arrangement, plan: Plan, input: StackInput): Stacked {
  const { density } = input
  const channels = channelHeights(rows, plan.tracks, input)
  const natural = heightOf(rows, plan.tracks, input)
  const spare = Math.max(0, input.height - natural)
  const between = rows.filter(
    ({ lane }, index) => rows[index + 1] !== undefined && rows[index + 1]?.lane !== lane,
  ).length
  const share = Math.min(MOST_SPARE, spare / (between + 2))
  const top = TOP + Math.min(MOST_SPARE / 2, share / 2)

  const boxes = new Map<string, Box>()
  const starts: { y: number; height: number }[] = []
  let y = top
  rows.forEach(({ cards, height, lane }, index) => {
    for (const { id, x, width, height: own } of cards) boxes.set(id, { x, y, width, height: own })
    y += height
    const next = rows[index + 1]?.lane
    const given = (channels[index] ?? 0) + (next !== undefined && next !== lane ? share : 0)
    starts.push({ y, height: given })
    y += given
  })
  const height = y + BOTTOM
  for (const shown of input.shown) addDevices(shown, groups.get(shown.id), boxes)
  const levels = {
    top: (card: string): number => boxes.get(card)?.y ?? 0,
    bottom: (card: string): number => (boxes.get(card)?.y ?? 0) + (boxes.get(card)?.height ?? 0),
    track: (row: number, track: number): number => {
      const { y: from = 0, height: room = 0 } = starts[row] ?? {}
      const used = ((plan.tracks[row] ?? 1) - 1) * density.pitch
      const arrows = rows[row + 1]?.lane === 2 ? ARROWS : 0
      return Math.round(from + (room - arrows - used) / 2 + track * density.pitch)
    },
  }
  const points = new Map(plan.routes.map((route) => [route.net.id, pointsOf(route, levels)]))
  return {
    height: Math.ceil(height),
    natural: Math.ceil(natural),
    lanes: lanesOf(rows, starts, Math.max(height, input.height)),
    boxes,
    points,
  }
}

/** Where devices stand within their group. */
function addDevices(
  { devices, more, group }: GroupToShow,
  size: ReturnType<Arrangement['groups']['get']>,
  boxes: Map<string, Box>,
): void {
  if (size === undefined) return
  const cells = [...devices.map((device) => nodeId.device(device)), ...(more.length > 0 ? [moreDevicesId(group)] : [])]
  cells.forEach((id, index) => {
    boxes.set(id, {
      x: GROUP_PAD + (index % size.columns) * (size.device.width + DEVICE_GAP),
      y: size.head + Math.floor(index / size.columns) * (size.device.height + DEVICE_GAP),
      ...size.device,
    })
  })
}

function lanesOf(rows: Rows, starts: readonly { readonly y: number }[], height: number): readonly Lane[] {
  const ends = ([0, 1] as const).map((lane) => {
    const last = rows.findLastIndex((row) => row.lane <= lane)
    return (starts[last]?.y ?? 0) + LANE_LINE
  })
  const [first = 0, second = 0] = ends
  return [
    { lane: 0, y: 0, height: first },
    { lane: 1, y: first, height: second - first },
    { lane: 2, y: second, height: height - second },
  ]
}
