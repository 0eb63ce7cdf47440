import { useEffect, useMemo, type ReactNode } from 'react'
import { describeOp, describeResult, explainRefusal } from '../../explain/index.ts'
import { rightChoices, runOf } from '../../scenario/course/lesson-check.ts'
import type { PredictPart } from '../../scenario/course/lesson.ts'
import { Rich } from '../ui/Rich.tsx'
import { RESULT_CHIP } from '../ui/tones.ts'
import { store, useApp } from '../store/store.ts'
import { Choices } from '../ui/Choices.tsx'
import { standsAt } from './course.ts'
import { Words } from './Prose.tsx'
import { Astray, BOX } from './part-frame.tsx'

/** A question whose answer the replay gives. */
export function Predict(props: {
  part: PredictPart
  answer: number | undefined
  onAnswer: (choice: number) => void
}): ReactNode {
  const { part, answer, onAnswer } = props
  const scenario = useApp((s) => s.doc.scenario)
  const right = useMemo(() => rightChoices(part)[0], [part])
  const open = answer === undefined
  const astray = open && !standsAt(scenario, part.before)
  useEffect(() => {
    store.getState().hideForecasts(open)
    return () => store.getState().hideForecasts(false)
  }, [open])

  const choose = (choice: number): void => {
    const { doc, perform, stage } = store.getState()
    if (!standsAt(doc.scenario, part.before)) stage(part.before)
    if (part.steps.length > 0) perform(part.steps.map((step) => step.op))
    onAnswer(choice)
  }
  return (
    <div className={`${BOX} border-user bg-user-bg/40`} data-part data-testid="predict">
      <p className="section-title text-user!">Predict</p>
      <p className="font-semibold">
        <Words words={part.question} />
      </p>
      {part.steps.length > 0 && (
        <ul className="grid gap-0.5 font-mono text-[12px] text-dim">
          {part.steps.map((_, index) => (
            <li key={index} className="break-words">
              {describeCall(part, index)}
            </li>
          ))}
        </ul>
      )}
      {astray && <Astray scene={part.before} />}
      <Choices
        choices={part.choices.map((choice, index) => ({
          key: String(index),
          words: <Words words={choice.words} still />,
        }))}
        chosen={answer === undefined ? undefined : String(answer)}
        right={String(right)}
        onChoose={(key) => choose(Number(key))}
      />
      <div aria-live="polite" data-testid="verdict">
        {!open && (
          <div className="grid gap-2">
            <p className={`font-semibold ${answer === right ? 'text-ok' : 'text-bad'}`}>
              {answer === right ? '✓ You were right.' : '✗ No.'}
            </p>
            {part.choices[answer]?.reply !== undefined && (
              <p>
                <Words words={part.choices[answer]?.reply ?? []} />
              </p>
            )}
            <Outcome part={part} />
          </div>
        )}
      </div>
    </div>
  )
}

function describeCall(part: PredictPart, index: number): string {
  const world = store.getState().run.world
  const step = part.steps[index]
  return step === undefined
    ? ''
    : describeOp(world, step.op, part.after.ops.slice(0, part.before.ops.length + index)).call
}

/** What the kernel answered to what was tried, and why; a fact of the lesson's run, wherever the canvas is. */
function Outcome({ part }: { part: PredictPart }): ReactNode {
  const run = useMemo(() => runOf(part.after), [part])
  const index = run.steps.length - 1
  const step = run.steps[index]
  if (part.steps.length === 0 || step === undefined) return null
  const result = describeResult(step.result)
  const why = explainRefusal(run.kernel.id, run.world, step.op, run.traceOf(index), step.result)
  return (
    <p className="text-[13px]">
      <span className={RESULT_CHIP[result.tone]}>
        {result.glyph} {result.word}
      </span>{' '}
      {why !== null && <Rich words={why} />}
    </p>
  )
}
