import { Search } from 'lucide-react'
import { useId, useMemo, useState, type KeyboardEvent, type ReactNode } from 'react'
import { shortBdf } from '../../explain/words.ts'
import { shortName } from '../../machines/short-name.ts'
import type { World } from '../../sim/world.ts'
import { store, useApp, type Selection } from '../store/store.ts'

interface Hit {
  readonly key: string
  readonly title: string
  readonly detail: string
  readonly text: string
  readonly selection: Selection
}

const SHOWN = 8

/** Everything on the canvas that can be looked for: functions by address, name, ids and driver, groups by number. */
function findable(world: World): Hit[] {
  const devices = world.devices.map(({ spec, group }, device): Hit => {
    const id = world.groups[group]?.id
    const title = `${shortBdf(spec.bdf)} ${shortName(spec)}`
    const detail = id === undefined ? 'in no group' : `group ${id}`
    const text = `${title} ${spec.name ?? ''} ${spec.vendor ?? ''}:${spec.device ?? ''} ${spec.driver ?? ''} ${detail}`
    return { key: `device ${device}`, title, detail, text: text.toLowerCase(), selection: { kind: 'device', device } }
  })
  const groups = world.groups.map(({ id, devices: members }, group): Hit => {
    const detail = `${members.length} function${members.length === 1 ? '' : 's'}`
    return {
      key: `group ${id}`,
      title: `Group ${id}`,
      detail,
      text: `group ${id}`,
      selection: { kind: 'group', group },
    }
  })
  return [...groups, ...devices]
}

/** A group by its number before one whose number only begins so. */
function rank(hit: Hit, query: string): number {
  return hit.text === query ? 0 : hit.text.startsWith(query) ? 1 : 2
}

/** Finds a function or group by typing, and shows it. */
export function Find(): ReactNode {
  const world = useApp((s) => s.run.world)
  const [query, setQuery] = useState('')
  const [at, setAt] = useState(0)
  const [open, setOpen] = useState(false)
  const list = useId()
  const all = useMemo(() => findable(world), [world])
  const wanted = query.toLowerCase().trim()
  const words = wanted.split(/\s+/).filter(Boolean)
  const hits =
    words.length === 0
      ? []
      : all
          .filter(({ text }) => words.every((word) => text.includes(word)))
          .sort((a, b) => rank(a, wanted) - rank(b, wanted))
  const shown = hits.slice(0, SHOWN)
  const expanded = open && words.length > 0
  const choose = (hit: Hit | undefined): void => {
    if (hit === undefined) return
    setOpen(false)
    store.getState().showOnCanvas(hit.selection)
  }
  const onKey = (event: KeyboardEvent): void => {
    if (event.key === 'ArrowDown') setAt(Math.min(shown.length - 1, at + 1))
    else if (event.key === 'ArrowUp') setAt(Math.max(0, at - 1))
    else if (event.key === 'Enter') choose(shown[at])
    else if (event.key === 'Escape') setOpen(false)
    else return
    event.preventDefault()
  }
  return (
    <div
      className="relative order-2 ml-auto w-40 sm:order-3 sm:w-52"
      onBlur={(event) => {
        if (!event.currentTarget.contains(event.relatedTarget)) setOpen(false)
      }}
    >
      <Search size={13} className="pointer-events-none absolute top-2 left-2 text-faint" />
      <input
        role="combobox"
        aria-label="Find on the canvas"
        aria-expanded={expanded}
        aria-controls={list}
        aria-activedescendant={expanded && shown.length > 0 ? `${list}-${at}` : undefined}
        className="button min-h-7 w-full py-0.5 pl-7"
        placeholder={`Find among ${world.devices.length}`}
        value={query}
        onFocus={() => setOpen(true)}
        onChange={(event) => {
          setQuery(event.target.value)
          setAt(0)
          setOpen(true)
        }}
        onKeyDown={onKey}
      />
      <div
        hidden={!expanded}
        className="absolute top-full right-0 z-30 mt-1 w-80 max-w-[calc(100vw-24px)] overflow-hidden rounded-xl border border-line2 bg-panel p-1 shadow-node"
      >
        <ul id={list} role="listbox" aria-label="Found">
          {expanded &&
            shown.map((hit, index) => (
              <li
                key={hit.key}
                id={`${list}-${index}`}
                role="option"
                aria-selected={index === at}
                className={`flex cursor-pointer items-center gap-2 rounded-lg px-2 py-1 text-[12.5px] ${index === at ? 'bg-panel2 ring-1 ring-line2' : ''}`}
                onPointerMove={() => setAt(index)}
                onPointerDown={(event) => {
                  event.preventDefault()
                  choose(hit)
                }}
              >
                <span className="min-w-0 flex-1 truncate">{hit.title}</span>
                <span className="flex-none text-[11px] text-dim">{hit.detail}</span>
              </li>
            ))}
        </ul>
        {expanded && hits.length !== shown.length && (
          <p className="px-2 py-1 text-[11.5px] text-dim">and {hits.length - shown.length} more</p>
        )}
        {expanded && hits.length === 0 && <p className="px-2 py-1 text-[12px] text-dim">Nothing is called that.</p>}
      </div>
    </div>
  )
}
