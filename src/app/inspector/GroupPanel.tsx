import { useMemo, type ReactNode } from 'react'
import { isolationWords, viabilityWords, type ViabilityState } from '../../explain/index.ts'
import { judge } from '../../sim/isolation.ts'
import { useApp, type Selection } from '../store/store.ts'
import { late } from '../ui/late.tsx'
import { Rich } from '../ui/Rich.tsx'
import { Term } from '../ui/Term.tsx'
import { Offers } from './Offers.tsx'
import { Overview } from './Overview.tsx'
import { Checks, Title, Verdict } from './parts.tsx'

const GroupTopology = late(
  async () => (await import('../topology/sections.ts')).GroupTopology,
  'why the group is as it is',
  'part',
)

const GOOD = { viable: true, taken: null, unknown: 'unknown', 'not-viable': false } as const satisfies Readonly<
  Record<ViabilityState, boolean | 'unknown' | null>
>

/** A group: whether it is viable and isolated, and why. */
export function GroupPanel({ group, selection }: { group: number; selection: Selection }): ReactNode {
  const world = useApp((s) => s.run.world)
  const snapshot = useApp((s) => s.snapshot)
  const kernel = useApp((s) => s.kernel)
  const lens = useApp((s) => s.lens)
  const view = snapshot.groups[group]
  const target = world.groups[group]
  const judgement = useMemo(() => judge(world, snapshot)[group], [world, snapshot, group])
  if (view === undefined || target === undefined || judgement === undefined) return <Overview />
  const verdict = viabilityWords(kernel.id, world, view, snapshot)
  const isolation = isolationWords(world, judgement)
  const node = view.node ? `/dev/vfio/${target.id}, owner ${view.owner}` : `no /dev/vfio/${target.id}`
  return (
    <>
      <Title
        kind="IOMMU group"
        title={`IOMMU group ${target.id}${world.setup.machine.estimated === true ? ' (estimated)' : ''}`}
        sub={`${target.devices.length} function${target.devices.length === 1 ? '' : 's'} · ${node} · container users ${view.users}`}
      />
      {lens === 'topology' && <GroupTopology group={group} />}
      <Verdict good={GOOD[verdict.state]} title={<Term word="Viable">{verdict.title}</Term>}>
        <Rich words={verdict.words} links />
      </Verdict>
      <Checks
        title={`${verdict.test}, member by member`}
        items={verdict.members.map((member) => ({ ok: member.good, words: member.words, code: member.code }))}
      />
      <Offers key={`group ${group}`} selection={selection} />
      <Verdict
        good={judgement.verdict === 'isolated' ? true : judgement.verdict === 'not-isolated' ? false : null}
        title={<Term word="Isolation">{isolation.title}</Term>}
      >
        <Rich words={isolation.words} links />
        {isolation.findings.length > 0 && (
          <ul className="mt-1.5 grid gap-1.5">
            {isolation.findings.map((finding, index) => (
              <li key={index} className="border-l-2 border-bad pl-2">
                <Rich words={finding} links />
              </li>
            ))}
          </ul>
        )}
        <p className="mt-1.5 text-[11.5px] text-dim">
          Judged from the hardware’s side: where each member’s DMA lands, whatever the kernel believes.
        </p>
      </Verdict>
    </>
  )
}
