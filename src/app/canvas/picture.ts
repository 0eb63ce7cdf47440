import { contextWords, isolationWords, plain, viabilityWords, type ViabilityState } from '../../explain/index.ts'
import { domainName } from '../../explain/contexts.ts'
import { shortBdf, size } from '../../explain/words.ts'
import { shortName } from '../../machines/short-name.ts'
import { judge, type Judgement } from '../../sim/isolation.ts'
import type { Kernel } from '../../sim/kernel.ts'
import type { FdView, Snapshot } from '../../sim/snapshot.ts'
import type { World } from '../../sim/world.ts'
import { LANE_REACH, nodeId, type Box, type Lane, type Layout } from './layout.ts'
import type { CanvasHandle, CanvasNode, Look, Tag, Tone } from './looks.ts'

const LANE_NAMES: Readonly<Record<Lane, string>> = {
  userspace: 'Userspace',
  vfio: 'VFIO',
  groups: 'IOMMU groups',
  memory: 'IOMMU contexts → memory',
}

const TOP: CanvasHandle = { id: 'in', side: 'top', drawable: true, title: 'Draw a wire from or to here' }
/** Descriptors come in at the left of a group, what contains it at the right of that. */
const GROUP_TOP: readonly CanvasHandle[] = [
  { ...TOP, x: 60 },
  { ...TOP, id: 'member', x: 150 },
]
const TOP_QUIET: CanvasHandle = { id: 'in', side: 'top', drawable: false }
const BOTTOM: CanvasHandle = { id: 'out', side: 'bottom', drawable: true, title: 'Draw a wire to a group' }
const BOTTOM_QUIET: CanvasHandle = { id: 'out', side: 'bottom', drawable: false }

const REACH: Readonly<Record<'host' | 'user' | 'none' | 'danger', Tone>> = {
  host: 'host',
  user: 'ctx',
  none: 'none',
  danger: 'bad',
}

/** Nodes by id as they were last drawn of a world, so that what shows the same stays the same object. */
const drawn = new WeakMap<World, Map<string, { key: string; node: CanvasNode }>>()

/** All nodes of a state on a layout. What did not change since the last picture of this world is the same object. */
export function picture(kernel: Kernel, world: World, snapshot: Snapshot, layout: Layout): CanvasNode[] {
  const known = drawn.get(world) ?? new Map<string, { key: string; node: CanvasNode }>()
  drawn.set(world, known)
  const nodes: CanvasNode[] = []
  const add = (box: Box | undefined, node: Omit<CanvasNode, 'box'>): void => {
    if (box === undefined) return
    const key = JSON.stringify([box, node])
    const before = known.get(node.id)
    if (before?.key === key) {
      nodes.push(before.node)
      return
    }
    const fresh = { ...node, box }
    known.set(node.id, { key, node: fresh })
    nodes.push(fresh)
  }
  addLanes(layout, kernel, add)
  addProcesses(world, snapshot, layout, add)
  addObjects(kernel, world, snapshot, layout, add)
  addGroups(kernel, world, snapshot, layout, add)
  addContexts(world, snapshot, layout, add)
  return nodes
}

type Add = (box: Box | undefined, node: Omit<CanvasNode, 'box'>) => void

function addLanes(layout: Layout, kernel: Kernel, add: Add): void {
  for (const { lane, y, height } of layout.lanes) {
    const name = lane === 'vfio' && kernel.abi.includes('open_iommufd') ? 'VFIO and iommufd' : LANE_NAMES[lane]
    add(
      { x: -LANE_REACH, y, width: layout.width + 2 * LANE_REACH, height },
      {
        id: `lane ${lane}`,
        label: '',
        look: { kind: 'lane', name, last: lane === 'memory' },
        handles: [],
        selectable: false,
        layer: 0,
        backdrop: true,
      },
    )
  }
}

const FD_KINDS = new Set<FdView['kind']>(['container', 'group', 'device', 'iommufd', 'cdev'])

function addProcesses(world: World, snapshot: Snapshot, layout: Layout, add: Add): void {
  world.setup.processes.forEach((spec, process) => {
    const box = layout.places.get(nodeId.process(process))
    if (box === undefined) return
    const fds = snapshot.fds.filter((fd) => fd.process === process && FD_KINDS.has(fd.kind))
    const alive = snapshot.processes[process]?.alive !== false
    const columns = Math.max(2, Math.floor((box.width - 24) / 96))
    const step = (box.width - 24) / columns
    const handles = fds.map((fd, index): CanvasHandle => {
      return { id: `slot ${fd.slot}`, side: 'bottom', x: 12 + ((index % columns) + 0.5) * step, drawable: false }
    })
    add(box, {
      id: nodeId.process(process),
      label: `Process ${spec.name}, user ${spec.user}, ${fds.length === 0 ? 'nothing open' : `${fds.length} open`}`,
      look: {
        kind: 'process',
        name: spec.name,
        user: spec.user,
        alive,
        fds: fds.map((fd) => ({ tone: 'user', name: world.slots[fd.slot] ?? '', text: fdTarget(world, fd) })),
        columns,
      },
      handles: [
        ...handles,
        {
          id: 'out',
          side: 'bottom',
          x: box.width - 16,
          drawable: alive,
          title: 'Draw a wire to a group, a device or a new container',
        },
      ],
      selectable: true,
      layer: 4,
    })
  })
}

function fdTarget(world: World, fd: FdView): string {
  switch (fd.kind) {
    case 'group':
      return fd.dead === true ? 'dead group fd' : `group ${world.groups[fd.object]?.id ?? '?'}`
    case 'device':
      return shortBdf(world.devices[fd.object]?.spec.bdf ?? '?')
    case 'cdev':
      return `${shortBdf(world.devices[fd.object]?.spec.bdf ?? '?')}${fd.access === false ? ' unbound' : ''}`
    default:
      return fd.kind
  }
}

function addObjects(kernel: Kernel, world: World, snapshot: Snapshot, layout: Layout, add: Add): void {
  const names = (slots: readonly number[]): string => slots.map((slot) => world.slots[slot] ?? '').join(', ')
  const taken = new Set<number>()
  // Containers stand at the place of their number; iommufds and the places for new ones take what is free.
  const free = (): number => {
    let n = 0
    while (taken.has(n)) n++
    taken.add(n)
    return n
  }
  for (const container of snapshot.containers) {
    taken.add(container.container)
    const name = names(container.slots)
    add(layout.objectPlace(container.container), {
      id: nodeId.container(container.container),
      label: `Container ${name || 'without a descriptor'}, IOMMU ${container.iommu ?? 'not set'}, ${container.groups.length} groups`,
      look: { kind: 'container', name: name || 'fd closed', iommu: container.iommu ?? 'not set' },
      handles: [TOP, BOTTOM],
      selectable: true,
      layer: 4,
    })
  }
  for (const view of snapshot.iommufds) {
    const name = names(view.slots)
    const objects = [
      ...snapshot.ioases
        .filter((ioas) => ioas.iommufd === view.iommufd)
        .map((ioas): Tag => {
          const own = names(ioas.slots) || (ioas.compat ? 'compat' : `#${ioas.number}`)
          return { tone: 'ctx', name: own, text: `IOAS ${ioas.number}, ${ioas.mappings.length} mapped` }
        }),
      ...snapshot.hwpts
        .filter((hwpt) => hwpt.iommufd === view.iommufd)
        .map((hwpt): Tag => ({ tone: 'plain', name: names(hwpt.slots), text: `HWPT ${hwpt.number}` })),
    ]
    add(layout.objectPlace(free()), {
      id: nodeId.iommufd(view.iommufd),
      label: `iommufd ${name || 'without a descriptor'}, ${objects.map((tag) => `${tag.name ?? ''} ${tag.text}`).join(', ') || 'empty'}`,
      look: { kind: 'iommufd', name: name || 'fd closed', objects },
      handles: [TOP, BOTTOM],
      selectable: true,
      layer: 4,
    })
  }
  if (snapshot.dead) return
  if (kernel.abi.includes('open_container')) {
    add(layout.objectPlace(free()), {
      id: nodeId.newContainer,
      label: 'Place for a new container: draw a wire from a process to here',
      look: { kind: 'new', path: '/dev/vfio/vfio', words: 'each open makes a container' },
      handles: [TOP],
      selectable: false,
      layer: 4,
    })
  }
  if (kernel.abi.includes('open_iommufd')) {
    add(layout.objectPlace(free()), {
      id: nodeId.newIommufd,
      label: 'Place for a new iommufd: draw a wire from a process to here',
      look: { kind: 'new', path: '/dev/iommu', words: 'each open makes an iommufd' },
      handles: [TOP],
      selectable: false,
      layer: 4,
    })
  }
}

function addGroups(kernel: Kernel, world: World, snapshot: Snapshot, layout: Layout, add: Add): void {
  const judgements = judge(world, snapshot)
  for (const group of layout.groups) {
    const view = snapshot.groups[group]
    const target = world.groups[group]
    const judgement = judgements[group]
    if (view === undefined || target === undefined || judgement === undefined) continue
    const verdict = viabilityWords(kernel.id, world, view, snapshot)
    const isolation = isolationWords(world, judgement)
    const standing = standingOf(view, verdict.state)
    const estimated = world.setup.machine.estimated === true
    const words = plain(verdict.words)
    add(layout.places.get(nodeId.group(group)), {
      id: nodeId.group(group),
      label: `IOMMU group ${target.id}: ${estimated ? 'estimated, ' : ''}${verdict.title}. ${isolation.title}. ${words}`,
      look: {
        kind: 'group',
        id: target.id,
        estimated,
        standing,
        title: verdict.title,
        facts: groupFacts(target.id, view),
        words,
        isolation: isolation.title,
        verdict: judgement.verdict,
      },
      handles: GROUP_TOP,
      selectable: true,
      layer: 1,
    })
    for (const device of target.devices) {
      addDevice(world, snapshot, layout, { device, group, view, judgement }, add)
    }
  }
  for (const { id, kind, groups } of layout.folded) {
    const count = `${groups.length} ${groups.length === 1 ? 'group' : 'groups'}`
    add(layout.places.get(id), {
      id,
      label: `${kind}: ${count} more where nothing happens: press Enter to unfold`,
      look: { kind: 'folded', what: kind, count },
      handles: [],
      selectable: true,
      layer: 1,
    })
  }
}

/** How a group stands towards userspace, for its frame. */
function standingOf(view: Snapshot['groups'][number], state: ViabilityState): (Look & { kind: 'group' })['standing'] {
  if (state !== 'not-viable') return state
  return !view.node && !view.opened && view.container < 0 && view.compat < 0 ? 'quiet' : 'not-viable'
}

/** The group's file and who holds the group, in a few words: counts that the kernel keeps. */
function groupFacts(id: number, { node, opened, users, ownership }: Snapshot['groups'][number]): string {
  const facts = [
    opened ? 'fd open' : node ? `/dev/vfio/${id}` : '',
    users > 0 ? `${users} container user${users === 1 ? '' : 's'}` : '',
    ownership === null || ownership.owner === 'nobody'
      ? ''
      : ownership.owner === 'drivers'
        ? `DMA used by ${ownership.count} driver${ownership.count === 1 ? '' : 's'}`
        : `DMA owned by ${ownership.owner === 'iommufd' ? 'an iommufd' : 'VFIO'}`,
  ]
  return facts.filter((fact) => fact !== '').join(' · ')
}

interface Member {
  readonly device: number
  readonly group: number
  readonly view: Snapshot['groups'][number]
  readonly judgement: Judgement
}

function addDevice(world: World, snapshot: Snapshot, layout: Layout, member: Member, add: Add): void {
  const { device, group, view } = member
  const deviceView = snapshot.devices[device]
  const spec = world.devices[device]?.spec
  if (deviceView === undefined || spec === undefined) return
  const reach = contextWords(world, snapshot, device)
  const good = view.members.find((candidate) => candidate.device === device)?.good !== false
  const { name: driver = '', family = 'none' } = world.drivers[deviceView.link] ?? {}
  const isAssumed = spec.assumed?.includes('driver') === true && deviceView.link === world.devices[device]?.bootDriver
  const { binding } = deviceView
  const bound =
    binding === null ? '' : snapshot.fds.some((fd) => fd.kind === 'cdev' && fd.object === device) ? 'bound' : 'held'
  add(layout.places.get(nodeId.device(device)), {
    id: nodeId.device(device),
    parent: nodeId.group(group),
    label: `Device ${shortBdf(spec.bdf)}, ${spec.name ?? 'unnamed'}, ${driver === '' ? 'no driver' : `driver ${driver}`}, ${reach.short}`,
    look: {
      kind: 'device',
      device,
      bdf: shortBdf(spec.bdf),
      name: shortName(spec),
      mark:
        deviceView.opens > 0
          ? `open ×${deviceView.opens}${bound === '' ? '' : binding?.hwpt === -1 ? ', bound' : ', attached'}`
          : spec.bridge
            ? 'bridge'
            : '',
      present: deviceView.present,
      good,
      driver: !deviceView.present
        ? { tone: 'none', text: 'empty slot' }
        : deviceView.leaving
          ? { tone: 'warn', text: '… leaving its driver' }
          : driverTag(driver, family, good, isAssumed),
      reach: { tone: REACH[reach.tone], text: `${reach.tone === 'danger' ? '⚠ ' : ''}${reach.short}` },
    },
    handles: [TOP, BOTTOM_QUIET],
    selectable: true,
    layer: 6,
  })
}

function driverTag(driver: string, family: string, good: boolean, assumed: boolean): Tag {
  if (family === 'unknown') return { tone: 'warn', text: '? driver unknown' }
  if (driver === '') return { tone: 'none', text: assumed ? 'no driver (assumed)' : 'no driver' }
  return { tone: !good ? 'bad' : family === 'vfio' ? 'ok' : 'plain', text: `${good ? '' : '✗ '}${driver}` }
}

function addContexts(world: World, snapshot: Snapshot, layout: Layout, add: Add): void {
  const context = (n: number, id: string, label: string, look: Look & { kind: 'context' }): void => {
    const ghost = look.tone === 'ghost'
    add(layout.contextPlace(n), {
      id,
      label,
      look,
      handles: ghost ? [] : [TOP_QUIET],
      selectable: !ghost,
      layer: ghost ? 2 : 4,
    })
  }
  context(0, nodeId.host, 'Host memory', {
    kind: 'context',
    tone: 'host',
    title: 'Host memory',
    lines: ['kernel and every process'],
  })
  context(1, nodeId.nothing, 'Nowhere: the IOMMU faults the access', {
    kind: 'context',
    tone: 'none',
    title: 'Nowhere',
    lines: ['the IOMMU faults it'],
  })
  snapshot.domains.forEach((domain, index) => {
    const title = domainName(world, snapshot, domain).title
    const lines = domain.mappings.map((mapping) => {
      const process = world.setup.processes[mapping.process]?.name ?? '?'
      return `0x${mapping.iova.toString(16)} +${size(mapping.size)} → ${process}`
    })
    context(2 + index, nodeId.domain(domain.domain), `${title}: ${lines.join(', ') || 'nothing mapped'}`, {
      kind: 'context',
      tone: 'ctx',
      title,
      lines: lines.length === 0 ? ['nothing mapped yet'] : lines,
    })
  })
  if (snapshot.domains.length === 0) {
    context(2, 'context ghost', 'No page table of userspace yet', {
      kind: 'context',
      tone: 'ghost',
      title: 'No page table yet',
      lines: ['userspace has made none'],
    })
  }
}
