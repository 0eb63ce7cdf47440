/** What each card of the ownership picture says in a state, before anybody asks how much room there is. */
import { contextWords, isolationWords, plain, viabilityWords, type ViabilityState } from '../../explain/index.ts'
import { containerName } from '../../explain/contexts.ts'
import { shortBdf, size } from '../../explain/words.ts'
import { classLabel, shortName } from '../../machines/short-name.ts'
import { wireContext, nativelyDriven } from '../../sim/iommu/landing.ts'
import { judge, type Judgement } from '../../sim/isolation.ts'
import type { Kernel } from '../../sim/kernel.ts'
import type { DomainView, FdView, MappingView, Snapshot } from '../../sim/snapshot.ts'
import type { World } from '../../sim/world.ts'
import { nodeId } from './ids.ts'
import type { Standing, Tag } from './looks.ts'

/** A text in several forms, from the fullest to the shortest. */
export type Forms = readonly string[]

export interface FdCard {
  readonly slot: number
  /** The name under which the process has it. */
  readonly name: string
  /** What it is a file of: `group 3`, `01:00.1`, `container`. */
  readonly text: string
  /** The node that it leads to. */
  readonly to: string
}

export interface ProcessCard {
  readonly id: string
  /** What the picture's markup calls it. */
  readonly key: string
  readonly label: string
  readonly name: string
  readonly user: string
  readonly alive: boolean
  readonly fds: readonly FdCard[]
}

export interface GroupCard {
  readonly id: string
  readonly key: string
  readonly label: string
  readonly group: number
  readonly number: number
  readonly standing: Standing
  /** The verdict of the kernel, in capitals. */
  readonly status: string
  readonly estimated: boolean
  readonly isolation: string
  readonly verdict: Judgement['verdict']
  /** What is said below the devices. */
  readonly foot: Forms
  readonly words: string
  readonly devices: readonly DeviceCard[]
}

export interface DeviceCard {
  readonly id: string
  readonly key: string
  readonly label: string
  readonly device: number
  readonly bdf: string
  readonly name: Forms
  /** Who has it open: `d1 qemu`; empty: nobody. */
  readonly holders: Forms
  readonly present: boolean
  readonly good: boolean
  readonly driver: Tag
  readonly reach: { readonly tone: Tag['tone']; readonly forms: Forms }
  /** The node of the address space where its DMA lands. */
  readonly lands: string
  readonly harm: boolean
}

export interface SpaceCard {
  readonly id: string
  readonly key: string
  readonly label: string
  readonly tone: 'host' | 'user' | 'none'
  readonly title: Forms
  /** What it holds, one thing a line. */
  readonly lines: readonly Forms[]
}

/** Kinds of descriptor that a process's card shows; objects inside an iommufd stand in its card. */
const FD_KINDS = new Set<FdView['kind']>(['container', 'group', 'device', 'iommufd', 'cdev'])

export function processCards(world: World, snapshot: Snapshot): ProcessCard[] {
  return world.setup.processes.map(({ name, user }, process) => {
    const fds = snapshot.fds
      .filter((fd) => fd.process === process && FD_KINDS.has(fd.kind))
      .map((fd) => ({ slot: fd.slot, name: world.slots[fd.slot] ?? '', ...targetOf(world, fd) }))
    const open = fds.map((fd) => `${fd.name} ${fd.text}`).join(', ')
    return {
      id: nodeId.process(process),
      key: `process ${name}`,
      label: `Process ${name}, user ${user}, ${fds.length === 0 ? 'nothing open' : `${fds.length} open: ${open}`}`,
      name,
      user,
      alive: snapshot.processes[process]?.alive !== false,
      fds,
    }
  })
}

function targetOf(world: World, fd: FdView): { text: string; to: string } {
  const bdf = shortBdf(world.devices[fd.object]?.spec.bdf ?? '?')
  switch (fd.kind) {
    case 'group':
      return {
        text: fd.dead === true ? 'dead file' : `group ${world.groups[fd.object]?.id ?? '?'}`,
        to: nodeId.group(fd.object),
      }
    case 'device':
    case 'cdev':
      return { text: bdf, to: nodeId.device(fd.object) }
    case 'iommufd':
      return { text: 'iommufd', to: nodeId.iommufd(fd.object) }
    default:
      return { text: 'container', to: nodeId.container(fd.object) }
  }
}

/** What groups say that have a card of their own, in the order given. */
export function groupCards(kernel: Kernel, world: World, snapshot: Snapshot, groups: readonly number[]): GroupCard[] {
  const judgements = judge(world, snapshot)
  const holders = holdersOf(world, snapshot)
  const known = quietCards.get(world.setup) ?? new Map<number, { key: string; card: GroupCard }>()
  quietCards.set(world.setup, known)
  const made = cardsOfState.get(snapshot) ?? new Map<number, GroupCard>()
  cardsOfState.set(snapshot, made)
  return groups.flatMap((group) => {
    const same = made.get(group)
    if (same !== undefined) return [same]
    const view = snapshot.groups[group]
    const judgement = judgements[group]
    if (view === undefined || judgement === undefined) return []
    const key = quietKey(kernel, world, snapshot, { view, judgement, holders })
    const before = known.get(group)
    const isAsBefore = key !== null && before?.key === key
    const card = isAsBefore ? before.card : groupCard(kernel, world, snapshot, { view, judgement, holders })
    if (card === null) return []
    made.set(group, card)
    if (key !== null) known.set(group, { key, card })
    return [card]
  })
}

interface Subject {
  readonly view: Snapshot['groups'][number]
  readonly judgement: Judgement
  /** Who has each device open. */
  readonly holders: ReadonlyMap<number, readonly string[]>
}

/** Cards by the state that they show: another size of the view says the same words. */
const cardsOfState = new WeakMap<Snapshot, Map<number, GroupCard>>()

/** Cards of groups in the host's hands as they were last, so that a step of a large machine describes only what it touched. */
const quietCards = new WeakMap<World['setup'], Map<number, { key: string; card: GroupCard }>>()

/** All that the card of a group in the host's hands is made of; null: userspace has a part in it. */
function quietKey(
  kernel: Kernel,
  world: World,
  snapshot: Snapshot,
  { view, judgement, holders }: Subject,
): string | null {
  const { group, node, opened, container, compat, kvm, ownership } = view
  const isOwned = ownership?.owner === 'iommufd' || ownership?.owner === 'vfio-group'
  if (node || opened || container >= 0 || compat >= 0 || kvm.length > 0 || isOwned) return null
  const devices = world.groups[group]?.devices ?? []
  const parts: unknown[] = [kernel.id, view, judgement]
  for (const device of devices) {
    const deviceView = snapshot.devices[device]
    if (deviceView === undefined || deviceView.binding !== null || holders.has(device)) return null
    for (const rid of world.devices[device]?.rids ?? []) {
      const context = snapshot.contexts[rid]
      if (context === undefined || context.kind === 'domain' || (context.kind === 'dma' && context.group !== group))
        return null
      parts.push(context.kind)
    }
    // A driver's number means another driver in another run.
    parts.push(deviceView, world.drivers[deviceView.link]?.name, world.drivers[deviceView.driver]?.name)
  }
  return JSON.stringify(parts)
}

function groupCard(
  kernel: Kernel,
  world: World,
  snapshot: Snapshot,
  { view, judgement, holders }: Subject,
): GroupCard | null {
  const { group } = view
  const target = world.groups[group]
  if (target === undefined) return null
  const verdict = viabilityWords(kernel.id, world, view, snapshot)
  const isolation = isolationWords(world, judgement)
  const estimated = world.setup.machine.estimated === true
  const words = plain(verdict.words)
  const facts = groupFacts(world, snapshot, target.id, view)
  const reason = firstSentence(words)
  const standing = standingOf(view, verdict.state)
  return {
    id: nodeId.group(group),
    key: `group ${target.id}`,
    label: `IOMMU group ${target.id}: ${estimated ? 'estimated, ' : ''}${verdict.title}. ${isolation.title}. ${words}`,
    group,
    number: target.id,
    standing,
    status: verdict.title.toUpperCase(),
    estimated,
    isolation: judgement.verdict === 'host' ? 'host’s own' : isolation.title.toLowerCase(),
    verdict: judgement.verdict,
    foot: standing === 'viable' || standing === 'taken' ? [facts] : [reason, facts],
    words: [facts, words].filter((part) => part !== '').join(' · '),
    devices: target.devices.flatMap(
      (device) => deviceCard(world, snapshot, { device, view, holders: holders.get(device) ?? [] }) ?? [],
    ),
  }
}

function firstSentence(words: string): string {
  const end = words.indexOf('. ')
  return end < 0 ? words : words.slice(0, end + 1)
}

function standingOf(view: Snapshot['groups'][number], state: ViabilityState): Standing {
  if (state !== 'not-viable') return state
  return !view.node && !view.opened && view.container < 0 && view.compat < 0 ? 'quiet' : 'not-viable'
}

/** Where the group is and who holds it, in a few words: what the kernel keeps. */
function groupFacts(world: World, snapshot: Snapshot, id: number, view: Snapshot['groups'][number]): string {
  const { node, opened, ownership, container, compat } = view
  const owner = ownership?.owner ?? 'nobody'
  const count = ownership?.count ?? 0
  const facts = [
    container >= 0 ? `in container ${containerName(snapshot, world, container)}` : '',
    compat >= 0 ? `uses iommufd ${iommufdName(world, snapshot, compat)}` : '',
    container < 0 && compat < 0 ? (opened ? 'its file is open' : node ? `/dev/vfio/${id}` : '') : '',
    owner === 'drivers' ? `DMA used by ${count} driver${count === 1 ? '' : 's'}` : '',
    owner === 'iommufd' ? `iommufd ${iommufdName(world, snapshot, ownership?.iommufd ?? -1)} owns its DMA` : '',
    owner === 'vfio-group' ? 'VFIO owns its DMA' : '',
  ]
  return facts.filter((fact) => fact !== '').join(' · ')
}

function iommufdName(world: World, snapshot: Snapshot, iommufd: number): string {
  const slot = snapshot.iommufds.find((view) => view.iommufd === iommufd)?.slots[0]
  return slot === undefined ? `#${iommufd + 1}` : (world.slots[slot] ?? '')
}

/** Who has each device open: names of descriptors with their process. */
function holdersOf(world: World, snapshot: Snapshot): ReadonlyMap<number, readonly string[]> {
  const holders = new Map<number, string[]>()
  for (const fd of snapshot.fds) {
    if (fd.kind !== 'device' && fd.kind !== 'cdev') continue
    const words = `${world.slots[fd.slot] ?? ''} ${world.setup.processes[fd.process]?.name ?? ''}`
    holders.set(fd.object, [...(holders.get(fd.object) ?? []), words])
  }
  return holders
}

interface Member {
  readonly device: number
  readonly view: Snapshot['groups'][number]
  readonly holders: readonly string[]
}

function deviceCard(world: World, snapshot: Snapshot, { device, view, holders }: Member): DeviceCard | null {
  const deviceView = snapshot.devices[device]
  const spec = world.devices[device]?.spec
  if (deviceView === undefined || spec === undefined) return null
  const reach = contextWords(world, snapshot, device)
  const good = isGoodMember(view, device)
  const { name: driver = '' } = world.drivers[deviceView.link] ?? {}
  const state =
    deviceView.binding === null ? '' : deviceView.binding.hwpt === -1 ? ', bound to an iommufd' : ', attached'
  const held = holders.length === 0 ? '' : `, open as ${holders.join(', ')}${state}`
  const bdf = shortBdf(spec.bdf)
  return {
    id: nodeId.device(device),
    key: `device ${bdf}`,
    label: `Device ${bdf}, ${spec.name ?? 'unnamed'}, ${driver === '' ? 'no driver' : `driver ${driver}`}, ${reach.short}${held}`,
    device,
    bdf,
    name: [shortName(spec), classLabel(spec)].filter((form) => form !== ''),
    holders: holders.length === 0 ? [] : holders.length === 1 ? holderForms(holders[0] ?? '') : several(holders),
    present: deviceView.present,
    good,
    driver: driverOf(world, snapshot, device),
    reach: { tone: REACH[reach.tone], forms: reachForms(reach.short, reach.tone === 'danger') },
    lands: landsIn(world, snapshot, device),
    harm: reach.tone === 'danger',
  }
}

function holderForms(holder: string): Forms {
  return [holder, holder.split(' ')[0] ?? '', 'open']
}

function several(holders: readonly string[]): Forms {
  return [holders.join(', '), `open ×${holders.length}`, `×${holders.length}`]
}

const REACH = { host: 'host', user: 'ctx', none: 'none', danger: 'bad' } as const

/** Short words of what DMA reaches, in the forms that a chip may have. */
function reachForms(short: string, isHarm: boolean): Forms {
  const mark = isHarm ? '⚠ ' : ''
  const target = short === '→ host DMA' ? '→ host memory' : short === 'all host memory' ? '→ all host memory' : short
  if (!target.startsWith('→'))
    return [
      `${mark}${target}`,
      ...(target === 'not plugged in' ? ['unplugged'] : [`${mark}${target.replace('DMA ', '')}`]),
    ]
  const near = target.replace(' host memory', target.includes(' all ') ? ' memory' : ' host')
  const all = target.includes(' all ') ? [`${mark}→ all`] : []
  return [`${mark}DMA ${target}`, `${mark}DMA ${near}`, `${mark}${target}`, `${mark}${near}`, ...all]
}

/** What is said of a device's driver: its name, or that there is none, or that it cannot be known. */
export function driverOf(world: World, snapshot: Snapshot, device: number): Tag {
  const target = world.devices[device]
  const view = snapshot.devices[device]
  if (target === undefined || view?.present !== true) return { tone: 'none', text: 'empty slot' }
  if (view.leaving) return { tone: 'warn', text: '… leaving' }
  const { name = '', family = 'none' } = world.drivers[view.link] ?? {}
  const isAssumed = target.spec.assumed?.includes('driver') === true && view.link === target.bootDriver
  const group = snapshot.groups[target.group]
  return driverTag(name, family, group === undefined || isGoodMember(group, device), isAssumed)
}

/** Whether a member of a group passes the test of viability. */
function isGoodMember({ members }: Snapshot['groups'][number], device: number): boolean {
  return members.find((member) => member.device === device)?.good !== false
}

function driverTag(driver: string, family: string, good: boolean, assumed: boolean): Tag {
  if (family === 'unknown') return { tone: 'warn', text: '? unknown' }
  if (driver === '') return { tone: 'none', text: assumed ? 'no driver?' : 'no driver' }
  return { tone: !good ? 'bad' : family === 'vfio' ? 'ok' : 'plain', text: `${good ? '' : '✗ '}${driver}` }
}

/** The node of the address space where DMA of a device lands: the host's memory, one that userspace made, or nowhere. */
export function landsIn(world: World, snapshot: Snapshot, device: number): string {
  const context = wireContext(world, snapshot, device)
  switch (context.kind) {
    case 'blocked':
      return nodeId.nothing
    case 'identity':
      return nodeId.host
    case 'dma':
      return nativelyDriven(world, snapshot, context.group).length > 0 ? nodeId.host : nodeId.nothing
    case 'domain': {
      const domain = snapshot.domains.find((live) => live.domain === context.domain)
      return domain === undefined ? nodeId.nothing : spaceOf(snapshot, domain)
    }
  }
}

/** The node of the container or iommufd to which a page table belongs. */
function spaceOf(snapshot: Snapshot, { owner }: DomainView): string {
  if (owner.kind === 'container') return nodeId.container(owner.index)
  const ioas =
    owner.kind === 'ioas' ? owner.index : (snapshot.hwpts.find((hwpt) => hwpt.hwpt === owner.index)?.ioas ?? -1)
  return nodeId.iommufd(snapshot.ioases.find((view) => view.ioas === ioas)?.iommufd ?? -1)
}

/** The address spaces of a state, in the order in which they always stand: the host's, those of userspace, none. */
export function spaceCards(world: World, snapshot: Snapshot): SpaceCard[] {
  const names = (slots: readonly number[]): string => slots.map((slot) => world.slots[slot] ?? '').join(', ')
  const host: SpaceCard = {
    id: nodeId.host,
    key: 'host',
    label: 'Host memory: the kernel and every process',
    tone: 'host',
    title: ['Host memory', 'Host'],
    lines: [['kernel and every process', 'all processes', 'kernel']],
  }
  const blocked: SpaceCard = {
    id: nodeId.nothing,
    key: 'blocked',
    label: 'Blocked: the IOMMU faults the access',
    tone: 'none',
    title: ['Blocked'],
    lines: [['the IOMMU faults it', 'faulted']],
  }
  const containers = snapshot.containers.map((view): SpaceCard => {
    const name = names(view.slots)
    const domain = snapshot.domains.find((one) => one.domain === view.domain)
    const type = view.iommu ?? 'no IOMMU type yet'
    return {
      id: nodeId.container(view.container),
      key: `container ${name || `#${view.container + 1}`}`,
      label: `Container ${name || 'without a descriptor'}, IOMMU ${view.iommu ?? 'not set'}, ${view.groups.length} groups`,
      tone: 'user',
      title: name === '' ? ['container, file closed', 'container'] : [`${name} · container`, name],
      lines: [[type, view.iommu ?? 'no type'], ...(domain === undefined ? [] : [mappingForms(world, domain.mappings)])],
    }
  })
  const iommufds = snapshot.iommufds.map((view): SpaceCard => {
    const name = names(view.slots)
    const lines = snapshot.ioases
      .filter((ioas) => ioas.iommufd === view.iommufd)
      .map((ioas): Forms => {
        const own = names(ioas.slots) || (ioas.compat ? 'compat' : `IOAS ${ioas.number}`)
        const tables = snapshot.hwpts
          .filter((hwpt) => hwpt.ioas === ioas.ioas)
          .map((hwpt) => names(hwpt.slots) || `HWPT ${hwpt.number}`)
        const mapped = mappingForms(world, ioas.mappings)
        return [
          ...mapped.map((form) => [own, ...tables, form].join(' · ')),
          ...mapped.map((form) => `${own}: ${form}`),
          own,
        ]
      })
    return {
      id: nodeId.iommufd(view.iommufd),
      key: `iommufd ${name || `#${view.iommufd + 1}`}`,
      label: `iommufd ${name || 'without a descriptor'}, ${lines.map((line) => line[0]).join(', ') || 'empty'}`,
      tone: 'user',
      title: name === '' ? ['iommufd, file closed', 'iommufd'] : [`${name} · iommufd`, name],
      lines: lines.length === 0 ? [['no address space yet', 'empty']] : lines,
    }
  })
  return [host, ...containers, ...iommufds, blocked]
}

/** What is mapped to whose memory. */
function mappingForms(world: World, mappings: readonly MappingView[]): Forms {
  const [first] = mappings
  if (first === undefined) return ['nothing mapped', 'empty']
  const whose = [...new Set(mappings.map(({ process }) => world.setup.processes[process]?.name ?? '?'))].join(', ')
  const what = mappings.length === 1 ? range(first) : `${mappings.length} ranges`
  return [`${what} → memory of ${whose}`, `${what} → ${whose}`, `→ ${whose}`, what]
}

function range({ iova, size: bytes }: MappingView): string {
  const end = iova + bytes
  // Past the exact integers the sum is no address any more.
  return Number.isSafeInteger(end) ? `${address(iova)}–${address(end)}` : `${address(iova)} +${size(bytes)}`
}

function address(value: number): string {
  const short = size(value)
  return value < 1024 || /\D$/.test(short) ? short : `0x${value.toString(16)}`
}
