import { lazy, Suspense, useMemo, useState, type ReactNode } from 'react'
import { contextWords, isolationWords, viabilityWords, type ViabilityState } from '../../explain/index.ts'
import { containerName } from '../../explain/contexts.ts'
import { shortBdf, size } from '../../explain/words.ts'
import { shortName } from '../../machines/short-name.ts'
import { judge } from '../../sim/isolation.ts'
import { wireContext } from '../../sim/iommu/landing.ts'
import { formatRid } from '../../sim/pci/aliases.ts'
import { chooseGroups, namedIn } from '../canvas/groups.ts'
import { Rich } from '../shell/Rich.tsx'
import { store, useApp, type Selection } from '../store/store.ts'
import { mainGroup } from '../store/view.ts'
import { Offers } from './Offers.tsx'

const WhatElse = lazy(async () => ({ default: (await import('../explore/WhatElse.tsx')).WhatElse }))
const loadPanel = () => import('../topology/Panel.tsx')
const DeviceTopology = lazy(async () => ({ default: (await loadPanel()).DeviceTopology }))
const GroupTopology = lazy(async () => ({ default: (await loadPanel()).GroupTopology }))

/** What is selected: its verdict, the checks behind it, and what can be done with it now. */
export function Inspector(): ReactNode {
  const selection = useApp((s) => s.selection)
  const dead = useApp((s) => s.snapshot.dead)
  return (
    <div className="flex flex-col gap-3.5 p-4" aria-live="off">
      {dead && (
        <p className="rounded-lg bg-bad-bg px-3 py-2 text-bad">
          The kernel has stopped: nothing answers any more. Only going back in time helps (the [ key, or Undo).
        </p>
      )}
      {selection === null ? <Overview /> : <Selected selection={selection} />}
      {!dead && <AllThatCanHappen />}
    </div>
  )
}

/** Opens what is worked out only when somebody asks; a prediction that is open must not be told. */
function AllThatCanHappen(): ReactNode {
  const hushed = useApp((s) => s.hushed)
  const [open, setOpen] = useState(false)
  if (hushed) return null
  return (
    <details onToggle={(event) => setOpen(event.currentTarget.open)}>
      <summary className="cursor-pointer text-[12.5px] text-dim hover:text-ink">All that can happen now</summary>
      <div className="mt-2">
        {open && (
          <Suspense>
            <WhatElse />
          </Suspense>
        )}
      </div>
    </details>
  )
}

function Title({ kind, title, sub }: { kind: string; title: string; sub: ReactNode }): ReactNode {
  return (
    <div>
      <div className="flex items-center justify-between">
        <span className="section-title">{kind}</span>
        <button
          type="button"
          className="-my-1 px-1.5 py-1 text-[11.5px] text-dim underline underline-offset-2"
          onClick={() => store.getState().select(null)}
        >
          overview
        </button>
      </div>
      <h2 className="text-[15px] font-semibold">{title}</h2>
      <div className="font-mono text-[11.5px] text-dim">{sub}</div>
    </div>
  )
}

function Selected({ selection }: { selection: Selection }): ReactNode {
  switch (selection.kind) {
    case 'group':
      return <GroupPanel group={selection.group} selection={selection} />
    case 'device':
      return <DevicePanel device={selection.device} selection={selection} />
    case 'container':
      return <ContainerPanel container={selection.container} selection={selection} />
    case 'iommufd':
      return <IommufdPanel iommufd={selection.iommufd} selection={selection} />
    case 'process':
      return <ProcessPanel process={selection.process} selection={selection} />
    case 'context':
      return <ContextPanel id={selection.context} />
  }
}

function Verdict(props: { good: boolean | 'unknown' | null; title: string; children: ReactNode }): ReactNode {
  const { good, title, children } = props
  const look =
    good === null
      ? 'bg-host-bg text-host'
      : good === 'unknown'
        ? 'bg-warn-bg text-warn'
        : good
          ? 'bg-ok-bg text-ok'
          : 'bg-bad-bg text-bad'
  return (
    <div className={`rounded-[10px] px-3 py-2.5 font-semibold ${look}`}>
      {good === null ? '◌ ' : good === 'unknown' ? '? ' : good ? '✓ ' : '✗ '}
      {title}
      <div className="mt-0.5 text-[12.5px] font-normal text-ink">{children}</div>
    </div>
  )
}

function GroupPanel({ group, selection }: { group: number; selection: Selection }): ReactNode {
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
        kind="Selected"
        title={`IOMMU group ${target.id}${world.setup.machine.estimated === true ? ' (estimated)' : ''}`}
        sub={`${target.devices.length} function${target.devices.length === 1 ? '' : 's'} · ${node} · container users ${view.users}`}
      />
      {lens === 'topology' && (
        <Suspense>
          <GroupTopology group={group} />
        </Suspense>
      )}
      <Verdict good={GOOD[verdict.state]} title={verdict.title}>
        <Rich words={verdict.words} links />
      </Verdict>
      <Checks
        title={`${verdict.test}, member by member`}
        items={verdict.members.map((member) => ({ ok: member.good, words: member.words, code: member.code }))}
      />
      <Offers key={`group ${group}`} selection={selection} />
      <Verdict
        good={judgement.verdict === 'isolated' ? true : judgement.verdict === 'not-isolated' ? false : null}
        title={isolation.title}
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

function Checks(props: {
  title: string
  items: readonly { ok: boolean; words: Parameters<typeof Rich>[0]['words']; code: string }[]
}): ReactNode {
  return (
    <div>
      <h3 className="section-title mb-1 font-mono normal-case! tracking-normal!">{props.title}</h3>
      <ul className="grid grid-cols-[minmax(0,1fr)] gap-1 text-[12.5px]">
        {props.items.map((item, index) => (
          <li key={index} className="flex gap-2">
            <span className={item.ok ? 'text-ok' : 'text-bad'} aria-label={item.ok ? 'passes' : 'fails'} role="img">
              {item.ok ? '✓' : '✗'}
            </span>
            <span className="min-w-0 flex-1">
              <Rich words={item.words} links />
            </span>
            <span className="font-mono text-[10.5px] text-faint">{item.code}</span>
          </li>
        ))}
      </ul>
    </div>
  )
}

function Facts({ items }: { items: readonly (readonly [string, ReactNode])[] }): ReactNode {
  return (
    <dl className="grid grid-cols-[auto_1fr] gap-x-3 gap-y-1 text-[12.5px]">
      {items.map(([name, value]) => (
        <div key={name} className="contents">
          <dt className="text-dim">{name}</dt>
          <dd className="min-w-0 break-words">{value}</dd>
        </div>
      ))}
    </dl>
  )
}

function DevicePanel({ device, selection }: { device: number; selection: Selection }): ReactNode {
  const world = useApp((s) => s.run.world)
  const snapshot = useApp((s) => s.snapshot)
  const lens = useApp((s) => s.lens)
  const target = world.devices[device]
  const view = snapshot.devices[device]
  if (target === undefined || view === undefined) return <Overview />
  const { spec } = target
  const reach = contextWords(world, snapshot, device)
  const group = world.groups[target.group]
  const driver = world.drivers[view.link]?.name ?? ''
  const override = world.drivers[view.override]?.name ?? ''
  const rids = target.rids.map((rid) => shortBdf(formatRid(world.rids[rid] ?? 0)))
  return (
    <>
      <Title
        kind="Selected"
        title={`${shortBdf(spec.bdf)} ${shortName(spec)}`}
        sub={`${spec.name === undefined ? '' : `${spec.name} · `}${idsOf(spec.vendor, spec.device, spec.class)}`}
      />
      {lens === 'topology' && (
        <Suspense>
          <DeviceTopology device={device} />
        </Suspense>
      )}
      <Verdict
        good={reach.tone === 'danger' ? false : reach.tone === 'host' ? null : true}
        title={`DMA: ${reach.short}`}
      >
        <Rich words={reach.words} links />
      </Verdict>
      <Facts
        items={[
          [
            'Group',
            group === undefined ? (
              'in none: VFIO cannot use it'
            ) : (
              <span key="group" className="flex gap-3">
                <button
                  type="button"
                  className="underline decoration-dotted underline-offset-3"
                  onClick={() => store.getState().showOnCanvas({ kind: 'group', group: target.group })}
                >
                  group {group.id}
                </button>
                {lens === 'ownership' && (
                  <button
                    type="button"
                    className="text-dim underline decoration-dotted underline-offset-3"
                    onClick={() => store.getState().setLens('topology')}
                  >
                    why?
                  </button>
                )}
              </span>
            ),
          ],
          [
            'Driver',
            view.leaving
              ? 'leaving: its remove waits'
              : driver === ''
                ? 'none'
                : driver === '?'
                  ? 'the listing does not say'
                  : driver,
          ],
          ...(override === '' ? [] : [['driver_override', override] as const]),
          [
            'Requester IDs',
            <span key="rids" className="font-mono text-[11.5px]">
              {rids.join(', ')}
            </span>,
          ],
          ...(spec.assumed === undefined || spec.assumed.length === 0
            ? []
            : [['Assumed', `${spec.assumed.join(', ')}: the listing does not say`] as const]),
        ]}
      />
      <Offers key={`device ${device}`} selection={selection} />
    </>
  )
}

function idsOf(vendor: string | undefined, device: string | undefined, cls: string | undefined): string {
  const ids = vendor === undefined || device === undefined ? 'ids unknown' : `${vendor}:${device}`
  return cls === undefined ? ids : `${ids} · class ${cls}`
}

function ContainerPanel({ container, selection }: { container: number; selection: Selection }): ReactNode {
  const world = useApp((s) => s.run.world)
  const snapshot = useApp((s) => s.snapshot)
  const view = snapshot.containers.find((c) => c.container === container)
  if (view === undefined) return <Overview />
  const mappings = snapshot.domains.find((domain) => domain.domain === view.domain)?.mappings ?? []
  return (
    <>
      <Title
        kind="Selected"
        title={`Container ${containerName(snapshot, world, container)}`}
        sub={view.slots.length === 0 ? 'no fd left: only its groups keep it' : 'one I/O address space for its groups'}
      />
      <Facts
        items={[
          ['IOMMU', view.iommu ?? 'not set: no page table yet'],
          ['Groups', view.groups.map((group) => `group ${world.groups[group]?.id ?? '?'}`).join(', ') || 'none'],
          [
            'Mapped',
            mappings.length === 0
              ? 'nothing'
              : mappings.map((m) => `0x${m.iova.toString(16)} + ${size(m.size)}`).join(', '),
          ],
        ]}
      />
      <Offers key={`container ${container}`} selection={selection} />
    </>
  )
}

function IommufdPanel({ iommufd, selection }: { iommufd: number; selection: Selection }): ReactNode {
  const world = useApp((s) => s.run.world)
  const snapshot = useApp((s) => s.snapshot)
  const view = snapshot.iommufds.find((other) => other.iommufd === iommufd)
  if (view === undefined) return <Overview />
  const names = (slots: readonly number[]): string => slots.map((slot) => world.slots[slot] ?? '').join(', ')
  const bound = snapshot.devices.filter(({ binding }) => binding?.iommufd === iommufd)
  const tables = snapshot.ioases.filter((ioas) => ioas.iommufd === iommufd)
  const hwpts = snapshot.hwpts.filter((hwpt) => hwpt.iommufd === iommufd)
  return (
    <>
      <Title
        kind="Selected"
        title={`iommufd ${names(view.slots)}`}
        sub={
          view.slots.length === 0
            ? 'no fd left: only its devices keep it'
            : 'address spaces, and the devices bound to it'
        }
      />
      <Facts
        items={[
          [
            'Bound',
            bound.length === 0
              ? 'no device'
              : bound
                  .map(({ device, binding }) => {
                    const at = hwpts.find((hwpt) => hwpt.hwpt === binding?.hwpt)
                    const where = at === undefined ? 'not attached' : `on HWPT ${at.number}`
                    return `${shortBdf(world.devices[device]?.spec.bdf ?? '')} (${where})`
                  })
                  .join(', '),
          ],
          ...tables.map((ioas): readonly [string, string] => [
            `IOAS ${ioas.number}`,
            `${names(ioas.slots) || (ioas.compat ? 'stands in for a container' : 'no name')}: ${
              ioas.mappings.map((m) => `0x${m.iova.toString(16)} + ${size(m.size)}`).join(', ') || 'nothing mapped'
            }`,
          ]),
          ...hwpts.map((hwpt): readonly [string, string] => [
            `HWPT ${hwpt.number}`,
            `${hwpt.auto ? 'made by an attach' : names(hwpt.slots)}; groups on it: ${
              hwpt.groups.map((group) => String(world.groups[group]?.id ?? '?')).join(', ') || 'none'
            }`,
          ]),
        ]}
      />
      <Offers key={`iommufd ${iommufd}`} selection={selection} />
    </>
  )
}

function ProcessPanel({ process, selection }: { process: number; selection: Selection }): ReactNode {
  const world = useApp((s) => s.run.world)
  const snapshot = useApp((s) => s.snapshot)
  const spec = world.setup.processes[process]
  if (spec === undefined) return <Overview />
  const fds = snapshot.fds.filter((fd) => fd.process === process)
  return (
    <>
      <Title kind="Selected" title={spec.name} sub={`process of user ${spec.user}`} />
      <Facts
        items={[
          [
            'Holds',
            fds.length === 0 ? 'nothing' : fds.map((fd) => `${world.slots[fd.slot] ?? ''} (${fd.kind})`).join(', '),
          ],
        ]}
      />
      <Offers key={`process ${process}`} selection={selection} />
    </>
  )
}

function ContextPanel({ id }: { id: string }): ReactNode {
  const world = useApp((s) => s.run.world)
  const snapshot = useApp((s) => s.snapshot)
  const domain = id.startsWith('context domain ') ? Number(id.slice('context domain '.length)) : -1
  const users = snapshot.devices.filter(({ device }) => {
    const context = wireContext(world, snapshot, device)
    if (domain >= 0) return context.kind === 'domain' && context.domain === domain
    if (id === 'context host') return context.kind === 'identity'
    return context.kind === 'blocked'
  })
  const mappings = snapshot.domains.find((d) => d.domain === domain)?.mappings ?? []
  return (
    <>
      <Title
        kind="Selected"
        title={domain >= 0 ? 'A page table of userspace' : id === 'context host' ? 'Host memory' : 'Nowhere'}
        sub={
          domain >= 0
            ? 'DMA reaches what is mapped here, nothing else'
            : id === 'context host'
              ? 'all physical memory: the kernel’s and every process’s'
              : 'the IOMMU faults the access'
        }
      />
      <Facts
        items={[
          [
            'Devices',
            users.length === 0
              ? 'none wholly'
              : users.map((d) => shortBdf(world.devices[d.device]?.spec.bdf ?? '')).join(', '),
          ],
          ...(domain >= 0
            ? [
                [
                  'Mappings',
                  mappings.length === 0
                    ? 'none'
                    : mappings
                        .map(
                          (m) =>
                            `0x${m.iova.toString(16)} + ${size(m.size)} → ${world.setup.processes[m.process]?.name ?? '?'}`,
                        )
                        .join('; '),
                ] as const,
              ]
            : []),
        ]}
      />
    </>
  )
}

const MARK = {
  viable: { glyph: '✓', tone: 'text-ok' },
  taken: { glyph: '•', tone: 'text-user' },
  unknown: { glyph: '?', tone: 'text-warn' },
  'not-viable': { glyph: '✗', tone: 'text-bad' },
} as const satisfies Readonly<Record<ViabilityState, { glyph: string; tone: string }>>

const GOOD = { viable: true, taken: null, unknown: 'unknown', 'not-viable': false } as const satisfies Readonly<
  Record<ViabilityState, boolean | 'unknown' | null>
>

/** Groups that the overview lists. */
const LISTED = 24

/** Nothing selected: the state of affairs, group by group, and where to begin. */
function Overview(): ReactNode {
  const world = useApp((s) => s.run.world)
  const snapshot = useApp((s) => s.snapshot)
  const kernel = useApp((s) => s.kernel)
  const judgements = useMemo(() => judge(world, snapshot), [world, snapshot])
  const notes = useApp((s) => s.doc.scenario.notes)
  const cursor = useApp((s) => s.doc.scenario.cursor)
  const title = useApp((s) => s.doc.scenario.title)
  const note = notes?.[String(cursor)]
  const ops = useApp((s) => s.doc.scenario.ops)
  const { shown, folded } = useMemo(() => chooseGroups(world, namedIn(ops)), [world, ops])
  const groups = snapshot.groups
    .filter(({ group }) => shown.includes(group))
    .sort((a, b) => Number(a.viable) - Number(b.viable) || a.group - b.group)
  // Later the note has a place of its own above the canvas.
  const welcomed = useApp((s) => s.settings.welcomed)
  const group = mainGroup(world, snapshot)
  return (
    <>
      <div>
        <span className="section-title">Overview</span>
        <h2 className="text-[15px] font-semibold">{title}</h2>
      </div>
      {note !== undefined && !welcomed && (
        <p className="rounded-lg bg-user-bg px-3 py-2 text-[12.5px] whitespace-pre-line">{note}</p>
      )}
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
