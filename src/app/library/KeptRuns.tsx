import { Trash2 } from 'lucide-react'
import { useState, type ReactNode } from 'react'
import { titleOf } from '../../scenario/document/scenario.ts'
import { LIBRARY } from '../../scenario/library/index.ts'
import { contains, type Saved } from '../store/persistence.ts'
import { store, useApp } from '../store/store.ts'

/** What the person has kept under a name, and where to keep the present run. */
export function KeptRuns(): ReactNode {
  const saves = useApp((s) => s.saves)
  const unreadable = useApp((s) => s.unreadable)
  const title = useApp((s) => s.doc.scenario.title)
  const [name, setName] = useState('')
  const { save, forget } = store.getState()
  return (
    <section>
      <h2 className="text-[18px] font-semibold">Kept in this browser</h2>
      <form
        className="mt-2 flex flex-wrap gap-2"
        onSubmit={(event) => {
          event.preventDefault()
          save(name.trim() === '' ? title || 'My run' : name.trim())
          setName('')
        }}
      >
        <input
          className="button min-w-60 flex-1 sm:max-w-96"
          aria-label="Name to keep the present run under"
          placeholder={`Keep the present run as: ${title || 'My run'}`}
          value={name}
          maxLength={120}
          onChange={(event) => setName(event.target.value)}
        />
        <button type="submit" className="button">
          Keep it
        </button>
      </form>
      {saves.length === 0 ? (
        <p className="mt-2 text-dim">Nothing kept yet.</p>
      ) : (
        <Runs runs={saves} onForget={forget} />
      )}
      {unreadable > 0 && (
        <p className="mt-2 text-[12.5px] text-dim" data-testid="unreadable">
          {unreadable === 1 ? 'One more run is' : `${unreadable} more runs are`} kept that this release cannot read,
          perhaps by a newer one. {unreadable === 1 ? 'It stays' : 'They stay'} as{' '}
          {unreadable === 1 ? 'it is' : 'they are'}.
        </p>
      )}
    </section>
  )
}

/** Runs that were played here before something else was opened, but those that ship anyway. */
export function EarlierRuns(): ReactNode {
  const earlier = useApp((s) => s.earlier)
  const { forgetEarlier } = store.getState()
  const runs = earlier.filter(({ scenario }) => !LIBRARY.some((entry) => contains(entry.scenario, scenario)))
  if (runs.length === 0) return null
  return (
    <section data-testid="earlier">
      <h2 className="text-[18px] font-semibold">Played before</h2>
      <p className="text-dim">
        Runs that another one took the place of, the newest first. The oldest go when there are many: keep under a name
        what you want to have for long.
      </p>
      <Runs runs={runs} onForget={forgetEarlier} />
    </section>
  )
}

function Runs({ runs, onForget }: { runs: readonly Saved[]; onForget: (saved: Saved) => void }): ReactNode {
  return (
    <ul className="mt-2 grid gap-1.5">
      {runs.map((saved) => (
        <li
          key={`${saved.name} ${saved.savedAt}`}
          className="flex items-center gap-2 rounded-lg border border-line bg-panel px-3 py-1.5"
        >
          <button
            type="button"
            className="min-w-0 flex-1 truncate text-left font-semibold"
            onClick={() => store.getState().open(saved.scenario, saved.branches)}
          >
            {titleOf({ title: saved.name })}
          </button>
          <span className="text-[12px] whitespace-nowrap text-dim">
            {saved.scenario.ops.length} {saved.scenario.ops.length === 1 ? 'step' : 'steps'}
            {whenWords(saved.savedAt)}
          </span>
          <button
            type="button"
            className="button size-8 justify-center p-0"
            aria-label={`Forget ${titleOf({ title: saved.name })}`}
            onClick={() => onForget(saved)}
          >
            <Trash2 size={14} />
          </button>
        </li>
      ))}
    </ul>
  )
}

function whenWords(savedAt: string): string {
  const time = new Date(savedAt)
  return Number.isNaN(time.getTime()) ? '' : ` · ${time.toLocaleString()}`
}
