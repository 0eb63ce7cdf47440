import { useEffect, useMemo, useRef, type ReactNode } from 'react'
import { describeOp, describeResult, explainPath, remedy, type PathLine } from '../../explain/index.ts'
import { Rich } from '../ui/Rich.tsx'
import { RESULT_TEXT } from '../ui/tones.ts'
import { useApp } from '../store/store.ts'

const LOOK = { '•': 'text-ctx', '✗': 'text-bad', '✓': 'text-ok', '?': 'text-dim' } as const
const MARK_NAMES = { '•': 'changes', '✗': 'fails', '✓': 'passes', '?': 'asks' } as const

/** A change, a check that failed or passed, or a question that is neither good nor bad. */
function markOf({ kind, ok }: PathLine): keyof typeof LOOK {
  if (kind === 'effect') return '•'
  return ok === undefined ? '?' : ok ? '✓' : '✗'
}

/** What the kernel checked and changed in the step at the cursor, function by function. */
export function KernelPath(): ReactNode {
  const run = useApp((s) => s.run)
  const cursor = useApp((s) => s.doc.scenario.cursor)
  const kernel = useApp((s) => s.kernel)
  const step = run.steps[cursor - 1]
  const lines = useMemo(() => {
    if (step === undefined) return []
    return explainPath(kernel.id, run.world, step.op, run.traceOf(cursor - 1), step.result)
  }, [kernel, run, cursor, step])
  const list = useRef<HTMLDivElement>(null)
  // The check that decided is what people look for.
  useEffect(() => {
    const decisive = list.current?.querySelector('[data-decisive]')
    if (decisive === null || decisive === undefined) list.current?.scrollTo({ top: 0 })
    else decisive.scrollIntoView({ block: 'center' })
  }, [lines])
  if (step === undefined) {
    return (
      <p className="p-3 text-[12.5px] text-dim">
        The machine has just booted. Each step’s way through the kernel shows up here: which function asked what, and
        the answer.
      </p>
    )
  }
  const result = describeResult(step.result)
  const help = remedy(kernel.id, run.world, step.op, run.traceOf(cursor - 1), step.result)
  return (
    <div
      ref={list}
      className="relative h-full overflow-y-auto px-3 py-2 text-[12px] leading-[1.65]"
      data-testid="kernel-path"
      tabIndex={0}
      role="region"
      aria-label="Kernel path"
    >
      <div className="mb-1 text-dim">
        Kernel path of step {cursor}: <span className="font-mono">{describeOp(run.world, step.op).call}</span>{' '}
        <span className={`font-mono whitespace-nowrap ${RESULT_TEXT[result.tone]}`}>
          {result.glyph} {result.word}
        </span>
      </div>
      <ol>
        {lines.map((line, index) => (
          <li
            key={index}
            className={`flex gap-2 ${line.kind === 'entry' ? '' : 'pl-3'}`}
            title={line.ref}
            {...(line.decisive === true ? { 'data-decisive': true } : {})}
          >
            {line.kind === 'entry' ? (
              <span className="font-mono font-semibold">{line.fn}</span>
            ) : line.kind === 'result' ? (
              <span className={`font-semibold ${RESULT_TEXT[result.tone]}`}>
                → <Rich words={line.words} />
              </span>
            ) : (
              <>
                <span
                  className={`w-3 flex-none font-mono ${LOOK[markOf(line)]}`}
                  role="img"
                  aria-label={MARK_NAMES[markOf(line)]}
                >
                  {markOf(line)}
                </span>
                <span className="min-w-0 flex-1">
                  <Rich words={line.words} links />
                  {line.answer !== undefined && (
                    <span className={line.ok === false ? 'text-bad' : 'text-dim'}>
                      {' … '}
                      <Rich words={line.answer} links />
                    </span>
                  )}
                </span>
                {line.code !== undefined && <span className="font-mono text-[10.5px] text-faint">{line.code}</span>}
              </>
            )}
          </li>
        ))}
      </ol>
      {help !== null && (
        <p className="mt-1.5 rounded-lg bg-panel2 px-2.5 py-1.5">
          <b>What to do: </b>
          <Rich words={help} links />
        </p>
      )}
    </div>
  )
}
