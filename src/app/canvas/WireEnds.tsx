import type { ReactNode } from 'react'
import type { CanvasEdge } from './edges.ts'

/**
 * How a wire ends: in plugs where something is held or attached; in an arrow where DMA lands, a full one where it harms,
 * a bar where it is blocked. So each kind is told apart without colour.
 */
export function WireEnds({ wire }: { wire: Pick<CanvasEdge, 'kind' | 'tone' | 'start' | 'end'> }): ReactNode {
  const { kind, tone, start, end } = wire
  const { x, y } = end
  if (kind !== 'dma') {
    return (
      <>
        <circle className="wire-end" cx={start.x} cy={start.y} r={4} />
        <circle className="wire-end" cx={x} cy={y} r={4} />
      </>
    )
  }
  if (tone === 'none') return <path className="wire-arrow" d={`M${x - 6} ${y - 2}L${x + 6} ${y - 2}`} />
  if (tone === 'bad') return <path className="wire-end" d={`M${x - 6} ${y - 10}L${x} ${y - 1}L${x + 6} ${y - 10}Z`} />
  return <path className="wire-arrow" d={`M${x - 5} ${y - 8}L${x} ${y - 1}L${x + 5} ${y - 8}`} />
}
