import { Play } from 'lucide-react'
import { useEffect, useMemo, type ReactNode } from 'react'
import { runOf } from '../../scenario/course/lesson-check.ts'
import type { ScriptPart } from '../../scenario/course/lesson.ts'
import { store, useApp } from '../store/store.ts'
import { followed, sameGround } from './course.ts'
import { StepLines } from './StepLines.tsx'
import { Astray, BOX } from './part-frame.tsx'

/** Operations that the learner does, or lets do, one by one. */
export function Script({ part, open, onDone }: { part: ScriptPart; open: boolean; onDone: () => void }): ReactNode {
  const scenario = useApp((s) => s.doc.scenario)
  const run = useMemo(() => runOf(part.after), [part])
  const base = part.before.ops.length
  const along = sameGround(scenario, part.after) ? followed(scenario, part.after.ops) : -1
  const count = open ? Math.max(0, along - base) : part.steps.length
  const finished = open && along === part.after.ops.length
  useEffect(() => {
    if (finished) onDone()
    // Asked once, when the last operation is done.
    // eslint-disable-next-line react-hooks/exhaustive-deps
  }, [finished])
  const next = part.steps[count]
  return (
    <div className={`${BOX} border-line`} data-part data-testid="script">
      <StepLines
        part={part}
        at={base}
        count={count}
        resultOf={(index) => (index < count ? run.steps[base + index]?.result : undefined)}
      />
      {open && along < base && <Astray scene={part.before} />}
      {open && along >= base && next !== undefined && (
        <div className="flex flex-wrap gap-2">
          <button type="button" className="button button-primary" onClick={() => store.getState().perform([next.op])}>
            <Play size={14} /> Do it
          </button>
          {part.steps.length - count > 1 && (
            <button
              type="button"
              className="button"
              onClick={() => store.getState().perform(part.steps.slice(count).map((step) => step.op))}
            >
              Do all {part.steps.length - count}
            </button>
          )}
        </div>
      )}
    </div>
  )
}
