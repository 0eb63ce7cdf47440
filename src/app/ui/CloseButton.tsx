import { X } from 'lucide-react'
import type { ReactNode } from 'react'

/** A button with a cross. */
export function CloseButton(props: {
  readonly label: string
  readonly className: string
  readonly onClick: () => void
}): ReactNode {
  const { label, className, onClick } = props
  return (
    <button
      type="button"
      className={`rounded text-dim hover:text-ink ${className}`}
      aria-label={label}
      onClick={onClick}
    >
      <X size={15} />
    </button>
  )
}
