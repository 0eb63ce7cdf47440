import { useMemo, type ReactNode } from 'react'
import { dmesgOf } from '../../explain/index.ts'
import { useApp } from '../store/store.ts'

const LEVEL = {
  info: 'text-ink',
  warn: 'text-warn',
  err: 'text-bad',
  bug: 'text-bad font-bold',
  remark: 'font-sans text-dim italic',
} as const
const MAX_LOG_STEPS = 400

/** The kernel log up to the cursor. */
export function DmesgLog(): ReactNode {
  const run = useApp((s) => s.run)
  const cursor = useApp((s) => s.doc.scenario.cursor)
  const kernel = useApp((s) => s.kernel)
  const lines = useMemo(() => {
    const from = Math.max(0, cursor - MAX_LOG_STEPS)
    return run.steps.slice(from, cursor).flatMap((step, offset) => {
      const index = from + offset
      return dmesgOf(kernel.id, run.world, step.op, run.traceOf(index)).map((line) => ({ ...line, index }))
    })
  }, [run, cursor, kernel])
  return (
    <div
      className="h-full overflow-y-auto px-3 py-2 font-mono text-[11.5px] leading-[1.7]"
      data-testid="dmesg"
      tabIndex={0}
      role="region"
      aria-label="Kernel log"
    >
      {cursor > MAX_LOG_STEPS && (
        <p className="text-dim">Lines of the first {cursor - MAX_LOG_STEPS} steps are left out.</p>
      )}
      {lines.length === 0 ? (
        <p className="text-dim">The kernel has logged nothing yet.</p>
      ) : (
        lines.map((line, index) => (
          <div key={index} className={`flex gap-2 ${LEVEL[line.level]}`}>
            <span className="w-12 flex-none text-right text-faint">[{line.index + 1}]</span>
            <span className="break-words whitespace-pre-wrap">
              {line.level === 'remark' ? '— ' : ''}
              {line.text}
            </span>
          </div>
        ))
      )}
    </div>
  )
}
