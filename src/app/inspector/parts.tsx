import type { ReactNode } from 'react'
import { Rich } from '../ui/Rich.tsx'
import { Term } from '../ui/Term.tsx'
import { store } from '../store/store.ts'
import { Terms } from '../ui/Terms.tsx'

/** What is selected: what it is, in a word that explains itself, its name, and the way back to the overview. */
export function Title({ kind, title, sub }: { kind: string; title: string; sub: ReactNode }): ReactNode {
  return (
    <div>
      <div className="flex items-center justify-between">
        <span className="section-title">
          Selected: <Term word={kind} />
        </span>
        <button
          type="button"
          className="-my-1 min-h-6 px-1.5 py-1 text-[11.5px] text-dim underline underline-offset-2"
          onClick={() => store.getState().select(null)}
        >
          overview
        </button>
      </div>
      <h2 className="text-[15px] font-semibold">{title}</h2>
      <div className="font-mono text-[11.5px] text-dim">{sub}</div>
    </div>
  )
}

/** An answer in one line, with what it means below; null: neither good nor bad. */
export function Verdict(props: { good: boolean | 'unknown' | null; title: ReactNode; children: ReactNode }): ReactNode {
  const { good, title, children } = props
  const look =
    good === null
      ? 'bg-host-bg text-host'
      : good === 'unknown'
        ? 'bg-warn-bg text-warn'
        : good
          ? 'bg-ok-bg text-ok'
          : 'bg-bad-bg text-bad'
  return (
    <div className={`verdict rounded-[10px] px-3 py-2.5 font-semibold ${look}`}>
      {good === null ? '◌ ' : good === 'unknown' ? '? ' : good ? '✓ ' : '✗ '}
      {title}
      <div className="mt-0.5 text-[12.5px] font-normal text-ink">{children}</div>
    </div>
  )
}

/** A list of checks, each passed or failed. */
export function Checks(props: {
  title: string
  items: readonly { ok: boolean; words: Parameters<typeof Rich>[0]['words']; code: string }[]
}): ReactNode {
  return (
    <div>
      <h3 className="section-title mb-1 font-mono normal-case! tracking-normal!">{props.title}</h3>
      <ul className="grid grid-cols-[minmax(0,1fr)] gap-1 text-[12.5px]">
        {props.items.map((item, index) => (
          <li key={index} className="flex gap-2">
            <span className={item.ok ? 'text-ok' : 'text-bad'} aria-label={item.ok ? 'passes' : 'fails'} role="img">
              {item.ok ? '✓' : '✗'}
            </span>
            <span className="min-w-0 flex-1">
              <Rich words={item.words} links />
            </span>
            <span className="font-mono text-[10.5px] text-faint">{item.code}</span>
          </li>
        ))}
      </ul>
    </div>
  )
}

/** Names with their values; a name that is in the glossary explains itself, under `term` if it is called otherwise there. */
export function Facts({
  items,
}: {
  items: readonly (readonly [name: string, value: ReactNode, term?: string])[]
}): ReactNode {
  return (
    <Terms
      items={items.map(([name, value, term = name]) => [
        name,
        value,
        <Term key={name} word={term}>
          {name}
        </Term>,
      ])}
      className="grid grid-cols-[auto_1fr] gap-x-3 gap-y-1 text-[12.5px]"
      pair="contents"
      value="min-w-0 break-words"
    />
  )
}
