import { X } from 'lucide-react'
import { useEffect, useState, type ReactNode } from 'react'
import { START } from '../../scenario/library/first-visit.ts'
import { FIRST_TASK, isFirstRun, isTaskOpen } from '../store/first-task.ts'
import { store, useApp } from '../store/store.ts'
import { useMedia } from '../ui/useMedia.ts'

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

/** Shows the device that the first task is about, on the run of the first visit. */
function showTask(): void {
  if (!isTaskOpen(store.getState())) store.getState().revise({ scenario: START, branches: [] })
  const { run, showOnCanvas } = store.getState()
  showOnCanvas({ kind: 'device', device: run.world.deviceIndex.get(FIRST_TASK.device) ?? 0 })
  focusWhenThere('[data-first-task]')
}

const ELSEWHERE: readonly (readonly [words: string, go: () => void])[] = [
  ['Learn from the start', () => store.getState().startLesson(FIRST_LESSON)],
  ['Check my machine', () => store.getState().show('machine')],
]

/** What the page is and three ways in, on the first visit; then the first task. Stands above the picture, not over it. */
export function Welcome(): ReactNode {
  const { welcomed, metBug } = useApp((s) => s.settings)
  const dead = useApp((s) => s.snapshot.dead)
  const first = useApp((s) => isFirstRun(s.doc.scenario))
  const open = useApp(isTaskOpen)
  const [playing, setPlaying] = useState(false)
  const { setSettings } = store.getState()
  useEffect(() => {
    if (dead && first && !metBug) setSettings({ welcomed: true, metBug: true })
  }, [dead, first, metBug, setSettings])
  if (welcomed || dead) return null
  return (
    <section
      aria-label="Where to begin"
      className="rise relative flex-none border-b border-line bg-panel px-3.5 py-2.5 text-[13px]"
      data-testid="welcome"
    >
      <button
        type="button"
        className="absolute top-1.5 right-1.5 rounded p-1.5 text-dim hover:text-ink"
        aria-label="Close"
        onClick={() => setSettings({ welcomed: true })}
      >
        <X size={15} />
      </button>
      {playing && open ? (
        <Task />
      ) : (
        <Doors
          onPlay={() => {
            setPlaying(true)
            showTask()
          }}
        />
      )}
    </section>
  )
}

function Doors({ onPlay }: { onPlay: () => void }): ReactNode {
  return (
    <>
      <p className="pr-7">
        <b>See what Linux does when a PCI device is given to a virtual machine</b>, and when that device can then write
        into memory that it must not reach.
      </p>
      <div className="mt-2 flex flex-wrap gap-2">
        <button type="button" className="button button-primary" onClick={onPlay}>
          Play this
        </button>
        {ELSEWHERE.map(([words, go]) => (
          <button
            key={words}
            type="button"
            className="button"
            onClick={() => {
              store.getState().setSettings({ welcomed: true })
              go()
            }}
          >
            {words}
          </button>
        ))}
      </div>
    </>
  )
}

/** The one thing to do, and where. Where the list of actions is out of sight, the action itself. */
function Task(): ReactNode {
  const beside = useMedia('(min-width: 1000px)')
  return (
    <>
      <p className="pr-7" data-testid="first-task">
        <b>qemu</b>, a virtual machine, drives port <b>01:00.1</b> of a network card. Port <b>01:00.0</b> has no driver.{' '}
        <b>Bind 01:00.0 to its own driver, e1000e</b>
        {beside ? ': the action is marked in the list on the right.' : '.'}
      </p>
      {!beside && (
        <button
          type="button"
          className="button button-primary mt-2"
          data-first-task
          onClick={() => store.getState().perform([FIRST_TASK])}
        >
          Bind 01:00.0 to e1000e
        </button>
      )}
    </>
  )
}
