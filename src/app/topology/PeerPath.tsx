import type { ReactNode } from 'react'
import type { TreeLook } from '../canvas/looks.ts'

/** DMA between two functions past the IOMMU: a red line with an arrow. */
export function PeerPath({ width, height, paths, arrow }: Extract<TreeLook, { kind: 'tree-peer' }>): ReactNode {
  return (
    <svg width={width} height={height} className="block" data-peer-path>
      {paths.map((path) => (
        <path key={path} d={path} fill="none" stroke="var(--bad)" strokeWidth={3} strokeDasharray="9 5" />
      ))}
      <path d={arrow} fill="var(--bad)" />
    </svg>
  )
}
