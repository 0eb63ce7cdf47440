import type { ReactNode } from 'react'
import { Canvas } from '../canvas/Canvas.tsx'
import { BugBanner } from './BugBanner.tsx'

/** The picture in a column of a narrow screen, and above it what has stopped the kernel. */
export function NarrowPicture(): ReactNode {
  return (
    <>
      <BugBanner />
      <div className="min-h-80 flex-none">
        <Canvas />
      </div>
    </>
  )
}
