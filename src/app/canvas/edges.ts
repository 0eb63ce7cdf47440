import type { Scene } from './compose.ts'
import { roundedPath, type Point } from './geometry.ts'
import type { DrawnWire } from './compose.ts'
import { nodeId } from './ids.ts'
import type { CanvasNode } from './looks.ts'

/** A wire as it is drawn. */
export interface CanvasEdge {
  readonly id: string
  readonly kind: DrawnWire['kind']
  readonly tone: DrawnWire['tone']
  /** Nodes that it joins. */
  readonly from: string
  readonly to: string
  /** The same as the markup calls them. */
  readonly fromKey: string
  readonly toKey: string
  readonly path: string
  readonly start: Point
  readonly end: Point
  /** Where words about it can stand. */
  readonly middle: Point
  readonly cut: DrawnWire['cut']
  readonly label: string
  /** The nodes whose wire it is: those that it joins, the devices whose DMA it carries, and the groups of these. */
  readonly ends: readonly string[]
}

/** The wires of a scene in the form in which they are drawn. */
export function edgesOf({ wires }: Scene, nodes: readonly CanvasNode[]): CanvasEdge[] {
  const keys = new Map(nodes.map(({ id, card }) => [id, card?.id ?? id]))
  const parents = new Map(nodes.map(({ id, parent }) => [id, parent]))
  return wires.flatMap((wire): CanvasEdge[] => {
    const { points } = wire
    const [start] = points
    const end = points.at(-1)
    if (start === undefined || end === undefined) return []
    const ends = [wire.from, wire.to, ...(wire.devices ?? []).map(nodeId.device)]
    return [
      {
        id: wire.id,
        kind: wire.kind,
        tone: wire.tone,
        from: wire.from,
        to: wire.to,
        fromKey: keys.get(wire.from) ?? wire.from,
        toKey: keys.get(wire.to) ?? wire.to,
        path: roundedPath(points),
        start,
        end,
        middle: middleOf(points),
        cut: wire.cut,
        label: wire.label,
        ends: [...ends, ...ends.flatMap((id) => parents.get(id) ?? [])],
      },
    ]
  })
}

/** The middle of the longest piece. */
function middleOf(points: readonly Point[]): Point {
  let best: Point = points[0] ?? { x: 0, y: 0 }
  let length = -1
  points.slice(1).forEach((point, index) => {
    const before = points[index]
    if (before === undefined) return
    const own = Math.abs(point.x - before.x) + Math.abs(point.y - before.y)
    if (own <= length) return
    length = own
    best = { x: (point.x + before.x) / 2, y: (point.y + before.y) / 2 }
  })
  return best
}
