import { Popover } from '@base-ui/react/popover'
import type { ReactNode } from 'react'
import { DialogHead } from './DialogHead.tsx'
import type { PopoverDialogProps } from './PopoverButton.tsx'

/** A small dialog beside the button that opened it: a title, a button to close it, and whatever it holds. */
export function PopoverDialog(
  props: PopoverDialogProps & { title: string; className: string; testId?: string; children: ReactNode },
): ReactNode {
  const { title, anchor, onClose, className, testId, children } = props
  return (
    <Popover.Root open onOpenChange={(open) => !open && onClose()}>
      <Popover.Portal>
        <Popover.Positioner anchor={anchor} sideOffset={8} align="end" collisionPadding={8} className="z-40">
          <Popover.Popup
            finalFocus={anchor}
            data-testid={testId}
            className={`grid max-w-[calc(100vw-16px)] content-start gap-3 overflow-y-auto rounded-2xl border border-line2 bg-panel p-4 shadow-node outline-none ${className}`}
          >
            <DialogHead title={title} Title={Popover.Title} Close={Popover.Close} />
            {children}
          </Popover.Popup>
        </Popover.Positioner>
      </Popover.Portal>
    </Popover.Root>
  )
}
