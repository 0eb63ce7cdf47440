import { useEffect, useState, type ReactNode } from 'react'
import { describeResult } from '../../explain/index.ts'
import type { Column, Comparison } from '../../scenario/compare/compare.ts'
import { useMedia } from '../ui/useMedia.ts'
import { recordOf } from '../../sim/kernels/list.ts'
import { useApp } from '../store/store.ts'
import { RowOf } from './Row.tsx'
import { Standing } from './Standing.tsx'

const ROWS_AT_ONCE = 200

/** Operations down, kernels across. On a narrow screen each operation stands above its answers. */
export function CompareTable({ comparison, rows }: { comparison: Comparison; rows: readonly number[] }): ReactNode {
  const narrow = useMedia('(max-width: 639px)')
  const [shown, setShown] = useState(ROWS_AT_ONCE)
  const [open, setOpen] = useState<ReadonlySet<number>>(new Set())
  useEffect(() => setShown(ROWS_AT_ONCE), [rows.length])
  const toggle = (row: number): void => {
    const next = new Set(open)
    if (!next.delete(row)) next.add(row)
    setOpen(next)
  }
  const { columns } = comparison
  return (
    <>
      <table
        className="w-full table-fixed border-separate border-spacing-0 text-left"
        style={{ minWidth: narrow ? columns.length * 122 : 300 + columns.length * 138 }}
      >
        <caption className="sr-only">
          Answers of {columns.length} kernels to each operation of the run. Arrow keys move between answers.
        </caption>
        <thead>
          <tr>
            {!narrow && (
              <th
                scope="col"
                className="sticky top-0 left-0 z-20 w-[300px] border-b border-line bg-panel py-2 pr-3 pl-4 align-bottom xl:pl-6 text-[12px] font-semibold xl:w-[370px]"
              >
                Operation
              </th>
            )}
            {columns.map((column) => (
              <ColumnHead key={column.kernel.id} column={column} narrow={narrow} />
            ))}
          </tr>
        </thead>
        {rows.slice(0, shown).map((row) => {
          const entry = comparison.rows[row]
          return (
            entry !== undefined && (
              <tbody key={row} className="group/row">
                <RowOf
                  comparison={comparison}
                  row={row}
                  entry={entry}
                  narrow={narrow}
                  open={open.has(row)}
                  onToggle={() => toggle(row)}
                />
              </tbody>
            )
          )
        })}
        <tfoot>
          <Standing columns={columns} narrow={narrow} />
        </tfoot>
      </table>
      {rows.length > shown && (
        <p className="sticky left-0 w-[100cqw] px-4 py-3 sm:px-6">
          <button type="button" className="button" onClick={() => setShown(shown + ROWS_AT_ONCE)}>
            Show {Math.min(ROWS_AT_ONCE, rows.length - shown)} more of {rows.length - shown}
          </button>
        </p>
      )}
    </>
  )
}

/** Name of a kernel, and how its run went. */
function ColumnHead({ column, narrow }: { column: Column; narrow: boolean }): ReactNode {
  const own = useApp((s) => s.doc.scenario.kernel)
  const { title: name, about } = recordOf(column.kernel.id)
  const { bug, refused } = column
  return (
    <th
      scope="col"
      className={`sticky top-0 z-10 border-b border-l border-line bg-panel align-top font-normal ${narrow ? 'px-2 py-1.5' : 'px-3 py-2'}`}
    >
      <span className="block text-[12.5px] font-semibold whitespace-nowrap">{name}</span>
      <span className="block text-[11.5px] text-dim">{about}</span>
      <span className="mt-1 block text-[11.5px]">
        {bug >= 0 ? (
          <span className="font-semibold text-bad">☠ BUG, step&nbsp;{bug + 1}</span>
        ) : refused >= 0 ? (
          <span className="text-bad">
            ✗ {describeResult(column.cells[refused]?.result ?? { ok: true }).word}, step&nbsp;{refused + 1}
          </span>
        ) : (
          <span className="text-ok">✓ nothing refused</span>
        )}
      </span>
      {own === column.kernel.id && (
        <span className="mt-0.5 block text-[11px] text-user">{narrow ? 'this run' : 'the run’s own kernel'}</span>
      )}
    </th>
  )
}
