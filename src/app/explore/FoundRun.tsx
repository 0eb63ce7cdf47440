import { ListEnd } from 'lucide-react'
import { useMemo, type ReactNode } from 'react'
import { describeOp, describeResult } from '../../explain/index.ts'
import type { ExploreRequest, ExploreResult } from '../../explore/exploration.ts'
import type { Scenario } from '../../scenario/document/scenario.ts'
import type { Op } from '../../sim/op.ts'
import { ResultChip } from '../ui/ResultChip.tsx'
import { store } from '../store/store.ts'
import { CopyButton } from '../ui/CopyButton.tsx'
import { linkTo } from '../ui/link.ts'
import { runOf, scenarioOf } from './runs.ts'

/** Opens a run in the timeline; Undo comes back to what was there. */
function openRun(scenario: Scenario): void {
  store.getState().open(scenario)
}

/** The shortest run that was found, step by step; it opens in the timeline. */
export function FoundRun({
  result,
  path,
  request,
}: {
  result: ExploreResult
  path: readonly Op[]
  request: ExploreRequest
}): ReactNode {
  const scenario = useMemo(() => scenarioOf(request, result.before, path), [request, result, path])
  const run = useMemo(() => runOf(scenario), [scenario])
  if (run === null) return null
  const first = result.before.length
  return (
    <section aria-label="The shortest run" className="rounded-xl border border-line bg-panel p-4" data-testid="path">
      <div className="flex flex-wrap items-center gap-2">
        <h3 className="mr-auto text-[14px] font-semibold">
          The shortest run{first > 0 ? `, after the ${first} steps that were done` : ''}
        </h3>
        <button type="button" className="button button-primary" onClick={() => openRun(scenario)}>
          <ListEnd size={14} /> Open in the timeline
        </button>
        <CopyButton
          text={() => linkTo(scenario)}
          label="Copy link"
          refused="The link could not be copied: open the run and share it from there"
        />
      </div>
      <ol className="mt-2.5 grid grid-cols-[minmax(0,1fr)] gap-1">
        {path.map((op, index) => {
          const step = run.steps[first + index]
          const words = describeOp(run.world, op, scenario.ops.slice(0, first + index))
          const badge = step === undefined ? null : describeResult(step.result)
          return (
            <li key={index}>
              <button
                type="button"
                className="flex w-full items-start gap-2.5 rounded-lg px-2 py-1 text-left hover:bg-panel2"
                title="Open the run at this step"
                onClick={() => openRun({ ...scenario, cursor: first + index + 1 })}
              >
                <span className="w-5 flex-none pt-px text-right font-mono text-[12px] text-faint">
                  {first + index + 1}
                </span>
                <span className="min-w-0 flex-1">
                  <span className="block">{words.words}</span>
                  <span className="block truncate font-mono text-[11.5px] text-faint">
                    {op.by === undefined ? '' : `${op.by}: `}
                    {words.call}
                  </span>
                </span>
                {badge !== null && <ResultChip result={badge} />}
              </button>
            </li>
          )
        })}
      </ol>
    </section>
  )
}
