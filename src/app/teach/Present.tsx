import { ArrowLeft, ArrowRight, Maximize, Moon, Sun, X } from 'lucide-react'
import { useCallback, useEffect, useRef, useState, type ReactNode } from 'react'
import { describeOp } from '../../explain/index.ts'
import { titleOf } from '../../scenario/document/scenario.ts'
import { bootWords } from '../../scenario/document/boot.ts'
import { Canvas } from '../canvas/Canvas.tsx'
import { fillScreen } from '../ui/screen.ts'
import { Rich } from '../ui/Rich.tsx'
import { isLight } from '../ui/theme.ts'
import { RESULT_CHIP, RESULT_DOT } from '../ui/tones.ts'
import { openQuestion } from '../store/document.ts'
import { kernelName } from '../ui/kernels.ts'
import { store, useApp } from '../store/store.ts'
import { Choices } from '../ui/Choices.tsx'
import { useOutcome, useQuestion } from './useQuestion.ts'

/** The run over the whole screen, step by step, in type that can be read from the last row. */
export function Present(): ReactNode {
  const { title, cursor, ops } = useApp((s) => s.doc.scenario)
  const [asking, setAsking] = useState(false)
  const [guess, setGuess] = useState<string>()
  const stage = useRef<HTMLElement>(null)

  /** Shows the step at the cursor, or asks what the one after it will bring. */
  const turn = useCallback((to: { readonly asking: boolean }): void => {
    setAsking(to.asking)
    setGuess(undefined)
    stage.current?.scrollTo(0, 0)
  }, [])

  const next = useCallback((): void => {
    const { doc, answers, answer, go } = store.getState()
    const step = doc.scenario.cursor + 1
    if (!asking && openQuestion(doc.scenario, answers) === step) return turn({ asking: true })
    if (asking) answer(step, guess ?? '')
    else go(step)
    turn({ asking: false })
  }, [asking, guess, turn])

  const back = useCallback((): void => {
    const { doc, go, askAgain } = store.getState()
    const { cursor: step, predictions } = doc.scenario
    if (asking) return turn({ asking: false })
    askAgain(step)
    go(step - 1)
    turn({ asking: step > 0 && predictions?.[String(step)] !== undefined })
  }, [asking, turn])

  const leap = useCallback(
    (step: number): void => {
      const { doc, answers, answer, askAgain, go } = store.getState()
      askAgain(step + 1)
      // What is leapt over is shown and not asked.
      for (const key of Object.keys(doc.scenario.predictions ?? {})) {
        if (Number(key) <= step && answers[key] === undefined) answer(Number(key), '')
      }
      go(step)
      turn({ asking: false })
    },
    [turn],
  )

  const question = useQuestion(cursor + 1)
  useEffect(() => {
    const keys: Readonly<Record<string, () => void>> = {
      ArrowRight: next,
      PageDown: next,
      ' ': next,
      ArrowLeft: back,
      PageUp: back,
      Home: () => leap(0),
      End: () => leap(ops.length),
      Escape: leave,
      f: toggleScreen,
    }
    const onKey = (event: KeyboardEvent): void => {
      if (event.ctrlKey || event.metaKey || event.altKey) return
      const onButton = event.target instanceof HTMLElement && event.target.closest('button') !== null
      if (onButton && (event.key === ' ' || event.key === 'Enter')) return
      const choice = asking ? question?.choices[event.key.charCodeAt(0) - 97] : undefined
      const does = event.key.length === 1 && choice !== undefined ? () => setGuess(choice.key) : keys[event.key]
      if (does === undefined) return
      event.preventDefault()
      does()
    }
    window.addEventListener('keydown', onKey)
    return () => window.removeEventListener('keydown', onKey)
  }, [next, back, leap, asking, question, ops.length])

  useScreen()
  useEffect(() => stage.current?.focus(), [])

  return (
    <main className="flex h-full flex-col bg-bg" data-testid="present">
      <div className="flex min-h-0 flex-1 flex-col lg:grid lg:grid-cols-[minmax(0,1fr)_minmax(420px,42%)]">
        <section
          ref={stage}
          id="stage"
          tabIndex={0}
          aria-label="The step"
          className="min-h-0 flex-1 overflow-y-auto border-line bg-panel px-[1.4em] py-[1.2em] text-[clamp(17px,1.65vw,34px)] leading-snug outline-none lg:order-2 lg:border-l"
        >
          {cursor === 0 && !asking ? (
            <Start />
          ) : (
            <>
              <h1 className="truncate text-[0.7em] text-dim">{titleOf({ title })}</h1>
              {asking ? <Question step={cursor + 1} guess={guess} onGuess={setGuess} /> : <Step step={cursor} />}
            </>
          )}
        </section>
        <div className="h-[42svh] flex-none border-t border-line lg:order-1 lg:h-auto lg:border-t-0">
          <Canvas quiet />
        </div>
      </div>
      <Footer asking={asking} onNext={next} onBack={back} />
    </main>
  )
}

function leave(): void {
  store.getState().show('play')
  setTimeout(() => document.getElementById('canvas')?.focus({ preventScroll: true }))
}

/** The page itself gives the screen back: that is no wish to leave. */
let returning = false

function toggleScreen(): void {
  if (document.fullscreenElement === null) fillScreen()
  else {
    returning = true
    void document.exitFullscreen()
  }
}

/** Escape gives the screen back, and the page never sees the key: it then means the same as without full screen. */
function useScreen(): void {
  useEffect(() => {
    const onChange = (): void => {
      if (document.fullscreenElement !== null) return
      if (!returning) leave()
      returning = false
    }
    document.addEventListener('fullscreenchange', onChange)
    return () => {
      document.removeEventListener('fullscreenchange', onChange)
      if (document.fullscreenElement !== null) void document.exitFullscreen()
    }
  }, [])
}

function Start(): ReactNode {
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

function Step({ step }: { step: number }): ReactNode {
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

function Question(props: { step: number; guess: string | undefined; onGuess: (key: string) => void }): ReactNode {
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

function Key({ children }: { children: ReactNode }): ReactNode {
  return <kbd className="rounded border border-line2 bg-panel2 px-[0.35em] font-mono text-[0.95em]">{children}</kbd>
}

function Footer(props: { asking: boolean; onNext: () => void; onBack: () => void }): ReactNode {
  const { asking, onNext, onBack } = props
  const steps = useApp((s) => s.run.steps.length)
  const cursor = useApp((s) => s.doc.scenario.cursor)
  const theme = useApp((s) => s.settings.theme)
  const light = isLight(theme)
  const button = 'button size-10 justify-center p-0'
  return (
    <footer className="flex flex-none items-center gap-2 border-t border-line bg-panel px-3 py-2">
      <button type="button" className={button} aria-label="Back" disabled={cursor === 0 && !asking} onClick={onBack}>
        <ArrowLeft size={18} />
      </button>
      <button
        type="button"
        className={`${button} button-primary`}
        aria-label={asking ? 'Show what happens' : 'Next'}
        disabled={cursor >= steps}
        onClick={onNext}
      >
        <ArrowRight size={18} />
      </button>
      <span className="min-w-14 text-center font-mono text-[14px] text-dim" data-testid="position">
        {cursor} / {steps}
      </span>
      <Marks />
      <span className="hidden text-[12.5px] text-dim xl:inline">
        <Key>→</Key> <Key>←</Key> steps · <Key>F</Key> full screen · <Key>Esc</Key> leaves
      </span>
      {document.fullscreenEnabled && (
        <button type="button" className={button} aria-label="Full screen" onClick={toggleScreen}>
          <Maximize size={18} />
        </button>
      )}
      <button
        type="button"
        className={button}
        aria-label={light ? 'Switch to the dark theme' : 'Switch to the light theme'}
        onClick={() => store.getState().setSettings({ theme: light ? 'dark' : 'light' })}
      >
        {light ? <Moon size={18} /> : <Sun size={18} />}
      </button>
      <button type="button" className={button} aria-label="Leave the presentation" onClick={leave}>
        <X size={18} />
      </button>
    </footer>
  )
}

/** How far it is: a mark for each step, where there is room for them. Those to come tell nothing. */
function Marks(): ReactNode {
  const steps = useApp((s) => s.run.steps)
  const cursor = useApp((s) => s.doc.scenario.cursor)
  const outcome = useOutcome(cursor)
  return (
    <div className="flex h-2 min-w-0 flex-1 gap-0.5 overflow-hidden rounded-full" aria-hidden="true">
      {steps.length <= 60 ? (
        steps.map((_, index) => (
          <span
            key={index}
            className={`flex-1 ${index === cursor - 1 && outcome !== null ? RESULT_DOT[outcome.result.tone] : index < cursor ? 'bg-user' : 'bg-line2'}`}
          />
        ))
      ) : (
        <span className="bg-user" style={{ width: `${(100 * cursor) / steps.length}%` }} />
      )}
    </div>
  )
}
