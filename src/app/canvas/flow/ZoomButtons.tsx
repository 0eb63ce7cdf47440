import { useReactFlow } from '@xyflow/react'
import { Maximize2, Minus, Plus } from 'lucide-react'
import type { ReactNode } from 'react'

/** Zooms, shows everything, and says whose diagram library draws the picture. They stand below it, so that they cover nothing. */
export function ZoomButtons({ showAll }: { showAll: () => void }): ReactNode {
  const flow = useReactFlow()
  const buttons = [
    ['Zoom in', Plus, () => void flow.zoomIn()],
    ['Zoom out', Minus, () => void flow.zoomOut()],
    ['Show everything', Maximize2, showAll],
  ] as const
  return (
    <div role="group" aria-label="View" className="ml-auto flex flex-none items-center gap-1">
      <a
        className="hidden min-h-6 items-center px-1.5 text-[11px] text-faint hover:text-ink sm:flex"
        href="https://reactflow.dev"
        target="_blank"
        rel="noreferrer"
      >
        React Flow
      </a>
      {buttons.map(([name, Icon, onClick]) => (
        <button
          key={name}
          type="button"
          aria-label={name}
          title={name}
          className="flex size-7 items-center justify-center rounded-md text-dim hover:bg-panel2 hover:text-ink"
          onClick={onClick}
        >
          <Icon size={14} />
        </button>
      ))}
    </div>
  )
}
