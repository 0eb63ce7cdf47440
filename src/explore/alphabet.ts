/** The alphabet of a search: the finite list of operations that it tries on each state. */
import type { Kernel } from '../sim/kernel.ts'
import {
  isAdmin,
  isOp,
  keysOf,
  kindsOfKey,
  mapsRange,
  NAME_PREFIXES,
  OP_KINDS,
  rowOf,
  valueOf,
  type NameKind,
  type Op,
  type OpKind,
  type Role,
} from '../sim/op.ts'
import type { Run } from '../sim/replay.ts'
import type { FdKind, Snapshot } from '../sim/snapshot.ts'
import type { Range, Setup, World } from '../sim/world.ts'

export const ACTORS = ['user', 'admin'] as const
export type Actor = (typeof ACTORS)[number]

/** Options of the alphabet. An absent option gets a small default that fits the scenario. */
export interface AlphabetOptions {
  /** Default: both. */
  readonly actors?: readonly Actor[]
  /** Processes that act, by name. Default: all of the scenario. */
  readonly processes?: readonly string[]
  /**
   * Functions that the administrator rebinds and users ask for, by address. Default: the functions, bridges aside, of
   * the groups that the scenario's operations are about; if there are none, of the first two groups of plug-in cards.
   */
  readonly devices?: readonly string[]
  /** Drivers to bind; `native` stands for each function's own. Default: native, vfio-pci, pci-stub. */
  readonly drivers?: readonly string[]
  /** How many things of a kind a process can have open at a time, those open at the start included. */
  readonly names?: Readonly<Partial<Record<NameKind, number>>>
  /** I/O virtual addresses that users map. Default: those that the scenario maps, else the first 2 MiB. */
  readonly ranges?: readonly Range[]
  /** IOMMU types that users set. Default: type1v2. */
  readonly types?: readonly string[]
  /** Kinds of operation to add to the default ones (`isDefault`), and to remove from them. */
  readonly with?: readonly OpKind[]
  readonly without?: readonly OpKind[]
  /** How many calls of the administrator can wait at a time; while that many wait, it makes no other. Default 1. */
  readonly waiting?: number
}

export interface Alphabet {
  readonly ops: readonly Op[]
  /** Names that each process can give, by process and kind: alike within a list. */
  readonly names: readonly (Readonly<Record<NameKind, readonly string[]>> | null)[]
  /** Functions that operations are about, as indices into the world's devices. */
  readonly devices: readonly number[]
  /** The options with all defaults filled in. */
  readonly choices: Readonly<Required<Omit<AlphabetOptions, 'with' | 'without'>> & { kinds: readonly OpKind[] }>
}

/** Whether an operation is in the alphabet by default: not queries, nor operations that must be asked for. */
export function isDefault(kind: OpKind): boolean {
  const row = rowOf(kind)
  return row.changes !== 'nothing' && row.byRequest !== true
}

function nameKindOf(kind: FdKind): NameKind {
  return kind === 'cdev' ? 'device' : kind
}

const MIB = 1024 * 1024

/** Operations to choose from in a search. Above it even the first states would take minutes, and nothing would be proved. */
const MOST_OPERATIONS = 5_000
/** Things of a kind that a process can have open; the states grow exponentially with it. */
export const MOST_NAMES = 16

/**
 * The operations of a search that starts where a run ends.
 * @param about operations from which the defaults are taken; those of the run, and maybe some that come after
 * @throws Error if an option names what the machine or the scenario has not, in words for the person who asked
 */
export function alphabetOf(
  kernel: Kernel,
  setup: Setup,
  run: Run,
  options: AlphabetOptions = {},
  about: readonly Op[] = run.steps.map((step) => step.op),
): Alphabet {
  const { world } = run
  const done = run.steps.map((step) => step.op)
  const snapshot = run.snapshotAt(done.length)
  const devices = devicesFor(world, about, options.devices)
  const groups = [...new Set(devices.map((device) => world.devices[device]?.group ?? -1))].filter((g) => g >= 0)
  const processes = processesFor(world, options.processes)
  const given: Record<NameKind, number> = {
    container: 1,
    group: Math.min(2, Math.max(1, groups.length)),
    device: Math.min(2, Math.max(1, devices.length)),
    iommufd: 1,
    ioas: 1,
    hwpt: 1,
    ...options.names,
  }
  const mapped = rangesOf(about)
  const kinds = kindsFor(kernel, world, devices, options)
  const choices = {
    actors: options.actors ?? ACTORS,
    processes: processes.map((process) => setup.processes[process]?.name ?? ''),
    devices: devices.map((device) => world.devices[device]?.spec.bdf ?? ''),
    drivers: options.drivers ?? ['native', 'vfio-pci', 'pci-stub'],
    names: given,
    ranges: options.ranges ?? (mapped.length > 0 ? mapped : [{ iova: 0, size: 2 * MIB }]),
    types: options.types ?? ['type1v2'],
    waiting: options.waiting ?? 1,
    kinds,
  }
  const makeable = new Set(kinds.flatMap((kind) => rowOf(kind).makes ?? []))
  mustBeAtMost(MOST_NAMES, Math.max(...Object.values(given)), 'things of a kind that a process can have open')
  const names = namesFor(setup, snapshot, world, done, processes, (kind) => (makeable.has(kind) ? given[kind] : 0))
  const maker = new Maker(world, choices, groups, names)
  const count = kinds.reduce((sum, kind) => sum + maker.count(kind), 0)
  mustBeAtMost(MOST_OPERATIONS, count, 'operations to choose from: take fewer names, devices, ranges or processes')
  const made = new Map(kinds.flatMap((kind) => maker.make(kind)).map((op) => [JSON.stringify(op), op]))
  return { ops: [...made.values()], names, devices, choices }
}

/** @throws Error if there are more than a search takes */
function mustBeAtMost(most: number, count: number, what: string): void {
  if (count > most) throw new Error(`at most ${most} ${what}; this question has ${count}`)
}

/** Ranges that operations map, each once. */
function rangesOf(ops: readonly Op[]): Range[] {
  const ranges = new Map<string, Range>()
  for (const op of ops) {
    if (!mapsRange(op)) continue
    ranges.set(`${op.iova}+${op.size}`, { iova: op.iova, size: op.size })
  }
  return [...ranges.values()]
}

/** Indices of the functions that operations are about. */
function devicesFor(world: World, about: readonly Op[], chosen: readonly string[] | undefined): readonly number[] {
  if (chosen !== undefined) {
    return chosen.map((bdf) => {
      const device = world.deviceIndex.get(bdf)
      if (device === undefined) throw new Error(`the machine has no device ${bdf}`)
      return device
    })
  }
  const groups = new Set<number>()
  for (const op of about) {
    for (const [key, role] of keysOf(op.op)) {
      const value = valueOf(op, key)
      const device = role === 'device' ? world.deviceIndex.get(String(value)) : undefined
      const group = role === 'group' ? world.groupIndex.get(Number(value)) : undefined
      const found = group ?? world.devices[device ?? -1]?.group ?? -1
      if (found >= 0) groups.add(found)
    }
  }
  const able = world.devices.map(({ spec, group }) => !spec.bridge && group >= 0)
  const members = (group: number): number[] => (world.groups[group]?.devices ?? []).filter((device) => able[device])
  if (groups.size === 0) {
    const cards = world.groups.flatMap((_, group) =>
      members(group).some((device) => world.devices[device]?.spec.parent !== null) ? [group] : [],
    )
    const any = world.groups.flatMap((_, group) => (members(group).length > 0 ? [group] : []))
    for (const group of (cards.length > 0 ? cards : any).slice(0, 2)) groups.add(group)
  }
  return [...groups].flatMap(members).sort((a, b) => a - b)
}

function processesFor(world: World, chosen: readonly string[] | undefined): readonly number[] {
  if (chosen === undefined) return world.setup.processes.map((_, process) => process)
  return chosen.map((name) => {
    const process = world.processIndex.get(name)
    if (process === undefined) throw new Error(`the scenario has no process ${name}`)
    return process
  })
}

function kindsFor(
  kernel: Kernel,
  world: World,
  devices: readonly number[],
  { actors = ACTORS, with: more = [], without = [] }: AlphabetOptions,
): readonly OpKind[] {
  const needed = (kind: OpKind): boolean => {
    if (kind === 'hot_add') return devices.some((device) => world.devices[device]?.spec.unplugged === true)
    if (kind === 'chown_group') return world.users.length > 1
    return true
  }
  return OP_KINDS.filter((kind) => {
    if (!kernel.abi.includes(kind) || without.includes(kind)) return false
    return more.includes(kind) || (isDefault(kind) && needed(kind) && actors.includes(isAdmin(kind) ? 'admin' : 'user'))
  })
}

/** Names for each acting process: those that it has open at the start, and new ones up to the number allowed. */
function namesFor(
  setup: Setup,
  snapshot: Snapshot,
  world: World,
  done: readonly Op[],
  processes: readonly number[],
  allowed: (kind: NameKind) => number,
): Alphabet['names'] {
  const taken = new Set(done.flatMap((op) => ('as' in op ? [op.as] : [])))
  const fresh = (prefix: string): string => {
    for (let number = 1; ; number++) {
      const name = `${prefix}${number}`
      if (taken.has(name)) continue
      taken.add(name)
      return name
    }
  }
  return setup.processes.map((_, process) => {
    if (!processes.includes(process)) return null
    const pool = (kind: NameKind): readonly string[] => {
      const open = snapshot.fds.flatMap((fd) =>
        fd.process === process && nameKindOf(fd.kind) === kind ? [world.slots[fd.slot] ?? ''] : [],
      )
      const missing = Math.max(0, allowed(kind) - open.length)
      return [...open, ...Array.from({ length: missing }, () => fresh(NAME_PREFIXES[kind]))]
    }
    return {
      container: pool('container'),
      group: pool('group'),
      device: pool('device'),
      iommufd: pool('iommufd'),
      ioas: pool('ioas'),
      hwpt: pool('hwpt'),
    }
  })
}

type Values = readonly (readonly [key: string, values: readonly (string | number | undefined)[]])[]

/** Makes operations: every combination of the values of their keys. */
class Maker {
  private readonly world: World
  private readonly choices: Alphabet['choices']
  private readonly groups: readonly number[]
  private readonly names: Alphabet['names']

  constructor(world: World, choices: Alphabet['choices'], groups: readonly number[], names: Alphabet['names']) {
    this.world = world
    this.choices = choices
    this.groups = groups
    this.names = names
  }

  /** How many operations of a kind there are to put together, equal and impossible ones included. */
  count(kind: OpKind): number {
    const doers = rowOf(kind).who === 'user' ? this.names.filter((names) => names !== null) : [null]
    return doers.reduce((sum, names) => sum + this.combinations(this.valuesOf(kind, names)), 0)
  }

  private combinations(values: Values): number {
    const sizeOf = (key: string, options: readonly unknown[]): number => {
      const { ranges } = this.choices
      if (key === 'iova') return ranges.length
      if (key !== 'size') return options.length
      // A size comes with its address: as many as there are ranges that begin there.
      const at = new Map<number, number>()
      for (const { iova } of ranges) at.set(iova, (at.get(iova) ?? 0) + 1)
      return Math.max(0, ...at.values())
    }
    return values.reduce((product, [key, options]) => product * sizeOf(key, options), 1)
  }

  make(kind: OpKind): Op[] {
    if (rowOf(kind).who !== 'user') return this.combine(kind, {}, this.valuesOf(kind, null))
    return this.names.flatMap((names, process) => {
      if (names === null) return []
      const spec = this.world.setup.processes[process]
      const opens = keysOf(kind).some(([, role]) => role === 'fd')
      const doer = spec === undefined || opens || this.names.length < 2 ? {} : { by: spec.name }
      return this.combine(kind, doer, this.valuesOf(kind, names))
    })
  }

  private valuesOf(kind: OpKind, names: Alphabet['names'][number]): Values {
    const { makes } = rowOf(kind)
    return keysOf(kind).map(([key, role]) => {
      const kinds = role === 'as' && makes !== undefined ? [makes] : kindsOfKey(key)
      if (kinds === undefined) return [key, this.valuesOfRole(role)]
      const values = names === null ? [] : kinds.flatMap((each) => names[each])
      return [key, role === 'other?' ? [undefined, ...values] : values]
    })
  }

  private valuesOfRole(role: Role): readonly (string | number)[] {
    const { choices, world } = this
    switch (role) {
      case 'device':
        return choices.devices
      case 'driver':
        return choices.drivers
      case 'override':
        return [...choices.drivers, '']
      case 'group':
        return this.groups.map((group) => String(world.groups[group]?.id ?? ''))
      case 'user':
        return world.users.filter((user) => user !== 'root')
      case 'arg':
        return choices.types
      case 'iova':
      case 'size':
      case 'fd':
      case 'other':
      case 'other?':
      case 'third':
      case 'as':
        return []
    }
  }

  private combine(kind: OpKind, doer: { readonly by?: string }, values: Values): Op[] {
    let rows: Record<string, string | number>[] = [{}]
    for (const [key, options] of values) {
      if (key === 'iova')
        rows = rows.flatMap((row) => this.choices.ranges.map((range) => ({ ...row, iova: range.iova })))
      else if (key === 'size') {
        // A size belongs to the address that it was chosen with.
        rows = rows.flatMap((row) =>
          this.choices.ranges.filter(({ iova }) => iova === row['iova']).map(({ size }) => ({ ...row, size })),
        )
      } else {
        rows = rows.flatMap((row) => options.map((value) => (value === undefined ? row : { ...row, [key]: value })))
      }
    }
    const optional = keysOf(kind).filter(([, role]) => role === 'other?')
    return rows.flatMap((row): Op[] => {
      // Of several keys that may be absent (the page tables to attach to), one is meant.
      if (optional.length > 1 && optional.filter(([key]) => row[key] !== undefined).length !== 1) return []
      const op = { op: kind, ...doer, ...this.driverOf(row) }
      return isOp(op) ? [op] : []
    })
  }

  /** Puts a function's own driver in the place of `native`; a function that has none drops out. */
  private driverOf(row: Readonly<Record<string, string | number>>): Readonly<Record<string, unknown>> {
    if (row['driver'] !== 'native') return row
    const device = this.world.devices[this.world.deviceIndex.get(String(row['device'])) ?? -1]
    const native = device?.spec.native ?? device?.spec.driver ?? null
    return { ...row, driver: native ?? undefined }
  }
}
