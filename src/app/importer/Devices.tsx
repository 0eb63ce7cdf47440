import { useMemo, useState, type ReactNode } from 'react'
import { shortBdf } from '../../explain/words.ts'
import { adviceFor, type Advice, type Verdict } from '../../machines/adviser/advice.ts'
import { candidatesOf } from '../../machines/adviser/kinds.ts'
import { shortName } from '../../machines/short-name.ts'
import type { Machine, PciFunction } from '../../sim/machine.ts'
import { choose, useListing } from './listing.ts'

const SHOWN = 12

const MARKS: Readonly<Record<Verdict, { glyph: string; tone: string; word: string }>> = {
  ready: { glyph: '✓', tone: 'text-ok', word: 'ready' },
  yes: { glyph: '✓', tone: 'text-ok', word: 'can go' },
  'with-others': { glyph: '!', tone: 'text-warn', word: 'not alone' },
  against: { glyph: '✗', tone: 'text-bad', word: 'better not' },
  no: { glyph: '✗', tone: 'text-bad', word: 'cannot go' },
}

/** The devices of the machine, those that people hand to guests first; each with the answer in two words. */
export function Devices(): ReactNode {
  const machine = useListing((s) => s.machine)
  const chosen = useListing((s) => s.chosen)
  const [search, setSearch] = useState('')
  const [all, setAll] = useState(false)
  const found = useMemo(() => (machine === null ? [] : matching(machine, search)), [machine, search])
  if (machine === null) return null
  const usual = candidatesOf(machine).usual.length
  const most = all || search !== '' ? found.length : Math.min(usual, SHOWN)
  const shown = found.slice(0, Math.max(most, 1))
  // What is chosen stays in sight.
  const kept = found.filter((f) => f.bdf === chosen && !shown.includes(f))
  return (
    <section aria-label="Devices" className="flex flex-col gap-2">
      <h3 className="section-title">Which device shall the guest have?</h3>
      {machine.devices.length > 6 && (
        <input
          type="search"
          aria-label="Find a device"
          className="min-h-8 rounded-lg border border-line bg-panel px-2.5 text-[12.5px]"
          placeholder="Find by name, address or driver"
          value={search}
          onChange={(event) => setSearch(event.target.value)}
        />
      )}
      <ul className="grid grid-cols-1 gap-1" data-testid="devices">
        {[...shown, ...kept].map((f) => (
          <Row key={f.bdf} machine={machine} f={f} chosen={chosen === f.bdf} />
        ))}
      </ul>
      {found.length === 0 && <p className="text-[12.5px] text-dim">No device is called that.</p>}
      {most < found.length && (
        <button
          type="button"
          className="py-1 text-left text-[12px] underline underline-offset-2"
          onClick={() => setAll(true)}
        >
          All {found.length} devices, bridges and parts of the chipset included
        </button>
      )}
    </section>
  )
}

function matching(machine: Machine, search: string): PciFunction[] {
  const { usual, rest } = candidatesOf(machine)
  const words = search.toLowerCase().split(/\s+/).filter(Boolean)
  const textOf = (f: PciFunction): string => `${f.bdf} ${shortName(f)} ${f.name ?? ''} ${f.driver ?? ''}`.toLowerCase()
  return [...usual, ...rest].filter((f) => words.every((word) => textOf(f).includes(word)))
}

function Row({ machine, f, chosen }: { machine: Machine; f: PciFunction; chosen: boolean }): ReactNode {
  const advice: Advice | null = useMemo(() => adviceFor(machine, f.bdf), [machine, f])
  if (advice === null) return null
  const mark = MARKS[advice.verdict]
  return (
    <li>
      <button
        type="button"
        aria-pressed={chosen}
        data-device={f.bdf}
        className={`flex w-full items-baseline gap-2 rounded-lg border px-2.5 py-1.5 text-left ${chosen ? 'border-user bg-user-bg' : 'border-line bg-panel hover:border-line2'}`}
        onClick={() => choose(f.bdf)}
      >
        <span className="font-mono text-[12px] font-semibold">{shortBdf(f.bdf)}</span>
        <span className="min-w-0 flex-1 truncate text-[12.5px]" title={f.name}>
          {shortName(f)}
        </span>
        <span className={`text-[11.5px] whitespace-nowrap ${mark.tone}`}>
          {mark.glyph} {mark.word}
        </span>
      </button>
    </li>
  )
}
