/** Where the states of a graph stand: a column for each number of operations, a lane for what changed last. */
import type { GraphEdge, GraphNode, StateGraph } from '../../explore/exploration.ts'
import { rowOf, type OpKind } from '../../sim/op.ts'

export const LANES = ['start', 'drivers', 'files', 'contexts', 'mappings'] as const
export type Lane = (typeof LANES)[number]

/** What a kind of operation changes. */
function laneOf(kind: OpKind | undefined): Lane {
  if (kind === undefined) return 'start'
  const { changes } = rowOf(kind)
  return changes === 'nothing' ? 'contexts' : changes
}

export interface Placed {
  readonly node: GraphNode
  readonly x: number
  readonly y: number
  /** The edge of a shortest way that leads here; null at the start. */
  readonly by: GraphEdge | null
}

export interface GraphPicture {
  readonly width: number
  readonly height: number
  /** By the number of the state. */
  readonly placed: readonly Placed[]
  readonly lanes: readonly { readonly lane: Lane; readonly y: number; readonly height: number }[]
  readonly columns: readonly { readonly depth: number; readonly x: number }[]
}

const STEP = 22
const MOST_ROWS = 7
const LABELS = 84
const GAP = 22
const TOP = 26

/** Lays a graph out. States of one column and lane that are many stand in several rows. */
export function layOut({ nodes, edges }: StateGraph): GraphPicture {
  const depth = Math.max(0, ...nodes.map((node) => node.depth))
  const cells = new Map<string, GraphNode[]>()
  const key = (at: number, lane: Lane): string => `${at} ${lane}`
  for (const node of nodes) {
    const cell = key(node.depth, laneOf(node.path.at(-1)?.op))
    cells.set(cell, [...(cells.get(cell) ?? []), node])
  }
  const size = (at: number, lane: Lane): number => cells.get(key(at, lane))?.length ?? 0
  const depths = Array.from({ length: depth + 1 }, (_, at) => at)

  let y = TOP
  const lanes = LANES.flatMap((lane) => {
    const rows = Math.max(...depths.map((at) => Math.min(MOST_ROWS, size(at, lane))))
    if (rows === 0) return []
    const placed = { lane, y, height: rows * STEP + 10 }
    y += placed.height
    return [placed]
  })
  let x = LABELS
  const columns = depths.map((at) => {
    const across = Math.max(1, ...LANES.map((lane) => Math.ceil(size(at, lane) / MOST_ROWS)))
    const column = { depth: at, x }
    x += across * STEP + GAP
    return column
  })

  const depthOf = new Map(nodes.map((node) => [node.id, node.depth]))
  const by = new Map<number, GraphEdge>()
  for (const edge of edges) {
    const isShortest = depthOf.get(edge.from) === (depthOf.get(edge.to) ?? 0) - 1
    if (isShortest && !by.has(edge.to)) by.set(edge.to, edge)
  }
  const placed: Placed[] = []
  for (const { depth: at, x: left } of columns) {
    for (const { lane, y: top } of lanes) {
      cells.get(key(at, lane))?.forEach((node, index) => {
        placed[node.id] = {
          node,
          x: left + Math.floor(index / MOST_ROWS) * STEP + STEP / 2,
          y: top + 5 + (index % MOST_ROWS) * STEP + STEP / 2,
          by: by.get(node.id) ?? null,
        }
      })
    }
  }
  return { width: x, height: y + 4, placed, lanes, columns }
}
