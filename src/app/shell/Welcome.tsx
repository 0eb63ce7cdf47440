import { X } from 'lucide-react'
import { useState, type ReactNode } from 'react'
import { mainGroup } from '../store/view.ts'
import { store, useApp } from '../store/store.ts'

const FIRST_LESSON = 'what-is-a-group'

/** The inspector may have to be fetched first. */
const FOCUS_WITHIN_MS = 3000

/** Moves the keyboard to what `selector` finds, as soon as it is there. */
function focusWhenThere(selector: string): void {
  const until = performance.now() + FOCUS_WITHIN_MS
  const look = (now: number): void => {
    const element = document.querySelector<HTMLElement>(selector)
    if (element !== null) element.focus()
    else if (now < until) requestAnimationFrame(look)
  }
  requestAnimationFrame(look)
}

const ELSEWHERE: readonly (readonly [words: string, go: () => void])[] = [
  ['Learn from the start', () => store.getState().startLesson(FIRST_LESSON)],
  ['Check my machine', () => store.getState().show('machine')],
]

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
        A live, simulated Linux that hands PCI devices to userspace. <b>qemu</b> drives one port of a network card; the
        other port lies idle. Give it back to its own driver, <b>e1000e</b>, and see what Linux 5.10 makes of that.
      </p>
      <div className="mt-2 flex flex-wrap gap-2">
        <button
          type="button"
          className="button button-primary"
          onClick={() => {
            const group = mainGroup(store.getState().run.world, store.getState().snapshot)
            if (group !== undefined) store.getState().showOnCanvas({ kind: 'group', group })
            done()
            // The action that the words are about, ready under the finger.
            focusWhenThere('#inspector [data-forecast="bug"]')
          }}
        >
          Play this
        </button>
        {ELSEWHERE.map(([words, go]) => (
          <button
            key={words}
            type="button"
            className="button"
            onClick={() => {
              done()
              go()
            }}
          >
            {words}
          </button>
        ))}
      </div>
    </section>
  )
}
