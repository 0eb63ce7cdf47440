import { kernelName } from '../ui/kernels.ts'
import { useMemo, type ReactNode } from 'react'
import { NOT_ASKED } from '../../explain/differences.ts'
import { describeOp, describeResult, explainRefusal } from '../../explain/index.ts'
import type { Cell, Column, Comparison } from '../../scenario/compare/compare.ts'
import { notesOn } from '../../scenario/compare/compare-notes.ts'
import { Rich } from '../ui/Rich.tsx'
import { RESULT_TEXT } from '../ui/tones.ts'

/** What is behind a row: the change in Linux, and what each kernel was asked and said. */
export function Details({ comparison, row }: { comparison: Comparison; row: number }): ReactNode {
  const notes = useMemo(() => notesOn(comparison, row), [comparison, row])
  return (
    <div className="grid max-w-[1180px] gap-4 lg:grid-cols-[minmax(0,5fr)_minmax(0,6fr)]">
      <section aria-label={`What changed at step ${row + 1}`}>
        <h3 className="section-title mb-1.5">What changed</h3>
        {notes.length === 0 ? (
          <p className="text-[12.5px] text-dim">
            {comparison.rows[row]?.difference === null
              ? 'All kernels that were asked answer alike.'
              : 'No single change of Linux stands behind this; what each kernel says for itself stands beside it.'}
          </p>
        ) : (
          <ul className="grid gap-3">
            {notes.map((note) => (
              <li key={note.id} className="border-l-2 border-line2 pl-3" data-note={note.id}>
                <h4 className="text-[13px] font-semibold">{note.title}</h4>
                <p className="text-[12.5px] leading-relaxed">
                  {note.since !== '' && <span className="text-dim">{note.since}. </span>}
                  <Rich words={note.words} />
                </p>
                {note.source !== '' && <p className="mt-0.5 text-[11.5px] text-dim">{note.source}</p>}
              </li>
            ))}
          </ul>
        )}
      </section>
      <section aria-label={`What was asked at step ${row + 1}`}>
        <h3 className="section-title mb-1.5">What each kernel was asked</h3>
        <ul className="grid gap-2">
          {comparison.columns.map((column, place) => {
            const cell = comparison.rows[row]?.cells[place]
            return (
              cell !== undefined && (
                <li key={column.kernel.id} className="grid gap-x-3 sm:grid-cols-[170px_minmax(0,1fr)]">
                  <span className="text-[12px] font-semibold">{kernelName(column.kernel.id)}</span>
                  <Asked column={column} cell={cell} />
                </li>
              )
            )
          })}
        </ul>
      </section>
    </div>
  )
}

function Asked({ column, cell }: { column: Column; cell: Cell }): ReactNode {
  const { kernel, run } = column
  const { translation, step, from, to, dead } = cell
  const why = useMemo(() => {
    const decisive = run.steps[step]
    if (decisive === undefined || dead) return null
    return explainRefusal(kernel.id, run.world, decisive.op, run.traceOf(step), decisive.result)
  }, [kernel, run, step, dead])
  if (dead) return <span className="text-[12px] text-dim">{NOT_ASKED.dead.words}</span>
  if ('why' in translation) return <span className="text-[12px] text-dim">{NOT_ASKED[translation.why].words}</span>
  return (
    <div className="min-w-0">
      <ol className="font-mono text-[11.5px] leading-relaxed">
        {run.steps.slice(from, to).map(({ op, result }, index) => {
          const { glyph, word, tone } = describeResult(result)
          return (
            <li key={index} className="flex flex-wrap gap-x-2">
              <span className="min-w-0 break-words">{describeOp(run.world, op).call}</span>
              <span className={RESULT_TEXT[tone]}>
                {glyph} {word}
              </span>
            </li>
          )
        })}
      </ol>
      {why !== null && (
        <p className="text-[12px] leading-snug text-dim">
          <Rich words={why} />
        </p>
      )}
    </div>
  )
}
