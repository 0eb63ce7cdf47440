/**
 * The judge of the search: a plain queue and a plain Map of readable states, written without a look at how the search
 * packs, hashes, orders or swaps anything. Slow, and meant to be. Nothing that ships imports this.
 */
import type { Op } from '../sim/op.ts'
import { keysOf, valueOf } from '../sim/op.ts'
import type { Outcome } from '../sim/result.ts'
import type { Context } from '../sim/iommu/context.ts'
import type { MappingView, Snapshot } from '../sim/snapshot.ts'
import type { State } from '../sim/state.ts'
import { HWPT_OBJECT, IOAS_OBJECT } from '../sim/kernels/shared/files.ts'
import { compileOp, type World } from '../sim/world.ts'
import type { System } from './system.ts'

/** A state as the brute force sees it, and the operation that led there with its answer (null at the start). */
export interface Visit {
  readonly world: World
  readonly snapshot: Snapshot
  readonly op: Op | null
  readonly outcome: Outcome | null
}

/** A state as a person could read it: what can be seen, and every column by its name. */
export interface Readable {
  readonly snapshot: Snapshot
  readonly columns: Readonly<Record<string, readonly number[]>>
}

export interface Brute {
  /** All different states. */
  readonly states: readonly Readable[]
  readonly transitions: number
  /** Longest shortest way to a state. */
  readonly depth: number
  /** Fewest operations after which each question holds; null: never. */
  readonly lengths: readonly (number | null)[]
}

const ADMIN = ['bind', 'unbind', 'driver_override', 'drivers_probe', 'hot_add', 'chown_group', 'chown_iommu']

/** Enumerates all states of a system. */
export function bruteForce(system: System, questions: readonly ((visit: Visit) => boolean)[] = []): Brute {
  const { kernel, world, ops } = system
  const lengths: (number | null)[] = questions.map(() => null)
  const ask = (visit: Visit, length: number): void =>
    questions.forEach((question, index) => {
      if (lengths[index] === null && question(visit)) lengths[index] = length
    })
  const seen = new Map<string, Readable>()
  /** The state as it was seen first, so that nothing is looked at twice. */
  const meet = (state: State): { readonly readable: Readable; readonly isNew: boolean } => {
    const columns = columnsOf(state)
    const key = JSON.stringify(columns)
    const known = seen.get(key)
    if (known !== undefined) return { readable: known, isNew: false }
    const readable = { snapshot: kernel.snapshot(state), columns }
    seen.set(key, readable)
    return { readable, isNew: true }
  }
  const first = meet(system.start).readable.snapshot
  ask({ world, snapshot: first, op: null, outcome: null }, 0)
  const queue = [{ bytes: system.start.bytes.slice(), snapshot: first, depth: 0 }]
  // One state for all calls: making one takes longer than a call. What is kept of it is copied.
  const state = kernel.create(world)
  let transitions = 0
  let depth = 0
  for (let at = 0; at < queue.length; at++) {
    const here = queue[at]
    if (here === undefined || here.snapshot.dead) continue
    for (const op of ops) {
      if (!isWorthTrying(system, here.snapshot, op)) continue
      const call = compileOp(world, op)
      if (call === null) throw new Error('no room')
      state.bytes.set(here.bytes)
      const outcome = kernel.apply(state, call)
      const { readable, isNew } = meet(state)
      transitions++
      ask({ world, snapshot: readable.snapshot, op, outcome }, here.depth + 1)
      if (!isNew) continue
      depth = Math.max(depth, here.depth + 1)
      queue.push({ bytes: state.bytes.slice(), snapshot: readable.snapshot, depth: here.depth + 1 })
    }
  }
  return { states: [...seen.values()], transitions, depth, lengths }
}

/** Numbers that iommufds give to their objects one after the other: shown, and looked at only for names from other iommufds. */
const SERIAL = ['iommufdNumber', 'ioasNumber', 'hwptNumber', 'boundNumber']

function columnsOf(state: State): Record<string, readonly number[]> {
  const columns: Record<string, readonly number[]> = {}
  for (const [name, column] of Object.entries(state)) {
    if (name === 'bytes' || SERIAL.includes(name)) continue
    if (column instanceof Uint8Array || column instanceof Uint16Array) columns[name] = [...column]
  }
  // Such a number also stands where files have theirs.
  const { fdKind = [], fdNumber = [] } = columns
  columns['fdNumber'] = fdNumber.map((number, slot) => (OBJECTS.includes(fdKind[slot] ?? 0) ? 0 : number))
  return columns
}

const OBJECTS: readonly number[] = [IOAS_OBJECT, HWPT_OBJECT]

function isWorthTrying({ kernel, world, alphabet }: System, snapshot: Snapshot, op: Op): boolean {
  const open = (name: string): boolean => snapshot.fds.some((fd) => world.slots[fd.slot] === name)
  if (ADMIN.includes(op.op)) return snapshot.pending.length < alphabet.choices.waiting
  if (op.op === 'exit') {
    const process = world.processIndex.get(op.by ?? world.setup.processes[0]?.name ?? '')
    return snapshot.fds.some((fd) => fd.process === process)
  }
  if (kernel.id.startsWith('linux') && isForeign(world, snapshot, op)) return false
  return keysOf(op.op).every(([key, role]) => {
    const value = valueOf(op, key)
    if (typeof value !== 'string') return true
    if (role === 'as') return !open(value)
    return role === 'fd' || role === 'other' || role === 'other?' || role === 'third' ? open(value) : true
  })
}

/** Whether a call on one of Linux's iommufds, or on a device there, names an object of another iommufd. */
function isForeign(world: World, snapshot: Snapshot, op: Op): boolean {
  const iommufdOf = (name: unknown): number => {
    const fd = snapshot.fds.find((each) => world.slots[each.slot] === name)
    if (fd === undefined) return -1
    if (fd.kind === 'iommufd') return fd.object
    if (fd.kind === 'ioas') return snapshot.ioases.find((each) => each.ioas === fd.object)?.iommufd ?? -1
    if (fd.kind === 'hwpt') return snapshot.hwpts.find((each) => each.hwpt === fd.object)?.iommufd ?? -1
    if (fd.kind === 'cdev' && fd.access === false) return -1
    return snapshot.devices.find((each) => each.device === fd.object)?.binding?.iommufd ?? -1
  }
  const keys = keysOf(op.op)
  if (!keys.some(([key]) => key === 'ioas' || key === 'hwpt')) return false
  const owners = keys.flatMap(([key, role]) => (role === 'as' ? [] : [iommufdOf(valueOf(op, key))]))
  return new Set(owners.filter((iommufd) => iommufd >= 0)).size > 1
}

// ---- Equal things -----------------------------------------------------------------------------------------------

/** What may be swapped, as lists of indices that count as one another. */
export interface Swaps {
  readonly devices: readonly (readonly number[])[]
  readonly processes: readonly (readonly number[])[]
  /** Lists of slots, by process and kind of name: `slots[process]` is swapped along with the process. */
  readonly slots: readonly (readonly (readonly number[])[])[]
  /** Whether numbers of files, and overrides, make a difference to any operation of the system. */
  readonly numbers: boolean
  readonly overrides: boolean
}

/** The number of classes of states under swapping equal things, and under renumbering what the kernel numbers. */
export function countClasses(world: World, states: readonly Readable[], swaps: Swaps): number {
  const renamings = allRenamings(world, swaps)
  const classes = new Set<string>()
  for (const state of states) {
    let least: string | null = null
    for (const renaming of renamings) {
      const text = JSON.stringify(renamed(world, state, renaming, swaps))
      if (least === null || text < least) least = text
    }
    classes.add(least ?? '')
  }
  return classes.size
}

interface Renaming {
  readonly device: readonly number[]
  readonly process: readonly number[]
  readonly slot: readonly number[]
}

function permutations(list: readonly number[]): number[][] {
  if (list.length < 2) return [[...list]]
  return list.flatMap((first, index) =>
    permutations(list.filter((_, other) => other !== index)).map((rest) => [first, ...rest]),
  )
}

function allRenamings(world: World, { devices, processes, slots }: Swaps): Renaming[] {
  const same = (length: number): number[] => Array.from({ length }, (_, index) => index)
  let found: Renaming[] = [
    {
      device: same(world.devices.length),
      process: same(world.setup.processes.length),
      slot: same(world.capacity.slots),
    },
  ]
  const extend = (key: keyof Renaming, members: readonly number[]): void => {
    found = found.flatMap((renaming) =>
      permutations(members).map((order) => {
        const changed = [...renaming[key]]
        members.forEach((member, place) => (changed[member] = order[place] ?? member))
        return { ...renaming, [key]: changed }
      }),
    )
  }
  for (const members of devices) extend('device', members)
  for (const members of processes) extend('process', members)
  // Slots go along with their process, and then change places within their list.
  found = found.map((renaming) => {
    const slot = [...renaming.slot]
    slots.forEach((pools, process) => {
      pools.forEach((pool, kind) => {
        const target = slots[renaming.process[process] ?? process]?.[kind] ?? pool
        pool.forEach((from, place) => (slot[from] = target[place] ?? from))
      })
    })
    return { ...renaming, slot }
  })
  for (const pools of slots) {
    for (const pool of pools) {
      found = found.flatMap((renaming) =>
        permutations(pool).map((order) => {
          const to = new Map(pool.map((slot, place) => [slot, order[place] ?? slot]))
          return { ...renaming, slot: renaming.slot.map((slot) => to.get(slot) ?? slot) }
        }),
      )
    }
  }
  return found
}

/** A state in other names. What the kernel numbers gets its number in the order in which it is met. */
function renamed(
  world: World,
  { snapshot: state, columns }: Readable,
  { device, process, slot }: Renaming,
  keep: Swaps,
): unknown {
  const numbers = new Map<string, number>()
  const made = (kind: string, index: number): number => {
    if (index < 0) return -1
    const key = `${kind} ${index}`
    const number = numbers.get(key) ?? [...numbers.keys()].filter((each) => each.startsWith(`${kind} `)).length
    numbers.set(key, number)
    return number
  }
  const domain = (index: number): unknown => {
    const owner = state.domains.find((each) => each.domain === index)?.owner
    return owner === undefined ? [] : [owner.kind, made(owner.kind, owner.index)]
  }
  const context = (each: Context): unknown => (each.kind === 'domain' ? ['domain', domain(each.domain)] : each)
  const by = <T>(list: readonly T[], order: (item: T) => number): T[] => list.toSorted((a, b) => order(a) - order(b))
  const d = (index: number): number => device[index] ?? index
  const p = (index: number): number => process[index] ?? index
  const s = (index: number): number => slot[index] ?? index
  const all = (list: readonly number[], to: (index: number) => number): number[] => by(list.map(to), (each) => each)
  const hidden = (name: string, index: number): number => columns[name]?.[index] ?? 0
  const maps = (list: readonly MappingView[]): unknown => list.map((each) => ({ ...each, process: p(each.process) }))

  const groups = state.groups.map((group) => ({
    ...group,
    container: made('container', group.container),
    compat: made('iommufd', group.compat),
    context: context(group.context),
    kvm: all(group.kvm, p),
    members: by(group.members, (member) => d(member.device)).map((member) => ({ ...member, device: d(member.device) })),
    ownership:
      group.ownership === null ? null : { ...group.ownership, iommufd: made('iommufd', group.ownership.iommufd) },
  }))
  const fds = by(state.fds, (fd) => s(fd.slot)).map((fd) => {
    const isFile = fd.kind !== 'ioas' && fd.kind !== 'hwpt'
    return {
      slot: s(fd.slot),
      kind: fd.kind,
      exactly: hidden('fdKind', fd.slot),
      process: p(fd.process),
      object:
        fd.kind === 'device' || fd.kind === 'cdev'
          ? d(fd.object)
          : fd.kind === 'group'
            ? fd.object
            : made(fd.kind, fd.object),
      access: fd.access,
      held: hidden('fdHeld', fd.slot),
      number: keep.numbers && isFile ? fd.number : 0,
    }
  })
  const devices = by(state.devices, (each) => d(each.device)).map((each) => ({
    ...each,
    device: d(each.device),
    override: keep.overrides ? each.override : 0,
    owner: hidden('cdevOwner', each.device),
    // How many of its files the virtual machine of each process alone holds.
    kept: ['keptFiles', 'keptCdevs', 'keptBound'].map((name) =>
      by(state.processes, (one) => p(one.process)).map((one) =>
        hidden(name, one.process * world.devices.length + each.device),
      ),
    ),
    binding:
      each.binding === null
        ? null
        : { iommufd: made('iommufd', each.binding.iommufd), hwpt: made('hwpt', each.binding.hwpt) },
    ...(each.context === undefined ? {} : { context: context(each.context) }),
    contexts: (world.devices[each.device]?.rids ?? []).map((rid) => {
      const found = state.contexts[rid]
      return found === undefined ? null : context(found)
    }),
  }))
  const hwpts = by(state.hwpts, (each) => made('hwpt', each.hwpt)).map((each) => ({
    hwpt: made('hwpt', each.hwpt),
    iommufd: made('iommufd', each.iommufd),
    ioas: made('ioas', each.ioas),
    slots: all(each.slots, s),
    auto: each.auto,
    devices: all(each.devices, d),
    groups: each.groups,
  }))
  const ioases = by(state.ioases, (each) => made('ioas', each.ioas)).map((each) => ({
    ioas: made('ioas', each.ioas),
    iommufd: made('iommufd', each.iommufd),
    slots: all(each.slots, s),
    compat: each.compat,
    small: hidden('ioasSmall', each.ioas),
    mappings: maps(each.mappings),
  }))
  const iommufds = by(state.iommufds, (each) => made('iommufd', each.iommufd)).map((each) => ({
    iommufd: made('iommufd', each.iommufd),
    slots: all(each.slots, s),
  }))
  const containers = by(state.containers, (each) => made('container', each.container)).map((each) => ({
    ...each,
    container: made('container', each.container),
    slots: all(each.slots, s),
    domain: domain(each.domain),
  }))
  const domains = state.domains
    .map((each) => JSON.stringify([domain(each.domain), maps(each.mappings)]))
    .toSorted((a, b) => (a < b ? -1 : 1))
  return {
    dead: state.dead,
    iommuOwner: hidden('iommuOwner', 0),
    groups,
    fds,
    devices,
    hwpts,
    ioases,
    iommufds,
    containers,
    domains,
    processes: by(state.processes, (each) => p(each.process)).map((each) => each.alive),
    pending: state.pending.map((each) => ({ ...each, device: d(each.device) })),
  }
}
