import { useRef, type ComponentType, type ReactNode, type RefObject } from 'react'

/** What a dialog of a PopoverButton is given: the button, and what closes it. */
export interface PopoverDialogProps {
  anchor: RefObject<HTMLElement | null>
  onClose: () => void
}

/** A button that opens a small dialog beside itself; `dialog` is shown while it is open. */
export function PopoverButton(props: {
  className: string
  title: string
  open: boolean
  onOpenChange: (open: boolean) => void
  dialog: ComponentType<PopoverDialogProps>
  children: ReactNode
}): ReactNode {
  const { className, title, open, onOpenChange, dialog: Dialog, children } = props
  const button = useRef<HTMLButtonElement>(null)
  return (
    <>
      <button
        ref={button}
        type="button"
        className={className}
        aria-haspopup="dialog"
        aria-expanded={open}
        title={title}
        onClick={() => onOpenChange(!open)}
      >
        {children}
      </button>
      {open && <Dialog anchor={button} onClose={() => onOpenChange(false)} />}
    </>
  )
}
