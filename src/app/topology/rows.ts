/** Columns and rows: which slots stand side by side, which cell each item has, where the cards of each row begin. */
import type { Cell } from './hull.ts'
import { leavesOf, type Item } from './forest.ts'
import { CARD_HEIGHT, COLUMN_GAP, HULL, widthOf, type Measures } from './measures.ts'

/** Between rows of one group. */
const ROW_GAP = 10

/** Between rows where outlines of two groups meet. */
const EDGE_GAP = 24

/** Between rows where the label of another group stands. */
const LABEL_GAP = 34

/** An item in its cell. */
export interface GridItem extends Cell {
  readonly item: Item
  /** The bridge above, and the one that stands before it on the same bus. */
  readonly parent: GridItem | null
  readonly before: GridItem | null
}

/** Cells that hang together and get one outline. */
export interface Part {
  readonly key: number
  readonly devices: number[]
  readonly cells: Cell[]
}

/** Cuts the slots of a root bus into as many columns as fit side by side, none much longer than the others. */
export function cutIntoColumns(items: readonly Item[], width: number, measures: Measures): Item[][] {
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
export function placeRows(items: readonly Item[]): GridItem[] {
  const grid: GridItem[] = []
  let row = 0
  const place = (siblings: readonly Item[], column: number, parent: GridItem | null): void => {
    let before: GridItem | null = null
    for (const item of siblings) {
      const placed: GridItem = { item, column, row, parent, before }
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
export function partsOf(grid: readonly GridItem[], groupOf: (device: number) => number): Part[] {
  const parts = new Map<GridItem, Part>()
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
export function rowsOf(grid: readonly GridItem[], parts: readonly Part[]): { cardTop: number[]; height: number } {
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
