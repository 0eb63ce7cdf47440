/** A run told step by step, for the forms that people read: the call, its answer, and why it was refused. */
import { describeOp, explainPath, explainRefusal, plain, type PathLine } from '../../explain/index.ts'
import { succeeded } from '../../sim/result.ts'
import type { PlayedRun } from './exported.ts'
import { answerText } from './answer-text.ts'
import { stepsUntilEnd } from './setting.ts'
import { madeSteps, makerName } from './who.ts'

/** A step that people read. */
export interface ToldStep {
  /** From 1. */
  readonly number: number
  /** `administrator`, `hardware`, or the process that makes the call. */
  readonly who: string
  /** `ioctl g1 VFIO_GROUP_SET_CONTAINER c1` */
  readonly call: string
  /** `ok viable=1`, `EBUSY`, `waits`, `BUG` */
  readonly answer: string
  /** Answers of earlier calls that had waited: `step 10 comes back: ok`. */
  readonly late: readonly string[]
  readonly note: string | undefined
  /** Of a call that did not succeed: why, and the kernel's path to it. */
  readonly refusal: { readonly why: string; readonly path: readonly PathLine[] } | null
}

/** The steps of a run until the kernel stops. */
export function toldSteps({ scenario, run }: PlayedRun): ToldStep[] {
  const made = madeSteps({ world: run.world, steps: stepsUntilEnd(run.steps) })
  return made.map(({ step, maker }, index): ToldStep => {
    const { op, result, completes } = step
    const events = succeeded(result) ? [] : run.traceOf(index)
    const why = explainRefusal(run.kernel.id, run.world, op, events, result)
    const bug = 'bug' in result ? `BUG: ${result.bug.text}` : answerText(result)
    return {
      number: index + 1,
      who: makerName(run, maker),
      call: describeOp(run.world, op).call,
      answer: bug,
      late: completes.map((late) => {
        const answer = 'bug' in late.result ? `BUG: ${late.result.bug.text}` : answerText(late.result)
        return `step ${late.step + 1} comes back: ${answer}`
      }),
      note: scenario.notes?.[String(index + 1)],
      refusal:
        why === null
          ? null
          : { why: plain(why), path: explainPath(run.kernel.id, run.world, op, events, result).filter(isReason) },
    }
  })
}

/** Lines of a path that led to a refusal: the chain of calls, and every check. */
function isReason({ kind }: PathLine): boolean {
  return kind === 'entry' || kind === 'check'
}
