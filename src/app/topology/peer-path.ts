/** The way that DMA takes from one function to another below the IOMMU: up to where both ways meet, and down again. */
import type { World } from '../../sim/world.ts'
import { roundedPath, type Box, type Point } from '../canvas/geometry.ts'
import type { CanvasNode } from '../canvas/looks.ts'
import type { TreeLayout } from './tree.ts'

/** How far left of the cards the way turns. */
const TURN = 12
/** How far beside the tree's own line a piece between a bridge and what is behind it runs. */
const BESIDE = 5

/**
 * The nodes that draw the way of DMA from one function to another; none where one of them is folded.
 * @param from, to indices of functions
 */
export function peerNodes(
  world: World,
  layout: TreeLayout,
  [from, to]: readonly [from: number, to: number],
): CanvasNode[] {
  const pieces = peerWay(world.topology.parents, (device) => layout.places.get(device), from, to)
  const end = pieces.at(-1)?.at(-1)
  if (end === undefined) return []
  const { x, y } = end
  const { width, height } = layout
  const look = {
    kind: 'tree-peer',
    width,
    height,
    paths: pieces.map((points) => roundedPath(points)),
    arrow: `M${x - 9} ${y - 6}L${x} ${y}L${x - 9} ${y + 6}Z`,
  } as const
  return [
    {
      id: 'peer path',
      box: { x: 0, y: 0, width, height },
      label: '',
      look,
      handles: [],
      selectable: false,
      layer: 7,
      backdrop: true,
    },
  ]
}

/**
 * The pieces of the way, each a line of points between cards; the bridges that it passes lie between the pieces. Empty
 * where a card on the way is not drawn.
 * @param parents the bridge above each function, -1 on a root bus
 */
export function peerWay(
  parents: readonly number[],
  boxOf: (device: number) => Box | undefined,
  from: number,
  to: number,
): Point[][] {
  const up = chainOf(parents, from)
  const down = chainOf(parents, to)
  const common = up.find((device) => down.includes(device)) ?? -1
  // DMA to a bridge above, or from it, goes along one chain only.
  const rise = common < 0 ? up : up.slice(0, up.indexOf(common))
  const fall = common < 0 ? down : down.slice(0, down.indexOf(common))
  const [a, b] = [rise.at(-1), fall.at(-1)].map((device) => (device === undefined ? undefined : boxOf(device)))
  if (a === undefined || b === undefined) return []
  const x = Math.min(a.x, b.x) - TURN
  const turn = [leftOf(a), { x, y: leftOf(a).y }, { x, y: leftOf(b).y }, leftOf(b)]
  const hops = (chain: readonly number[]): Point[][] =>
    chain.slice(1).map((bridge, index) => hop(boxOf(chain[index] ?? -1), boxOf(bridge)))
  const pieces = [
    ...hops(rise),
    turn,
    ...hops(fall)
      .reverse()
      .map((piece) => piece.toReversed()),
  ]
  return pieces.some((piece) => piece.length === 0) ? [] : pieces
}

/** A function and the bridges above it. */
function chainOf(parents: readonly number[], device: number): number[] {
  const chain: number[] = []
  for (let at = device; at >= 0; at = parents[at] ?? -1) chain.push(at)
  return chain
}

/** From a function to the bridge above it. */
function hop(below: Box | undefined, bridge: Box | undefined): Point[] {
  if (below === undefined || bridge === undefined) return []
  const end = { x: bridge.x + bridge.width, y: bridge.y + bridge.height / 2 }
  const x = (below.x + end.x) / 2 + BESIDE
  return [leftOf(below), { x, y: leftOf(below).y }, { x, y: end.y }, end]
}

function leftOf({ x, y, height }: Box): Point {
  return { x, y: y + height / 2 }
}
