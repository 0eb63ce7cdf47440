/**
 * The judge of isolation. It knows no kernel: it looks at what the hardware does with each requester ID, at who can
 * drive which device, and at what the IOMMU never gets to see. What a kernel believes is only compared with that.
 *
 * The rules are those of the 2021 discussion (Gunthorpe, 14 June): V1, a device reaches only memory of its own security
 * context; V2, nobody else controls a device of the group; V3, no device of somebody else can get at my memory. A
 * security context is a process here, or the host.
 */
import type { Context } from './iommu/context.ts'
import { isNativelyDriven, nativelyDriven, wireContext } from './iommu/landing.ts'
import { acsEnabled } from './pci/acs.ts'
import { formGroups } from './pci/groups.ts'
import type { Snapshot } from './snapshot.ts'
import type { World } from './world.ts'

/**
 * `isolated`: no finding that lets anybody at what is not theirs; `not-isolated`: there is one; `host`: no member is
 * open, set aside for userspace (on a vfio or stub driver) or in an address space of userspace.
 */
export type Verdict = 'isolated' | 'not-isolated' | 'host'

/** V1, V2 and V3 as above; B: a wrong belief; RID: one requester ID for several functions; P2P: past the IOMMU. */
export type IsolationRule = 'V1' | 'V2' | 'V3' | 'B' | 'RID' | 'P2P'

export const ISOLATION_FINDINGS = [
  // V1: reaches all host memory, untranslated.
  'reaches-host-memory',
  // V1: reaches the buffers that drivers of the host have mapped for other members.
  'reaches-host-buffers',
  // V1: translated by the address space of another process than the one that drives it.
  'reaches-other-process',
  // V2: members are driven by different processes.
  'two-users',
  // V2: a member is driven by the host beside one that a process drives.
  'native-beside-user',
  // V3: a device that the host drives is translated by an address space of userspace: its DMA goes astray ...
  'native-in-user-domain',
  // V3: ... and may land in memory of that process.
  'native-writes-user-memory',
  // V3: a device that another process drives is translated by this process's address space.
  'stranger-in-user-domain',
  // B: the kernel's record for the device or its group is not what the hardware does with one of its requester IDs.
  'belief-differs',
  // RID: the IOMMU cannot tell the device from another of its group. No harm by itself.
  'same-rid',
  // RID: nor from one of another group.
  'same-rid-other-group',
  // P2P: its DMA can reach a device of another group without passing the IOMMU: no ACS, whatever an override says.
  'peer-to-peer',
] as const

export type IsolationFinding = (typeof ISOLATION_FINDINGS)[number]

/** Who has the damage. */
export type Harmed =
  | { readonly kind: 'host' }
  | { readonly kind: 'process'; readonly process: number }
  | { readonly kind: 'group'; readonly group: number }

export interface Finding {
  readonly rule: IsolationRule
  readonly how: IsolationFinding
  /** The device whose DMA it is about. */
  readonly device: number
  /** The other device of `same-rid`, `same-rid-other-group`, `peer-to-peer`, `two-users` and `native-beside-user`. */
  readonly other?: number
  /** What the hardware applies to the device's DMA. */
  readonly context: Context
  /** Null where nobody is harmed yet. */
  readonly harmed: Harmed | null
  /** A process can drive the device at this moment; false: the way is open, but nobody is there to take it. */
  readonly live: boolean
}

export interface Judgement {
  readonly group: number
  readonly verdict: Verdict
  readonly findings: readonly Finding[]
}

const HOST: Harmed = { kind: 'host' }

/** Judges every group, in the order of the world's groups. */
export function judge(world: World, snapshot: Snapshot): readonly Judgement[] {
  const users = usersOf(snapshot)
  const absent = snapshot.devices.filter(({ present }) => !present).map(({ device }) => device)
  const peers = peersWithout(world, absent)
  return world.groups.map((_, group) => judgeGroup(world, snapshot, users, peers, group))
}

/** Processes that can drive each device: those that hold a file of it which gives access. */
function usersOf(snapshot: Snapshot): ReadonlyMap<number, readonly number[]> {
  const users = new Map<number, number[]>()
  for (const { kind, object, process, access } of snapshot.fds) {
    if ((kind !== 'device' && kind !== 'cdev') || access === false) continue
    const known = users.get(object)
    if (known === undefined) users.set(object, [process])
    else if (!known.includes(process)) known.push(process)
  }
  return users
}

/** What the rules look at while one group is judged, and where they put what they find. */
interface Case {
  readonly world: World
  readonly snapshot: Snapshot
  readonly group: number
  /** Members that are plugged in. */
  readonly members: readonly number[]
  readonly users: ReadonlyMap<number, readonly number[]>
  /** Of all groups, among what is plugged in. */
  readonly peers: readonly Pair[]
  readonly findings: Finding[]
}

function judgeGroup(
  world: World,
  snapshot: Snapshot,
  users: ReadonlyMap<number, readonly number[]>,
  peers: readonly Pair[],
  group: number,
): Judgement {
  const members = (world.groups[group]?.devices ?? []).filter((device) => snapshot.devices[device]?.present === true)
  const findings: Finding[] = []
  const one: Case = { world, snapshot, group, members, users, peers, findings }
  const inUserDomain = members.some((device) => wireContext(world, snapshot, device).kind === 'domain')
  if (!inUserDomain && !members.some((device) => isSetAside(one, device))) return { group, verdict: 'host', findings }

  for (const device of members) {
    findHostMemory(one, device)
    findUserMemory(one, device)
    findOtherHolders(one, device)
    findWrongBelief(one, device)
  }
  findSharedIds(one)
  findPeers(one)
  return { group, verdict: findings.some(({ harmed }) => harmed !== null) ? 'not-isolated' : 'isolated', findings }
}

function usersAt(one: Case, device: number): readonly number[] {
  return one.users.get(device) ?? []
}

function familyOf(one: Case, device: number): string {
  return one.world.drivers[one.snapshot.devices[device]?.driver ?? 0]?.family ?? 'none'
}

/** Driven by the host's drivers, or by a userspace driver that the host lets in without an IOMMU (uio). */
function isHostDriven(one: Case, device: number): boolean {
  return isNativelyDriven(one.world, one.snapshot, device) || familyOf(one, device) === 'uio'
}

/** Open by a process, or on a vfio or stub driver. */
function isSetAside(one: Case, device: number): boolean {
  const family = familyOf(one, device)
  return usersAt(one, device).length > 0 || family === 'vfio' || family === 'stub'
}

/** Bridges make no DMA of their own. */
function isBridge(one: Case, device: number): boolean {
  return one.world.devices[device]?.spec.bridge === true
}

function add(
  one: Case,
  rule: IsolationRule,
  how: IsolationFinding,
  device: number,
  harmed: Harmed | null,
  other?: number,
): void {
  const context = wireContext(one.world, one.snapshot, device)
  const base = { rule, how, device, context, harmed, live: usersAt(one, device).length > 0 }
  one.findings.push(other === undefined ? base : { ...base, other })
}

const harmedProcess = (process: number): Harmed => ({ kind: 'process', process })

/** V1: host memory that the device reaches. To the host's drivers it is open unless a user is in the group. */
function findHostMemory(one: Case, device: number): void {
  const driven = isHostDriven(one, device)
  const userInGroup = one.members.some((member) => usersAt(one, member).length > 0)
  if (isBridge(one, device) || (driven && !userInGroup)) return
  const context = wireContext(one.world, one.snapshot, device)
  if (context.kind === 'identity') add(one, 'V1', 'reaches-host-memory', device, HOST)
  if (context.kind === 'dma' && !driven && nativelyDriven(one.world, one.snapshot, context.group).length > 0) {
    add(one, 'V1', 'reaches-host-buffers', device, HOST)
  }
}

/** V1 and V3: a user's address space that translates a device which somebody else drives. */
function findUserMemory(one: Case, device: number): void {
  const context = wireContext(one.world, one.snapshot, device)
  if (context.kind !== 'domain') return
  const owners = ownersOf(one.snapshot, context.domain)
  const mapped = processesMapped(one.snapshot, context.domain)
  for (const user of usersAt(one, device)) {
    if (owners.includes(user)) continue
    for (const owner of mapped) {
      add(one, 'V1', 'reaches-other-process', device, harmedProcess(owner))
      add(one, 'V3', 'stranger-in-user-domain', device, harmedProcess(owner))
    }
  }
  if (!isHostDriven(one, device) || isBridge(one, device)) return
  add(one, 'V3', 'native-in-user-domain', device, HOST)
  for (const owner of mapped) add(one, 'V3', 'native-writes-user-memory', device, harmedProcess(owner))
}

/** V2: other members that somebody else drives. */
function findOtherHolders(one: Case, device: number): void {
  const native = isHostDriven(one, device) && !isBridge(one, device)
  for (const other of one.members) {
    const others = usersAt(one, other)
    if (others.length === 0) continue
    if (native) {
      add(one, 'V2', 'native-beside-user', device, HOST, other)
      for (const user of others) add(one, 'V2', 'native-beside-user', device, harmedProcess(user), other)
    }
    if (other === device) continue
    for (const user of others) {
      if (usersAt(one, device).some((own) => own !== user)) {
        add(one, 'V2', 'two-users', device, harmedProcess(user), other)
      }
    }
  }
}

/** B: the kernel's record of the device or of its group differs from what the hardware does. */
function findWrongBelief(one: Case, device: number): void {
  const belief = one.snapshot.devices[device]?.context ?? one.snapshot.groups[one.group]?.context
  const rids = one.world.devices[device]?.rids ?? []
  if (belief !== undefined && rids.some((rid) => !sameContext(one.snapshot.contexts[rid], belief))) {
    add(one, 'B', 'belief-differs', device, null)
  }
}

/** RID: functions that the IOMMU cannot tell apart. */
function findSharedIds(one: Case): void {
  for (const { device, other } of structureOf(one.world).sharing) {
    if (!one.members.includes(device) || one.snapshot.devices[other]?.present !== true) continue
    const otherGroup = one.world.devices[other]?.group ?? -1
    if (otherGroup === one.group) add(one, 'RID', 'same-rid', device, null, other)
    else add(one, 'RID', 'same-rid-other-group', device, { kind: 'group', group: otherGroup }, other)
  }
}

/** P2P: devices of other groups that the group's DMA can reach without passing the IOMMU. */
function findPeers(one: Case): void {
  for (const { device, other } of one.peers) {
    if (one.world.devices[device]?.group !== one.group) continue
    const otherGroup = one.world.devices[other]?.group ?? -1
    add(one, 'P2P', 'peer-to-peer', device, { kind: 'group', group: otherGroup }, other)
  }
}

/** Processes that hold the file through which a domain is filled, or that have mapped memory in it. */
function ownersOf(snapshot: Snapshot, domain: number): readonly number[] {
  const owner = snapshot.domains.find((one) => one.domain === domain)?.owner
  const files = snapshot.fds.filter(({ kind, object }) => kind === owner?.kind && object === owner.index)
  return [...files.map((file) => file.process), ...processesMapped(snapshot, domain)]
}

/** Processes whose memory a domain reaches. */
function processesMapped(snapshot: Snapshot, domain: number): readonly number[] {
  const mappings = snapshot.domains.find((one) => one.domain === domain)?.mappings ?? []
  return [...new Set(mappings.map((mapping) => mapping.process))]
}

function sameContext(a: Context | undefined, b: Context): boolean {
  if (a === undefined || a.kind !== b.kind) return false
  if (a.kind === 'dma') return b.kind === 'dma' && a.group === b.group
  if (a.kind === 'domain') return b.kind === 'domain' && a.domain === b.domain
  return true
}

export interface Pair {
  readonly device: number
  readonly other: number
}

/** DMA of any of these functions may pass to any of those beside the IOMMU. */
interface Passage {
  readonly from: readonly number[]
  readonly to: readonly number[]
}

/** What no operation changes. */
interface Structure {
  /** Functions that appear on the wire under the same requester ID; both ways. */
  readonly sharing: readonly Pair[]
  readonly passages: readonly Passage[]
  /** Peers by the list of functions that are not plugged in. */
  readonly peers: Map<string, readonly Pair[]>
}

const structures = new WeakMap<World, Structure>()

/** Functions of different groups between which DMA may pass beside the IOMMU: one pair for each two groups, both ways. */
export function peersIn(world: World): readonly Pair[] {
  return peersWithout(world, [])
}

function structureOf(world: World): Structure {
  const known = structures.get(world)
  if (known !== undefined) return known
  const structure = {
    sharing: sharingOf(world),
    passages: passagesOf(world),
    peers: new Map<string, readonly Pair[]>(),
  }
  structures.set(world, structure)
  return structure
}

/** The same while some functions are not plugged in: those that are stand for their group. */
function peersWithout(world: World, absent: readonly number[]): readonly Pair[] {
  const { passages, peers } = structureOf(world)
  const known = peers.get(absent.join())
  if (known !== undefined) return known
  const found = new Map<string, Pair>()
  const groupOf = (device: number): number => world.devices[device]?.group ?? -1
  const representatives = (devices: readonly number[]): number[] =>
    onePerGroup(
      devices.filter((device) => groupOf(device) >= 0 && !absent.includes(device)),
      groupOf,
    )
  for (const { from, to } of passages) {
    const others = representatives(to)
    for (const device of representatives(from)) {
      for (const other of others) {
        const key = `${groupOf(device)} ${groupOf(other)}`
        if (groupOf(device) !== groupOf(other) && !found.has(key)) found.set(key, { device, other })
      }
    }
  }
  peers.set(absent.join(), [...found.values()])
  return [...found.values()]
}

function sharingOf(world: World): Pair[] {
  const byRid = new Map<number, number[]>()
  world.devices.forEach(({ rids, spec }, device) => {
    const wire = rids.at(-1)
    if (wire === undefined || spec.bridge) return
    byRid.set(wire, [...(byRid.get(wire) ?? []), device])
  })
  return [...byRid.values()].flatMap((devices) =>
    devices.flatMap((device) => devices.filter((other) => other !== device).map((other) => ({ device, other }))),
  )
}

/**
 * Two ways past the IOMMU that groups do not show. An ACS override made the kernel split what the hardware does not
 * keep apart: then the groups that the hardware's own ACS would form hold several of the kernel's. And downstream ports
 * of one switch without ACS pass DMA among them, although Linux gives each a group (it asks the path above a port only).
 */
function passagesOf(world: World): Passage[] {
  const { topology } = world
  const passages: Passage[] = []
  /** Functions first that can make DMA, so that they stand for their group. */
  const able = (devices: readonly number[]): readonly number[] =>
    [...devices].sort((a, b) => Number(topology.functions[a]?.bridge) - Number(topology.functions[b]?.bridge))

  if ((world.setup.boot.acsOverride ?? '') !== '') {
    const together = new Map<number, number[]>()
    formGroups(topology).groups.forEach((group, device) =>
      together.set(group, [...(together.get(group) ?? []), device]),
    )
    for (const devices of together.values()) passages.push({ from: able(devices), to: able(devices) })
  }

  const below = subtrees(world)
  for (const ports of topology.byBus.values()) {
    for (const from of ports.filter((port) => isOpenPort(world, port))) {
      for (const to of ports) {
        if (to === from || topology.functions[to]?.kind !== 'dsp') continue
        passages.push({ from: able(below.get(from) ?? []), to: able(below.get(to) ?? []) })
      }
    }
  }
  return passages
}

/** A downstream port whose hardware does not send what comes from below up to the IOMMU, as far as the listing told. */
function isOpenPort(world: World, port: number): boolean {
  const f = world.topology.functions[port]
  return f !== undefined && f.kind === 'dsp' && !acsEnabled(f) && f.assumed?.includes('acs') !== true
}

function onePerGroup(devices: readonly number[], groupOf: (device: number) => number): number[] {
  const byGroup = new Map<number, number>()
  for (const device of devices) if (!byGroup.has(groupOf(device))) byGroup.set(groupOf(device), device)
  return [...byGroup.values()]
}

/** Each downstream port with everything below it. */
function subtrees(world: World): ReadonlyMap<number, readonly number[]> {
  const { functions, parents } = world.topology
  const below = new Map<number, number[]>()
  functions.forEach((_, device) => {
    for (let at = device; at >= 0; at = parents[at] ?? -1) {
      if (functions[at]?.kind !== 'dsp') continue
      const known = below.get(at)
      if (known === undefined) below.set(at, [device])
      else known.push(device)
    }
  })
  return below
}
