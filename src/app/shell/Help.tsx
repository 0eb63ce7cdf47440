import { useState, type ReactNode } from 'react'
import { GLOSSARY } from '../../explain/glossary.ts'
import { knownFunctions } from '../../explain/registry.ts'
import { keyHelp } from '../commands/key-help.ts'
import { store, useApp } from '../store/store.ts'
import { Choice } from '../ui/Choice.tsx'
import { Sheet } from '../ui/Sheet.tsx'

/** Keys, the colours of the page, and the words of the field. */
export function Help(): ReactNode {
  const open = useApp((s) => s.helping)
  return (
    <Sheet
      title="Keys and words"
      open={open}
      onOpenChange={(next) => store.getState().setHelping(next)}
      className="top-[6vh] flex max-h-[88vh] max-w-[760px] flex-col"
    >
      {open && <HelpBody />}
    </Sheet>
  )
}

function HelpBody(): ReactNode {
  const [query, setQuery] = useState('')
  const theme = useApp((s) => s.settings.theme)
  const words = query.toLowerCase().split(/\s+/).filter(Boolean)
  const terms = [
    ...Object.entries(GLOSSARY),
    ...[...knownFunctions()].map(([name, does]) => [`${name}()`, does] as const),
  ].filter(([term, text]) => words.every((word) => `${term} ${text}`.toLowerCase().includes(word)))
  return (
    <>
      <dl className="mt-2 grid gap-x-6 gap-y-1 text-[12.5px] sm:grid-cols-2">
        {keyHelp().map(([keys, does]) => (
          <div key={keys} className="flex gap-2">
            <dt className="w-32 flex-none font-mono text-[12px] font-semibold">{keys}</dt>
            <dd className="text-dim">{does}</dd>
          </div>
        ))}
      </dl>
      <div className="mt-4 max-w-80">
        <Choice
          label="Colours"
          value={theme}
          onChange={(chosen) => store.getState().setSettings({ theme: chosen })}
          options={[
            ['system', 'As the system'],
            ['dark', 'Dark'],
            ['light', 'Light'],
          ]}
        />
      </div>
      <input
        className="button mt-4 w-full"
        aria-label="Find a word"
        placeholder="viable, container, vfio_group_set_container …"
        value={query}
        onChange={(event) => setQuery(event.target.value)}
      />
      <div className="mt-2 min-h-0 flex-1 overflow-y-auto" tabIndex={0} role="region" aria-label="Words">
        <dl className="grid gap-2 text-[12.5px]">
          {terms.map(([term, text]) => (
            <div key={term}>
              <dt className="font-semibold">{term}</dt>
              <dd className="text-dim">{text}</dd>
            </div>
          ))}
        </dl>
        {terms.length === 0 && <p className="text-dim">No such word here.</p>}
      </div>
    </>
  )
}
