import { Trash2 } from 'lucide-react'
import { useState, type ReactNode } from 'react'
import { MACHINES, machineById } from '../../machines/index.ts'
import { CHAPTERS, LIBRARY } from '../../scenario/library/index.ts'
import { KERNEL_NAMES } from '../ui/kernels.ts'
import { freshRun } from '../store/document.ts'
import { store, useApp } from '../store/store.ts'

/** The scenarios that ship, the machines to start from, and what the person has kept. */
export function Library(): ReactNode {
  const saves = useApp((s) => s.saves)
  const title = useApp((s) => s.doc.scenario.title)
  const [name, setName] = useState('')
  const { open, save, forget } = store.getState()
  return (
    <div className="mx-auto flex max-w-[1080px] flex-col gap-6 p-4 sm:p-6">
      <section>
        <h2 className="text-[18px] font-semibold">Scenarios</h2>
        <p className="mb-3 text-dim">
          Each opens at its first step: play it on with ] or the ▶ button, read the note of each step, and leave the
          path whenever you like.
        </p>
        {CHAPTERS.map((chapter) => (
          <div key={chapter} className="mb-4">
            <h3 className="section-title mb-1.5">{chapter}</h3>
            <ol className="grid gap-2.5 sm:grid-cols-2">
              {LIBRARY.map((entry, index) => ({ entry, index }))
                .filter(({ entry }) => entry.chapter === chapter)
                .map(({ entry, index }) => (
                  <li key={entry.id}>
                    <button
                      type="button"
                      className="flex h-full w-full gap-3 rounded-xl border border-line bg-panel p-3 text-left hover:border-line2"
                      data-scenario={entry.id}
                      onClick={() => open(entry.scenario)}
                    >
                      <span className="w-6 flex-none pt-px text-right font-mono text-[12px] text-faint">
                        {index + 1}
                      </span>
                      <span className="min-w-0">
                        <span className="block font-semibold">{entry.scenario.title}</span>
                        <span className="block text-[12.5px] text-dim">{entry.summary}</span>
                        <span className="mt-1 block font-mono text-[11px] text-faint">
                          {KERNEL_NAMES[entry.scenario.kernel]} · {entry.scenario.ops.length} steps
                        </span>
                      </span>
                    </button>
                  </li>
                ))}
            </ol>
          </div>
        ))}
      </section>
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
          <p className="mt-2 text-dim">
            Nothing kept yet. What you play is remembered anyway until you open something else.
          </p>
        ) : (
          <ul className="mt-2 grid gap-1.5">
            {saves.map((saved) => (
              <li
                key={saved.name}
                className="flex items-center gap-2 rounded-lg border border-line bg-panel px-3 py-1.5"
              >
                <button
                  type="button"
                  className="min-w-0 flex-1 truncate text-left font-semibold"
                  onClick={() => open(saved.scenario)}
                >
                  {saved.name}
                </button>
                <span className="text-[12px] text-dim">{new Date(saved.savedAt).toLocaleString()}</span>
                <button
                  type="button"
                  className="button size-8 justify-center p-0"
                  aria-label={`Forget ${saved.name}`}
                  onClick={() => forget(saved)}
                >
                  <Trash2 size={14} />
                </button>
              </li>
            ))}
          </ul>
        )}
      </section>
      <section>
        <h2 className="text-[18px] font-semibold">Start from a machine</h2>
        <p className="mb-3 text-dim">Freshly booted, nothing open. Your own comes in under “My machine”.</p>
        <ul className="grid gap-2.5 sm:grid-cols-2 lg:grid-cols-3">
          {MACHINES.map((machine) => (
            <li key={machine.id}>
              <button
                type="button"
                className="h-full w-full rounded-xl border border-line bg-panel p-3 text-left hover:border-line2"
                data-machine={machine.id}
                onClick={() => open(freshRun(machine.id, machine.title, store.getState().kernel.id))}
              >
                <span className="block font-semibold">{machine.title}</span>
                <span className="block font-mono text-[11px] text-faint">
                  {machine.id} · {machineById(machine.id)?.devices.length ?? 0} functions
                </span>
              </button>
            </li>
          ))}
        </ul>
      </section>
    </div>
  )
}
