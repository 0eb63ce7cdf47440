import type { World } from '../../sim/world.ts'
import type { Box } from '../canvas/geometry.ts'
import type { Line } from '../canvas/looks.ts'
import type { Cell } from './hull.ts'
import { countOf, forestOf, isCutOff, sizeOf, type Item } from './forest.ts'
import { CARD_HEIGHT, COLUMN_GAP, measuresFor, NARROW, PAD, TRUNK, widthOf, type Measures } from './measures.ts'
import { aroundOf, hullOf, linesOf, slotsOf, withParts, type Sheet } from './outlines.ts'
import { cutIntoColumns, partsOf, placeRows, rowsOf } from './rows.ts'
import type { Fold, Hull, RootBus, TreeInput, TreeLayout } from './tree.ts'

/** Above the rows of a root bus, and between the buses of two shelves. */
const BUS_HEAD = 40
const BUS_GAP = 30

/** Beside a root bus. */
const BUS_SPACE = 44

/** Lays a machine out for a view of some width. */
export function layOutTree({ world, named, viewWidth, open }: TreeInput): TreeLayout {
  const forest = forestOf(world, named, open)
  const items = [...forest.values()].flat()
  const measures = viewWidth < NARROW_BELOW ? NARROW : measuresFor(items, viewWidth)
  const sheetWidth = sheetWidthFor(items, viewWidth)
  const drawn: Drawn = { places: new Map(), folds: [], hulls: [], lines: [], slots: [], sheets: [] }
  const buses: RootBus[] = []

  let shelf = { x: PAD, y: PAD, height: 0 }
  for (const [name, onBus] of forest) {
    const columns = cutIntoColumns(onBus, sheetWidth - 2 * PAD, measures)
    const width =
      columns.reduce((sum, column) => sum + widthOf(column, measures), 0) + COLUMN_GAP * (columns.length - 1)
    if (shelf.x > PAD && shelf.x + width > sheetWidth - PAD) {
      shelf = { x: PAD, y: shelf.y + shelf.height + BUS_GAP, height: 0 }
    }
    const height = BUS_HEAD + drawColumns(drawn, world, columns, measures, { x: shelf.x, y: shelf.y + BUS_HEAD })
    const functions = onBus.reduce((sum, item) => sum + sizeOf(item), 0)
    buses.push({ name, cutOff: isCutOff(world, onBus), functions, box: { x: shelf.x, y: shelf.y, width, height } })
    shelf = { x: shelf.x + width + BUS_SPACE, y: shelf.y, height: Math.max(shelf.height, height) }
  }

  const { sheets, hulls, ...rest } = drawn
  const right = Math.max(0, ...buses.map(({ box }) => box.x + box.width))
  return {
    ...rest,
    width: right + PAD,
    height: shelf.y + shelf.height + PAD,
    buses,
    hulls: withParts(hulls),
    around: (devices) => sheets.flatMap((sheet) => aroundOf(sheet, devices)),
  }
}

/** Below this width of the view cards are narrow, and the sheet is no wider than the view. */
const NARROW_BELOW = 560

/** What has been drawn so far. */
interface Drawn {
  readonly places: Map<number, Box>
  readonly folds: Fold[]
  readonly hulls: Hull[]
  readonly lines: Line[]
  readonly slots: Box[]
  readonly sheets: Sheet[]
}

/** How wide the whole may get: at least as the view, and wider the more is drawn. */
function sheetWidthFor(items: readonly Item[], viewWidth: number): number {
  if (viewWidth < NARROW_BELOW) return Math.max(320, viewWidth)
  const drawn = items.reduce((sum, item) => sum + countOf(item), 0)
  return Math.max(viewWidth, drawn > 120 ? 2600 : drawn > 40 ? 1800 : drawn > 14 ? 1300 : 0)
}

/** Draws the columns of a root bus side by side from a corner on; returns the height of the highest. */
function drawColumns(
  drawn: Drawn,
  world: World,
  columns: readonly (readonly Item[])[],
  measures: Measures,
  corner: { readonly x: number; readonly y: number },
): number {
  let x = corner.x
  let highest = 0
  for (const column of columns) {
    highest = Math.max(highest, drawColumn(drawn, world, column, measures, { x, y: corner.y }))
    x += widthOf(column, measures) + COLUMN_GAP
  }
  return highest
}

/** Draws one column from a corner on; returns its height. */
function drawColumn(
  drawn: Drawn,
  world: World,
  column: readonly Item[],
  { card, gutter }: Measures,
  { x, y }: { readonly x: number; readonly y: number },
): number {
  const grid = placeRows(column)
  const parts = partsOf(grid, (device) => world.devices[device]?.group ?? -1)
  const { cardTop, height } = rowsOf(grid, parts)
  const boxOf = (cell: Cell): Box => ({
    x: x + TRUNK + cell.column * (card + gutter),
    y: y + (cardTop[cell.row] ?? 0),
    width: card,
    height: CARD_HEIGHT,
  })
  for (const { item, ...cell } of grid) {
    if (item.fold === null) drawn.places.set(item.device, boxOf(cell))
    else drawn.folds.push({ ...item.fold, box: boxOf(cell) })
  }
  drawn.sheets.push({ grid, boxOf })
  drawn.hulls.push(...parts.map((part) => hullOf(part, boxOf)))
  drawn.lines.push(...linesOf(world, grid, boxOf, { x: x + 8, y: y - 6 }))
  drawn.slots.push(...slotsOf(grid, boxOf))
  return height
}
