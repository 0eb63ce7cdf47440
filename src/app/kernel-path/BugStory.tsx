import { OctagonX } from 'lucide-react'
import { useEffect, useRef, type ReactNode } from 'react'
import { bugStory } from '../../explain/bug.ts'
import { endsWithTask, isFirstRun } from '../store/first-task.ts'
import { store, useApp } from '../store/store.ts'
import { bugOf } from '../store/view.ts'
import { Rich } from '../ui/Rich.tsx'

/** The end of the kernel in a few lines: what happened, who did it, why it could not go on, since when it is otherwise. */
export function BugStory(): ReactNode {
  const run = useApp((s) => s.run)
  const scenario = useApp((s) => s.doc.scenario)
  const kernel = useApp((s) => s.kernel)
  const banner = useRef<HTMLElement>(null)
  const back = useRef<HTMLButtonElement>(null)
  const at = run.steps.slice(0, scenario.cursor).findIndex((step) => bugOf(step) !== null)
  useEffect(() => {
    if (mayTakeFocus()) back.current?.focus({ preventScroll: true })
    // On a narrow screen the canvas may be scrolled away: nobody is to miss this.
    banner.current?.scrollIntoView({ block: 'nearest' })
  }, [at])
  const bug = bugOf(run.steps[at])
  if (bug === null) return null
  const story = bugStory(kernel.id, run.world, run.steps, at)
  const meant = isFirstRun(scenario) && endsWithTask(scenario.ops.slice(0, at + 1))
  return (
    <section
      ref={banner}
      role="alert"
      data-testid="bug"
      className="jolt flex flex-none flex-col border-y-2 border-bad-solid bg-panel"
    >
      <div className="flex items-center gap-2.5 bg-bad-solid px-3.5 py-2 text-white">
        <OctagonX size={20} className="flex-none" />
        <h2 className="min-w-0 flex-1 font-mono text-[13.5px] font-bold">{bug.text}</h2>
      </div>
      <div className="grid content-start gap-1.5 px-3.5 py-2.5 text-[13px]">
        {meant && (
          <p className="font-semibold">
            You found it. Here is why giving one port to the host’s driver stops the whole kernel.
          </p>
        )}
        <Part name="What happened">
          <Rich words={story.what} links />
        </Part>
        <Part name="Who did it">
          <Rich words={story.who} links />
        </Part>
        <Part name="Why the kernel could not go on">
          <Rich words={story.why} links />
        </Part>
        <details>
          <summary className="cursor-pointer text-dim hover:text-ink">More about why</summary>
          <p className="mt-1">
            <Rich words={story.whyAtLength} links />
          </p>
        </details>
        <Part name="Since then">
          <Rich words={story.instead} />
        </Part>
      </div>
      <div className="flex flex-wrap items-center gap-2 border-t border-line px-3.5 py-2">
        <button ref={back} type="button" className="button button-primary" onClick={() => store.getState().go(at)}>
          ⟲ Go back to before the crash
        </button>
      </div>
    </section>
  )
}

/** Whoever moves through time by keyboard keeps the slider or the list of steps. */
function mayTakeFocus(): boolean {
  return document.activeElement?.closest('section[aria-label="Timeline"]') === null
}

function Part({ name, children }: { name: string; children: ReactNode }): ReactNode {
  return (
    <div>
      <h3 className="inline font-semibold">{name}:</h3> <p className="inline">{children}</p>
    </div>
  )
}
