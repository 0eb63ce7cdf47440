import type { ReactNode } from 'react'
import { describeOp } from '../../explain/index.ts'
import { titleOf } from '../../scenario/document/scenario.ts'
import type { Op } from '../../sim/op.ts'
import { late } from '../ui/late.tsx'
import { useLibrary } from '../library/useLibrary.ts'
import { FirstRunNote, nextToTry } from './FirstRunNote.tsx'
import { openQuestion } from '../store/document.ts'
import { store, useApp, type AppState } from '../store/store.ts'

const Editor = late(async () => (await import('../teach/Editor.tsx')).Editor, 'the notes and questions', 'part')
const Asked = late(async () => (await import('../teach/Asked.tsx')).Asked, 'the question', 'part')

/** What is written about the step at the cursor: its note and its question, or both to be written. */
export function StepNote(): ReactNode {
  const teaching = useApp((s) => s.teaching)
  const asked = useApp(askedAt)
  const cursor = useApp((s) => s.doc.scenario.cursor)
  if (teaching) {
    return <Editor />
  }
  return (
    <>
      <Note asked={asked > cursor} />
      {asked > 0 && <Asked key={asked} step={asked} />}
    </>
  )
}

/** The step whose question is on the screen, open or just answered; 0: none. */
function askedAt({ doc, answers, blockingQuestionStep }: AppState): number {
  const { cursor, predictions } = doc.scenario
  const key = String(cursor)
  const answered = predictions?.[key] !== undefined && answers[key] !== undefined
  const next = openQuestion(doc.scenario, answers) === cursor + 1 ? cursor + 1 : 0
  return next > 0 && (!answered || blockingQuestionStep === next) ? next : answered ? cursor : 0
}

/** The words that a scenario has for the step at the cursor, and the way to the next, unless something is asked first. */
function Note({ asked }: { asked: boolean }): ReactNode {
  const { notes = {}, predictions = {}, cursor, title, ops } = useApp((s) => s.doc.scenario)
  const dead = useApp((s) => s.snapshot.dead)
  const next = useApp(nextToTry)
  const run = useApp((s) => s.run)
  const welcomed = useApp((s) => s.settings.welcomed)
  const library = useLibrary()
  // On the first visit the greeting stands here.
  if (!welcomed) return null
  if (next !== null) return <FirstRunNote next={next} />
  // The report of a BUG speaks for itself.
  if (dead && notes[String(cursor)] === undefined) return null
  if (Object.keys(notes).length + Object.keys(predictions).length === 0) return null

  const step = run.steps[cursor - 1]
  const own =
    step === undefined
      ? `${titleOf({ title })}. The machine has just booted.`
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
      {!atEnd && !asked && (
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
