import { useCallback, useEffect, useMemo, useRef, useState, type ReactNode } from 'react'
import { contextWords, isolationWords, plain, viabilityWords } from '../../explain/index.ts'
import { shortBdf, size } from '../../explain/words.ts'
import { dropDriver, wireIntent, type WireEnd } from '../../scenario/intents.ts'
import { judge } from '../../sim/isolation.ts'
import type { ContainerView, DeviceView, FdView, GroupView } from '../../sim/snapshot.ts'

import { store, useApp, type Selection } from '../store/store.ts'
import { situationOf } from '../store/view.ts'
import { DriverTray } from './DriverTray.tsx'
import { FlowCanvas, type CanvasHandle, type CanvasNode } from './flow/FlowCanvas.tsx'
import { layOut, nodeId, placeNewContainer, type Box, type Lane } from './layout.ts'
import { Chip, DropZone, type Tone } from './parts.tsx'
import { wiresOf, type Wire } from './wires.ts'

const LANE_NAMES: Readonly<Record<Lane, string>> = {
  userspace: 'Userspace',
  vfio: 'VFIO',
  groups: 'IOMMU groups',
  memory: 'IOMMU contexts → memory',
}

/** Lanes go on to the left and right of what stands in them. */
const LANE_REACH = 3000

/** Reads a node's id back: what it stands for. */
export function endOf(id: string): WireEnd | null {
  if (id === nodeId.newContainer) return { kind: 'new-container' }
  const [kind, number] = id.split(' ')
  const index = Number(number)
  switch (kind) {
    case 'process':
      return { kind, process: index }
    case 'container':
      return { kind, container: index }
    case 'group':
      return { kind, group: index }
    case 'device':
      return { kind, device: index }
    default:
      return null
  }
}

function selectionOf(id: string | null): Selection | null {
  if (id === null) return null
  if (id.startsWith('context ')) return { kind: 'context', context: id }
  const end = endOf(id)
  return end === null || end.kind === 'new-container' ? null : end
}

export function idOf(selection: Selection | null): string | null {
  if (selection === null) return null
  switch (selection.kind) {
    case 'process':
      return nodeId.process(selection.process)
    case 'container':
      return nodeId.container(selection.container)
    case 'group':
      return nodeId.group(selection.group)
    case 'device':
      return nodeId.device(selection.device)
    case 'context':
      return selection.context
  }
}

const MISSING = {
  'group-fd': 'Nobody holds a descriptor of that group yet: draw a wire from the process to the group first.',
  'container-fd': 'That container is not open any more, or the group is in one already.',
  'vfio-driver': 'The device is not on vfio-pci.',
  'no-meaning': 'A wire between these two means nothing to this kernel.',
} as const

const TOP: CanvasHandle = { id: 'in', side: 'top', drawable: true, title: 'Draw a wire from or to here' }
const TOP_QUIET: CanvasHandle = { id: 'in', side: 'top', drawable: false }
const BOTTOM_QUIET: CanvasHandle = { id: 'out', side: 'bottom', drawable: false }

function useWidth(): [number, (element: HTMLElement | null) => void] {
  const [width, setWidth] = useState(0)
  const observer = useRef<ResizeObserver | null>(null)
  const ref = useCallback((element: HTMLElement | null) => {
    observer.current?.disconnect()
    if (element === null) return
    setWidth(Math.round(element.clientWidth))
    observer.current = new ResizeObserver(() => setWidth(Math.round(element.clientWidth)))
    observer.current.observe(element)
  }, [])
  return [width, ref]
}

/** The picture of the machine at the cursor. */
export function Canvas({ children }: { children?: ReactNode }): ReactNode {
  const run = useApp((s) => s.run)
  const snapshot = useApp((s) => s.snapshot)
  const kernel = useApp((s) => s.kernel)
  const ops = useApp((s) => s.doc.scenario.ops)
  const selection = useApp((s) => s.selection)
  const machine = useApp((s) => s.machine)
  const [width, measure] = useWidth()
  const [unfold, setUnfold] = useState(false)
  const [wire, setWire] = useState<string | null>(null)
  const world = run.world

  useEffect(() => setUnfold(false), [machine])
  const layout = useMemo(() => layOut({ world, ops, viewWidth: width, unfold }), [world, ops, width, unfold])
  const judgements = useMemo(() => judge(world, snapshot), [world, snapshot])

  const nodes = useMemo(() => {
    const list: CanvasNode[] = []
    const box = (id: string): Box | undefined => layout.places.get(id)
    const add = (node: Omit<CanvasNode, 'box'>, at: Box | undefined): void => {
      if (at !== undefined) list.push({ ...node, box: at })
    }
    for (const { lane, y, height } of layout.lanes) {
      add(
        {
          id: `lane ${lane}`,
          label: '',
          body: <LaneBand name={LANE_NAMES[lane]} last={lane === 'memory'} />,
          handles: [],
          selectable: false,
          layer: 0,
          backdrop: true,
        },
        { x: -LANE_REACH, y, width: layout.width + 2 * LANE_REACH, height },
      )
    }
    world.setup.processes.forEach((spec, process) => {
      const at = box(nodeId.process(process))
      if (at === undefined) return
      const fds = snapshot.fds.filter((fd) => fd.process === process)
      const alive = snapshot.processes[process]?.alive !== false
      const perRow = Math.max(2, Math.floor((at.width - 24) / 96))
      const handles: CanvasHandle[] = fds.map((fd, index) => ({
        id: `slot ${fd.slot}`,
        side: 'bottom',
        x: 12 + ((index % perRow) + 0.5) * ((at.width - 24) / perRow),
        drawable: false,
      }))
      add(
        {
          id: nodeId.process(process),
          label: `Process ${spec.name}, user ${spec.user}, ${fds.length === 0 ? 'nothing open' : `${fds.length} open`}`,
          body: <ProcessBody name={spec.name} user={spec.user} alive={alive} fds={fds} perRow={perRow} />,
          handles: [
            ...handles,
            {
              id: 'out',
              side: 'bottom',
              x: at.width - 16,
              drawable: alive,
              title: 'Draw a wire to a group, a device or a new container',
            },
          ],
          selectable: true,
          layer: 4,
        },
        at,
      )
    })
    for (const container of snapshot.containers) {
      const id = nodeId.container(container.container)
      const names = container.slots.map((slot) => world.slots[slot] ?? '').join(', ')
      add(
        {
          id,
          label: `Container ${names || 'without a descriptor'}, IOMMU ${container.iommu ?? 'not set'}, ${container.groups.length} groups`,
          body: <ContainerBody container={container} names={names} />,
          handles: [TOP, { ...BOTTOM_QUIET, drawable: true, title: 'Draw a wire to a group' }],
          selectable: true,
          layer: 4,
        },
        box(id),
      )
    }
    if (!snapshot.dead) {
      add(
        {
          id: nodeId.newContainer,
          label: 'Place for a new container: draw a wire from a process to here',
          body: <NewContainerBody />,
          handles: [TOP],
          selectable: false,
          layer: 4,
        },
        placeNewContainer(layout, snapshot),
      )
    }
    for (const group of layout.groups) {
      const view = snapshot.groups[group]
      const target = world.groups[group]
      const judgement = judgements[group]
      if (view === undefined || target === undefined || judgement === undefined) continue
      const verdict = viabilityWords(kernel.id, world, view, snapshot)
      const isolation = isolationWords(world, judgement)
      add(
        {
          id: nodeId.group(group),
          label: `IOMMU group ${target.id}: ${verdict.title}. ${isolation.title}. ${plain(verdict.words)}`,
          body: (
            <GroupBody
              id={target.id}
              view={view}
              title={verdict.title}
              words={plain(verdict.words)}
              isolation={isolation.title}
              isolationTone={judgement.verdict}
            />
          ),
          handles: [TOP],
          selectable: true,
          layer: 1,
        },
        box(nodeId.group(group)),
      )
      for (const device of target.devices) {
        const deviceView = snapshot.devices[device]
        const spec = world.devices[device]?.spec
        if (deviceView === undefined || spec === undefined) continue
        const reach = contextWords(world, snapshot, device)
        const good = view.members.find((member) => member.device === device)?.good !== false
        const driver = world.drivers[deviceView.link]?.name ?? ''
        add(
          {
            id: nodeId.device(device),
            parent: nodeId.group(group),
            label: `Device ${shortBdf(spec.bdf)}, ${spec.name ?? 'unnamed'}, ${driver === '' ? 'no driver' : `driver ${driver}`}, ${reach.short}`,
            body: (
              <DeviceBody
                view={deviceView}
                bdf={shortBdf(spec.bdf)}
                name={spec.name ?? (spec.bridge ? 'PCI bridge' : `class ${spec.class ?? 'unknown'}`)}
                bridge={spec.bridge}
                driver={driver}
                driverFamily={world.drivers[deviceView.link]?.family ?? 'none'}
                good={good}
                reach={reach.short}
                reachTone={reach.tone}
                device={device}
              />
            ),
            handles: [TOP, BOTTOM_QUIET],
            selectable: true,
            layer: 6,
          },
          box(nodeId.device(device)),
        )
      }
    }
    if (layout.folded.length > 0) {
      add(
        {
          id: nodeId.folded,
          label: `${layout.folded.length} more groups where nothing happens: press Enter to unfold`,
          body: <FoldedBody count={layout.folded.length} />,
          handles: [],
          selectable: true,
          layer: 1,
        },
        box(nodeId.folded),
      )
    }
    const live = new Set(snapshot.domains.map((domain) => domain.domain))
    add(
      {
        id: nodeId.host,
        label: 'Host memory',
        body: <ContextBody tone="host" title="Host memory" lines={['kernel and every process']} />,
        handles: [TOP_QUIET],
        selectable: true,
        layer: 4,
      },
      box(nodeId.host),
    )
    add(
      {
        id: nodeId.nothing,
        label: 'Nowhere: the IOMMU faults the access',
        body: <ContextBody tone="none" title="Nowhere" lines={['the IOMMU faults it']} />,
        handles: [TOP_QUIET],
        selectable: true,
        layer: 4,
      },
      box(nodeId.nothing),
    )
    for (const domain of snapshot.domains) {
      const id = nodeId.domain(domain.domain)
      const owner = snapshot.containers.find((container) => container.container === domain.owner.index)
      const name = owner?.slots.map((slot) => world.slots[slot] ?? '').join(', ')
      const title = `Page table of ${name === undefined || name === '' ? `container ${domain.owner.index + 1}` : name}`
      const lines = domain.mappings.map((mapping) => {
        const process = world.setup.processes[mapping.process]?.name ?? '?'
        return `0x${mapping.iova.toString(16)} +${size(mapping.size)} → ${process}`
      })
      add(
        {
          id,
          label: `${title}: ${lines.length === 0 ? 'nothing mapped' : lines.join(', ')}`,
          body: <ContextBody tone="ctx" title={title} lines={lines.length === 0 ? ['nothing mapped yet'] : lines} />,
          handles: [TOP_QUIET],
          selectable: true,
          layer: 4,
        },
        box(id),
      )
    }
    if (live.size === 0) {
      add(
        {
          id: 'context ghost',
          label: 'No page table of userspace yet',
          body: <ContextBody tone="ghost" title="No page table yet" lines={['VFIO_SET_IOMMU makes one']} />,
          handles: [],
          selectable: false,
          layer: 2,
        },
        box(nodeId.domain(0)),
      )
    }
    return list
  }, [layout, world, snapshot, kernel, judgements])

  const wires = useMemo(() => wiresOf(world, snapshot, new Set(nodes.map((node) => node.id))), [world, snapshot, nodes])

  const [reveal, setReveal] = useState<{ id: string; count: number } | null>(null)
  const wanted = useApp((s) => s.reveal)
  useEffect(() => {
    if (wanted !== null) setReveal({ id: idOf(wanted.selection) ?? '', count: wanted.count })
  }, [wanted])

  return (
    <div
      ref={measure}
      className={`relative h-full min-h-0 w-full overflow-hidden ${snapshot.dead ? 'crashed' : ''}`}
      data-testid="canvas"
    >
      {width > 0 && (
        <FlowCanvas
          nodes={nodes}
          wires={wires}
          selected={wire ?? idOf(selection)}
          width={layout.width}
          height={layout.height}
          fitKey={`${machine.id} ${layout.width} ${layout.groups.length}`}
          reveal={reveal}
          onSelect={(id) => {
            if (id === nodeId.folded) {
              setUnfold(true)
              return
            }
            const isWire = id !== null && wires.some((w) => w.id === id)
            setWire(isWire ? id : null)
            if (!isWire) store.getState().select(selectionOf(id))
          }}
          onWire={drawWire}
          onCut={(cut) => {
            setWire(null)
            cutWire(cut)
          }}
        />
      )}
      <DriverTray />
      {children}
    </div>
  )
}

function drawWire(from: string, to: string): void {
  const a = endOf(from)
  const b = endOf(to)
  if (a === null || b === null) return
  const state = store.getState()
  const intent = wireIntent(situationOf(state), a, b)
  if ('ops' in intent) state.perform(intent.ops)
  else state.toast('info', MISSING[intent.missing])
}

function cutWire(wire: Wire): void {
  const state = store.getState()
  if (wire.cut.length > 0) state.perform(wire.cut)
}

function LaneBand({ name, last }: { name: string; last: boolean }): ReactNode {
  return (
    <div className={`h-full w-full ${last ? '' : 'border-b border-dashed border-line2'}`}>
      <span className="section-title absolute top-1.5" style={{ left: LANE_REACH + 20 }}>
        {name}
      </span>
    </div>
  )
}

function ProcessBody(props: {
  name: string
  user: string
  alive: boolean
  fds: readonly FdView[]
  perRow: number
}): ReactNode {
  const { name, user, alive, fds, perRow } = props
  const world = useApp((s) => s.run.world)
  return (
    <div className="h-full rounded-xl border border-line2 bg-panel px-3 py-2 shadow-node">
      <div className="flex items-baseline gap-2">
        <span className="text-[13px] font-semibold">{name}</span>
        <span className="font-mono text-[11px] text-dim">user {user}</span>
        {!alive && <Chip tone="none">exited</Chip>}
      </div>
      <div className="mt-1.5 grid gap-1.5" style={{ gridTemplateColumns: `repeat(${perRow}, minmax(0, 1fr))` }}>
        {fds.length === 0 && <Chip tone="none">nothing open</Chip>}
        {fds.map((fd) => (
          <span key={fd.slot} className={`chip justify-center truncate border-transparent bg-user-bg text-user`}>
            <b>{world.slots[fd.slot]}</b>
            <span className="truncate">{fdTarget(fd)}</span>
          </span>
        ))}
      </div>
    </div>
  )
}

function fdTarget(fd: FdView): string {
  const { world } = store.getState().run
  switch (fd.kind) {
    case 'container':
      return 'container'
    case 'group':
      return `group ${world.groups[fd.object]?.id ?? '?'}`
    case 'device':
    case 'cdev':
      return shortBdf(world.devices[fd.object]?.spec.bdf ?? '?')
    default:
      return fd.kind
  }
}

function ContainerBody({ container, names }: { container: ContainerView; names: string }): ReactNode {
  return (
    <div className="h-full rounded-xl border border-ctx bg-panel px-3 py-2 shadow-node">
      <div className="flex items-center gap-2">
        <Chip tone="ctx">container</Chip>
        <span className="text-[13px] font-semibold">{names === '' ? 'fd closed' : names}</span>
      </div>
      <div className="mt-1.5 font-mono text-[11px] text-dim">IOMMU: {container.iommu ?? 'not set'}</div>
    </div>
  )
}

function NewContainerBody(): ReactNode {
  return (
    <div className="flex h-full items-center justify-center rounded-xl border border-dashed border-line2 bg-bg px-3 text-center font-mono text-[11px] text-faint">
      /dev/vfio/vfio
      <br />
      each open makes a container
    </div>
  )
}

function GroupBody(props: {
  id: number
  view: GroupView
  title: string
  words: string
  isolation: string
  isolationTone: string
}): ReactNode {
  const { id, view, title, words, isolation, isolationTone } = props
  const border = view.viable ? 'border-ok bg-ok-bg/45' : 'border-bad bg-bad-bg/45'
  const tone: Tone = isolationTone === 'isolated' ? 'ok' : isolationTone === 'not-isolated' ? 'bad' : 'host'
  return (
    <div className={`flex h-full flex-col rounded-[15px] border-[1.5px] px-3.5 ${border}`}>
      <div className="flex h-[38px] flex-none items-center gap-2 pt-1 whitespace-nowrap">
        <span className="font-semibold">Group {id}</span>
        <span className={`tag ${view.viable ? 'bg-ok text-bg' : 'bg-bad-solid text-white'}`}>
          {title.toUpperCase()}
        </span>
        <span className="ml-auto">
          <Chip tone={tone}>{isolation}</Chip>
        </span>
      </div>
      <div className="flex h-[20px] flex-none items-center overflow-hidden">
        <p className={`truncate text-[11.5px] ${view.viable ? 'text-dim' : 'text-bad'}`} title={words}>
          {view.opened ? 'fd open · ' : ''}
          {view.users > 0 ? `${view.users} container user${view.users === 1 ? '' : 's'} · ` : ''}
          {words}
        </p>
      </div>
    </div>
  )
}

const REACH: Readonly<Record<'host' | 'user' | 'none' | 'danger', Tone>> = {
  host: 'host',
  user: 'ctx',
  none: 'none',
  danger: 'bad',
}

function DeviceBody(props: {
  view: DeviceView
  device: number
  bdf: string
  name: string
  bridge: boolean
  driver: string
  driverFamily: string
  good: boolean
  reach: string
  reachTone: 'host' | 'user' | 'none' | 'danger'
}): ReactNode {
  const { view, device, bdf, name, bridge, driver, driverFamily, good, reach, reachTone } = props
  const tone: Tone = !good ? 'bad' : driverFamily === 'vfio' ? 'ok' : driver === '' ? 'none' : 'plain'
  const unknown = driverFamily === 'unknown'
  return (
    <DropZone
      className={`h-full rounded-[10px] border bg-panel px-3 py-2 shadow-node ${good ? 'border-line2' : 'border-bad'} ${view.present ? '' : 'opacity-50'}`}
      onDriver={(dropped) => {
        const state = store.getState()
        const ops = dropDriver(situationOf(state), device, dropped)
        if (ops.length > 0) state.perform(ops)
      }}
    >
      <div className="flex items-center gap-1.5 font-mono text-[12px] font-semibold">
        {bdf}
        {bridge && <span className="font-sans text-[10.5px] font-medium text-faint">bridge</span>}
        {view.opens > 0 && <span className="ml-auto font-sans text-[10.5px] text-user">open ×{view.opens}</span>}
      </div>
      <div className="mb-1.5 truncate text-[11.5px] text-dim" title={name}>
        {name}
      </div>
      <div className="flex h-[20px] gap-1 overflow-hidden">
        {!view.present ? (
          <Chip tone="none">empty slot</Chip>
        ) : view.leaving ? (
          <Chip tone="warn">… leaving its driver</Chip>
        ) : (
          <Chip tone={unknown ? 'warn' : tone} title={good ? 'no obstacle' : 'keeps the group from being viable'}>
            {good ? '' : '✗ '}
            {driver === '' ? 'no driver' : unknown ? 'driver unknown' : driver}
          </Chip>
        )}
      </div>
      <div className="mt-1 flex h-[20px] items-center gap-1 overflow-hidden">
        <span className="text-[10.5px] text-faint">DMA</span>
        <Chip tone={REACH[reachTone]}>
          {reachTone === 'danger' ? '⚠ ' : ''}
          {reach}
        </Chip>
      </div>
    </DropZone>
  )
}

function FoldedBody({ count }: { count: number }): ReactNode {
  return (
    <div className="flex h-full flex-col items-center justify-center rounded-[15px] border border-dashed border-line2 text-center text-dim">
      <span className="text-[13px] font-semibold">+ {count} more groups</span>
      <span className="text-[11.5px] text-faint">bridges and devices without drivers</span>
    </div>
  )
}

function ContextBody(props: {
  tone: 'host' | 'none' | 'ctx' | 'ghost'
  title: string
  lines: readonly string[]
}): ReactNode {
  const { tone, title, lines } = props
  const look = {
    host: 'border-host text-host',
    none: 'border-line2 text-dim',
    ctx: 'border-ctx text-ctx',
    ghost: 'border-dashed border-line2 text-faint',
  }[tone]
  return (
    <div className={`h-full overflow-hidden rounded-xl border bg-panel px-3 py-2 ${look}`}>
      <div className="truncate text-[12.5px] font-semibold">{title}</div>
      {lines.slice(0, 3).map((line) => (
        <div key={line} className="truncate font-mono text-[11px] text-dim">
          {line}
        </div>
      ))}
      {lines.length > 3 && <div className="font-mono text-[11px] text-faint">+{lines.length - 3} more</div>}
    </div>
  )
}
