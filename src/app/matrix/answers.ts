import { useEffect, useState } from 'react'
import { machineById } from '../../machines/index.ts'
import { QUESTIONS } from '../../scenario/questions/index.ts'
import { availableColumns, matrixOf, type Row } from '../../scenario/questions/matrix.ts'

export const COLUMNS = availableColumns()

/** Answered once in a visit, in the order of the questions. */
const answered: Row[] = []

/** Leaves the page time to breathe between two questions, each of which is replayed under every kernel. */
const PAUSE_MS = 4

/** The rows that are answered by now; each question is run under every column, one after the other. */
export function useAnswers(): readonly Row[] {
  const [count, setCount] = useState(answered.length)
  useEffect(() => {
    if (count >= QUESTIONS.length) return undefined
    const timer = setTimeout(() => {
      const question = QUESTIONS[answered.length]
      if (question !== undefined) answered.push(...matrixOf(machineById, [question], COLUMNS))
      setCount(answered.length)
    }, PAUSE_MS)
    return () => clearTimeout(timer)
  }, [count])
  return answered.slice(0, count)
}
