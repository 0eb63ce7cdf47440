import { useEffect, useState } from 'react'
import { DEBATE_QUESTIONS } from '../../scenario/debate/index.ts'
import { availableColumns, debateAnswer, debateRows, optionsFor, type DebateRow } from '../../scenario/debate/answer.ts'
import type { PolicyOptions } from '../../sim/machine.ts'

export const COLUMNS = availableColumns()

/** Rows by the choices that they were asked under, each list once in a visit and in the order of the questions. */
const known = new Map<string, DebateRow[]>()

function rowsUnder(policy: PolicyOptions): DebateRow[] {
  const key = JSON.stringify(policy)
  const rows = known.get(key) ?? []
  known.set(key, rows)
  return rows
}

/** Leaves the page time to breathe between two questions, each of which is replayed under every kernel. */
const PAUSE_MS = 4

/** Answers the next question under some choices; columns that do not look at any of them answer as by default. */
function answerNext(policy: PolicyOptions): void {
  const rows = rowsUnder(policy)
  const question = DEBATE_QUESTIONS[rows.length]
  if (question === undefined) return
  const byDefault = rowsUnder({})
  if (rows === byDefault) {
    rows.push(...debateRows([question], COLUMNS))
    return
  }
  const before = byDefault[rows.length]?.cells ?? []
  const cells = COLUMNS.map((column, at) =>
    Object.keys(optionsFor(column, policy)).length === 0
      ? (before[at] ?? null)
      : debateAnswer(question, column, policy),
  )
  rows.push({ question, cells })
}

/**
 * The rows under some choices, as far as they are answered, and the same by default; each question is run under every
 * column, one after the other. A row that is not yet answered under the choices stands as by default.
 */
export function useAnswers(policy: PolicyOptions): {
  readonly rows: readonly DebateRow[]
  readonly byDefault: readonly DebateRow[]
} {
  const [, setCount] = useState(0)
  const byDefault = rowsUnder({})
  const rows = rowsUnder(policy)
  const counts = `${byDefault.length} ${rows.length}`
  useEffect(() => {
    if (byDefault.length + rows.length === 2 * DEBATE_QUESTIONS.length) return undefined
    const timer = setTimeout(() => {
      answerNext(byDefault.length < DEBATE_QUESTIONS.length ? {} : policy)
      setCount((count) => count + 1)
    }, PAUSE_MS)
    return () => clearTimeout(timer)
  }, [counts, byDefault, rows, policy])
  return { rows: byDefault.map((row, at) => rows[at] ?? row), byDefault }
}
