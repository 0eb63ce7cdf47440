import type { ReactNode } from 'react'
import { Inspector } from './Inspector.tsx'

/** The inspector beside the canvas. */
export function InspectorAside({ className }: { readonly className: string }): ReactNode {
  return (
    <aside
      aria-label="Inspector"
      className={`min-h-0 overflow-y-auto border-l border-line bg-panel ${className}`}
      tabIndex={-1}
      id="inspector"
    >
      <Inspector />
    </aside>
  )
}
