import type { ReactNode } from 'react'
import { describeOp, describeResult } from '../../explain/index.ts'
import type { GoalPart, LessonStep, ScriptPart } from '../../scenario/course/lesson.ts'
import type { Scenario } from '../../scenario/document/scenario.ts'
import { RESULT_CHIP } from '../ui/tones.ts'
import { useApp } from '../store/store.ts'

type AnyResult = Parameters<typeof describeResult>[0]

/** The operations of a part, from step `at` of its run; the first `count` are done. */
export function StepLines(props: {
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
