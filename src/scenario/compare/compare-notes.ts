/** The notes on what changed, for the rows of a comparison. */
import { whatChanged, type ChangeNote, type Side } from '../../explain/differences.ts'
import type { Comparison } from './compare.ts'

/**
 * What is behind a row's difference; nothing for a row without one. The kernels' checks are found by doing the row's
 * calls again, so this is for the rows that somebody looks at.
 * @param row from 0
 */
export function notesOn({ columns, rows }: Comparison, row: number): readonly ChangeNote[] {
  const shown = rows[row]
  if (shown?.difference === null || shown === undefined) return []
  const { op, difference, cells } = shown
  const sides = columns.flatMap(({ kernel, run, standings }, place): Side[] => {
    const cell = cells[place]
    const step = cell === undefined ? undefined : run.steps[cell.step]
    if (cell === undefined || step === undefined || cell.dead) return []
    return [
      {
        kernel: kernel.id,
        world: run.world,
        op: step.op,
        result: step.result,
        events: run.traceOf(cell.step),
        before: () => run.snapshotAt(cell.step),
        released: cell.completes,
        exposed: (standings[row] ?? []).flatMap(({ group, verdict }) => (verdict === 'not-isolated' ? [group] : [])),
      },
    ]
  })
  const without = columns.flatMap(({ kernel }, place) => {
    const translation = cells[place]?.translation
    return translation?.kind === 'missing' && translation.why === 'call' ? [kernel.id] : []
  })
  const earlier = rows
    .slice(0, row)
    .findLastIndex((other) => other.difference !== null && other.difference !== 'interface')
  return whatChanged({ op, about: difference, sides, without, ...(earlier < 0 ? {} : { earlier: earlier + 1 }) })
}
