import { COMMON_DRIVERS, driverFamily, type DriverFamily } from './drivers.ts'
import type { Boot, Machine, PciFunction, ProcessSpec } from './machine.ts'
import { cutsRange, isName, keysOf, mapsRange, rowOf, valueOf, type NameKind, type Op, type OpKind } from './op.ts'
import { parseAcsOverride } from './pci/acs.ts'
import { dmaAliases } from './pci/aliases.ts'
import { formGroups } from './pci/groups.ts'
import { topologyOf, type Topology } from './pci/topology.ts'

/** Everything about a scenario that no operation changes. */
export interface Setup {
  readonly machine: Machine
  readonly boot: Boot
  /** At least one; the first does what names no process. */
  readonly processes: readonly ProcessSpec[]
}

export interface WorldDevice {
  readonly spec: PciFunction
  /** Index into `groups`; -1: in none. */
  readonly group: number
  /** Indices into `rids`; the first is the function's own, the last the one on the wire. */
  readonly rids: readonly number[]
  /** Indices into `drivers`; 0: none. */
  readonly bootDriver: number
  readonly native: number
}

export interface WorldGroup {
  /** The kernel's number, as in /sys/kernel/iommu_groups and /dev/vfio. */
  readonly id: number
  /** Indices into `devices`, in the order in which the kernel added them. */
  readonly devices: readonly number[]
}

export interface WorldDriver {
  readonly name: string
  readonly family: DriverFamily
}

/** A range of I/O virtual addresses, in bytes. */
export interface Range {
  readonly iova: number
  readonly size: number
}

/** How many of each thing a state has room for. */
export interface Capacity {
  readonly slots: number
  readonly ranges: number
  readonly pending: number
  /** Objects of each kind that can live at a time, as made by the operation of that name. */
  readonly containers: number
  readonly iommufds: number
  readonly ioases: number
  readonly hwpts: number
}

/**
 * A compiled setup: names and addresses have become indices. Names of slots and mapped ranges are added as operations
 * are compiled, up to the capacity; all else never changes.
 */
export interface World {
  readonly setup: Setup
  readonly topology: Topology
  readonly devices: readonly WorldDevice[]
  readonly groups: readonly WorldGroup[]
  /** Requester IDs of all functions. */
  readonly rids: readonly number[]
  readonly drivers: readonly WorldDriver[]
  readonly deviceIndex: ReadonlyMap<string, number>
  readonly groupIndex: ReadonlyMap<number, number>
  readonly driverIndex: ReadonlyMap<string, number>
  readonly processIndex: ReadonlyMap<string, number>
  /** Users that processes run as or that operations name; the first is root. */
  readonly users: readonly string[]
  readonly userIndex: ReadonlyMap<string, number>
  readonly capacity: Capacity
  /** Names that operations give with `as`. */
  readonly slots: string[]
  readonly slotIndex: Map<string, number>
  /** Every range that some operation maps, and what others can leave of one that they cut. */
  readonly ranges: Range[]
  /** Ranges that operations unmap where that may cut. */
  readonly cuts: Range[]
}

/** An operation with indices in place of names; -1 where it has none or the name is nobody's. */
export interface Call {
  readonly op: OpKind
  readonly by: number
  readonly device: number
  readonly driver: number
  readonly group: number
  readonly fd: number
  readonly other: number
  readonly third: number
  readonly as: number
  /** Index of the mapped range (`map_dma`, `ioas_map`). */
  readonly range: number
  readonly iova: number
  readonly size: number
  /** Index into the world's users. */
  readonly user: number
  /** IOMMU type or extension by name. */
  readonly arg: string
}

interface Hardware {
  readonly topology: Topology
  readonly rids: readonly number[]
  readonly ridsOf: readonly (readonly number[])[]
  readonly groupOf: readonly number[]
  readonly groups: readonly WorldGroup[]
}

const hardwareCache = new WeakMap<Machine, Map<string, Hardware>>()

/** Topology, groups and requester IDs of a machine; worked out once per machine and ACS override. */
function hardwareOf(machine: Machine, acsOverride: string): Hardware {
  const cached = hardwareCache.get(machine) ?? new Map<string, Hardware>()
  hardwareCache.set(machine, cached)
  const known = cached.get(acsOverride)
  if (known !== undefined) return known

  const topology = topologyOf(machine.devices)
  const members = new Map<number, number[]>()
  if (machine.groups === undefined) {
    formGroups(topology, parseAcsOverride(acsOverride)).groups.forEach((group, device) => {
      members.set(group, [...(members.get(group) ?? []), device])
    })
  } else {
    for (const [id, bdfs] of Object.entries(machine.groups)) {
      const devices = bdfs.flatMap((bdf) => topology.byBdf.get(bdf) ?? [])
      members.set(
        Number(id),
        devices.sort((a, b) => a - b),
      )
    }
  }
  const groups = [...members].sort(([a], [b]) => a - b).map(([id, devices]) => ({ id, devices }))
  const groupOf = machine.devices.map(() => -1)
  groups.forEach((group, index) => {
    for (const device of group.devices) groupOf[device] = index
  })

  const ridIndex = new Map<number, number>()
  const ridsOf = machine.devices.map((_, device) =>
    dmaAliases(topology, device).map(({ rid }) => {
      const index = ridIndex.get(rid) ?? ridIndex.size
      ridIndex.set(rid, index)
      return index
    }),
  )
  const hardware = { topology, rids: [...ridIndex.keys()], ridsOf, groupOf, groups }
  cached.set(acsOverride, hardware)
  return hardware
}

/** Room is given in steps, so that a scenario can grow by some operations without a new layout of the state. */
function roomFor(count: number, step: number): number {
  return Math.max(1, Math.ceil(count / step)) * step
}

const MAX_PENDING = 64

/**
 * What can be left of a range after any of some cuts, itself included: from its start or the end of a cut to its end or
 * the start of one.
 */
function piecesOf(range: Range, cuts: readonly Range[]): Range[] {
  const end = range.iova + range.size
  // No IOMMU maps that far, and sums would no longer be exact.
  if (!Number.isSafeInteger(end)) return [range]
  const inside = (boundary: number): boolean => range.iova < boundary && boundary < end
  const starts = [range.iova, ...cuts.map((cut) => cut.iova + cut.size).filter(inside)]
  const ends = [end, ...cuts.map((cut) => cut.iova).filter(inside)]
  const pieces = starts.flatMap((start) =>
    ends.filter((at) => at > start).map((at) => ({ iova: start, size: at - start })),
  )
  return pieces.length === 0 ? [range] : pieces
}

/** The ranges that operations can map, whole and in pieces. */
function rangesIn(ops: readonly Op[]): Range[] {
  const cuts = ops.flatMap((op) => (cutsRange(op) ? [{ iova: op.iova, size: op.size }] : []))
  return ops.flatMap((op) => (mapsRange(op) ? piecesOf({ iova: op.iova, size: op.size }, cuts) : []))
}

/** What a list of operations can make at most, if each is done once or, for what it names, any number of times. */
export function demandOf(ops: readonly Op[]): Capacity {
  const made = new Map<NameKind, number>()
  let waiting = 0
  const names = new Set<string>()
  const containers = new Set<string>()
  const groups = new Set<string>()
  const ranges = new Set<string>()
  for (const op of ops) {
    const { makes, waits } = rowOf(op.op)
    if (makes !== undefined) made.set(makes, (made.get(makes) ?? 0) + 1)
    if (waits === true) waiting++
    for (const [key, role] of keysOf(op.op)) {
      const value = valueOf(op, key)
      if (typeof value === 'string' && isName(role)) names.add(value)
    }
    if (op.op === 'open_container') containers.add(op.as)
    if (op.op === 'open_group') groups.add(op.group)
  }
  for (const { iova, size } of rangesIn(ops)) ranges.add(`${iova}+${size}`)
  return {
    slots: names.size,
    ranges: ranges.size,
    pending: Math.min(waiting, MAX_PENDING),
    // A container lives while its name is open or a group is in it.
    containers: containers.size + groups.size,
    iommufds: made.get('iommufd') ?? 0,
    ioases: made.get('ioas') ?? 0,
    hwpts: made.get('hwpt') ?? 0,
  }
}

/** Whether a world has room for all that lists of operations, of the given demands, can make together. */
export function hasRoom(world: World, ...demands: readonly Capacity[]): boolean {
  const { capacity } = world
  const fits = (of: (each: Capacity) => number): boolean =>
    of(capacity) >= demands.reduce((sum, demand) => sum + of(demand), 0)
  return (
    fits((each) => each.slots) &&
    fits((each) => each.ranges) &&
    (capacity.pending === MAX_PENDING || fits((each) => each.pending)) &&
    fits((each) => each.containers) &&
    fits((each) => each.iommufds) &&
    fits((each) => each.ioases) &&
    fits((each) => each.hwpts)
  )
}

function capacityFor(ops: readonly Op[], groups: number): Capacity {
  const demand = demandOf(ops)
  const slots = roomFor(demand.slots + 2, 8)
  const made = (count: number, limit: number): number => Math.min(roomFor(count, 4), limit)
  return {
    slots,
    ranges: roomFor(demand.ranges, 4),
    pending: Math.min(roomFor(demand.pending + 2, 8), MAX_PENDING),
    // One more than can live: a name that is opened again holds the old one until the new one is there.
    containers: roomFor(demand.containers + 1, 4),
    iommufds: made(demand.iommufds, slots + groups),
    ioases: made(demand.ioases, 4 * slots + groups),
    hwpts: made(demand.hwpts, 4 * slots + groups),
  }
}

/**
 * Compiles a setup, with room for a list of operations. Every driver that the machine or an operation names gets an
 * index; one that is neither common nor of this machine is `absent` from the kernel.
 */
export function compileWorld(setup: Setup, ops: readonly Op[]): World {
  const { machine, boot } = setup
  const hardware = hardwareOf(machine, boot.acsOverride ?? '')

  const drivers: WorldDriver[] = [{ name: '', family: 'none' }]
  const driverIndex = new Map([['', 0]])
  const addDriver = (name: string, family: DriverFamily): number => {
    const known = driverIndex.get(name)
    if (known !== undefined) return known
    driverIndex.set(name, drivers.length)
    return drivers.push({ name, family }) - 1
  }
  for (const name of COMMON_DRIVERS) addDriver(name, driverFamily(name))
  const devices = machine.devices.map((spec, index): WorldDevice => {
    const own = (name: string | null): number => (name === null ? 0 : addDriver(name, driverFamily(name)))
    return {
      spec,
      group: hardware.groupOf[index] ?? -1,
      rids: hardware.ridsOf[index] ?? [],
      bootDriver: own(spec.driver),
      native: own(spec.native),
    }
  })
  const users = new Set(['root', ...setup.processes.map((process) => process.user)])
  for (const op of ops) {
    for (const [key, role] of keysOf(op.op)) {
      const value = valueOf(op, key)
      if (typeof value !== 'string') continue
      if (role === 'driver' || role === 'override') addDriver(value, 'absent')
      if (role === 'user') users.add(value)
    }
  }

  return {
    setup,
    topology: hardware.topology,
    devices,
    groups: hardware.groups,
    rids: hardware.rids,
    drivers,
    deviceIndex: hardware.topology.byBdf,
    groupIndex: new Map(hardware.groups.map((group, index) => [group.id, index])),
    driverIndex,
    processIndex: new Map(setup.processes.map((process, index) => [process.name, index])),
    users: [...users],
    userIndex: new Map([...users].map((user, index) => [user, index])),
    capacity: capacityFor(ops, hardware.groups.length),
    slots: [],
    slotIndex: new Map(),
    ranges: [],
    cuts: [],
  }
}

/** Equal as numbers; what is none equals itself, and -0 is 0, as in the keys of `demandOf`. */
function isSame(range: Range, iova: number, size: number): boolean {
  return Object.is(range.iova + 0, iova + 0) && Object.is(range.size + 0, size + 0)
}

/** Index of a range, -1: none. */
export function rangeIndex(world: World, iova: number, size: number): number {
  return world.ranges.findIndex((range) => isSame(range, iova, size))
}

/** Compiles an operation; null if the world has no room for a name that it brings (then compile the world anew). */
export function compileOp(world: World, op: Op): Call | null {
  let full = false
  const slot = (name: string): number => {
    const known = world.slotIndex.get(name)
    if (known !== undefined) return known
    if (world.slots.length >= world.capacity.slots) {
      full = true
      return -1
    }
    world.slotIndex.set(name, world.slots.length)
    return world.slots.push(name) - 1
  }
  const call = {
    op: op.op,
    by: op.by === undefined ? 0 : (world.processIndex.get(op.by) ?? -1),
    device: -1,
    driver: -1,
    group: -1,
    fd: -1,
    other: -1,
    third: -1,
    as: -1,
    range: -1,
    iova: 0,
    size: 0,
    user: -1,
    arg: '',
  }
  for (const [key, role] of keysOf(op.op)) {
    const value = valueOf(op, key)
    if (value === undefined) continue
    if (typeof value === 'number') {
      if (role === 'iova') call.iova = value
      if (role === 'size') call.size = value
      continue
    }
    switch (role) {
      case 'device':
        call.device = world.deviceIndex.get(value) ?? -1
        break
      case 'driver':
      case 'override':
        call.driver = world.driverIndex.get(value) ?? -1
        if (call.driver < 0) full = true
        break
      case 'group':
        call.group = /^\d+$/.test(value) ? (world.groupIndex.get(Number(value)) ?? -1) : -1
        break
      case 'fd':
        call.fd = slot(value)
        break
      case 'other':
      case 'other?':
        call.other = slot(value)
        break
      case 'third':
        call.third = slot(value)
        break
      case 'as':
        call.as = slot(value)
        break
      case 'user':
        call.user = world.userIndex.get(value) ?? -1
        if (call.user < 0) full = true
        break
      case 'arg':
        call.arg = value
        break
      case 'iova':
      case 'size':
        break
    }
  }
  const place = (range: Range): number => {
    const known = rangeIndex(world, range.iova, range.size)
    if (known >= 0) return known
    if (world.ranges.length < world.capacity.ranges) return world.ranges.push(range) - 1
    full = true
    return -1
  }
  if (mapsRange(op)) {
    const range = { iova: op.iova, size: op.size }
    call.range = place(range)
    for (const piece of piecesOf(range, world.cuts)) place(piece)
  }
  if (cutsRange(op)) {
    const { iova, size } = op
    if (!world.cuts.some((cut) => isSame(cut, iova, size))) {
      world.cuts.push({ iova, size })
      for (const range of world.ranges.slice()) for (const piece of piecesOf(range, world.cuts)) place(piece)
    }
  }
  return full ? null : call
}
