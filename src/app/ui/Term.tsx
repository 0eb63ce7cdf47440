import { Popover } from '@base-ui/react/popover'
import type { ReactNode } from 'react'
import { glossaryEntry } from '../../explain/glossary.ts'

/**
 * A word of the field that explains itself where it stands, by pointer, touch and keyboard.
 * @param word an entry of the glossary; without one the text stands alone
 */
export function Term({ word, children = word }: { word: string; children?: ReactNode }): ReactNode {
  const entry = glossaryEntry(word)
  if (entry === undefined) return children
  return (
    <Popover.Root>
      <Popover.Trigger
        openOnHover
        className="inline min-h-6 cursor-help rounded-sm text-left underline decoration-dotted underline-offset-3"
      >
        {children}
      </Popover.Trigger>
      <Popover.Portal>
        <Popover.Positioner sideOffset={6} collisionPadding={8} className="z-40">
          <Popover.Popup className="w-[300px] max-w-[calc(100vw-16px)] rounded-xl border border-line2 bg-panel p-3 text-[12.5px] text-ink shadow-node outline-none">
            <Popover.Title className="font-semibold">{entry.term}</Popover.Title>
            <Popover.Description className="text-dim">{entry.text}</Popover.Description>
          </Popover.Popup>
        </Popover.Positioner>
      </Popover.Portal>
    </Popover.Root>
  )
}
