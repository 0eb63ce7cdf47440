import { CHAPTERS } from '../../scenario/debate/define.ts'
import type { DebateAnswer, DebateRow } from '../../scenario/debate/answer.ts'

/** A row, and for each of its cells what stands there by default if that is another answer. */
export interface AnsweredRow {
  readonly row: DebateRow
  readonly before: readonly (DebateAnswer | null)[]
}

/** Chapters with their questions, without those that have none. */
export function byChapter(rows: readonly AnsweredRow[]): readonly { chapter: string; own: readonly AnsweredRow[] }[] {
  return CHAPTERS.map((chapter) => ({
    chapter,
    own: rows.filter(({ row }) => row.question.chapter === chapter),
  })).filter(({ own }) => own.length > 0)
}
