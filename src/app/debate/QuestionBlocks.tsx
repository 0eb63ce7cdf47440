import { useState, type ReactNode } from 'react'
import { AnswerCell } from './AnswerCell.tsx'
import { Heading } from './Heading.tsx'
import { Sources } from './Sources.tsx'
import { titleOf, type ShownColumn } from './columns.ts'
import { byChapter, type AnsweredRow } from './rows.ts'

function Block({ answered, columns }: { answered: AnsweredRow; columns: readonly ShownColumn[] }): ReactNode {
  const [open, setOpen] = useState(false)
  const { row, before } = answered
  return (
    <section className="rounded-xl border border-line bg-panel p-3" aria-label={`Question ${row.question.id}`}>
      <Heading question={row.question} open={open} onToggle={() => setOpen(!open)} />
      <ul className="mt-2 grid grid-cols-2 gap-1.5 sm:grid-cols-3">
        {columns.map(({ column, at }) => (
          <li key={column.id} className="min-w-0">
            <span className="block truncate text-[11.5px] text-dim">
              {titleOf(column).name} · {titleOf(column).about}
            </span>
            <AnswerCell cell={row.cells[at] ?? null} before={before[at] ?? null} />
          </li>
        ))}
      </ul>
      {open && (
        <div className="mt-3 border-t border-line pt-3">
          <Sources row={row} columns={columns} />
        </div>
      )}
    </section>
  )
}

/** On a narrow screen each question stands above its answers. */
export function QuestionBlocks({
  rows,
  columns,
}: {
  rows: readonly AnsweredRow[]
  columns: readonly ShownColumn[]
}): ReactNode {
  return byChapter(rows).map(({ chapter, own }) => {
    return (
      <section key={chapter} className="px-4 pb-4 sm:px-6">
        <h3 className="section-title mb-1.5">{chapter}</h3>
        <div className="grid gap-3">
          {own.map((answered) => (
            <Block key={answered.row.question.id} answered={answered} columns={columns} />
          ))}
        </div>
      </section>
    )
  })
}
