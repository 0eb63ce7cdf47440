import { useMemo, type ReactNode } from 'react'
import { isolationWords, viabilityWords, type ViabilityState } from '../../explain/index.ts'
import { titleOf } from '../../scenario/document/scenario.ts'
import { judge } from '../../sim/isolation.ts'
import { chooseGroups, namedIn } from '../canvas/groups.ts'
import { store, useApp } from '../store/store.ts'
import { mainGroup } from '../store/view.ts'
import { Offers } from './Offers.tsx'

const MARK = {
  viable: { glyph: '✓', tone: 'text-ok' },
  taken: { glyph: '•', tone: 'text-user' },
  unknown: { glyph: '?', tone: 'text-warn' },
  'not-viable': { glyph: '✗', tone: 'text-bad' },
} as const satisfies Readonly<Record<ViabilityState, { glyph: string; tone: string }>>

/** Groups that the overview lists. */
const LISTED = 24

/** Nothing selected: the state of affairs, group by group, and where to begin. */
export function Overview(): ReactNode {
  const world = useApp((s) => s.run.world)
  const snapshot = useApp((s) => s.snapshot)
  const kernel = useApp((s) => s.kernel)
  const judgements = useMemo(() => judge(world, snapshot), [world, snapshot])
  const title = useApp((s) => titleOf(s.doc.scenario))
  const ops = useApp((s) => s.doc.scenario.ops)
  const { shown, folded } = useMemo(() => chooseGroups(world, namedIn(ops)), [world, ops])
  const groups = snapshot.groups
    .filter(({ group }) => shown.includes(group))
    .sort((a, b) => Number(a.viable) - Number(b.viable) || a.group - b.group)
  const group = mainGroup(world, snapshot)
  return (
    <>
      <div>
        <span className="section-title">Overview</span>
        <h2 className="text-[15px] font-semibold">{title}</h2>
      </div>
      <div>
        <h3 className="section-title mb-1.5">Groups</h3>
        <ul className="grid grid-cols-[minmax(0,1fr)] gap-1">
          {groups.slice(0, LISTED).map((view) => {
            const id = world.groups[view.group]?.id ?? '?'
            const words = viabilityWords(kernel.id, world, view, snapshot)
            const judgement = judgements[view.group]
            return (
              <li key={view.group}>
                <button
                  type="button"
                  className="flex w-full items-center gap-2 rounded-lg border border-line bg-panel2 px-2.5 py-1.5 text-left hover:border-line2"
                  onClick={() => store.getState().showOnCanvas({ kind: 'group', group: view.group })}
                >
                  <span className={MARK[words.state].tone}>{MARK[words.state].glyph}</span>
                  <span className="font-semibold whitespace-nowrap">Group {id}</span>
                  <span className="truncate text-[12px] text-dim">{words.title.toLowerCase()}</span>
                  {judgement !== undefined && (
                    <span className="ml-auto text-[11.5px] whitespace-nowrap text-dim">
                      {isolationWords(world, judgement).title.toLowerCase()}
                    </span>
                  )}
                </button>
              </li>
            )
          })}
        </ul>
        {groups.length > LISTED && (
          <p className="mt-1 text-[12px] text-dim">and {groups.length - LISTED} more: find a device with Ctrl K</p>
        )}
        {folded.length > 0 && (
          <p className="mt-1 text-[12px] text-dim">and {folded.length} more in which nothing happens</p>
        )}
      </div>
      {group !== undefined && (
        <Offers
          selection={{ kind: 'group', group }}
          title={`What you can do with group ${world.groups[group]?.id ?? '?'}`}
        />
      )}
      <p className="text-[12px] text-dim">
        Select anything on the canvas to see why it is as it is, and what each action would return before you take it.
      </p>
    </>
  )
}
