import { useState, type ReactNode } from 'react'
import { ColumnHead } from '../ui/ColumnHead.tsx'
import { AnswerCell } from './AnswerCell.tsx'
import { Heading } from './Heading.tsx'
import { Sources } from './Sources.tsx'
import { titleOf, type ShownColumn } from './columns.ts'
import { byChapter, type AnsweredRow } from './rows.ts'

/** Questions down, columns across; a question opens to its words and sources. */
export function QuestionTable({
  rows,
  columns,
}: {
  rows: readonly AnsweredRow[]
  columns: readonly ShownColumn[]
}): ReactNode {
  return (
    <table
      className="w-full table-fixed border-separate border-spacing-0 text-left"
      style={{ minWidth: 250 + columns.length * 128 }}
    >
      <caption className="sr-only">Questions of the debate down, kernels and proposals across</caption>
      <thead>
        <tr>
          <th
            scope="col"
            className="sticky top-0 left-0 z-20 w-[250px] border-b border-line bg-panel py-2 pr-3 pl-6 text-[12px] font-semibold"
          >
            Question
          </th>
          {columns.map(({ column }) => {
            const { name, about } = titleOf(column)
            const look = 'sticky top-0 z-10 border-b bg-panel whitespace-nowrap'
            return <ColumnHead key={column.id} name={name} about={about} className={look} />
          })}
        </tr>
      </thead>
      {byChapter(rows).map(({ chapter, own }) => {
        return (
          <tbody key={chapter}>
            <tr>
              <th
                scope="rowgroup"
                colSpan={columns.length + 1}
                className="border-b border-line bg-panel2 p-0 font-normal"
              >
                <span className="section-title sticky left-0 inline-block py-1.5 pr-3 pl-6 text-dim!">{chapter}</span>
              </th>
            </tr>
            {own.map((answered) => (
              <TableRow key={answered.row.question.id} answered={answered} columns={columns} />
            ))}
          </tbody>
        )
      })}
    </table>
  )
}

function TableRow({ answered, columns }: { answered: AnsweredRow; columns: readonly ShownColumn[] }): ReactNode {
  const [open, setOpen] = useState(false)
  const { row, before } = answered
  const { question, cells } = row
  return (
    <>
      <tr>
        <th
          scope="row"
          className="sticky left-0 z-[5] border-b border-line bg-bg py-1.5 pr-2 pl-6 align-top font-normal"
        >
          <Heading question={question} open={open} onToggle={() => setOpen(!open)} />
        </th>
        {columns.map(({ column, at }) => (
          <td key={column.id} className="border-b border-l border-line px-1.5 py-1.5 align-top">
            <AnswerCell cell={cells[at] ?? null} before={before[at] ?? null} />
          </td>
        ))}
      </tr>
      {open && (
        <tr>
          <td colSpan={columns.length + 1} className="border-b border-line bg-panel p-0">
            <div className="sticky left-0 w-[100cqw] px-6 py-4">
              <Sources row={row} columns={columns} />
            </div>
          </td>
        </tr>
      )}
    </>
  )
}
