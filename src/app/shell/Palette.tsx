import { Autocomplete } from '@base-ui/react/autocomplete'
import { Dialog } from '@base-ui/react/dialog'
import { useMemo, useState, type ReactNode } from 'react'
import { store, useApp } from '../store/store.ts'
import { ResultChip } from '../ui/ResultChip.tsx'
import { PlainSheet } from '../ui/Sheet.tsx'
import { entriesOf, found, type Entry } from './palette-entries.ts'

const SHOWN = 40
/** Entries whose result is worked out beforehand. */
const FORECAST = 12

/** Everything that can be done, found by typing. */
export function Palette(): ReactNode {
  const open = useApp((s) => s.palette)
  return (
    <PlainSheet
      open={open}
      onOpenChange={(next) => store.getState().setPalette(next)}
      finalFocus={() => document.getElementById('canvas')}
      className="top-[10vh] max-w-[640px] overflow-hidden"
    >
      <Dialog.Title className="sr-only">Find an action</Dialog.Title>
      {open && <PaletteBody />}
    </PlainSheet>
  )
}

function PaletteBody(): ReactNode {
  const [query, setQuery] = useState('')
  const all = useMemo(() => entriesOf(store.getState()), [])
  const hits = useMemo(() => found(all, query).slice(0, SHOWN), [all, query])
  const choose = (entry: Entry): void => {
    store.getState().setPalette(false)
    entry.run()
  }
  return (
    // Nothing is highlighted before anything is typed: an Enter that comes too early does nothing.
    <Autocomplete.Root
      inline
      open
      items={all}
      filteredItems={hits}
      itemToStringValue={(entry: Entry) => entry.text}
      autoHighlight
      keepHighlight
      value={query}
      onValueChange={(value, { reason }) => {
        if (reason !== 'item-press') setQuery(value)
      }}
    >
      <Autocomplete.Input
        autoFocus
        aria-label="Find an action"
        className="w-full border-b border-line bg-panel px-4 py-3 text-[14px] outline-none"
        placeholder="bind 01:00.0, open group, map, share …"
      />
      <Autocomplete.List aria-label="Actions" className="max-h-[52vh] overflow-y-auto p-1.5">
        {hits.map((entry, index) => (
          <Autocomplete.Item
            key={entry.id}
            value={entry}
            className="flex cursor-pointer items-center gap-3 rounded-lg px-2.5 py-1.5 data-[highlighted]:bg-panel2 data-[highlighted]:ring-1 data-[highlighted]:ring-line2"
            onClick={() => choose(entry)}
          >
            <span className="min-w-0 flex-1">
              <span className="block truncate">{entry.text}</span>
              <span className="block truncate font-mono text-[11px] text-faint">{entry.detail}</span>
            </span>
            {index < FORECAST && entry.result !== undefined && <Result result={entry.result} />}
          </Autocomplete.Item>
        ))}
      </Autocomplete.List>
      {hits.length === 0 && (
        <p className="px-4 py-3 text-dim">
          Nothing is called that. Try bind, open, map, close, scenario, machine, kernel.
        </p>
      )}
    </Autocomplete.Root>
  )
}

function Result({ result }: { result: NonNullable<Entry['result']> }): ReactNode {
  const badge = useMemo(() => result(), [result])
  return <ResultChip result={badge} />
}
