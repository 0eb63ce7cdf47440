import { useMemo, type ReactNode } from 'react'
import { formationWords, formedGroups } from '../../explain/group-formation.ts'
import { shortBdf } from '../../explain/words.ts'
import { agreementOf } from '../../what-if/agreement.ts'
import { Rich } from '../ui/Rich.tsx'
import { store, useApp } from '../store/store.ts'
import { differenceWords } from './agreement-words.ts'

/** Why the members of a group are together. */
export function GroupTopology({ group }: { group: number }): ReactNode {
  const world = useApp((s) => s.run.world)
  const devices = world.groups[group]?.devices ?? []
  return (
    <section>
      <h3 className="section-title mb-1.5">{devices.length === 1 ? 'Why it is alone' : 'Why these are together'}</h3>
      <ul className="grid gap-1 text-[12.5px]">
        {devices.slice(0, SHOWN).map((device) => (
          <li key={device} className="border-l-2 border-line2 pl-2">
            <button
              type="button"
              className="font-mono text-[12px] underline decoration-dotted underline-offset-3"
              onClick={() => store.getState().showOnCanvas({ kind: 'device', device })}
            >
              {shortBdf(world.devices[device]?.spec.bdf ?? '')}
            </button>
            <span className="text-dim">
              : <Rich words={formationWords(world, device).short} links />
            </span>
          </li>
        ))}
      </ul>
      {devices.length > SHOWN && <p className="mt-1 text-[12px] text-dim">and {devices.length - SHOWN} more</p>}
      <GroupDifference group={group} />
    </section>
  )
}

const SHOWN = 12

/** What the listing reported against what forms, where they differ for a group. */
export function GroupDifference({ group }: { group: number }): ReactNode {
  const world = useApp((s) => s.run.world)
  const machine = useApp((s) => s.machine)
  const boot = useApp((s) => s.doc.scenario.boot)
  const agreement = useMemo(() => agreementOf(machine, boot), [machine, boot])
  const target = world.groups[group]
  if (agreement === null || target === undefined) return null
  const difference = agreement.differences.find(({ reported }) => reported.includes(String(target.id)))
  if (difference !== undefined) {
    return (
      <p className="mt-1.5 rounded-lg bg-warn-bg px-2.5 py-1.5 text-[12px] text-warn">
        ≠ {differenceWords(difference)}
      </p>
    )
  }
  const { groups } = formedGroups(world)
  const alike = new Set(target.devices.map((device) => groups[device])).size === 1
  return (
    <p className="mt-1.5 text-[12px] text-dim">
      {alike ? '✓ The listing reports the group that forms from the tree.' : '≠ The listing reports another group.'}
    </p>
  )
}
