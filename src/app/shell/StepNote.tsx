import type { ReactNode } from 'react'
import { describeOp } from '../../explain/index.ts'
import type { Op } from '../../sim/op.ts'
import { useLibrary } from '../library/useLibrary.ts'
import { store, useApp } from '../store/store.ts'

/** The words that a scenario has for the step at the cursor, and the way to the next. */
export function StepNote(): ReactNode {
  const { notes, cursor, title, ops } = useApp((s) => s.doc.scenario)
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
  const original = library[place]?.scenario
  const left = original !== undefined && ops.slice(0, cursor).some((op, at) => !sameOp(op, original.ops[at]))
  const following = place < 0 ? undefined : library[place + 1]
  const atEnd = cursor >= run.steps.length
  const button = 'button flex-none self-center'
  return (
    <div
      className="flex flex-none items-start gap-3 border-b border-line bg-user-bg px-3.5 py-2 text-[13px]"
      data-testid="note"
    >
      <p className="max-h-24 min-w-0 flex-1 overflow-y-auto whitespace-pre-line">
        <b className="font-mono text-[12px]">{cursor}</b>{' '}
        {left ? `${own} You have left the scenario’s path: go where you like.` : (notes[String(cursor)] ?? own)}
      </p>
      {left && (
        <button
          type="button"
          className={button}
          onClick={() => store.getState().open({ ...original, cursor: sharedSteps(ops, original.ops) })}
        >
          Back to the path
        </button>
      )}
      {!atEnd && (
        <button type="button" className={button} onClick={() => store.getState().go(cursor + 1)}>
          Next step
        </button>
      )}
      {atEnd && !left && following !== undefined && (
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

function sameOp(a: Op | undefined, b: Op | undefined): boolean {
  return a === b || JSON.stringify(a) === JSON.stringify(b)
}

/** How many steps from the beginning two runs have in common. */
function sharedSteps(a: readonly Op[], b: readonly Op[]): number {
  const first = a.findIndex((op, at) => !sameOp(op, b[at]))
  return first < 0 ? Math.min(a.length, b.length) : first
}
