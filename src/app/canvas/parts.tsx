import { memo, type DragEvent, type ReactNode, useState } from 'react'
import { DRIVER_MIME } from './dnd.ts'
import type { Part } from './changes.ts'
import type { Changed } from './flow/FlowCanvas.tsx'
import type { Tone } from './looks.ts'

const CHIP: Readonly<Record<Tone, string>> = {
  ok: 'border-transparent bg-ok-bg text-ok',
  bad: 'border-transparent bg-bad-bg text-bad',
  warn: 'border-transparent bg-warn-bg text-warn',
  user: 'border-transparent bg-user-bg text-user',
  ctx: 'border-transparent bg-ctx-bg text-ctx',
  host: 'border-transparent bg-host-bg text-host',
  none: 'border-line text-dim',
  plain: 'border-line text-ink',
}

export function Chip({ tone, children, title }: { tone: Tone; children: ReactNode; title?: string }): ReactNode {
  return (
    <span className={`canvas-chip ${CHIP[tone]}`} title={title}>
      {children}
    </span>
  )
}

/** A part of a card, marked for a moment when the last step changed it. */
export function Marked(props: { changed: Changed; part: Part; children: ReactNode }): ReactNode {
  const { changed, part, children } = props
  const marks = changed.parts.has(part)
  const look = part === 'foot' || part === 'lines' ? 'changed-line' : 'changed'
  return (
    // A new key begins the mark anew.
    <span key={marks ? changed.turn : 0} className={marks ? look : 'contents'}>
      {children}
    </span>
  )
}

/** A part that a driver can be dropped on. */
export const DropZone = memo(function DropZone({
  onDriver,
  className,
  children,
}: {
  onDriver: (driver: string) => void
  className: string
  children: ReactNode
}) {
  const [over, setOver] = useState(false)
  const carries = (event: DragEvent): boolean => event.dataTransfer.types.includes(DRIVER_MIME)
  return (
    <div
      className={`${className} ${over ? 'ring-2 ring-user' : ''}`}
      onDragOver={(event) => {
        if (!carries(event)) return
        event.preventDefault()
        setOver(true)
      }}
      onDragLeave={() => setOver(false)}
      onDrop={(event) => {
        setOver(false)
        if (!carries(event)) return
        event.preventDefault()
        onDriver(event.dataTransfer.getData(DRIVER_MIME))
      }}
    >
      {children}
    </div>
  )
})
