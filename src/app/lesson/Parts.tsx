import { CornerDownLeft, Flag, Lightbulb, Play } from 'lucide-react'
import { useEffect, useMemo, useRef, useState, type ReactNode } from 'react'
import { describeOp, describeResult, explainRefusal } from '../../explain/index.ts'
import { momentOf } from '../../scenario/condition/moment.ts'
import { rightChoices, runOf } from '../../scenario/course/lesson-check.ts'
import type {
  GoalPart,
  Lesson,
  LessonStep,
  Part,
  PredictPart,
  ScriptPart,
  SetupPart,
} from '../../scenario/course/lesson.ts'
import type { Scenario } from '../../scenario/document/scenario.ts'
import { Rich } from '../ui/Rich.tsx'
import { RESULT_CHIP } from '../ui/tones.ts'
import { kernelName } from '../ui/kernels.ts'
import { store, useApp } from '../store/store.ts'
import { Choices } from '../ui/Choices.tsx'
import { firstOpen, followed, opsSince, sameGround, standsAt } from './course.ts'
import { noteProgress } from './useProgress.ts'
import { Prose, Words } from './Prose.tsx'

/** One stay at a card. */
export interface Visit {
  readonly card: number
  /** The first part in which there is something left to do. */
  readonly part: number
  /** Choices made in predictions, by part. */
  readonly answers: Readonly<Record<number, number>>
  /** Operations that a goal took, by part; null where they cannot be counted. */
  readonly reached: Readonly<Record<number, number | null>>
}

/** A card down to the first thing that is left to do. */
export function Parts(props: { lesson: Lesson; visit: Visit; onVisit: (visit: Visit) => void }): ReactNode {
  const { lesson, visit, onVisit } = props
  const parts = lesson.cards[visit.card]?.parts ?? []
  const done = (index: number, change: Partial<Visit>): void =>
    onVisit({ ...visit, part: firstOpen(parts, index + 1), ...change })
  const card = useRef<HTMLDivElement>(null)
  const first = firstOpen(parts, 0)
  const open = parts[visit.part]?.kind
  const follows = open !== undefined && open !== 'setup'
  // What has just been uncovered comes into view; where words and picture share one column, from what was done.
  useEffect(() => {
    if (visit.part === first) return
    const beside = matchMedia('(min-width: 1000px)').matches
    const done = [...(card.current?.querySelectorAll('[data-part]') ?? [])]
    const last = done.at(follows ? -2 : -1)
    if (beside || last === undefined)
      card.current?.lastElementChild?.scrollIntoView({ block: 'nearest', behavior: 'smooth' })
    else last.scrollIntoView({ block: 'start', behavior: 'smooth' })
  }, [visit.part, first, follows])
  return (
    <div ref={card} className="grid gap-3 text-[14px] leading-[1.6]">
      {parts.slice(0, visit.part + 1).map((part, index) => (
        <PartOf
          key={index}
          part={part}
          open={index === visit.part}
          answer={visit.answers[index]}
          reached={visit.reached[index]}
          onDone={() => done(index, {})}
          onAnswer={(choice) => {
            const key = `${visit.card}.${index}`
            // The first choice counts.
            noteProgress(lesson.slug, ({ answers }) => ({ answers: { [key]: choice, ...answers } }))
            done(index, { answers: { ...visit.answers, [index]: choice } })
          }}
          onReached={(ops) => {
            const key = `${visit.card}.${index}`
            noteProgress(lesson.slug, ({ goals }) => {
              const best = goals[key]
              const better = best === undefined || best === null || (ops !== null && ops < best)
              return better ? { goals: { ...goals, [key]: ops } } : {}
            })
            done(index, { reached: { ...visit.reached, [index]: ops } })
          }}
        />
      ))}
      <div />
    </div>
  )
}

function PartOf(props: {
  part: Part
  open: boolean
  answer: number | undefined
  reached: number | null | undefined
  onDone: () => void
  onAnswer: (choice: number) => void
  onReached: (ops: number | null) => void
}): ReactNode {
  const { part, open, onDone } = props
  switch (part.kind) {
    case 'words':
      return <Prose prose={part.prose} />
    case 'setup':
      return open ? <Setup part={part} onDone={onDone} /> : null
    case 'script':
      return <Script part={part} open={open} onDone={onDone} />
    case 'predict':
      return <Predict part={part} answer={props.answer} onAnswer={props.onAnswer} />
    case 'goal':
      return <Goal part={part} reached={props.reached} open={open} onReached={props.onReached} />
  }
}

const BOX = 'grid gap-2.5 rounded-xl border p-3'

/** Another machine, once the learner has seen enough of this one. */
function Setup({ part, onDone }: { part: SetupPart; onDone: () => void }): ReactNode {
  return (
    <button
      type="button"
      className="button button-primary justify-self-start"
      onClick={() => {
        store.getState().stage(part.after)
        onDone()
      }}
    >
      <Play size={14} /> Go on with {kernelName(part.after.kernel)}
    </button>
  )
}

/** The way back when the learner has left the lesson's run. */
function Astray({ scene }: { scene: Scenario }): ReactNode {
  return (
    <div className="flex flex-wrap items-center gap-2 rounded-lg bg-warn-bg px-3 py-2 text-[13px]">
      <span className="min-w-0 flex-1">The canvas is somewhere else than the lesson. Look around as you like.</span>
      <button type="button" className="button" onClick={() => store.getState().stage(scene)}>
        <CornerDownLeft size={14} /> Back to the lesson
      </button>
    </div>
  )
}

/** Operations that the learner does, or lets do, one by one. */
function Script({ part, open, onDone }: { part: ScriptPart; open: boolean; onDone: () => void }): ReactNode {
  const scenario = useApp((s) => s.doc.scenario)
  const run = useMemo(() => runOf(part.after), [part])
  const base = part.before.ops.length
  const along = sameGround(scenario, part.after) ? followed(scenario, part.after.ops) : -1
  const count = open ? Math.max(0, along - base) : part.steps.length
  const finished = open && along === part.after.ops.length
  useEffect(() => {
    if (finished) onDone()
    // Asked once, when the last operation is done.
    // eslint-disable-next-line react-hooks/exhaustive-deps
  }, [finished])
  const next = part.steps[count]
  return (
    <div className={`${BOX} border-line`} data-part data-testid="script">
      <StepLines
        part={part}
        at={base}
        count={count}
        resultOf={(index) => (index < count ? run.steps[base + index]?.result : undefined)}
      />
      {open && along < base && <Astray scene={part.before} />}
      {open && along >= base && next !== undefined && (
        <div className="flex flex-wrap gap-2">
          <button type="button" className="button button-primary" onClick={() => store.getState().perform([next.op])}>
            <Play size={14} /> Do it
          </button>
          {part.steps.length - count > 1 && (
            <button
              type="button"
              className="button"
              onClick={() => store.getState().perform(part.steps.slice(count).map((step) => step.op))}
            >
              Do all {part.steps.length - count}
            </button>
          )}
        </div>
      )}
    </div>
  )
}

type AnyResult = Parameters<typeof describeResult>[0]

/** The operations of a part, from step `at` of its run; the first `count` are done. */
function StepLines(props: {
  part: ScriptPart | GoalPart
  at: number
  count: number
  resultOf: (index: number) => AnyResult | undefined
}): ReactNode {
  const { part, at, count: done, resultOf } = props
  return (
    <ol className="grid gap-1.5">
      {part.steps.map((step, index) => (
        <StepLine
          key={index}
          step={step}
          scenario={part.after}
          at={at + index}
          done={index < done}
          result={resultOf(index)}
        />
      ))}
    </ol>
  )
}

/** An operation of the lesson: what it does, how it is written, and the answer once it is done. */
function StepLine(props: {
  step: LessonStep
  scenario: Scenario
  at: number
  done: boolean
  result: AnyResult | undefined
}): ReactNode {
  const { step, scenario, at, done, result } = props
  const world = useApp((s) => s.run.world)
  const { words, call } = describeOp(world, step.op, scenario.ops.slice(0, at))
  const shown = result === undefined ? null : describeResult(result)
  return (
    <li className="flex items-start gap-2">
      <span className={`w-4 flex-none text-center ${done ? 'text-ok' : 'text-faint'}`} aria-hidden="true">
        {done ? '✓' : '○'}
      </span>
      <span className="min-w-0 flex-1 text-[13px] leading-[1.45]">
        {words}
        {shown !== null && (
          <>
            {' '}
            <span className={RESULT_CHIP[shown.tone]}>
              {shown.glyph} {shown.word}
            </span>
          </>
        )}
        <span className="block font-mono text-[11.5px] break-words text-faint">{call}</span>
        {done && step.note !== undefined && <span className="block text-dim">{step.note}</span>}
      </span>
    </li>
  )
}

/** A question whose answer the replay gives. */
function Predict(props: {
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

/** A state to be reached, in whatever way. */
function Goal(props: {
  part: GoalPart
  open: boolean
  reached: number | null | undefined
  onReached: (ops: number | null) => void
}): ReactNode {
  const { part, open, reached, onReached } = props
  const scenario = useApp((s) => s.doc.scenario)
  const run = useApp((s) => s.run)
  const [hints, setHints] = useState(0)
  const [solved, setSolved] = useState(false)
  const { par } = part
  const grounded = sameGround(scenario, part.before)
  const holds = useMemo(() => {
    if (!grounded) return part.wanted.map(() => false)
    const moment = momentOf(run, scenario.cursor)
    return part.wanted.map((claim) => claim.condition.holds(moment))
  }, [part, run, scenario.cursor, grounded])
  const all = holds.every(Boolean)
  useEffect(() => {
    if (open && all) onReached(opsSince(store.getState().doc.scenario, part.before))
    // Asked once, when everything holds.
    // eslint-disable-next-line react-hooks/exhaustive-deps
  }, [open, all])

  const done = reached !== undefined
  const dead = open && run.steps.slice(0, scenario.cursor).some((step) => 'bug' in step.result)
  return (
    <div
      className={`${BOX} ${done ? 'border-ok bg-ok-bg/50' : 'border-host bg-host-bg/40'}`}
      data-part
      data-testid="goal"
    >
      <p className={`section-title ${done ? 'text-ok!' : 'text-host!'}`}>
        <Flag size={12} className="mr-1 inline" aria-hidden="true" />
        Goal
      </p>
      <p className="font-semibold">
        <Words words={part.task} />
      </p>
      <ul className="grid gap-1">
        {part.wanted.map((claim, index) => {
          const ok = done || holds[index] === true
          return (
            <li key={index} className="flex items-start gap-2 text-[13.5px] leading-[1.45]">
              <span
                className={`w-4 flex-none ${ok ? 'text-ok' : 'text-faint'}`}
                role="img"
                aria-label={ok ? 'holds' : 'does not hold yet'}
              >
                {ok ? '✓' : '○'}
              </span>
              <span className="min-w-0 flex-1">
                <Words words={claim.words} />
              </span>
            </li>
          )
        })}
      </ul>
      <div aria-live="polite" data-testid="goal-state">
        {done && (
          <p className="font-semibold text-ok">
            ✓ Reached{reached === null ? ', on a way of your own.' : ` with ${count(reached)}. Par is ${par}.`}
            {solved && ' You let it be done.'}
          </p>
        )}
      </div>
      {open && !grounded && <Astray scene={part.before} />}
      {dead && !all && (
        <div className="flex flex-wrap items-center gap-2 rounded-lg bg-bad-bg px-3 py-2 text-[13px]">
          <span className="min-w-0 flex-1">The kernel has stopped before the goal was reached.</span>
          <button type="button" className="button" onClick={() => store.getState().stage(part.before)}>
            Begin the goal anew
          </button>
        </div>
      )}
      {open && (
        <>
          {part.hints.slice(0, hints).map((hint, index) => (
            <p key={index} className="rounded-lg bg-panel2 px-3 py-2 text-[13px]">
              <Lightbulb size={13} className="mr-1.5 inline text-warn" aria-hidden="true" />
              <Words words={hint} />
            </p>
          ))}
          <div className="flex flex-wrap items-center gap-2">
            {hints < part.hints.length ? (
              <button type="button" className="button" onClick={() => setHints(hints + 1)}>
                <Lightbulb size={14} /> {hints === 0 ? 'A hint' : 'Another hint'}
              </button>
            ) : (
              <button
                type="button"
                className="button"
                onClick={() => {
                  setSolved(true)
                  const { stage, perform, doc } = store.getState()
                  if (!standsAt(doc.scenario, part.before)) stage(part.before)
                  perform(part.steps.map((step) => step.op))
                }}
              >
                Show me
              </button>
            )}
            <span className="text-[12.5px] text-dim">Par: {count(par)}</span>
          </div>
        </>
      )}
      {done && (
        <details className="text-[13px]">
          <summary className="cursor-pointer py-0.5 text-dim">One way with {count(part.steps.length)}</summary>
          <div className="mt-1.5">
            <StepLines part={part} at={part.before.ops.length} count={0} resultOf={() => undefined} />
          </div>
        </details>
      )}
    </div>
  )
}

function count(ops: number): string {
  return ops === 1 ? '1 operation' : `${ops} operations`
}
