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

/** By address, then by size: the index of a range. */
export type RangeIndex = ReadonlyMap<number, ReadonlyMap<number, number>>

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
 * A compiled setup: names and addresses have become indices. It never changes; `worldFor` makes another one where
 * operations bring further names or ranges.
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
  /** What its operations bring along; the fields below are parts of it. */
  readonly tables: Tables
  /** Names of what operations open or make. */
  readonly slots: readonly string[]
  readonly slotIndex: ReadonlyMap<string, number>
  /** Every range that some operation maps, and what others can leave of one that they cut. */
  readonly ranges: readonly Range[]
  readonly rangeIndex: RangeIndex
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

/**
 * As many ranges as operations may map, pieces counted: a call looks at each of them, so that the longest scenario still
 * replays at once. `readScenario` and searches hold it.
 */
export const MOST_RANGES = 2_000

/** As many names as operations may give to what they open or make. */
export const MOST_NAMES = 2_000

const MAX_PENDING = 64

/** A range that some operation maps, and where cuts can leave a piece of it: pieces go from a start to a later end. */
interface Base {
  readonly range: Range
  readonly starts: number[]
  readonly ends: number[]
}

/**
 * What operations bring along: names and ranges, numbered in the order in which they come, so that those of a run's
 * beginning are the same however it goes on, and how many objects they can make. Of ranges that are mapped every piece is
 * numbered that cuts can leave, in whatever order they come.
 */
class Tables {
  readonly slots: string[] = []
  readonly slotIndex = new Map<string, number>()
  readonly ranges: Range[] = []
  readonly rangeIndex = new Map<number, Map<number, number>>()
  private readonly bases = new Map<string, Base>()
  private readonly cuts = new Map<string, Range>()
  private readonly made = new Map<NameKind, number>()
  private readonly containers = new Set<string>()
  private readonly groups = new Set<string>()
  private waiting = 0
  private readonly mostRanges: number

  /** @param mostRanges no more ranges than this are listed, and one that shows that there are more */
  constructor(ops: readonly Op[], mostRanges = Infinity) {
    this.mostRanges = mostRanges
    for (const op of ops) this.add(op)
  }

  /** These and what further operations bring. */
  with(ops: readonly Op[]): Tables {
    const next = new Tables([], this.mostRanges)
    next.slots.push(...this.slots)
    next.ranges.push(...this.ranges)
    copyInto(next.slotIndex, this.slotIndex)
    for (const [iova, sizes] of this.rangeIndex) next.rangeIndex.set(iova, new Map(sizes))
    for (const [name, { range, starts, ends }] of this.bases) {
      next.bases.set(name, { range, starts: [...starts], ends: [...ends] })
    }
    copyInto(next.cuts, this.cuts)
    copyInto(next.made, this.made)
    for (const name of this.containers) next.containers.add(name)
    for (const group of this.groups) next.groups.add(group)
    next.waiting = this.waiting
    for (const op of ops) next.add(op)
    return next
  }

  /** What the operations can make at most, if each is done once or, for what it names, any number of times. */
  get demand(): Capacity {
    const made = (kind: NameKind): number => this.made.get(kind) ?? 0
    return {
      slots: this.slots.length,
      ranges: this.ranges.length,
      pending: Math.min(this.waiting, MAX_PENDING),
      // A container lives while its name is open or a group is in it.
      containers: this.containers.size + this.groups.size,
      iommufds: made('iommufd'),
      ioases: made('ioas'),
      hwpts: made('hwpt'),
    }
  }

  private add(op: Op): void {
    const { makes, waits } = rowOf(op.op)
    if (makes !== undefined) this.made.set(makes, (this.made.get(makes) ?? 0) + 1)
    if (waits === true) this.waiting++
    if (op.op === 'open_container') this.containers.add(op.as)
    if (op.op === 'open_group') this.groups.add(op.group)
    for (const [key, role] of keysOf(op.op)) {
      const value = valueOf(op, key)
      if (!isName(role) || typeof value !== 'string' || this.slotIndex.has(value)) continue
      this.slotIndex.set(value, this.slots.length)
      this.slots.push(value)
    }
    if (mapsRange(op)) this.addBase({ iova: op.iova, size: op.size })
    if (cutsRange(op)) this.addCut({ iova: op.iova, size: op.size })
  }

  private addBase(range: Range): void {
    this.place(range.iova, range.size)
    const name = `${range.iova}+${range.size}`
    const end = range.iova + range.size
    // No IOMMU maps that far, and sums would no longer be exact.
    if (this.isFull || this.bases.has(name) || !Number.isSafeInteger(end)) return
    const base: Base = { range, starts: [range.iova], ends: [end] }
    this.bases.set(name, base)
    for (const cut of this.cuts.values()) this.cutBase(base, cut)
  }

  private addCut(cut: Range): void {
    const name = `${cut.iova}+${cut.size}`
    if (this.isFull || this.cuts.has(name)) return
    this.cuts.set(name, cut)
    for (const base of this.bases.values()) this.cutBase(base, cut)
  }

  /** More ranges than are asked for: nothing more is worked out about them. */
  private get isFull(): boolean {
    return this.ranges.length > this.mostRanges
  }

  /** A cut inside a range gives pieces that end where it begins, and others that begin where it ends. */
  private cutBase({ range, starts, ends }: Base, cut: Range): void {
    const inside = (boundary: number): boolean => range.iova < boundary && boundary < range.iova + range.size
    const past = cut.iova + cut.size
    if (!this.isFull && inside(past) && !starts.includes(past)) {
      starts.push(past)
      for (const end of ends) if (end > past) this.place(past, end - past)
    }
    if (!this.isFull && inside(cut.iova) && !ends.includes(cut.iova)) {
      ends.push(cut.iova)
      for (const start of starts) if (start < cut.iova) this.place(start, cut.iova - start)
    }
  }

  private place(iova: number, size: number): void {
    if (this.isFull) return
    const sizes = this.rangeIndex.get(iova) ?? new Map<number, number>()
    if (sizes.has(size)) return
    this.rangeIndex.set(iova, sizes.set(size, this.ranges.length))
    this.ranges.push({ iova, size })
  }
}

function copyInto<K, V>(to: Map<K, V>, from: ReadonlyMap<K, V>): void {
  for (const [key, value] of from) to.set(key, value)
}

/**
 * What a list of operations can make at most, if each is done once or, for what it names, any number of times.
 * @param mostRanges counting ranges ends above this number
 */
export function demandOf(ops: readonly Op[], mostRanges = Infinity): Capacity {
  return new Tables(ops, mostRanges).demand
}

function fits(capacity: Capacity, demand: Capacity): boolean {
  return (
    capacity.slots >= demand.slots &&
    capacity.ranges >= demand.ranges &&
    (capacity.pending === MAX_PENDING || capacity.pending >= demand.pending) &&
    capacity.containers >= demand.containers &&
    capacity.iommufds >= demand.iommufds &&
    capacity.ioases >= demand.ioases &&
    capacity.hwpts >= demand.hwpts
  )
}

function capacityFor(demand: Capacity, groups: number): Capacity {
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
  const tables = new Tables(ops)

  const drivers: WorldDriver[] = [{ name: '', family: 'none' }]
  const driverIndex = new Map([['', 0]])
  const addDriver = (name: string, family: DriverFamily): number => {
    const known = driverIndex.get(name)
    if (known !== undefined) return known
    driverIndex.set(name, drivers.length)
    return drivers.push({ name, family }) - 1
  }
  for (const name of [...COMMON_DRIVERS, ...(machine.loadedDrivers ?? [])]) addDriver(name, driverFamily(name))
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
    capacity: capacityFor(tables.demand, hardware.groups.length),
    ...fieldsOf(tables),
  }
}

function fieldsOf(tables: Tables): Pick<World, 'tables' | 'slots' | 'slotIndex' | 'ranges' | 'rangeIndex'> {
  const { slots, slotIndex, ranges, rangeIndex } = tables
  return { tables, slots, slotIndex, ranges, rangeIndex }
}

/**
 * The same world for other operations. States of the two fit each other as far as the operations are the same.
 * @returns null if its capacity is not enough, or a driver or user is new (then compile the world anew)
 */
export function worldFor(world: World, ops: readonly Op[]): World | null {
  return withTables(world, new Tables(ops), ops)
}

/** The same world for further operations; null as for `worldFor`. */
export function extendWorld(world: World, ops: readonly Op[]): World | null {
  return withTables(world, world.tables.with(ops), ops)
}

function withTables(world: World, tables: Tables, ops: readonly Op[]): World | null {
  if (!fits(world.capacity, tables.demand)) return null
  const next = { ...world, ...fieldsOf(tables) }
  return ops.every((op) => compileOp(next, op) !== null) ? next : null
}

/** Index of a range, -1: none. */
export function rangeIndex(world: World, iova: number, size: number): number {
  return world.rangeIndex.get(iova)?.get(size) ?? -1
}

/** Compiles an operation; null if it brings a name or range that the world was not compiled for. */
export function compileOp(world: World, op: Op): Call | null {
  let known = true
  const find = (index: ReadonlyMap<string, number>, name: string): number => {
    const found = index.get(name)
    if (found === undefined) known = false
    return found ?? -1
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
        call.driver = find(world.driverIndex, value)
        break
      case 'group':
        call.group = /^\d+$/.test(value) ? (world.groupIndex.get(Number(value)) ?? -1) : -1
        break
      case 'fd':
      case 'third':
      case 'as':
        call[role] = find(world.slotIndex, value)
        break
      case 'other':
      case 'other?':
        call.other = find(world.slotIndex, value)
        break
      case 'user':
        call.user = find(world.userIndex, value)
        break
      case 'arg':
        call.arg = value
        break
      case 'iova':
      case 'size':
        break
    }
  }
  if (mapsRange(op)) {
    call.range = rangeIndex(world, op.iova, op.size)
    if (call.range < 0) known = false
  }
  return known ? call : null
}
