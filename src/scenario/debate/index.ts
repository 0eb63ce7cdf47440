import type { DebateQuestion } from './define.ts'
import { LATER } from './later.ts'
import { WALK_THROUGH } from './walk-through.ts'

/** The questions of the debate, in the order in which they came up. */
export const DEBATE_QUESTIONS: readonly DebateQuestion[] = [...WALK_THROUGH, ...LATER]

export function debateQuestionById(id: string): DebateQuestion | undefined {
  return DEBATE_QUESTIONS.find((question) => question.id === id)
}

export { CHAPTERS, DEBATE_COLUMNS, type DebateColumn, type ColumnId, type DebateQuestion } from './define.ts'
