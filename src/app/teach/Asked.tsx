import { useEffect, useRef, type ReactNode } from 'react'
import { describeOp } from '../../explain/index.ts'
import { Rich } from '../ui/Rich.tsx'
import { ResultChip } from '../ui/ResultChip.tsx'
import { store, useApp } from '../store/store.ts'
import { Choices } from '../ui/Choices.tsx'
import { useOutcome, useQuestion } from './useQuestion.ts'

/** The question before a step, as whoever plays the run is asked it; after the step, how it was. */
export function Asked({ step }: { step: number }): ReactNode {
  const question = useQuestion(step)
  const outcome = useOutcome(step)
  const chosen = useApp((s) => s.answers[String(step)])
  const world = useApp((s) => s.run.world)
  const ops = useApp((s) => s.doc.scenario.ops)
  const asking = useApp((s) => s.blockingQuestionStep === step)
  const open = chosen === undefined
  const box = useRef<HTMLElement>(null)
  // On a narrow screen it may be scrolled away. Whoever ran into the question goes on from there.
  useEffect(() => {
    box.current?.scrollIntoView({ block: 'nearest' })
    if (asking && open) box.current?.focus()
  }, [asking, open])
  useEffect(() => {
    store.getState().hideForecasts(open)
    return () => store.getState().hideForecasts(false)
  }, [open])
  const op = ops[step - 1]
  if (question === null || op === undefined) return null
  const { words, call } = describeOp(world, op, ops.slice(0, step - 1))
  const { answer } = store.getState()
  return (
    <section
      ref={box}
      tabIndex={-1}
      aria-label={`Question before step ${step}`}
      data-testid="question"
      className="max-h-[46vh] flex-none overflow-y-auto border-b border-line bg-panel px-3.5 py-2.5 text-[13px]"
    >
      <div className="flex items-start gap-3">
        <div className="min-w-0 flex-1">
          <p className="section-title text-user!">{open ? `Predict: step ${step}` : `Step ${step}`}</p>
          <p>
            {words} <span className="font-mono text-[12px] text-dim">{call}</span>
          </p>
          <p className="font-semibold">{question.words}</p>
        </div>
        {open && (
          <button type="button" className="button flex-none" onClick={() => answer(step, '')}>
            Just show it
          </button>
        )}
      </div>
      <div className="mt-2">
        <Choices
          choices={question.choices}
          chosen={chosen}
          right={question.right}
          onChoose={(key) => answer(step, key)}
          wide
        />
      </div>
      <div aria-live="polite" data-testid="verdict">
        {!open && (
          <p className="mt-2">
            {chosen !== '' && (
              <b className={chosen === question.right ? 'text-ok' : 'text-bad'}>
                {chosen === question.right ? '✓ You were right. ' : '✗ No. '}
              </b>
            )}
            {outcome !== null && (
              <>
                <ResultChip result={outcome.result} /> {outcome.why !== null && <Rich words={outcome.why} />}
              </>
            )}
          </p>
        )}
      </div>
    </section>
  )
}
