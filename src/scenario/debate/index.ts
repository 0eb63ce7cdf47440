import type { Question } from './define.ts'
import { LATER } from './later.ts'
import { WALK_THROUGH } from './walk-through.ts'

/** The questions of the debate, in the order in which they came up. */
export const QUESTIONS: readonly Question[] = [...WALK_THROUGH, ...LATER]

export function questionById(id: string): Question | undefined {
  return QUESTIONS.find((question) => question.id === id)
}

export { CHAPTERS, COLUMNS, type Column, type ColumnId, type Question } from './define.ts'
