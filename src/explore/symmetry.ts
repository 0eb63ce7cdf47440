/**
 * Equal things make equal states: which of two equal functions is bound, which of two names holds the file, which of two
 * processes of one user acts, and which number the kernel gave a container, changes nothing that a question asks. A
 * reduction brings a state to one of those that come out of swapping such things, always the same one as far as it can
 * tell; the search then keeps one state for all of them.
 *
 * It is sound whatever the order it chooses, because what it makes is always one of the swapped states, and every
 * operation on the one is an operation on the other. Where two things differ only in what refers to them in a roundabout
 * way it may keep two states for one; that costs time and is never wrong.
 */
import type { OpKind } from '../sim/op.ts'
import type { ColumnShape, Space } from '../sim/shape.ts'
import type { State } from '../sim/state.ts'
import { domainContext } from '../sim/iommu/context.ts'
import type { World } from '../sim/world.ts'
import { NAME_KINDS } from './alphabet.ts'
import { columnOf, type Column, type System } from './system.ts'

/** What a question is about by name, and so must not be swapped with its like: indices. */
export interface Named {
  readonly devices: ReadonlySet<number>
  readonly processes: ReadonlySet<number>
}

export const NOTHING_NAMED: Named = { devices: new Set(), processes: new Set() }

/** Things that count as one another, as people call them. Lists have at least two members. */
export interface Interchangeable {
  readonly devices: readonly (readonly string[])[]
  readonly processes: readonly (readonly string[])[]
  readonly names: readonly (readonly string[])[]
  /** Columns that no operation of the search looks at. */
  readonly ignored: readonly string[]
}

/** What the kernel makes and numbers by itself. */
const MADE: readonly Space[] = ['file', 'container', 'iommufd', 'ioas', 'hwpt']
/** In place of a number that is not given yet, or must not be looked at yet. */
const UNKNOWN = 0xffff

interface Table {
  readonly name: string
  readonly index: number
  readonly shape: ColumnShape
  readonly from: Column
  readonly to: Column
  /** Sizes of the one or two dimensions; the second is 1 where there is none. */
  readonly rows: number
  readonly columns: number
  readonly where: Column | undefined
}

/** Brings states to their canonical form. Works on one record, the search's own. */
export class Reduction {
  readonly interchangeable: Interchangeable
  private readonly world: World
  private readonly tables: readonly Table[]
  private readonly ignored: readonly Column[]
  private readonly objects: readonly Space[]
  private readonly domains: readonly Space[]
  private readonly firstDomain: number
  private readonly made: readonly Space[]
  private readonly sizes: ReadonlyMap<Space, number>
  /** New index of each thing, by space. Only spaces in which something can move. */
  private readonly moves = new Map<Space, Uint16Array>()
  private readonly next = new Map<Space, number>()
  private readonly deviceClasses: readonly (readonly number[])[]
  private readonly processClasses: readonly (readonly number[])[]
  /** Slots of each process by kind of name. */
  private readonly pools: readonly (readonly (readonly number[])[] | null)[]
  private readonly kinds: Column | undefined
  // Tables by what they are needed for.
  private readonly moving: readonly Table[]
  private readonly bySlot: readonly Table[]
  private readonly refsFixed: readonly Table[]
  private readonly refsMoving: readonly Table[]
  private readonly refsSlot: readonly Table[]
  private readonly refsMade: readonly Table[]
  private readonly ofDevice: readonly Table[]
  private readonly ofRid: readonly Table[]
  private readonly toDevice: readonly Table[]
  private readonly ofProcess: readonly Table[]
  private readonly toProcess: readonly Table[]
  private readonly inDeviceClass: Uint8Array
  private readonly inProcessClass: Uint8Array
  private readonly keys: Float64Array
  /** Whether processes, devices have their new order already. */
  private processesKnown = false
  private devicesKnown = false

  private constructor(
    system: System,
    state: State,
    named: Named,
    shape: NonNullable<System['kernel']['shape']>,
    swap: boolean,
  ) {
    const { kernel, world, alphabet } = system
    const copy = kernel.create(world)
    const columns = Object.entries(shape.columns)
    this.world = world
    this.objects = shape.objects
    this.domains = shape.domains
    this.firstDomain = domainContext(world, 0)
    this.sizes = sizesOf(world, state, columns, shape.domains)
    const kinds = new Set<OpKind>(alphabet.choices.kinds)
    const isIgnored = ({ readBy }: ColumnShape): boolean =>
      readBy !== undefined && (swap ? !readBy.some((op) => kinds.has(op)) : readBy.length === 0)
    const all = columns.flatMap(([name, column], index): Table[] => {
      const from = columnOf(state, name)
      const to = columnOf(copy, name)
      const [rows = 1, second = 1] = column.by.map((space) => this.sizes.get(space) ?? 0)
      if (from === undefined || to === undefined || rows * second !== from.length || column.by.length > 2) {
        throw new Error(`${kernel.id}: the column ${name} is not as its shape says`)
      }
      const where = column.where === undefined ? undefined : columnOf(state, column.where)
      return [{ name, index, shape: column, from, to, rows, columns: second, where }]
    })
    this.ignored = all.filter((table) => isIgnored(table.shape)).map((table) => table.from)
    this.tables = all.filter((table) => !isIgnored(table.shape))
    this.kinds = all.find((table) => table.shape.holds === 'kind')?.from
    this.made = swap ? MADE.filter((space) => (this.sizes.get(space) ?? 0) > 1) : []
    this.pools = alphabet.names.map((names) =>
      names === null || !swap
        ? null
        : NAME_KINDS.map((kind) => names[kind].map((name) => world.slotIndex.get(name) ?? -1)),
    )
    this.deviceClasses = swap ? equalDevices(system, named) : []
    this.processClasses = equalProcesses(world, this.pools, named)
    this.inDeviceClass = membership(this.deviceClasses, world.devices.length)
    this.inProcessClass = membership(this.processClasses, world.setup.processes.length)
    this.keys = new Float64Array(Math.max(world.devices.length, world.capacity.slots, world.setup.processes.length))

    const spaces: Space[] = [...this.made]
    if (this.deviceClasses.length > 0) spaces.push('device', 'rid')
    if (this.processClasses.length > 0) spaces.push('process')
    if (this.processClasses.length > 0 || this.pools.some((pools) => pools?.some((pool) => pool.length > 1))) {
      spaces.push('slot')
    }
    if (this.made.some((space) => this.domains.includes(space))) spaces.push('domain')
    for (const space of spaces) this.moves.set(space, identity(this.sizes.get(space) ?? 0))

    const { tables } = this
    const holdsMade = (table: Table): boolean => this.canHold(table, this.made)
    const first = (table: Table): Space => table.shape.by[0] ?? 'one'
    const isMade = (space: Space): boolean => space === 'domain' || MADE.includes(space)
    this.moving = tables.filter(
      (table) => table.shape.by.some((space) => this.moves.has(space)) || this.canHold(table, spaces),
    )
    this.bySlot = tables.filter((table) => first(table) === 'slot')
    const refs = tables.filter(holdsMade)
    this.refsSlot = refs.filter((table) => first(table) === 'slot')
    this.refsMade = refs.filter((table) => isMade(first(table)))
    this.refsMoving = refs.filter((table) => ['device', 'rid', 'process'].includes(first(table)))
    this.refsFixed = refs.filter((table) => ![...this.refsSlot, ...this.refsMade, ...this.refsMoving].includes(table))
    const about = (space: Space): Table[] => tables.filter((table) => table.shape.by.includes(space))
    this.ofDevice = about('device')
    this.ofRid = about('rid')
    this.toDevice = tables.filter((table) => this.canHold(table, ['device']))
    this.ofProcess = about('process')
    this.toProcess = tables.filter((table) => table.shape.holds === 'process' && first(table) !== 'slot')

    const bdf = (device: number): string => world.devices[device]?.spec.bdf ?? ''
    this.interchangeable = {
      devices: this.deviceClasses.map((devices) => devices.map(bdf)),
      processes: this.processClasses.map((each) => each.map((process) => world.setup.processes[process]?.name ?? '')),
      names: this.pools
        .flatMap((ofProcess) => ofProcess ?? [])
        .filter((pool) => pool.length > 1)
        .map((pool) => pool.map((slot) => world.slots[slot] ?? '')),
      ignored: all.filter((table) => isIgnored(table.shape)).map((table) => table.name),
    }
  }

  /**
   * The reduction of a system, or null if its kernel does not say what its columns are about.
   * @param state the record that it works on
   * @param named what must not be swapped
   * @param swap false: nothing is swapped, and only what no operation of the kernel ever looks at is ignored
   * @throws Error if the kernel's columns are not as it says
   */
  static of(system: System, state: State, named: Named, swap: boolean): Reduction | null {
    const { shape } = system.kernel
    return shape === undefined ? null : new Reduction(system, state, named, shape, swap)
  }

  /** Changes the state to the canonical one of those that are equal to it. */
  canonicalise(): void {
    for (const column of this.ignored) column.fill(0)
    if (this.moves.size === 0) return
    for (const [space, move] of this.moves) {
      if (MADE.includes(space)) move.fill(UNKNOWN)
      else for (let index = 0; index < move.length; index++) move[index] = index
      this.next.set(space, 0)
    }
    // What stays in its place numbers what it refers to; then each kind of thing gets its order in turn.
    this.processesKnown = this.processClasses.length === 0
    this.devicesKnown = this.deviceClasses.length === 0
    for (const table of this.refsFixed) this.numberAll(table)
    if (!this.processesKnown) this.orderProcesses()
    if (!this.devicesKnown) this.orderDevices()
    for (const table of this.refsMoving) this.numberAll(table)
    if (this.moves.has('slot')) this.orderSlots()
    for (const table of this.refsSlot) this.numberAll(table)
    this.numberRest()
    if (this.isIdentity()) return
    for (const table of this.moving) this.move(table)
    for (const table of this.moving) table.from.set(table.to)
  }

  /** Whether numbers of a column can name things of some spaces. */
  private canHold({ shape: { holds } }: Table, spaces: readonly Space[]): boolean {
    if (holds === 'object') return this.objects.some((space) => spaces.includes(space))
    if (holds === 'context') return this.domains.some((space) => spaces.includes(space))
    return spaces.some((space) => space === holds)
  }

  // ---- Numbers of what the kernel makes ---------------------------------------------------------------------------

  private note(space: Space, index: number): void {
    const move = this.moves.get(space)
    if (move === undefined || move[index] !== UNKNOWN || !MADE.includes(space)) return
    const number = this.next.get(space) ?? 0
    move[index] = number
    this.next.set(space, number + 1)
  }

  /** Gives numbers to what a column refers to, in the new order of the column. */
  private numberAll(table: Table): void {
    const order = this.moves.get(table.shape.by[0] ?? 'one')
    if (order === undefined) {
      for (let index = 0; index < table.from.length; index++) this.numberOne(table, index)
      return
    }
    for (let place = 0; place < table.rows; place++) {
      const row = order[place] === place ? place : order.indexOf(place)
      for (let column = 0; column < table.columns; column++) this.numberOne(table, row * table.columns + column)
    }
  }

  private numberOne(table: Table, index: number): void {
    const value = table.from[index] ?? 0
    if (table.where !== undefined && table.where[index] === 0) return
    const { holds, base = 0 } = table.shape
    if (holds === 'object') this.note(this.objectSpace(index), value)
    else if (holds === 'context') {
      if (value >= this.firstDomain) this.noteDomain(value - this.firstDomain)
    } else if (holds !== undefined && holds !== 'kind' && holds !== 'call' && value >= base)
      this.note(holds, value - base)
  }

  private noteDomain(domain: number): void {
    let rest = domain
    for (const space of this.domains) {
      const size = this.sizes.get(space) ?? 0
      if (rest < size) return this.note(space, rest)
      rest -= size
    }
  }

  private objectSpace(slot: number): Space {
    return this.objects[(this.kinds?.[slot] ?? 0) - 1] ?? 'one'
  }

  /** Numbers what is only referred to by what the kernel made, then what is there all the same, then what is not there. */
  private numberRest(): void {
    for (let changed = true; changed;) {
      changed = false
      for (const table of this.refsMade) {
        const before = this.given()
        this.numberMade(table)
        if (this.given() !== before) changed = true
      }
    }
    for (const space of this.made) {
      const move = this.moves.get(space)
      if (move === undefined) continue
      for (let index = 0; index < move.length; index++) if (!this.isBlank(space, index)) this.note(space, index)
      for (let index = 0; index < move.length; index++) this.note(space, index)
    }
    const domain = this.moves.get('domain')
    if (domain === undefined) return
    let offset = 0
    for (const space of this.domains) {
      const size = this.sizes.get(space) ?? 0
      const move = this.moves.get(space)
      for (let index = 0; index < size; index++) domain[offset + index] = offset + (move?.[index] ?? index)
      offset += size
    }
  }

  /** Numbers what the rows refer to of things that have a number themselves, in the order of those. */
  private numberMade(table: Table): void {
    const space = table.shape.by[0] ?? 'one'
    const order = this.moves.get(space)
    if (order === undefined || space === 'domain') return
    for (let place = 0; place < (this.next.get(space) ?? 0); place++) {
      const row = order.indexOf(place)
      for (let column = 0; column < table.columns; column++) this.numberOne(table, row * table.columns + column)
    }
  }

  private given(): number {
    let sum = 0
    for (const number of this.next.values()) sum += number
    return sum
  }

  /** Whether nothing at all is noted about a thing that the kernel can make. */
  private isBlank(space: Space, index: number): boolean {
    for (const table of this.tables) {
      if (table.shape.by[0] !== space) continue
      for (let column = 0; column < table.columns; column++) {
        if (table.from[index * table.columns + column] !== 0) return false
      }
    }
    return true
  }

  // ---- Order ------------------------------------------------------------------------------------------------------

  private orderProcesses(): void {
    for (const members of this.processClasses) {
      for (const process of members) this.keys[process] = this.processKey(process)
      this.sortInto('process', members, members)
    }
    this.processesKnown = true
    const processes = this.moves.get('process')
    const slots = this.moves.get('slot')
    if (processes === undefined || slots === undefined) return
    for (const members of this.processClasses) {
      for (const process of members) {
        const target = processes[process] ?? process
        if (target === process) continue
        this.pools[process]?.forEach((pool, kind) => {
          pool.forEach((slot, place) => (slots[slot] = this.pools[target]?.[kind]?.[place] ?? slot))
        })
      }
    }
  }

  private orderDevices(): void {
    for (const members of this.deviceClasses) {
      for (const device of members) this.keys[device] = this.deviceKey(device)
      this.sortInto('device', members, members)
    }
    this.devicesKnown = true
    const devices = this.moves.get('device')
    const rids = this.moves.get('rid')
    if (devices === undefined || rids === undefined) return
    for (const members of this.deviceClasses) {
      for (const device of members) {
        const target = this.world.devices[devices[device] ?? device]?.rids ?? []
        this.world.devices[device]?.rids.forEach((rid, place) => (rids[rid] = target[place] ?? rid))
      }
    }
  }

  private orderSlots(): void {
    const processes = this.moves.get('process')
    for (let process = 0; process < this.pools.length; process++) {
      const pools = this.pools[process]
      if (pools === null || pools === undefined) continue
      const target = this.pools[processes?.[process] ?? process]
      for (let kind = 0; kind < pools.length; kind++) {
        const pool = pools[kind]
        if (pool === undefined || pool.length < 2) continue
        for (const slot of pool) this.keys[slot] = this.kinds?.[slot] === 0 ? Infinity : this.slotKey(slot)
        this.sortInto('slot', pool, target?.[kind] ?? pool)
      }
    }
  }

  /** Gives the members of a class the places of a list, in the order of their keys; equal keys keep their order. */
  private sortInto(space: Space, members: readonly number[], places: readonly number[]): void {
    const move = this.moves.get(space)
    if (move === undefined) return
    for (let index = 0; index < members.length; index++) {
      const member = members[index] ?? 0
      const key = this.keys[member] ?? 0
      let rank = 0
      for (let other = 0; other < members.length; other++) {
        const otherKey = this.keys[members[other] ?? 0] ?? 0
        if (otherKey < key || (otherKey === key && other < index)) rank++
      }
      move[member] = places[rank] ?? member
    }
  }

  // ---- What is particular about a thing, as a number: equal for things that can be swapped -------------------------

  private processKey(process: number): number {
    let key = 1
    for (const table of this.ofProcess) key = mix(key, this.lineKey(table, 'process', process))
    let sum = 0
    for (const pool of this.pools[process] ?? []) for (const slot of pool) sum += this.slotKey(slot)
    for (const table of this.toProcess) sum += this.referenceKey(table, 'process', process)
    return mix(key, sum >>> 0)
  }

  private deviceKey(device: number): number {
    let key = 1
    for (const table of this.ofDevice) key = mix(key, this.lineKey(table, 'device', device))
    for (const rid of this.world.devices[device]?.rids ?? []) {
      for (const table of this.ofRid) key = mix(key, this.lineKey(table, 'rid', rid))
    }
    let sum = 0
    for (const table of this.toDevice) sum += this.referenceKey(table, 'device', device)
    return mix(key, sum >>> 0)
  }

  private slotKey(slot: number): number {
    let key = 1
    for (const table of this.bySlot) key = mix(key, this.lineKey(table, 'slot', slot))
    return key
  }

  /** What a column says of one thing. */
  private lineKey(table: Table, space: Space, index: number): number {
    const { by } = table.shape
    if (by.length === 1) return this.valueKey(table, index)
    let key = 1
    let sum = 0
    const isRow = by[0] === space
    const others = isRow ? table.columns : table.rows
    const ordered = !this.moves.has((isRow ? by[1] : by[0]) ?? 'one')
    for (let other = 0; other < others; other++) {
      const value = this.valueKey(table, isRow ? index * table.columns + other : other * table.columns + index)
      if (ordered) key = mix(key, value)
      else sum += mix(key, value)
    }
    return mix(key, sum >>> 0)
  }

  /** The places of a column that refer to one thing, whatever their order where they can move. */
  private referenceKey(table: Table, space: Space, wanted: number): number {
    let sum = 0
    const { holds, base = 0, by } = table.shape
    for (let index = 0; index < table.from.length; index++) {
      if (table.where !== undefined && table.where[index] === 0) continue
      if (holds === 'object' && this.objectSpace(index) !== space) continue
      if ((table.from[index] ?? 0) - base !== wanted) continue
      let key = table.index + 1
      const row = Math.floor(index / table.columns)
      if (by[0] === 'slot') key = mix(key, this.slotKey(index))
      else if (by[0] !== undefined && MADE.includes(by[0])) {
        key = mix(mix(key, this.contentKey(by[0], row)), this.holderKey(by[0], row))
      } else {
        if (!this.moves.has(by[0] ?? 'one')) key = mix(key, row)
        if (by.length > 1 && !this.moves.has(by[1] ?? 'one')) key = mix(key, index % table.columns)
      }
      sum += key
    }
    return sum >>> 0
  }

  /** Who has open what the kernel made. */
  private holderKey(space: Space, index: number): number {
    let sum = 0
    for (const table of this.bySlot) {
      if (table.shape.holds !== 'object') continue
      for (let slot = 0; slot < table.from.length; slot++) {
        if (table.from[slot] !== index || this.kinds?.[slot] === 0 || this.objectSpace(slot) !== space) continue
        let key = this.kinds?.[slot] ?? 0
        for (const other of this.bySlot) if (other !== table) key = mix(key, this.valueKey(other, slot, true))
        sum += key
      }
    }
    return sum >>> 0
  }

  /**
   * A number of a column, told by what does not depend on the order that is looked for.
   * @param flat what it names is told by its number alone, or not at all
   */
  private valueKey(table: Table, index: number, flat = false): number {
    const value = table.from[index] ?? 0
    const { holds, base = 0 } = table.shape
    if (holds === undefined || holds === 'kind' || holds === 'call') return value
    if (table.where !== undefined && table.where[index] === 0) return 0
    if (holds === 'context') {
      if (value < this.firstDomain) return value
      let rest = value - this.firstDomain
      for (const space of this.domains) {
        const size = this.sizes.get(space) ?? 0
        if (rest < size) return this.firstDomain + this.thingKey(space, rest, flat)
        rest -= size
      }
      return value
    }
    if (value < base) return 0
    return base + this.thingKey(holds === 'object' ? this.objectSpace(index) : holds, value - base, flat)
  }

  private thingKey(space: Space, index: number, flat: boolean): number {
    const move = this.moves.get(space)
    if (move === undefined) return index
    if (space === 'process')
      return this.processesKnown || this.inProcessClass[index] === 0 ? (move[index] ?? 0) : UNKNOWN
    if (space === 'device') return this.devicesKnown || this.inDeviceClass[index] === 0 ? (move[index] ?? 0) : UNKNOWN
    const number = move[index] ?? 0
    return number === UNKNOWN && !flat && MADE.includes(space) ? mix(UNKNOWN, this.contentKey(space, index)) : number
  }

  /** What is noted of something that has no number yet. */
  private contentKey(space: Space, index: number): number {
    let key = 1
    for (const table of this.tables) {
      const [first] = table.shape.by
      let row = index
      if (first === 'domain') {
        let offset = 0
        for (const each of this.domains) {
          if (each === space) row = offset + index
          offset += this.sizes.get(each) ?? 0
        }
        if (!this.domains.includes(space)) continue
      } else if (first !== space) continue
      for (let column = 0; column < table.columns; column++) {
        key = mix(key, this.valueKey(table, row * table.columns + column, true))
      }
    }
    return key
  }

  // ---- Moving -----------------------------------------------------------------------------------------------------

  private isIdentity(): boolean {
    for (const move of this.moves.values()) {
      for (let index = 0; index < move.length; index++) if (move[index] !== index) return false
    }
    return true
  }

  private move(table: Table): void {
    const { from, to, columns, where } = table
    const { by, holds, base = 0 } = table.shape
    const rowMove = this.moves.get(by[0] ?? 'one')
    const columnMove = by.length > 1 ? this.moves.get(by[1] ?? 'one') : undefined
    const domain = this.moves.get('domain')
    const direct = holds === undefined || holds === 'kind' || holds === 'call' ? undefined : holds
    const held =
      direct === undefined || direct === 'object' || direct === 'context' ? undefined : this.moves.get(direct)
    for (let index = 0; index < from.length; index++) {
      let value = from[index] ?? 0
      if (where === undefined || where[index] !== 0) {
        if (held !== undefined) {
          if (value >= base) value = (held[value - base] ?? value - base) + base
        } else if (direct === 'object') value = this.moves.get(this.objectSpace(index))?.[value] ?? value
        else if (direct === 'context' && domain !== undefined && value >= this.firstDomain) {
          const moved = value - this.firstDomain
          value = this.firstDomain + (domain[moved] ?? moved)
        }
      }
      const row = columns === 1 ? index : Math.floor(index / columns)
      const column = index - row * columns
      to[(rowMove?.[row] ?? row) * columns + (columnMove?.[column] ?? column)] = value
    }
  }
}

function mix(hash: number, value: number): number {
  let mixed = Math.imul(hash ^ value, 0x9e3779b1)
  mixed ^= mixed >>> 15
  return Math.imul(mixed, 0x85ebca6b) >>> 0
}

function identity(length: number): Uint16Array {
  return Uint16Array.from({ length }, (_, index) => index)
}

function membership(classes: readonly (readonly number[])[], length: number): Uint8Array {
  const members = new Uint8Array(length)
  for (const each of classes) for (const member of each) members[member] = 1
  return members
}

/** How many things there are of each kind in a state. */
function sizesOf(
  world: World,
  state: State,
  columns: readonly (readonly [string, ColumnShape])[],
  domains: readonly Space[],
): ReadonlyMap<Space, number> {
  const sizes = new Map<Space, number>([
    ['one', 1],
    ['device', world.devices.length],
    ['rid', world.rids.length],
    ['group', world.groups.length],
    ['process', world.setup.processes.length],
    ['slot', world.capacity.slots],
    ['range', world.capacity.ranges],
  ])
  for (const [name, { by }] of columns) {
    const [space] = by
    if (by.length === 1 && space !== undefined && !sizes.has(space))
      sizes.set(space, columnOf(state, name)?.length ?? 0)
  }
  sizes.set(
    'domain',
    domains.reduce((sum, space) => sum + (sizes.get(space) ?? 0), 0),
  )
  return sizes
}

/**
 * Functions of one group that differ in nothing but their address: same place, same description, same driver at boot,
 * and requester IDs that are their own or the same for all.
 */
function equalDevices({ world, alphabet }: System, named: Named): number[][] {
  const uses = new Map<number, number>()
  for (const { rids } of world.devices) for (const rid of rids) uses.set(rid, (uses.get(rid) ?? 0) + 1)
  const classes = new Map<string, number[]>()
  for (const device of alphabet.devices) {
    const info = world.devices[device]
    if (info === undefined || info.group < 0 || info.spec.bridge || named.devices.has(device)) continue
    const { bdf: _, ...spec } = info.spec
    const rids = info.rids.map((rid) => (uses.get(rid) === 1 ? 'own' : rid))
    const key = JSON.stringify([info.group, Object.entries(spec).toSorted(([a], [b]) => (a < b ? -1 : 1)), rids])
    classes.set(key, [...(classes.get(key) ?? []), device])
  }
  return [...classes.values()].filter((devices) => devices.length > 1)
}

/** Processes of one user that may open equally much. */
function equalProcesses(
  world: World,
  pools: readonly (readonly (readonly number[])[] | null)[],
  named: Named,
): number[][] {
  const classes = new Map<string, number[]>()
  world.setup.processes.forEach(({ user }, process) => {
    const own = pools[process]
    if (own === null || own === undefined || named.processes.has(process)) return
    const key = JSON.stringify([user, own.map((pool) => pool.length)])
    classes.set(key, [...(classes.get(key) ?? []), process])
  })
  return [...classes.values()].filter((processes) => processes.length > 1)
}
