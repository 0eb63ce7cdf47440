/**
 * A second judge of isolation, for tests: tries, for every function and every address that anybody mapped, where its DMA
 * ends, and holds that against who may reach what. Written from the definitions (a device reaches memory of its own
 * security context only; nobody else controls a device of the group; no device of somebody else reaches my memory), not
 * from isolation.ts, of which it imports nothing. It is slow and simple.
 */
import type { Context } from './iommu/context.ts'
import { acsEnabled } from './pci/acs.ts'
import { formGroups } from './pci/groups.ts'
import type { Snapshot } from './snapshot.ts'
import type { World } from './world.ts'

/** Where one DMA ends: `page` with the process whose memory it is and the distance from the start of its mapping. */
export type End =
  | { readonly kind: 'nowhere' | 'host' | 'buffers' }
  | { readonly kind: 'page'; readonly process: number; readonly offset: number }

/** Addresses worth a try: each mapping's first and last byte and the bytes beside it, and one that nobody maps. */
export function addressesOf(snapshot: Snapshot): number[] {
  const edges = snapshot.domains.flatMap(({ mappings }) =>
    mappings.flatMap(({ iova, size }) => [iova - 1, iova, iova + 1, iova + size - 1, iova + size]),
  )
  return [...new Set([...edges, 7])]
}

/** Where DMA of a function ends that carries an address: the IOMMU looks up the requester ID on the wire. */
export function endOf(world: World, snapshot: Snapshot, device: number, address: number): End {
  if (!isPresent(snapshot, device)) return { kind: 'nowhere' }
  const context = wireContextOf(world, snapshot, device)
  if (context.kind === 'identity') return { kind: 'host' }
  if (context.kind === 'dma') {
    const hostMapsThere = world.devices.some(
      ({ group }, one) => group === context.group && usesDmaApi(world, snapshot, one),
    )
    return { kind: hostMapsThere ? 'buffers' : 'nowhere' }
  }
  if (context.kind === 'domain') {
    for (const { domain, mappings } of snapshot.domains) {
      for (const { iova, size, process } of mappings) {
        const offset = address - iova
        if (domain === context.domain && offset >= 0 && offset < size) return { kind: 'page', process, offset }
      }
    }
  }
  return { kind: 'nowhere' }
}

/**
 * The findings of a group, each as a line `rule how device harmed other live`, sorted and without repetition; null for a
 * group that userspace has nothing to do with. `peer-to-peer` is left to `peersByForce`.
 */
export function findingsByForce(world: World, snapshot: Snapshot, group: number): string[] | null {
  const members = range(world.devices.length).filter(
    (device) => world.devices[device]?.group === group && isPresent(snapshot, device),
  )
  const users = (device: number): number[] => usersOf(snapshot, device)
  const concerned = members.some(
    (device) =>
      users(device).length > 0 ||
      ['vfio', 'stub'].includes(familyOf(world, snapshot, device)) ||
      wireContextOf(world, snapshot, device).kind === 'domain',
  )
  if (!concerned) return null

  const lines = new Set<string>()
  for (const device of members) {
    const add = (rule: string, harmed: string, other: number | '' = ''): void => {
      lines.add(`${rule} ${device} ${harmed} ${other} ${users(device).length > 0}`)
    }
    const bridge = world.devices[device]?.spec.bridge === true
    const hostDrives = usesDmaApi(world, snapshot, device) || familyOf(world, snapshot, device) === 'uio'
    const ends = addressesOf(snapshot).map((address) => endOf(world, snapshot, device, address))
    const strangers = new Set(ends.flatMap((end) => (end.kind === 'page' ? [end.process] : [])))

    // V1: memory outside the security context of whoever drives the device, or can.
    const nearAUser = members.some((member) => users(member).length > 0)
    if (!bridge && ends.some(({ kind }) => kind === 'host') && (!hostDrives || nearAUser))
      add('V1 reaches-host-memory', 'host')
    if (!bridge && ends.some(({ kind }) => kind === 'buffers') && !hostDrives) add('V1 reaches-host-buffers', 'host')

    // V1 and V3: the address space of somebody else.
    for (const user of users(device)) {
      if (mayFill(world, snapshot, user, device)) continue
      for (const stranger of strangers) {
        add('V1 reaches-other-process', `process ${stranger}`)
        add('V3 stranger-in-user-domain', `process ${stranger}`)
      }
    }
    if (hostDrives && !bridge && wireContextOf(world, snapshot, device).kind === 'domain') {
      add('V3 native-in-user-domain', 'host')
      for (const stranger of strangers) add('V3 native-writes-user-memory', `process ${stranger}`)
    }

    // V2: who else drives a member.
    for (const other of members) {
      for (const user of users(other)) {
        if (hostDrives && !bridge) {
          add('V2 native-beside-user', 'host', other)
          add('V2 native-beside-user', `process ${user}`, other)
        }
        const somebodyElse = users(device).some((own) => own !== user)
        if (device !== other && somebodyElse) add('V2 two-users', `process ${user}`, other)
      }
    }

    // What the kernel believes of the device, against the entry of each of its requester IDs.
    const belief = JSON.stringify(snapshot.devices[device]?.context ?? snapshot.groups[group]?.context)
    const entries = (world.devices[device]?.rids ?? []).map((rid) => JSON.stringify(snapshot.contexts[rid]))
    if (entries.some((entry) => entry !== belief)) add('B belief-differs', '-')

    for (const other of range(world.devices.length)) {
      if (other === device || bridge || world.devices[other]?.spec.bridge === true) continue
      if (!isPresent(snapshot, other) || wireOf(world, other) !== wireOf(world, device)) continue
      const otherGroup = world.devices[other]?.group ?? -1
      if (otherGroup === group) add('RID same-rid', '-', other)
      else add('RID same-rid-other-group', `group ${otherGroup}`, other)
    }
  }
  return [...lines].sort()
}

/** Groups that DMA of a group's functions can get to past the IOMMU, functions taken as they are plugged in. */
export function peersByForce(world: World, snapshot: Snapshot, group: number): number[] {
  const groupOf = (device: number): number => world.devices[device]?.group ?? -1
  const there = (device: number): boolean => groupOf(device) >= 0 && isPresent(snapshot, device)
  const reached = passages(world).flatMap(([from, to]) =>
    groupOf(from) === group && groupOf(to) !== group && there(from) && there(to) ? [groupOf(to)] : [],
  )
  return [...new Set(reached)].sort((a, b) => a - b)
}

const knownPassages = new WeakMap<World, (readonly [from: number, to: number])[]>()

/** Each two functions of which DMA of the first may be routed to the second and never come to the IOMMU. */
export function passages(world: World): (readonly [from: number, to: number])[] {
  const known = knownPassages.get(world)
  if (known !== undefined) return known
  const all = range(world.devices.length)
  const found = all.flatMap((from) =>
    all.filter((to) => passesBeside(world, from, to)).map((to) => [from, to] as const),
  )
  knownPassages.set(world, found)
  return found
}

/** Whether a port passes DMA of one function on to the other, or a device does so inside. */
function passesBeside(world: World, from: number, to: number): boolean {
  const { topology } = world
  if ((world.setup.boot.acsOverride ?? '') !== '') {
    // What the hardware's own ACS keeps apart, whatever the kernel is told.
    const { groups } = formGroups(topology)
    if (groups[from] === groups[to]) return true
  }
  return pathUp(world, from).some((port) => {
    const f = topology.functions[port]
    if (f?.kind !== 'dsp' || acsEnabled(f) || f.assumed?.includes('acs') === true) return false
    return pathUp(world, to).some(
      (other) => other !== port && topology.functions[other]?.kind === 'dsp' && sameBus(world, other, port),
    )
  })
}

/** A function and the bridges above it. */
function pathUp(world: World, device: number): number[] {
  const path: number[] = []
  for (let at = device; at >= 0; at = world.topology.parents[at] ?? -1) path.push(at)
  return path
}

function sameBus(world: World, a: number, b: number): boolean {
  const bus = (device: number): string | undefined => world.topology.functions[device]?.bdf.slice(0, 7)
  return bus(a) === bus(b)
}

/** Whether a process has a say in the address space that a function's DMA is translated by: holds its file, or mapped there. */
function mayFill(world: World, snapshot: Snapshot, process: number, device: number): boolean {
  const context = wireContextOf(world, snapshot, device)
  return snapshot.domains.some(
    ({ domain, owner, mappings }) =>
      context.kind === 'domain' &&
      domain === context.domain &&
      (mappings.some((mapping) => mapping.process === process) ||
        snapshot.fds.some((fd) => fd.process === process && fd.kind === owner.kind && fd.object === owner.index)),
  )
}

function usersOf(snapshot: Snapshot, device: number): number[] {
  const files = snapshot.fds.filter(
    ({ kind, object, access }) => object === device && (kind === 'device' || kind === 'cdev') && access !== false,
  )
  return [...new Set(files.map(({ process }) => process))]
}

function familyOf(world: World, snapshot: Snapshot, device: number): string {
  return world.drivers[snapshot.devices[device]?.driver ?? 0]?.family ?? 'none'
}

function usesDmaApi(world: World, snapshot: Snapshot, device: number): boolean {
  return ['native', 'unknown'].includes(familyOf(world, snapshot, device))
}

function isPresent(snapshot: Snapshot, device: number): boolean {
  return snapshot.devices[device]?.present === true
}

function wireOf(world: World, device: number): number {
  const rids = world.devices[device]?.rids ?? []
  return rids[rids.length - 1] ?? -1
}

function wireContextOf(world: World, snapshot: Snapshot, device: number): Context {
  return snapshot.contexts[wireOf(world, device)] ?? { kind: 'blocked' }
}

function range(length: number): number[] {
  return Array.from({ length }, (_, index) => index)
}
