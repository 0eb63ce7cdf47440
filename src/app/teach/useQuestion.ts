import { useMemo } from 'react'
import { describeResult, explainRefusal, type ResultWords } from '../../explain/index.ts'
import type { Words } from '../../explain/words.ts'
import { questionOf, type Question } from '../../scenario/course/prediction.ts'
import { useApp } from '../store/store.ts'

/** The question before a step; null if there is none. */
export function useQuestion(step: number): Question | null {
  const run = useApp((s) => s.run)
  const prediction = useApp((s) => s.doc.scenario.predictions?.[String(step)])
  return useMemo(
    () => (prediction === undefined || run.steps[step - 1] === undefined ? null : questionOf(run, step, prediction)),
    [run, step, prediction],
  )
}

/** What a step was answered, and why it was refused; null for the freshly booted machine. */
export function useOutcome(step: number): { readonly result: ResultWords; readonly why: Words | null } | null {
  const run = useApp((s) => s.run)
  return useMemo(() => {
    const done = run.steps[step - 1]
    if (done === undefined) return null
    const why = explainRefusal(run.kernel.id, run.world, done.op, run.traceOf(step - 1), done.result)
    return { result: describeResult(done.result), why }
  }, [run, step])
}
