import { classLabel } from '../../machines/short-name.ts'
import { busKey } from '../../sim/pci/topology.ts'
import type { World } from '../../sim/world.ts'
import type { Box } from '../canvas/geometry.ts'
import { chooseGroups } from '../canvas/groups.ts'
import type { Line } from '../canvas/looks.ts'
import { outline, type Cell, type Sides } from './hull.ts'

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

export interface TreeInput {
  readonly world: World
  /** Addresses and group numbers that the run names: what they belong to is never folded. */
  readonly named: ReadonlySet<string>
  readonly viewWidth: number
  /** Folds that are open, by id. */
  readonly open: ReadonlySet<string>
}

/** Up to this many functions all are drawn; above, those in whose groups nothing happens are folded by kind. */
const FOLD_ABOVE = 64

const PAD = 22
const BUS_HEAD = 40
const BUS_GAP = 30
const BUS_SPACE = 44
const TRUNK = 26
const CARD_HEIGHT = 72
/** Between rows of one group, where outlines of two meet, and where the label of another stands between them. */
const ROW_GAP = 10
const EDGE_GAP = 24
const LABEL_GAP = 34
const COLUMN_GAP = 34
const HULL = { left: 9, right: 9, top: 12, bottom: 7 } as const
const RADIUS = 11

interface Measures {
  readonly card: number
  readonly gutter: number
}

const WIDE: Measures = { card: 202, gutter: 68 }
const NARROW: Measures = { card: 134, gutter: 30 }
/** A card no narrower than this shows the words of its chips, and this gutter the number of a bus. */
const TIGHT: Measures = { card: 158, gutter: 54 }

interface Item {
  /** The function, or the first of a fold. */
  readonly device: number
  /** Device number on its bus. */
  readonly slot: number
  readonly fold: Omit<Fold, 'box'> | null
  readonly children: readonly Item[]
}

interface Placed extends Cell {
  readonly item: Item
  /** The bridge above, and the one that stands before it on the same bus. */
  readonly parent: Placed | null
  readonly before: Placed | null
}

/** A column of slots with its rows. */
interface Sheet {
  readonly grid: readonly Placed[]
  readonly boxOf: (cell: Cell) => Box
}

interface Part {
  readonly key: number
  readonly devices: number[]
  readonly cells: Cell[]
}

/** Lays a machine out for a view of some width. */
export function layOutTree({ world, named, viewWidth, open }: TreeInput): TreeLayout {
  const narrow = viewWidth < 560
  const forest = forestOf(world, named, open)
  const measures = narrow ? NARROW : measuresFor([...forest.values()].flat(), viewWidth)
  const drawn = [...forest.values()].flat().reduce((sum, item) => sum + countOf(item), 0)
  const sheet = narrow
    ? Math.max(320, viewWidth)
    : Math.max(viewWidth, drawn > 120 ? 2600 : drawn > 40 ? 1800 : drawn > 14 ? 1300 : 0)

  const places = new Map<number, Box>()
  const folds: Fold[] = []
  const hulls: Hull[] = []
  const lines: Line[] = []
  const slots: Box[] = []
  const buses: RootBus[] = []
  const sheets: Sheet[] = []

  let shelf = { x: PAD, y: PAD, height: 0 }
  for (const [name, items] of forest) {
    const columns = cutIntoColumns(items, sheet - 2 * PAD, measures)
    const width =
      columns.reduce((sum, column) => sum + widthOf(column, measures), 0) + COLUMN_GAP * (columns.length - 1)
    if (shelf.x > PAD && shelf.x + width > sheet - PAD) {
      shelf = { x: PAD, y: shelf.y + shelf.height + BUS_GAP, height: 0 }
    }
    let x = shelf.x
    let bottom = shelf.y + BUS_HEAD
    for (const column of columns) {
      const grid = placeRows(column)
      const parts = partsOf(grid, (device) => world.devices[device]?.group ?? -1)
      const { cardTop, height } = rowsOf(grid, parts)
      const left = x + TRUNK
      const top = shelf.y + BUS_HEAD
      const boxOf = (cell: Cell): Box => ({
        x: left + cell.column * (measures.card + measures.gutter),
        y: top + (cardTop[cell.row] ?? 0),
        width: measures.card,
        height: CARD_HEIGHT,
      })
      for (const { item, ...cell } of grid) {
        if (item.fold === null) places.set(item.device, boxOf(cell))
        else folds.push({ ...item.fold, box: boxOf(cell) })
      }
      sheets.push({ grid, boxOf })
      for (const part of parts) hulls.push(hullOf(part, boxOf))
      lines.push(...linesOf(world, grid, boxOf, { x: x + 8, y: top - 6 }))
      slots.push(...slotsOf(grid, boxOf))
      x += widthOf(column, measures) + COLUMN_GAP
      bottom = Math.max(bottom, top + height)
    }
    const functions = items.reduce((sum, item) => sum + sizeOf(item), 0)
    const box = { x: shelf.x, y: shelf.y, width, height: bottom - shelf.y }
    buses.push({ name, cutOff: isCutOff(world, items), functions, box })
    shelf = { x: shelf.x + width + BUS_SPACE, y: shelf.y, height: Math.max(shelf.height, box.height) }
  }

  const right = Math.max(0, ...buses.map(({ box }) => box.x + box.width))
  return {
    width: right + PAD,
    height: shelf.y + shelf.height + PAD,
    buses,
    places,
    folds,
    hulls: withParts(hulls),
    lines,
    slots,
    around: (devices) => sheets.flatMap((sheet) => aroundOf(sheet, devices)),
  }
}

// ---- The forest -------------------------------------------------------------------------------------------------

/** Root buses by name with what is drawn on them, folds included. */
function forestOf(world: World, named: ReadonlySet<string>, open: ReadonlySet<string>): Map<string, Item[]> {
  const { functions, parents, addresses } = world.topology
  const below = new Map<number, number[]>()
  const roots = new Map<number, number[]>()
  functions.forEach((_, device) => {
    const parent = parents[device] ?? -1
    const [map, key] = parent >= 0 ? [below, parent] : [roots, busKey(addresses[device] ?? { segment: 0, bus: 0 })]
    const list = map.get(key)
    if (list === undefined) map.set(key, [device])
    else list.push(device)
  })

  const quiet = new Set<number>()
  if (functions.length > FOLD_ABOVE) {
    const { shown } = chooseGroups(world, named)
    const loud = new Set(shown.flatMap((group) => world.groups[group]?.devices ?? []))
    // From the last on: what is below a bridge comes after it.
    for (let device = functions.length - 1; device >= 0; device--) {
      const children = below.get(device) ?? []
      if (!loud.has(device) && children.every((child) => quiet.has(child))) quiet.add(device)
    }
  }
  const everything = (device: number): number[] => [device, ...(below.get(device) ?? []).flatMap(everything)]
  const itemsOf = (devices: readonly number[], place: string): Item[] => {
    const kinds = new Map<string, number[]>()
    for (const device of devices) {
      if (!quiet.has(device)) continue
      const kind = kindOf(world, device, (below.get(device) ?? []).length)
      kinds.set(kind, [...(kinds.get(kind) ?? []), device])
    }
    const folded = new Map<number, Item>()
    const away = new Set<number>()
    for (const [kind, members] of kinds) {
      const [first] = members
      const id = `fold ${place} ${kind}`
      if (members.length < 2 || first === undefined || open.has(id)) continue
      const fold = { id, what: `${members.length} × ${kind}`, devices: members.flatMap(everything) }
      folded.set(first, { device: first, slot: -1, fold, children: [] })
      for (const member of members) away.add(member)
    }
    return devices.flatMap((device): Item[] => {
      const fold = folded.get(device)
      if (fold !== undefined) return [fold]
      if (away.has(device)) return []
      const bdf = functions[device]?.bdf ?? ''
      const slot = addresses[device]?.slot ?? 0
      return [{ device, slot, fold: null, children: itemsOf(below.get(device) ?? [], bdf) }]
    })
  }
  const forest = new Map<string, Item[]>()
  const away: Item[] = []
  for (const [key, devices] of [...roots].sort(([a], [b]) => a - b)) {
    const name = busName(key)
    const id = `fold bus ${name}`
    const [first] = devices
    if (first !== undefined && devices.every((device) => quiet.has(device)) && !open.has(id)) {
      const fold = { id, what: `bus ${name.replace(/^0000:/, '')}: ${devices.length} functions`, devices }
      away.push({ device: first, slot: -1, fold, children: [] })
    } else forest.set(name, itemsOf(devices, name))
  }
  if (away.length > 0) forest.set(OTHER_BUSES, away)
  return forest
}

/** In place of a bus name: root buses on which nothing happens. */
export const OTHER_BUSES = ''

/** The plural of what a function is, for a fold. */
function kindOf(world: World, device: number, children: number): string {
  const f = world.topology.functions[device]
  if (f === undefined) return 'unnamed'
  const label = classLabel(f)
  if (f.bridge) return children === 0 ? `${label.toLowerCase()}s with nothing behind` : `${label.toLowerCase()}s`
  return label === '' ? 'unnamed' : label
}

function busName(key: number): string {
  return `${(key >> 8).toString(16).padStart(4, '0')}:${(key & 255).toString(16).padStart(2, '0')}`
}

/** Functions whose bridge the listing should have had: they are on no bus that a host bridge could make. */
function isCutOff(world: World, items: readonly Item[]): boolean {
  return items.some(({ device }) => {
    const f = world.topology.functions[device]
    return f?.assumed?.includes('parent') === true && f.kind !== 'rciep'
  })
}

function countOf(item: Item): number {
  return item.children.reduce((sum, child) => sum + countOf(child), 1)
}

function sizeOf(item: Item): number {
  return item.children.reduce((sum, child) => sum + sizeOf(child), item.fold?.devices.length ?? 1)
}

function depthOf(item: Item): number {
  return 1 + Math.max(0, ...item.children.map(depthOf))
}

function leavesOf(item: Item): number {
  return item.children.length === 0 ? 1 : item.children.reduce((sum, child) => sum + leavesOf(child), 0)
}

/** The usual measures, or smaller ones where the deepest branch goes into the view only with those. */
function measuresFor(items: readonly Item[], viewWidth: number): Measures {
  if (2 * PAD + widthOf(items, WIDE) <= viewWidth) return WIDE
  const spare = viewWidth - 2 * PAD - widthOf(items, TIGHT)
  if (spare < 0) return WIDE
  return { ...TIGHT, card: TIGHT.card + Math.floor(spare / Math.max(1, ...items.map(depthOf))) }
}

// ---- Columns and rows -------------------------------------------------------------------------------------------

function widthOf(items: readonly Item[], { card, gutter }: Measures): number {
  const depth = Math.max(1, ...items.map(depthOf))
  return TRUNK + depth * card + (depth - 1) * gutter + HULL.right
}

/** Cuts the slots of a root bus into as many columns as fit side by side, none much longer than the others. */
function cutIntoColumns(items: readonly Item[], width: number, measures: Measures): Item[][] {
  const slots = slotsTogether(items)
  const total = items.reduce((sum, item) => sum + leavesOf(item), 0)
  // Short trees stay in one piece: a column for two rows helps nobody.
  const most = Math.min(slots.length, Math.ceil(total / 5))
  for (let count = most; count > 1; count--) {
    const columns = cut(slots, count)
    const needed = columns.reduce((sum, column) => sum + widthOf(column, measures) + COLUMN_GAP, -COLUMN_GAP)
    if (needed <= width) return columns
  }
  return [slots.flat()]
}

/** Neighbours that are functions of one device. */
function slotsTogether(items: readonly Item[]): Item[][] {
  const slots: Item[][] = []
  let last = -1
  for (const item of items) {
    if (item.slot >= 0 && item.slot === last) slots.at(-1)?.push(item)
    else slots.push([item])
    last = item.slot
  }
  return slots
}

function cut(slots: readonly (readonly Item[])[], count: number): Item[][] {
  const heights = slots.map((slot) => slot.reduce((sum, item) => sum + leavesOf(item), 0))
  let low = Math.max(...heights)
  let high = heights.reduce((sum, height) => sum + height, 0)
  while (low < high) {
    const middle = (low + high) >> 1
    if (fill(slots, heights, middle).length <= count) high = middle
    else low = middle + 1
  }
  return fill(slots, heights, low)
}

function fill(slots: readonly (readonly Item[])[], heights: readonly number[], limit: number): Item[][] {
  const columns: Item[][] = []
  let height = Infinity
  slots.forEach((slot, index) => {
    const own = heights[index] ?? 1
    if (height + own > limit) {
      columns.push([])
      height = 0
    }
    columns.at(-1)?.push(...slot)
    height += own
  })
  return columns
}

/** Gives every item of a column its cell: a bridge shares its row with the first that is behind it. */
function placeRows(items: readonly Item[]): Placed[] {
  const grid: Placed[] = []
  let row = 0
  const place = (siblings: readonly Item[], column: number, parent: Placed | null): void => {
    let before: Placed | null = null
    for (const item of siblings) {
      const placed: Placed = { item, column, row, parent, before }
      grid.push(placed)
      if (item.children.length === 0) row++
      else place(item.children, column + 1, placed)
      before = placed
    }
  }
  place(items, 0, null)
  return grid
}

/**
 * Functions with one key that hang together: a function and its bridge, or neighbours on a bus. The cells between them
 * in a column are nobody else's, so they belong to the part too.
 */
function partsOf(grid: readonly Placed[], groupOf: (device: number) => number): Part[] {
  const parts = new Map<Placed, Part>()
  const merge = (a: Part, b: Part): Part => {
    if (a === b) return a
    a.devices.push(...b.devices)
    a.cells.push(...b.cells)
    for (const [placed, part] of parts) if (part === b) parts.set(placed, a)
    return a
  }
  for (const placed of grid) {
    const { item, column, row, parent, before } = placed
    const key = item.fold === null ? groupOf(item.device) : -1
    if (key < 0) continue
    let part: Part = { key, devices: [item.device], cells: [{ column, row }] }
    for (const other of [parent, before]) {
      const known = other === null ? undefined : parts.get(other)
      if (other === null || known?.key !== key) continue
      for (let at = other.row + 1; at <= (other === before ? row - 1 : row); at++) {
        known.cells.push({ column: other.column, row: at })
      }
      part = merge(known, part)
    }
    parts.set(placed, part)
  }
  return [...new Set(parts.values())].map(({ key, devices, cells }) => ({ key, devices, cells: distinct(cells) }))
}

function distinct(cells: readonly Cell[]): Cell[] {
  return [...new Map(cells.map((cell) => [keyOf(cell), cell])).values()]
}

/** Where the cards of each row begin: with room for a label where a part of a group begins, and for outlines that meet. */
function rowsOf(grid: readonly Placed[], parts: readonly Part[]): { cardTop: number[]; height: number } {
  const labelled = new Set(parts.map(({ cells }) => Math.min(...cells.map(({ row }) => row))))
  const occupants = new Map<string, unknown>(grid.map((placed) => [keyOf(placed), placed]))
  for (const part of parts) for (const cell of part.cells) occupants.set(keyOf(cell), part)
  const edged = new Set<number>()
  for (const { column, row } of [...grid, ...parts.flatMap(({ cells }) => cells)]) {
    const above = occupants.get(keyOf({ column, row: row - 1 }))
    if (above !== undefined && above !== occupants.get(keyOf({ column, row }))) edged.add(row)
  }
  const rows = Math.max(0, ...grid.map(({ row }) => row + 1))
  const cardTop: number[] = []
  let y = 0
  for (let row = 0; row < rows; row++) {
    y += labelled.has(row) ? LABEL_GAP : row === 0 || edged.has(row) ? EDGE_GAP : ROW_GAP
    cardTop.push(y)
    y += CARD_HEIGHT
  }
  return { cardTop, height: y + HULL.bottom }
}

function keyOf({ column, row }: Cell): string {
  return `${column} ${row}`
}

// ---- Outlines and lines -----------------------------------------------------------------------------------------

function shapeOf(cells: readonly Cell[], boxOf: (cell: Cell) => Box, wider: number): Shape {
  const sidesOf = (cell: Cell): { left: number; right: number; top: number; bottom: number } => {
    const { x, y, width, height } = boxOf(cell)
    return {
      left: x - HULL.left - wider,
      right: x + width + HULL.right + wider,
      top: y - HULL.top - wider,
      bottom: y + height + HULL.bottom + wider,
    }
  }
  const all = cells.map(sidesOf)
  const x = Math.min(...all.map(({ left }) => left))
  const y = Math.min(...all.map(({ top }) => top))
  const sides: Sides = {
    left: (column) => sidesOf({ column, row: 0 }).left - x,
    right: (column) => sidesOf({ column, row: 0 }).right - x,
    top: (row) => sidesOf({ column: 0, row }).top - y,
    bottom: (row) => sidesOf({ column: 0, row }).bottom - y,
  }
  const width = Math.max(...all.map(({ right }) => right)) - x
  const height = Math.max(...all.map(({ bottom }) => bottom)) - y
  return { box: { x, y, width, height }, path: outline(cells, sides, RADIUS) }
}

function hullOf({ key, devices, cells }: Part, boxOf: (cell: Cell) => Box): Hull {
  return { group: key, part: 0, parts: 1, devices, ...shapeOf(cells, boxOf, 0) }
}

/** Counts the parts of each group. */
function withParts(hulls: readonly Hull[]): Hull[] {
  const parts = new Map<number, number>()
  for (const { group } of hulls) parts.set(group, (parts.get(group) ?? 0) + 1)
  const counted = new Map<number, number>()
  return hulls.map((hull) => {
    const part = counted.get(hull.group) ?? 0
    counted.set(hull.group, part + 1)
    return { ...hull, part, parts: parts.get(hull.group) ?? 1 }
  })
}

/** How much wider than a hull an outline around several of them is. */
const WIDER = 5

function aroundOf({ grid, boxOf }: Sheet, devices: ReadonlySet<number>): Shape[] {
  const parts = partsOf(grid, (device) => (devices.has(device) ? 0 : -1))
  return parts.map(({ cells }) => shapeOf(cells, boxOf, WIDER))
}

function linesOf(
  world: World,
  grid: readonly Placed[],
  boxOf: (cell: Cell) => Box,
  trunk: { readonly x: number; readonly y: number },
): Line[] {
  const lines: Line[] = []
  const families = new Map<Placed | null, Placed[]>()
  for (const placed of grid) families.set(placed.parent, [...(families.get(placed.parent) ?? []), placed])
  for (const [parent, children] of families) {
    const stubs = children.map((child) => {
      const { x, y, height } = boxOf(child)
      return { x, y: y + height / 2 }
    })
    const last = stubs.at(-1)
    if (last === undefined) continue
    const guessed = children.some(({ item }) => isGuess(world, item.device))
    if (parent === null) {
      const path = `M${trunk.x},${trunk.y} V${last.y} ${stubs.map(({ x, y }) => `M${trunk.x},${y} H${x}`).join(' ')}`
      lines.push({ path, guessed })
      continue
    }
    const from = boxOf(parent)
    const y = from.y + from.height / 2
    const middle = (from.x + from.width + last.x) / 2
    const path = `M${from.x + from.width},${y} H${middle} V${last.y} ${stubs.map((stub) => `M${middle},${stub.y} H${stub.x}`).join(' ')}`
    const number = world.topology.functions[parent.item.device]?.secondary
    const narrow = last.x - from.x - from.width < 40
    const name = number?.toString(16).padStart(2, '0')
    lines.push({
      path,
      guessed,
      ...(name === undefined ? {} : { bus: { text: narrow ? name : `bus ${name}`, x: middle, y: y - 5 } }),
    })
  }
  return lines
}

/** Whether the place of a function in the tree is guessed. */
export function isGuess(world: World, device: number): boolean {
  return world.topology.functions[device]?.assumed?.includes('parent') === true
}

function slotsOf(grid: readonly Placed[], boxOf: (cell: Cell) => Box): Box[] {
  const bars = new Map<Placed, { x: number; top: number; bottom: number }>()
  for (const placed of grid) {
    const { item, before } = placed
    if (item.slot < 0 || before?.item.slot !== item.slot) continue
    const first = boxOf(before)
    const bar = bars.get(before) ?? { x: first.x - 5, top: first.y + 6, bottom: 0 }
    const { y, height } = boxOf(placed)
    bar.bottom = y + height - 6
    bars.set(placed, bar)
  }
  return [...new Set(bars.values())].map(({ x, top, bottom }) => ({ x, y: top, width: 3, height: bottom - top }))
}
