import { OctagonX } from 'lucide-react'
import { useEffect, useRef, useState, type ReactNode } from 'react'
import { bugStory } from '../../explain/bug.ts'
import type { Step } from '../../sim/replay.ts'
import type { Bug } from '../../sim/result.ts'
import { Rich } from '../ui/Rich.tsx'
import { store, useApp } from '../store/store.ts'

/** The end of the kernel: what happened, who did it, why it could not go on, and the way back. */
export function BugStory({ beside }: { beside: boolean }): ReactNode {
  const run = useApp((s) => s.run)
  const cursor = useApp((s) => s.doc.scenario.cursor)
  const kernel = useApp((s) => s.kernel)
  const [folded, setFolded] = useState(-1)
  const banner = useRef<HTMLElement>(null)
  // On a narrow screen the canvas may be scrolled away: nobody is to miss this.
  useEffect(() => {
    banner.current?.scrollIntoView({ block: 'nearest' })
  }, [])
  const at = run.steps.slice(0, cursor).findIndex(isBug)
  const step = run.steps[at]
  const bug = step === undefined ? null : bugOf(step)
  if (bug === null) return null
  const story = bugStory(kernel.id, run.world, run.steps, at)
  const open = folded !== at
  return (
    <section
      ref={banner}
      role="alert"
      data-testid="bug"
      className={`jolt flex flex-col border-bad-solid bg-panel ${beside ? `flex-none border-2 ${open ? 'w-[300px] xl:w-[400px]' : 'w-[230px]'}` : 'border-y-2'}`}
    >
      <div className="flex items-center gap-2.5 bg-bad-solid px-3.5 py-2 text-white">
        <OctagonX size={20} className="flex-none" />
        <h2 className="min-w-0 flex-1 font-mono text-[13.5px] font-bold">{bug.text}</h2>
        <button
          type="button"
          className="rounded px-2 py-1 text-[12px] text-white underline underline-offset-2"
          aria-expanded={open}
          onClick={() => setFolded(open ? at : -1)}
        >
          {open ? 'fold' : 'what happened?'}
        </button>
      </div>
      {open && (
        <div
          className={`grid min-h-0 content-start gap-2 overflow-y-auto px-3.5 py-3 text-[13px] ${beside ? 'flex-1' : 'min-[1000px]:max-h-40'}`}
        >
          <Part name="What happened">
            <Rich words={story.what} links />
          </Part>
          <Part name="Who did it">
            <Rich words={story.who} links />
          </Part>
          <Part name="Why the kernel could not go on">
            <Rich words={story.why} links />
          </Part>
          <Part name="Since then">
            <Rich words={story.instead} />
          </Part>
        </div>
      )}
      <div className="flex flex-wrap items-center gap-2 border-t border-line px-3.5 py-2.5">
        <button type="button" className="button button-primary" onClick={() => store.getState().go(at)}>
          ⟲ Go back to before the crash
        </button>
        <span className="text-[12px] text-dim">
          The machine is frozen: nothing answers any more. Only time travel leads back.
        </span>
      </div>
    </section>
  )
}

function isBug(step: Step): boolean {
  return bugOf(step) !== null
}

/** The report of the kernel in a step: in its own answer, or in that of a blocked call which it released. */
function bugOf(step: Step): Bug | null {
  for (const result of [step.result, ...step.completes.map((done) => done.result)]) {
    if ('bug' in result) return result.bug
  }
  return null
}

function Part({ name, children }: { name: string; children: ReactNode }): ReactNode {
  return (
    <div>
      <h3 className="section-title">{name}</h3>
      <p>{children}</p>
    </div>
  )
}
