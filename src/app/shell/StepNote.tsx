import type { ReactNode } from 'react'
import { describeOp } from '../../explain/index.ts'
import { useLibrary } from '../library/useLibrary.ts'
import { store, useApp } from '../store/store.ts'

/** The words that a scenario has for the step at the cursor, and the way to the next. */
export function StepNote(): ReactNode {
  const { notes, cursor, title } = useApp((s) => s.doc.scenario)
  const run = useApp((s) => s.run)
  const welcomed = useApp((s) => s.settings.welcomed)
  const library = useLibrary()
  // On the first visit the three doors stand here.
  if (!welcomed || notes === undefined || Object.keys(notes).length === 0) return null

  const step = run.steps[cursor - 1]
  const own =
    step === undefined
      ? `${title}. The machine has just booted.`
      : `${
          describeOp(
            run.world,
            step.op,
            run.steps.slice(0, cursor - 1).map((done) => done.op),
          ).words
        }.`
  const place = library.findIndex((entry) => entry.scenario.title === title)
  const following = place < 0 ? undefined : library[place + 1]
  const atEnd = cursor >= run.steps.length
  const button = 'button flex-none self-center'
  return (
    <div
      className="flex flex-none items-start gap-3 border-b border-line bg-user-bg px-3.5 py-2 text-[13px]"
      data-testid="note"
    >
      <p className="max-h-24 min-w-0 flex-1 overflow-y-auto whitespace-pre-line">
        <b className="font-mono text-[12px]">{cursor}</b> {notes[String(cursor)] ?? own}
      </p>
      {!atEnd && (
        <button type="button" className={button} onClick={() => store.getState().go(cursor + 1)}>
          Next step
        </button>
      )}
      {atEnd && following !== undefined && (
        <button
          type="button"
          className={button}
          title={following.scenario.title}
          onClick={() => store.getState().open(following.scenario)}
        >
          Next scenario
        </button>
      )}
    </div>
  )
}
