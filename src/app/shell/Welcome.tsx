import { X } from 'lucide-react'
import { useState, type ReactNode } from 'react'
import { loadLibrary } from '../library/useLibrary.ts'
import { mainGroup } from '../store/view.ts'
import { store, useApp } from '../store/store.ts'

/** Three doors on the first visit, beside the live scenario and not over it. */
export function Welcome(): ReactNode {
  const welcomed = useApp((s) => s.settings.welcomed)
  const dead = useApp((s) => s.snapshot.dead)
  const [closed, setClosed] = useState(false)
  if (welcomed || closed || dead) return null
  const done = (): void => {
    setClosed(true)
    store.getState().setSettings({ welcomed: true })
  }
  return (
    <section
      aria-label="Where to begin"
      className="rise relative flex-none border-b border-line bg-panel px-3.5 py-2.5"
      data-testid="welcome"
    >
      <button
        type="button"
        className="absolute top-1.5 right-1.5 rounded p-1.5 text-dim hover:text-ink"
        aria-label="Close"
        onClick={done}
      >
        <X size={15} />
      </button>
      <p className="pr-7 text-[13px]">
        This is a live, simulated Linux that hands PCI devices to userspace. <b>qemu</b> is about to get a network
        card’s second function. Do what you like: every action says beforehand what it will return.
      </p>
      <div className="mt-2 flex flex-wrap gap-2">
        <button
          type="button"
          className="button button-primary"
          onClick={() => {
            const group = mainGroup(store.getState().snapshot)
            if (group !== undefined) store.getState().showOnCanvas({ kind: 'group', group })
            done()
          }}
        >
          Play this
        </button>
        <button
          type="button"
          className="button"
          onClick={() => {
            done()
            void loadLibrary().then(([, first]) => {
              if (first !== undefined) store.getState().open(first.scenario)
            })
          }}
        >
          Learn from the start
        </button>
        <button
          type="button"
          className="button"
          onClick={() => {
            done()
            store.getState().show('machine')
          }}
        >
          Check my machine
        </button>
      </div>
    </section>
  )
}
