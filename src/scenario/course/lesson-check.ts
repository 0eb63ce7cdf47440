/** What of a lesson only a replay can tell: the right choice of a prediction, and whether its goals are reached. */
import type { Kernel } from '../../sim/kernel.ts'
import { kernelById } from '../../sim/kernels/registry.ts'
import { replay, type Run } from '../../sim/replay.ts'
import { answerOf, momentOf, type Moment } from '../condition/moment.ts'
import type { DoingPart, GoalPart, Lesson, LessonProblem, PredictPart } from './lesson.ts'
import { machineOf, setupOf, type Scenario } from '../document/scenario.ts'

/** Replays a scenario of a lesson; its machine and kernel are known to ship. */
export function runOf(scenario: Scenario): Run {
  const machine = machineOf(scenario)
  const kernel: Kernel | undefined = kernelById(scenario.kernel)
  if (machine === undefined || kernel === undefined) throw new Error(`${scenario.title} runs on nothing that ships`)
  return replay(kernel, setupOf(scenario, machine), scenario.ops)
}

/** The choices (counted from 0) that hold when the prediction's operations are done: exactly one in a sound lesson. */
export function rightChoices(part: PredictPart): number[] {
  const moment = momentOf(runOf(part.after), part.after.cursor)
  return part.choices.flatMap(({ condition }, index) => (condition.holds(moment) ? [index] : []))
}

/** Whether all that a goal wants holds at a moment. */
export function isReached(goal: GoalPart, moment: Moment): boolean {
  return goal.wanted.every(({ condition }) => condition.holds(moment))
}

/** The faults of a lesson that its text does not show: answers that are not as written, goals that are not reached. */
export function checkLesson(lesson: Lesson): LessonProblem[] {
  const problems: LessonProblem[] = []
  const fault = (line: number, words: string): void => {
    problems.push({ file: lesson.file, line, words })
  }
  for (const part of lesson.cards.flatMap((card) => card.parts)) {
    if (part.kind === 'words') continue
    const run = runOf(part.after)
    for (const [line, words] of wrongAnswers(part, run)) fault(line, words)
    if (part.kind === 'predict') {
      const right = rightChoices(part)
      if (right.length !== 1) {
        const which = right.map((index) => part.choices[index]?.line).join(' and ')
        fault(part.line, right.length === 0 ? 'no choice holds' : `more than one choice holds: those of lines ${which}`)
      }
    }
    if (part.kind === 'goal') {
      const reachedAt = [...Array(part.steps.length + 1).keys()].filter((done) =>
        isReached(part, momentOf(run, part.before.ops.length + done)),
      )
      if (reachedAt.includes(0)) fault(part.line, 'the goal is reached before anything is done')
      else if (!reachedAt.includes(part.steps.length)) {
        const end = momentOf(run, part.after.cursor)
        const missing = part.wanted.filter(({ condition }) => !condition.holds(end)).map(({ line }) => line)
        fault(part.line, `its solution does not reach the goal: what line ${missing.join(', ')} wants does not hold`)
      } else if (reachedAt.length > 1) {
        fault(
          part.line,
          `the solution reaches the goal ${part.steps.length - (reachedAt[0] ?? 0)} steps before its end`,
        )
      }
    }
  }
  return problems
}

/** Steps that are answered otherwise than written. What a prediction asks about is not written. */
function wrongAnswers(part: DoingPart, run: Run): [line: number, words: string][] {
  return part.steps.flatMap(({ answer, line }, index): [number, string][] => {
    const result = run.steps[part.before.ops.length + index]?.result
    const asked = part.kind === 'predict' && index === part.steps.length - 1
    if (result === undefined || asked || answerOf(result) === answer) return []
    return [[line, `is answered ${answerOf(result)}, not ${answer}; write "#= ${answerOf(result)}" if that is meant`]]
  })
}
