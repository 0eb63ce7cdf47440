/** Left, top, width and height in the picture's pixels. */
export interface Box {
  readonly x: number
  readonly y: number
  readonly width: number
  readonly height: number
}

export interface Point {
  readonly x: number
  readonly y: number
}

const RADIUS = 8

/** The path of a line through points with round corners, as SVG writes it. */
export function roundedPath(points: readonly Point[]): string {
  const [first] = points
  const last = points.at(-1)
  if (first === undefined || last === undefined) return ''
  let path = `M${first.x} ${first.y}`
  for (let i = 1; i < points.length - 1; i++) {
    const [before, corner, after] = [points[i - 1], points[i], points[i + 1]]
    if (before === undefined || corner === undefined || after === undefined) continue
    const radius = Math.min(RADIUS, distance(before, corner) / 2, distance(corner, after) / 2)
    const start = towards(corner, before, radius)
    const end = towards(corner, after, radius)
    path += `L${start.x} ${start.y}Q${corner.x} ${corner.y} ${end.x} ${end.y}`
  }
  return `${path}L${last.x} ${last.y}`
}

function distance(a: Point, b: Point): number {
  return Math.abs(a.x - b.x) + Math.abs(a.y - b.y)
}

/** A point some way from one point to another that is straight above, below or beside it. */
function towards(from: Point, to: Point, way: number): Point {
  return {
    x: round(from.x + Math.sign(to.x - from.x) * way),
    y: round(from.y + Math.sign(to.y - from.y) * way),
  }
}

function round(value: number): number {
  return Math.round(value * 10) / 10
}
