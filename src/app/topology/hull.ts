/** Outlines of sets of cells on a grid whose columns and rows have sizes of their own. */

/** A cell by column and row. */
export interface Cell {
  readonly column: number
  readonly row: number
}

/** Where the outline runs beside a cell: its sides in pixels, with the room that the outline keeps around it. */
export interface Sides {
  readonly left: (column: number) => number
  readonly right: (column: number) => number
  readonly top: (row: number) => number
  readonly bottom: (row: number) => number
}

interface Point {
  readonly x: number
  readonly y: number
}

/** Columns times this plus rows is one number for a corner of the grid. */
const STRIDE = 1 << 16

type Side = 'top' | 'right' | 'bottom' | 'left'

interface Edge {
  readonly from: number
  readonly to: number
  readonly side: Side
  readonly cell: Cell
}

/**
 * The outline of a set of cells as an SVG path with round corners: one closed line around each part, and around holes.
 * Neighbouring cells of the set run into one another; where the set ends the line runs along the cell's side.
 */
export function outline(cells: readonly Cell[], sides: Sides, radius: number): string {
  const held = new Set(cells.map(({ column, row }) => column * STRIDE + row))
  const has = (column: number, row: number): boolean => held.has(column * STRIDE + row)
  const starts = new Map<number, Edge[]>()
  const add = (side: Side, cell: Cell, from: number, to: number): void => {
    const list = starts.get(from)
    const edge = { from, to, side, cell }
    if (list === undefined) starts.set(from, [edge])
    else list.push(edge)
  }
  for (const cell of cells) {
    const { column, row } = cell
    const corner = (right: number, down: number): number => (column + right) * STRIDE + row + down
    // Clockwise, so that the inside is always to the right.
    if (!has(column, row - 1)) add('top', cell, corner(0, 0), corner(1, 0))
    if (!has(column + 1, row)) add('right', cell, corner(1, 0), corner(1, 1))
    if (!has(column, row + 1)) add('bottom', cell, corner(1, 1), corner(0, 1))
    if (!has(column - 1, row)) add('left', cell, corner(0, 1), corner(0, 0))
  }

  const paths: string[] = []
  for (let first = takeAny(starts); first !== undefined; first = takeAny(starts)) {
    const edges = [first]
    for (let at: Edge | undefined = first; at !== undefined && at.to !== first.from;) {
      at = takeFrom(starts, at)
      if (at !== undefined) edges.push(at)
    }
    paths.push(rounded(cornersOf(edges, sides), radius))
  }
  return paths.join(' ')
}

function takeAny(starts: Map<number, Edge[]>): Edge | undefined {
  for (const [from, list] of starts) {
    const edge = list.pop()
    if (list.length === 0) starts.delete(from)
    if (edge !== undefined) return edge
  }
  return undefined
}

/** The next edge of a walk. Where two parts touch at a corner the walk stays with its own cell. */
function takeFrom(starts: Map<number, Edge[]>, { to, cell }: Edge): Edge | undefined {
  const list = starts.get(to) ?? []
  const own = list.findIndex((edge) => edge.cell === cell)
  const [edge] = list.splice(Math.max(0, own), 1)
  if (list.length === 0) starts.delete(to)
  return edge
}

/** Where the line turns. An edge keeps its own side of its cell, so a turn takes x from one edge and y from the other. */
function cornersOf(edges: readonly Edge[], sides: Sides): Point[] {
  const corners: Point[] = []
  edges.forEach((edge, index) => {
    const next = edges[(index + 1) % edges.length] ?? edge
    const a = coordinate(edge, sides)
    const b = coordinate(next, sides)
    if (a.x !== undefined && b.y !== undefined) corners.push({ x: a.x, y: b.y })
    else if (a.y !== undefined && b.x !== undefined) corners.push({ x: b.x, y: a.y })
  })
  return corners
}

function coordinate({ side, cell }: Edge, sides: Sides): { readonly x?: number; readonly y?: number } {
  switch (side) {
    case 'left':
      return { x: sides.left(cell.column) }
    case 'right':
      return { x: sides.right(cell.column) }
    case 'top':
      return { y: sides.top(cell.row) }
    case 'bottom':
      return { y: sides.bottom(cell.row) }
  }
}

function rounded(corners: readonly Point[], radius: number): string {
  const parts = corners.map((corner, index) => {
    const before = corners.at(index - 1) ?? corner
    const after = corners[(index + 1) % corners.length] ?? corner
    const enter = towards(corner, before, radius)
    const leave = towards(corner, after, radius)
    return `${index === 0 ? 'M' : 'L'}${point(enter)} Q${point(corner)} ${point(leave)}`
  })
  return `${parts.join(' ')} Z`
}

/** The point on the way from one to another that is `radius` away, or half way where that is less. */
function towards(from: Point, to: Point, radius: number): Point {
  const length = Math.abs(to.x - from.x) + Math.abs(to.y - from.y)
  const share = length === 0 ? 0 : Math.min(radius / length, 0.5)
  return { x: from.x + (to.x - from.x) * share, y: from.y + (to.y - from.y) * share }
}

function point({ x, y }: Point): string {
  return `${Math.round(x * 10) / 10},${Math.round(y * 10) / 10}`
}
