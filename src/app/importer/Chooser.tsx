import { useDeferredValue, useMemo, useState, type ReactNode } from 'react'
import { shortBdf } from '../../explain/words.ts'
import { candidatesOf } from '../../adviser/kinds.ts'
import type { Reading } from '../../adviser/reading.ts'
import { shortName } from '../../machines/short-name.ts'
import { UNKNOWN_DRIVER } from '../../sim/drivers.ts'
import type { Machine, PciFunction } from '../../sim/machine.ts'
import { useMedia } from '../ui/useMedia.ts'
import { adviceOn, want } from './own-machine.ts'
import { listMarkOf } from './marks.ts'

/** How many devices are listed before one has to search or ask for all. */
const LISTED = 9
const MOST = 200

/** Which device should go to the guest: what people usually hand over first, each with what the answer would be. */
export function Chooser(props: { machine: Machine; reading: Reading; wanted: string | null }): ReactNode {
  const { machine, reading, wanted } = props
  const wide = useMedia('(min-width: 1000px)')
  const [open, setOpen] = useState(false)
  const f = machine.devices.find(({ bdf }) => bdf === wanted)
  if (wide) {
    return (
      <section aria-label="Device" className="flex flex-col gap-2">
        <h3 className="section-title">Which device should the guest get?</h3>
        <List {...props} onChosen={() => {}} />
      </section>
    )
  }
  return (
    <details
      className="rounded-xl border border-line bg-panel px-3 py-2"
      open={open}
      onToggle={(event) => setOpen(event.currentTarget.open)}
    >
      <summary className="cursor-pointer">
        <span className="text-dim">Device: </span>
        {f === undefined ? 'none' : <Name f={f} />}
        <span className="text-[12px] text-dim underline"> choose another</span>
      </summary>
      <div className="mt-2 flex flex-col gap-2">
        <List machine={machine} reading={reading} wanted={wanted} onChosen={() => setOpen(false)} />
      </div>
    </details>
  )
}

function Name({ f }: { f: PciFunction }): ReactNode {
  return (
    <span>
      <span className="font-mono font-semibold">{shortBdf(f.bdf)}</span> {shortName(f)}
    </span>
  )
}

function List(props: { machine: Machine; reading: Reading; wanted: string | null; onChosen: () => void }): ReactNode {
  const { machine, reading, wanted, onChosen } = props
  const [search, setSearch] = useState('')
  const [all, setAll] = useState(false)
  const words = useDeferredValue(search).trim().toLowerCase()
  const { usual, rest } = useMemo(() => candidatesOf(machine), [machine])
  const found = words === '' ? [] : [...usual, ...rest].filter((f) => matches(f, words)).slice(0, MOST)
  const first = usual.slice(0, LISTED)
  const chosen = machine.devices.find(({ bdf }) => bdf === wanted)
  const shown =
    words !== ''
      ? found
      : all
        ? [...usual, ...rest].slice(0, MOST)
        : chosen === undefined || first.includes(chosen)
          ? first
          : [chosen, ...first]
  const more = usual.length + rest.length - shown.length
  return (
    <>
      <input
        type="search"
        aria-label="Find a device"
        placeholder="Find: 01:00, nvidia, ethernet …"
        className="min-h-8 rounded-lg border border-line bg-panel px-2.5 text-[12.5px]"
        value={search}
        onChange={(event) => setSearch(event.target.value)}
      />
      <ul className="grid grid-cols-[minmax(0,1fr)] gap-1" data-testid="candidates">
        {shown.map((f) => (
          <Candidate
            key={f.bdf}
            f={f}
            chosen={f.bdf === wanted}
            machine={machine}
            reading={reading}
            onChosen={onChosen}
          />
        ))}
      </ul>
      {words !== '' && found.length === 0 && <p className="text-dim">No device is called so.</p>}
      {words === '' && more > 0 && !all && (
        <button type="button" className="button self-start text-[12px]" onClick={() => setAll(true)}>
          {more} more, with bridges and the chipset
        </button>
      )}
    </>
  )
}

function matches(f: PciFunction, words: string): boolean {
  const text =
    `${f.bdf} ${f.name ?? ''} ${shortName(f)} ${f.driver ?? ''} ${f.vendor ?? ''}:${f.device ?? ''}`.toLowerCase()
  return words.split(/\s+/).every((word) => text.includes(word))
}

function Candidate(props: {
  f: PciFunction
  chosen: boolean
  machine: Machine
  reading: Reading
  onChosen: () => void
}): ReactNode {
  const { f, chosen, machine, reading, onChosen } = props
  const advice = adviceOn(machine, f.bdf, reading)
  const mark = listMarkOf(advice)
  const group = advice === null || advice.group === null ? 'in no group' : `group ${advice.group}`
  const driver = f.driver === null ? 'no driver' : f.driver === UNKNOWN_DRIVER ? 'driver unknown' : f.driver
  return (
    <li>
      <button
        type="button"
        aria-pressed={chosen}
        className={`grid w-full grid-cols-[auto_minmax(0,1fr)_auto] items-baseline gap-x-2 rounded-lg border px-2.5 py-1.5 text-left ${chosen ? 'border-user bg-user-bg' : 'border-line bg-panel hover:border-line2'}`}
        onClick={() => {
          want(f.bdf)
          onChosen()
        }}
      >
        <span className="font-mono font-semibold">{shortBdf(f.bdf)}</span>
        <span className="col-span-2 truncate" title={f.name}>
          {shortName(f)}
        </span>
        <span className="col-span-2 truncate text-[11.5px] text-dim">
          {group} · {driver}
        </span>
        <span className={`text-[11.5px] whitespace-nowrap ${mark.text}`}>
          {mark.glyph} {mark.words}
        </span>
      </button>
    </li>
  )
}
