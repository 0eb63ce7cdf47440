import { useMemo, type ReactNode } from 'react'
import { describeOp, describeResult } from '../../explain/index.ts'
import { ExploreError, successorsOf, type Next } from '../../explore/exploration.ts'
import { ResultChip } from '../ui/ResultChip.tsx'
import { store, useApp } from '../store/store.ts'
import { count } from '../ui/numbers.ts'

/** Everything that can be called in the state at the cursor, with what comes of it: what changes something first. */
export function WhatElse(): ReactNode {
  const scenario = useApp((s) => s.doc.scenario)
  const world = useApp((s) => s.run.world)
  const next = useMemo(() => {
    try {
      return successorsOf({ scenario, from: 'here' })
    } catch (error) {
      if (error instanceof ExploreError) return error.message
      throw error
    }
  }, [scenario])
  const earlier = useMemo(() => scenario.ops.slice(0, scenario.cursor), [scenario])
  if (typeof next === 'string') return <p className="text-[12px] text-dim">{next}</p>
  const groups = groupsOf(next)
  return (
    <div className="grid gap-2" data-testid="what-else">
      <p className="text-[12px] text-dim">
        {count(next.length)} calls: {groups.map(({ words, all }) => `${all.length} ${words}`).join(', ')}. The usual
        ones by everybody here, on the devices that this run is about.
      </p>
      {groups.map(({ words, all }) => (
        <section key={words} aria-label={words}>
          <h4 className="section-title mb-1">
            {all.length} {words}
          </h4>
          <ul className="grid gap-px">
            {all.map(({ op, result }) => {
              const badge = describeResult(result)
              const text = describeOp(world, op, earlier)
              return (
                <li key={JSON.stringify(op)}>
                  <button
                    type="button"
                    className="flex w-full items-start gap-2 rounded-md px-1.5 py-1 text-left hover:bg-panel2"
                    title={text.words}
                    onClick={() => store.getState().perform([op])}
                  >
                    <span className="min-w-0 flex-1 font-mono text-[11.5px] break-words">
                      {op.by === undefined ? '' : `${op.by}: `}
                      {text.call}
                    </span>
                    <ResultChip result={badge} />
                  </button>
                </li>
              )
            })}
          </ul>
        </section>
      ))}
    </div>
  )
}

/** By what comes of the calls, the most telling first. */
function groupsOf(next: readonly Next[]): readonly { readonly words: string; readonly all: readonly Next[] }[] {
  const is = (tone: string) => (each: Next) => describeResult(each.result).tone === tone
  const ok = next.filter(({ result }) => ['ok', 'info'].includes(describeResult(result).tone))
  return [
    { words: 'BUG', all: next.filter(is('bug')) },
    { words: 'ok', all: ok.filter(({ changes }) => changes) },
    { words: 'ok without a change', all: ok.filter(({ changes }) => !changes) },
    { words: 'waits', all: next.filter(is('wait')) },
    { words: 'refused', all: next.filter(is('bad')) },
  ].filter(({ all }) => all.length > 0)
}
