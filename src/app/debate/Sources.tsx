import type { ReactNode } from 'react'
import { mailWords } from '../../explain/mails.ts'
import { shortBdf } from '../../explain/words.ts'
import { differencesOf, type DebateRow } from '../../scenario/debate/answer.ts'
import { basisWords } from '../../scenario/debate/words.ts'
import { titleOf, type ShownColumn } from './columns.ts'

const PARTS = { result: 'the answer', by: 'who refuses', contexts: 'the contexts', access: 'who has access' } as const

/** The question in words, and where the answers come from. */
export function Sources({ row, columns }: { row: DebateRow; columns: readonly ShownColumn[] }): ReactNode {
  const { question, cells } = row
  return (
    <div className="grid gap-3 text-[13px]">
      <p className="max-w-[95ch]">{question.question}</p>
      <p className="text-dim">
        Asked by {mailWords(question.mail)} (message <span className="font-mono">{question.mail.message}</span>).{' '}
        {question.devices.map(({ label, bdf }) => `${label} is ${shortBdf(bdf)}`).join(', ')}.
      </p>
      <dl className="grid gap-2">
        {columns.map(({ column, at }) => {
          const cell = cells[at] ?? null
          const { name, about } = titleOf(column)
          const differences = cell === null ? [] : differencesOf(cell)
          return (
            <div key={column.id} className="grid gap-x-3 sm:grid-cols-[220px_minmax(0,1fr)]">
              <dt className="font-semibold">
                {name} <span className="font-normal text-dim">· {about}</span>
              </dt>
              <dd className="max-w-[95ch] text-dim">
                {cell === null
                  ? 'There is no way to ask this here.'
                  : cell.said === null
                    ? 'Nobody said what happens; the run tells.'
                    : basisWords(cell.said.basis)}
                {differences.length > 0 && (
                  <span className="text-warn">
                    {' '}
                    The run differs in {differences.map((part) => PARTS[part]).join(', ')}.
                  </span>
                )}
              </dd>
            </div>
          )
        })}
      </dl>
    </div>
  )
}
