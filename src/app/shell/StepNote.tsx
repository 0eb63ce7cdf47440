import type { ReactNode } from 'react'
import { store, useApp } from '../store/store.ts'

/** The words that a scenario has for the step at the cursor, and the way to the next. */
export function StepNote(): ReactNode {
  const notes = useApp((s) => s.doc.scenario.notes)
  const cursor = useApp((s) => s.doc.scenario.cursor)
  const length = useApp((s) => s.run.steps.length)
  const title = useApp((s) => s.doc.scenario.title)
  const welcomed = useApp((s) => s.settings.welcomed)
  if (notes === undefined || Object.keys(notes).length === 0) return null
  // On the first visit the three doors stand here.
  if (!welcomed) return null
  const note = notes[String(cursor)] ?? (cursor === 0 ? `${title}. Go on with ] or ▶ to take the first step.` : '')
  return (
    <div
      className="flex flex-none items-start gap-3 border-b border-line bg-user-bg px-3.5 py-2 text-[13px]"
      data-testid="note"
    >
      <span className="min-w-0 flex-1 whitespace-pre-line">
        {note === '' ? (
          <span className="text-dim">Step {cursor}: no note. You are on your own way, or between two notes.</span>
        ) : (
          note
        )}
      </span>
      {cursor < length && (
        <button type="button" className="button flex-none" onClick={() => store.getState().go(cursor + 1)}>
          Next step
        </button>
      )}
    </div>
  )
}
