import type { ReactNode } from 'react'
import { MACHINES, machineById } from '../../machines/index.ts'
import { CHAPTERS, LIBRARY } from '../../scenario/library/index.ts'
import { kernelName } from '../ui/kernels.ts'
import { freshRun } from '../store/document.ts'
import { EarlierRuns, KeptRuns } from './KeptRuns.tsx'
import { store } from '../store/store.ts'

/** The scenarios that ship, the machines to start from, and what the person has kept. */
export function Library(): ReactNode {
  const { open } = store.getState()
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
                          {kernelName(entry.scenario.kernel)} · {entry.scenario.ops.length} steps
                        </span>
                      </span>
                    </button>
                  </li>
                ))}
            </ol>
          </div>
        ))}
      </section>
      <KeptRuns />
      <EarlierRuns />
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
