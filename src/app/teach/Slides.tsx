import type { ReactNode } from 'react'
import { describeOp } from '../../explain/index.ts'
import { titleOf } from '../../scenario/document/scenario.ts'
import { bootWords } from '../../scenario/document/boot.ts'
import { Rich } from '../ui/Rich.tsx'
import { RESULT_CHIP } from '../ui/tones.ts'
import { kernelName } from '../ui/kernels.ts'
import { useApp } from '../store/store.ts'
import { Choices } from '../ui/Choices.tsx'
import { useOutcome, useQuestion } from './useQuestion.ts'

/** Before the first step: title, machine, kernel, boot options and the note on the run. */
export function Start(): ReactNode {
  const { title, notes, boot } = useApp((s) => s.doc.scenario)
  const kernel = useApp((s) => s.kernel.id)
  const machine = useApp((s) => s.machine.title || s.machine.id)
  return (
    <>
      <h1 className="text-[1.6em] leading-tight font-bold">{titleOf({ title })}</h1>
      <p className="mt-[0.6em] text-[0.8em] text-dim">
        {machine} · {kernelName(kernel)} · {bootWords(boot).join(' ')}
      </p>
      <Note words={notes?.['0']} />
    </>
  )
}

function Note({ words }: { words: string | undefined }): ReactNode {
  if (words === undefined) return null
  return (
    <p className="mt-[0.9em] border-l-4 border-user pl-[0.7em] text-[1.1em] leading-[1.4] whitespace-pre-line">
      {words}
    </p>
  )
}

/** What is done in a step, in words and as a call. */
function Operation({ step, title }: { step: number; title: string }): ReactNode {
  const world = useApp((s) => s.run.world)
  const ops = useApp((s) => s.doc.scenario.ops)
  const op = ops[step - 1]
  if (op === undefined) return null
  const { words, call } = describeOp(world, op, ops.slice(0, step - 1))
  return (
    <>
      <p className="mt-[0.6em] text-[0.8em] font-semibold tracking-wide text-faint">{title}</p>
      <h2 className="text-[1.35em] leading-tight font-bold">{words}</h2>
      <p className="mt-[0.3em] font-mono text-[0.75em] break-words text-dim">{call}</p>
    </>
  )
}

/** A step: what is done, what the kernel answers, and the note on it. */
export function Step({ step }: { step: number }): ReactNode {
  const total = useApp((s) => s.run.steps.length)
  const completes = useApp((s) => s.run.steps[step - 1]?.completes)
  const note = useApp((s) => s.doc.scenario.notes?.[String(step)])
  const chosen = useApp((s) => s.answers[String(step)])
  const question = useQuestion(step)
  const outcome = useOutcome(step)
  return (
    <>
      <Operation step={step} title={`Step ${step} of ${total}`} />
      {outcome !== null && (
        <p className="mt-[0.7em]" data-testid="outcome">
          <span className={`${RESULT_CHIP[outcome.result.tone]} text-[1em]! px-[0.5em]!`}>
            {outcome.result.glyph} {outcome.result.word}
          </span>{' '}
          {outcome.why !== null && <Rich words={outcome.why} />}
          {completes !== undefined && completes.length > 0 && (
            <span className="block text-warn">
              It releases the call of step {completes.map((done) => done.step + 1).join(', ')}.
            </span>
          )}
        </p>
      )}
      {question !== null && chosen !== undefined && (
        <div className="mt-[0.9em]">
          <p className="mb-[0.4em] font-semibold">{question.words}</p>
          <div className="text-[0.85em]">
            <Choices
              choices={question.choices}
              chosen={chosen}
              right={question.right}
              onChoose={() => undefined}
              large={{ guess: undefined }}
            />
          </div>
        </div>
      )}
      <Note words={note} />
    </>
  )
}

/** What the next step will bring, to be guessed. */
export function Question(props: {
  step: number
  guess: string | undefined
  onGuess: (key: string) => void
}): ReactNode {
  const { step, guess, onGuess } = props
  const question = useQuestion(step)
  if (question === null) return null
  return (
    <div data-testid="question">
      <Operation step={step} title={`Predict: step ${step}`} />
      <p className="my-[0.7em] text-[1.2em] font-semibold" role="status">
        {question.words}
      </p>
      <Choices
        choices={question.choices}
        chosen={undefined}
        right={question.right}
        onChoose={(key) => {
          onGuess(key)
          // The next blank shows the step, and does not choose once more.
          document.getElementById('stage')?.focus()
        }}
        large={{ guess }}
      />
      <p className="mt-[0.7em] text-[0.75em] text-dim">
        <Key>a</Key> to <Key>{String.fromCharCode(96 + question.choices.length)}</Key> mark a guess, <Key>→</Key> shows
        what happens.
      </p>
    </div>
  )
}

/** A key of the keyboard. */
export function Key({ children }: { children: ReactNode }): ReactNode {
  return <kbd className="rounded border border-line2 bg-panel2 px-[0.35em] font-mono text-[0.95em]">{children}</kbd>
}
