/** Outlines around groups, lines from bridges to what is on their bus, and bars beside the functions of a slot. */
import type { World } from '../../sim/world.ts'
import type { Box } from '../canvas/geometry.ts'
import type { Line } from '../canvas/looks.ts'
import { outline, type Cell, type Sides } from './hull.ts'
import { HULL } from './measures.ts'
import { partsOf, type Part, type GridItem } from './rows.ts'
import type { Hull, Shape } from './tree.ts'

/** Of the corners of an outline. */
const RADIUS = 11

/** A column of slots with its rows. */
export interface Sheet {
  readonly grid: readonly GridItem[]
  readonly boxOf: (cell: Cell) => Box
}

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

/** The outline of a part of a group. */
export function hullOf({ key, devices, cells }: Part, boxOf: (cell: Cell) => Box): Hull {
  return { group: key, part: 0, parts: 1, devices, ...shapeOf(cells, boxOf, 0) }
}

/** Counts the parts of each group. */
export function withParts(hulls: readonly Hull[]): Hull[] {
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

/** Outlines around some of the devices of a column. */
export function aroundOf({ grid, boxOf }: Sheet, devices: ReadonlySet<number>): Shape[] {
  const parts = partsOf(grid, (device) => (devices.has(device) ? 0 : -1))
  return parts.map(({ cells }) => shapeOf(cells, boxOf, WIDER))
}

/** Lines of a column: from the root bus at `trunk`, and from each bridge, to what is on its bus. */
export function linesOf(
  world: World,
  grid: readonly GridItem[],
  boxOf: (cell: Cell) => Box,
  trunk: { readonly x: number; readonly y: number },
): Line[] {
  const lines: Line[] = []
  const families = new Map<GridItem | null, GridItem[]>()
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

/** Bars beside the functions of one slot. */
export function slotsOf(grid: readonly GridItem[], boxOf: (cell: Cell) => Box): Box[] {
  const bars = new Map<GridItem, { x: number; top: number; bottom: number }>()
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
