import type { ReactNode } from 'react'
import { Inspector } from './Inspector.tsx'

/** The inspector beside the canvas; `children` stand above what it says. */
export function InspectorAside(props: { readonly className: string; readonly children?: ReactNode }): ReactNode {
  return (
    <aside
      aria-label="Inspector"
      className={`min-h-0 overflow-y-auto border-l border-line bg-panel ${props.className}`}
      tabIndex={-1}
      id="inspector"
    >
      {props.children}
      <Inspector />
    </aside>
  )
}
