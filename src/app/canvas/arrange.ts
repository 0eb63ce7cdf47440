/** Puts cards into rows: processes, groups with the plate behind them, and one row of address spaces that never wraps. */
import type { Op } from '../../sim/op.ts'
import type { World } from '../../sim/world.ts'
import type { Span } from './route.ts'
import {
  groupSize,
  processSize,
  widestDriver,
  type Density,
  type FdCell,
  type GroupSize,
  type ProcessSize,
} from './sizes.ts'
import { TEXT, textWidth, TITLE, wrapText } from './text.ts'
import { nodeId } from './ids.ts'

/** A group to be drawn, with the devices that have a card; the others share a cell. */
export interface GroupToShow {
  readonly id: string
  readonly group: number
  readonly devices: readonly number[]
  readonly more: readonly number[]
}

/** The plate's words: its title, the kinds of function behind it, and where their DMA lands. */
export interface PlateWords {
  readonly title: string
  readonly kinds: string
  readonly dma: string
}

export interface ToArrange {
  readonly world: World
  readonly ops: readonly Op[]
  readonly density: Density
  /** Width of the sheet in pixels. */
  readonly width: number
  /** Room for wires at the right beside all rows, over what is always there. */
  readonly corridor: number
  /** How much wider than usual cards may be that wires end at: 1 unless there was no room for their ends. */
  readonly larger: number
  readonly processes: readonly {
    readonly id: string
    readonly title: string
    readonly cells: readonly FdCell[]
    readonly open: ReadonlySet<string>
  }[]
  /** The most rows of descriptors in the card of a process. */
  readonly chipRows: number
  /** All processes stand in one row, whatever their cards then have to leave out. */
  readonly oneRow: boolean
  /** Words of the plate for processes that have no card. */
  readonly moreProcesses: string | null
  readonly groups: readonly GroupToShow[]
  readonly plate: PlateWords | null
  /** Address spaces in their order, with the places that are kept. */
  readonly spaces: readonly string[]
  /** Lines in the card of an address space. */
  readonly spaceLines: number
}

/** A card in a row. */
export interface Placed extends Span {
  readonly height: number
}

/** How the plate is written: as a card of some lines, or as one line over the whole width. */
export interface PlateLook {
  readonly lines: readonly string[]
  /** How many of them, from the first, are its title. */
  readonly bold: number
}

export interface Arrangement {
  /** Width of the sheet: no less than asked for. */
  readonly width: number
  /** Lanes are named in a strip at the left instead of a column. */
  readonly narrow: boolean
  readonly labels: number
  readonly bounds: { readonly left: number; readonly right: number }
  readonly rows: readonly { readonly lane: 0 | 1 | 2; readonly cards: readonly Placed[]; readonly height: number }[]
  readonly processes: ReadonlyMap<string, ProcessSize>
  readonly groups: ReadonlyMap<string, GroupSize>
  readonly plate: PlateLook | null
}

/** Below this width lanes have their names in a strip at the left. */
const NARROW = 860
const LABELS = { wide: 126, narrow: 22 } as const
const LEFT = { wide: 22, narrow: 13 } as const
const RIGHT = { wide: 18, narrow: 12 } as const
const GAP = { wide: 24, narrow: 18 } as const
const SPACE_GAP = { wide: 18, narrow: 8 } as const
const WIDEST_SPACE = 262
export const NARROWEST_SPACE = 74
const LEAST_PROCESS = 130
const PLATE_WIDTH = 236
const PLATE_LEAST = 176
const LINE = 17
const STRETCH = 230

function layoutOf(width: number): 'wide' | 'narrow' {
  return width < NARROW ? 'narrow' : 'wide'
}

/** How many address spaces a sheet of some width has room for. */
export function roomForSpaces(width: number): number {
  const kind = layoutOf(width)
  const room = width - LABELS[kind] - LEFT[kind] - RIGHT[kind]
  return Math.floor((room + SPACE_GAP[kind]) / (NARROWEST_SPACE + SPACE_GAP[kind]))
}

export function arrange(input: ToArrange): Arrangement {
  const kind = layoutOf(input.width)
  const left = LABELS[kind] + LEFT[kind]
  const gap = SPACE_GAP[kind]
  const leastRoom = Math.max(240, input.spaces.length * (NARROWEST_SPACE + gap) - gap)
  const room = Math.max(leastRoom, input.width - left - RIGHT[kind] - input.corridor)
  const inRow = input.processes.length + (input.moreProcesses === null ? 0 : 1)
  const share = input.oneRow ? Math.max(LEAST_PROCESS, Math.floor((room - (inRow - 1) * GAP[kind]) / inRow)) : room
  const processes = new Map(
    input.processes.map(({ id, title, cells, open }) => [
      id,
      processSize(textWidth(title, TITLE), cells, open, { room: share, rows: input.chipRows }),
    ]),
  )
  const named = widestDriver(input.ops)
  const groups = new Map(
    input.groups.map(({ id, group, devices, more }) => [
      id,
      groupSize(input.world, named, {
        group,
        cells: devices.length + (more.length > 0 ? 1 : 0),
        density: { ...input.density, deviceWidth: Math.ceil(input.density.deviceWidth * input.larger) },
        room,
      }),
    ]),
  )
  const sized = (map: ReadonlyMap<string, { width: number; height: number }>): Sized[] =>
    [...map].map(([id, { width, height }]) => ({ id, width, height }))
  const processCards = sized(processes)
  if (input.moreProcesses !== null) {
    processCards.push({
      id: nodeId.moreProcesses,
      width: Math.min(share, Math.ceil((textWidth(input.moreProcesses, TEXT) + 30) * input.larger)),
      height: 40,
    })
  }
  const processRows = pack(processCards, left, room, GAP[kind])
  const groupRows = pack(sized(groups), left, room, GAP[kind])
  const plate =
    input.plate === null ? null : addPlate(input.plate, groupRows, { left, room, gap: GAP[kind], larger: input.larger })
  const stretched = kind === 'narrow' ? groupRows.map((row) => stretch(row, left, room, groups)) : groupRows
  const spaces = spread(input.spaces, {
    left,
    room,
    gap,
    widest: WIDEST_SPACE * input.larger,
    height: 12 + 20 + input.spaceLines * LINE + 8,
  })
  const lane = (rows: readonly (readonly Placed[])[], number: 0 | 1 | 2): Arrangement['rows'] =>
    rows.map((cards) => ({ lane: number, cards, height: Math.max(...cards.map(({ height }) => height)) }))
  return {
    width: Math.max(input.width, left + room + RIGHT[kind] + input.corridor),
    narrow: kind === 'narrow',
    labels: LABELS[kind],
    bounds: { left: LABELS[kind] + 3, right: left + room + RIGHT[kind] + input.corridor - 4 },
    rows: [...lane(processRows, 0), ...lane(stretched, 1), ...lane([spaces], 2)],
    processes,
    groups: new Map(
      stretched.flat().flatMap(({ id, width }) => {
        const size = groups.get(id)
        return size === undefined ? [] : [[id, widened(size, width)] as const]
      }),
    ),
    plate,
  }
}

type Sized = Omit<Placed, 'x'>

/** Rows filled from the left. */
function pack(cards: readonly Sized[], left: number, room: number, gap: number): Placed[][] {
  const rows: Placed[][] = []
  let x = 0
  for (const card of cards) {
    const last = rows.at(-1)
    if (last === undefined || x + card.width > room) {
      rows.push([{ ...card, x: left }])
      x = card.width + gap
    } else {
      last.push({ ...card, x: left + x })
      x += card.width + gap
    }
  }
  return rows
}

/** Puts the plate behind the last group, or below all as a single line. */
function addPlate(
  words: PlateWords,
  rows: Placed[][],
  { left, room, gap, larger }: { left: number; room: number; gap: number; larger: number },
): PlateLook {
  const last = rows.at(-1)
  const end = last?.at(-1)
  const x = end === undefined ? left : end.x + end.width + gap
  const width = Math.min(Math.ceil(PLATE_WIDTH * larger), left + room - x)
  if (last !== undefined && width >= PLATE_LEAST) {
    const inner = width - 26
    const title = wrapText(`▸ ${words.title}`, inner, TITLE, 2) ?? []
    const kinds = wrapText(words.kinds, inner, TEXT, 4) ?? []
    const dma = wrapText(words.dma, inner, TEXT, 2) ?? []
    const lines = [...title, ...kinds, ...dma]
    last.push({ id: nodeId.plate, x, width, height: 20 + lines.length * LINE })
    return { lines, bold: title.length }
  }
  const forms = [`▸ ${words.title}: ${words.kinds}`, `▸ ${words.title}`, `▸ ${words.title.replace(/, .*/, '')}`]
  const fitting = (most: number): string | undefined => forms.find((form) => textWidth(form, TEXT) <= most)
  // At the right, and no wider than it has to be: wires pass at its left.
  const narrow = fitting(room / 2) ?? fitting(room - 28) ?? '▸'
  const own = Math.min(room, Math.ceil((textWidth(narrow, TEXT) + 28) * larger))
  rows.push([{ id: nodeId.plate, x: left + room - own, width: own, height: 32 }])
  return { lines: [narrow], bold: 0 }
}

/** Spreads a row of groups over the width, as far as their devices have a use for it. */
function stretch(row: readonly Placed[], left: number, room: number, groups: ReadonlyMap<string, GroupSize>): Placed[] {
  const end = row.at(-1)
  const spare = end === undefined ? 0 : left + room - end.x - end.width
  const columns = row.reduce((sum, { id }) => sum + (groups.get(id)?.columns ?? 0), 0)
  if (spare <= 0 || columns === 0) return [...row]
  let shift = 0
  return row.map((card) => {
    const size = groups.get(card.id)
    const own =
      size === undefined ? 0 : Math.min(STRETCH - size.device.width, Math.floor(spare / columns)) * size.columns
    const widened = { ...card, x: card.x + shift, width: card.width + Math.max(0, own) }
    shift += Math.max(0, own)
    return widened
  })
}

function widened(size: GroupSize, width: number): GroupSize {
  const more = Math.floor((width - size.width) / size.columns)
  return { ...size, width, device: { ...size.device, width: size.device.width + more } }
}

/** One row of cards of one width. */
function spread(
  ids: readonly string[],
  options: { left: number; room: number; gap: number; widest: number; height: number },
): Placed[] {
  const { left, room, gap, widest, height } = options
  const width = Math.floor(Math.min(widest, (room - (ids.length - 1) * gap) / ids.length))
  return ids.map((id, index) => ({ id, x: left + index * (width + gap), width, height }))
}
