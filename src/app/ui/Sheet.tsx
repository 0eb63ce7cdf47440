import { Dialog } from '@base-ui/react/dialog'
import type { ReactNode } from 'react'
import { DialogHead } from './DialogHead.tsx'

interface DialogProps {
  readonly open: boolean
  readonly onOpenChange: (open: boolean) => void
  /** Where it lies and how it is laid out. */
  readonly className: string
  /** Takes the focus when it closes; without it, what had the focus before. */
  readonly finalFocus?: () => HTMLElement | null
  readonly children: ReactNode
}

/** A dialog over the page. Its children hold a `Dialog.Title`. */
export function PlainSheet({ open, onOpenChange, className, finalFocus, children }: DialogProps): ReactNode {
  return (
    <Dialog.Root open={open} onOpenChange={onOpenChange}>
      <Dialog.Portal>
        <Dialog.Backdrop className="fixed inset-0 z-40 bg-black/55" />
        <Dialog.Popup
          {...(finalFocus === undefined ? {} : { finalFocus })}
          className={`fixed inset-x-3 z-50 mx-auto rounded-2xl border border-line2 bg-panel shadow-node ${className}`}
        >
          {children}
        </Dialog.Popup>
      </Dialog.Portal>
    </Dialog.Root>
  )
}

/** A dialog with a visible title and a button that closes it. */
export function Sheet({ title, children, className, ...rest }: DialogProps & { readonly title: string }): ReactNode {
  return (
    <PlainSheet {...rest} className={`p-5 ${className}`}>
      <DialogHead title={title} Title={Dialog.Title} Close={Dialog.Close} />
      {children}
    </PlainSheet>
  )
}
