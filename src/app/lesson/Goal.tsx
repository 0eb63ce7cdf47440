import { Flag, Lightbulb } from 'lucide-react'
import { useEffect, useMemo, useState, type ReactNode } from 'react'
import { momentOf } from '../../scenario/condition/moment.ts'
import type { GoalPart } from '../../scenario/course/lesson.ts'
import type { Scenario } from '../../scenario/document/scenario.ts'
import { store, useApp } from '../store/store.ts'
import { opsSince, sameGround, standsAt } from './course.ts'
import { Words } from './Prose.tsx'
import { StepLines } from './StepLines.tsx'
import { Astray, BOX } from './part-frame.tsx'

/** A state to be reached, in whatever way. */
export function Goal(props: {
  part: GoalPart
  open: boolean
  reached: number | null | undefined
  onReached: (ops: number | null) => void
}): ReactNode {
  const { part, open, reached, onReached } = props
  const scenario = useApp((s) => s.doc.scenario)
  const run = useApp((s) => s.run)
  const [solved, setSolved] = useState(false)
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
        {part.wanted.map((claim, index) => (
          <Wanted key={index} words={claim.words} holds={done || holds[index] === true} />
        ))}
      </ul>
      <div aria-live="polite" data-testid="goal-state">
        {done && (
          <p className="font-semibold text-ok">
            ✓ Reached{reached === null ? ', on a way of your own.' : ` with ${count(reached)}. Par is ${part.par}.`}
            {solved && ' You let it be done.'}
          </p>
        )}
      </div>
      {open && !grounded && <Astray scene={part.before} />}
      {dead && !all && <GoalMissed scene={part.before} />}
      {open && <Hints part={part} onSolve={() => setSolved(true)} />}
      {done && <OneWay part={part} />}
    </div>
  )
}

/** A condition of a goal, and whether it holds. */
function Wanted({ words, holds }: { words: GoalPart['task']; holds: boolean }): ReactNode {
  return (
    <li className="flex items-start gap-2 text-[13.5px] leading-[1.45]">
      <span
        className={`w-4 flex-none ${holds ? 'text-ok' : 'text-faint'}`}
        role="img"
        aria-label={holds ? 'holds' : 'does not hold yet'}
      >
        {holds ? '✓' : '○'}
      </span>
      <span className="min-w-0 flex-1">
        <Words words={words} />
      </span>
    </li>
  )
}

/** Nothing leads to the goal any more: back to where it began. */
function GoalMissed({ scene }: { scene: Scenario }): ReactNode {
  return (
    <div className="flex flex-wrap items-center gap-2 rounded-lg bg-bad-bg px-3 py-2 text-[13px]">
      <span className="min-w-0 flex-1">The kernel has stopped before the goal was reached.</span>
      <button type="button" className="button" onClick={() => store.getState().stage(scene)}>
        Begin the goal anew
      </button>
    </div>
  )
}

/** Hints one after the other; behind the last one the solution is played. */
function Hints({ part, onSolve }: { part: GoalPart; onSolve: () => void }): ReactNode {
  const [hints, setHints] = useState(0)
  const solve = (): void => {
    onSolve()
    const { stage, perform, doc } = store.getState()
    if (!standsAt(doc.scenario, part.before)) stage(part.before)
    perform(part.steps.map((step) => step.op))
  }
  return (
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
          <button type="button" className="button" onClick={solve}>
            Show me
          </button>
        )}
        <span className="text-[12.5px] text-dim">Par: {count(part.par)}</span>
      </div>
    </>
  )
}

/** The solution of a goal that is reached, folded away. */
function OneWay({ part }: { part: GoalPart }): ReactNode {
  return (
    <details className="text-[13px]">
      <summary className="cursor-pointer py-0.5 text-dim">One way with {count(part.steps.length)}</summary>
      <div className="mt-1.5">
        <StepLines part={part} at={part.before.ops.length} count={0} resultOf={() => undefined} />
      </div>
    </details>
  )
}

export function count(ops: number): string {
  return ops === 1 ? '1 operation' : `${ops} operations`
}
