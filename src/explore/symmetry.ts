/**
 * Symmetry reduction. Two states are equal for every question when one results from the other by swapping equal things:
 * two equal functions, two names, two processes of one user, or the numbers that the kernel gave its containers. The
 * reduction replaces a state by one canonical state of those that such swaps produce, and the search stores only that.
 *
 * It is sound whatever order it chooses: its result is always one of the swapped states, and each operation on the one
 * is an operation on the other. It is not complete: where two things differ only in what refers to them indirectly, two
 * equal states may both be stored. That costs time and memory; the answer stays right.
 */
import { NAME_KINDS, type OpKind } from '../sim/op.ts'
import type { ColumnShape, Space } from '../sim/shape.ts'
import type { State } from '../sim/state.ts'
import { domainContext } from '../sim/iommu/context.ts'
import type { World } from '../sim/world.ts'
import { columnOf, type Column, type System } from './system.ts'

/** Indices of the things that a question names: they must not be swapped. */
export interface Named {
  readonly devices: ReadonlySet<number>
  readonly processes: ReadonlySet<number>
}

export const NOTHING_NAMED: Named = { devices: new Set(), processes: new Set() }

/** Classes of things that can be swapped, by the names that people use. A class has at least two members. */
export interface Interchangeable {
  readonly devices: readonly (readonly string[])[]
  readonly processes: readonly (readonly string[])[]
  readonly names: readonly (readonly string[])[]
  /** Columns that no operation of the search looks at. */
  readonly ignored: readonly string[]
}

/** All index spaces. The number of a space is its place in this list. */
const SPACES: readonly Space[] = [
  'one',
  'device',
  'rid',
  'group',
  'process',
  'slot',
  'range',
  'place',
  'domain',
  'file',
  'container',
  'iommufd',
  'ioas',
  'hwpt',
]
const id = (space: Space): number => SPACES.indexOf(space)
const ONE = id('one')
const DEVICE = id('device')
const RID = id('rid')
const PROCESS = id('process')
const SLOT = id('slot')
const DOMAIN = id('domain')
/** The first of the spaces of objects that the kernel makes and numbers itself. */
const FIRST_MADE = id('file')
const MADE = SPACES.slice(FIRST_MADE)

/** Sentinel: the number is not assigned yet, or must not be used yet. */
const UNKNOWN = 0xffff

// What the numbers of a column are: plain, the index of a thing, a context, what a file is open on.
const PLAIN = 0
const THING = 1
const CONTEXT = 2
const OBJECT = 3

/** A column of the state with what the reduction needs of it. Spaces are given by their numbers. */
interface Table {
  readonly name: string
  /** Mixed into hashes; different for each column. */
  readonly salt: number
  readonly isIgnored: boolean
  readonly from: Column
  readonly to: Column
  /** What its rows and, if there are two dimensions, its columns are of; `ONE` if there is one only. */
  readonly rowSpace: number
  readonly columnSpace: number
  readonly rows: number
  readonly columns: number
  readonly holds: number
  /** The space of the things that it names (`THING`). */
  readonly held: number
  readonly base: number
  readonly where: Column | null
  /** Bits of the spaces whose moves change it. */
  readonly spaces: number
}

/** Brings states to their canonical form. Works on one record, the search's own. */
export class Reduction {
  readonly interchangeable: Interchangeable
  private readonly world: World
  /** The record's bytes, and those of the copy in which things are moved. */
  private readonly bytes: Uint8Array
  private readonly copied: Uint8Array
  private readonly tables: readonly Table[]
  private readonly ignored: readonly Column[]
  private readonly firstDomain: number
  /** By kind of file, from 0 (nothing is open): the space of what it is open on. */
  private readonly objectSpaces: Uint8Array
  /** By index of a domain: the space of what has it, and the index there. */
  private readonly domainSpaces: Uint8Array
  private readonly domainIndices: Uint16Array
  /** By space, new index of each thing; null where nothing can move. */
  private readonly moves: readonly (Uint16Array | null)[]
  /** By space, how many numbers have been given. */
  private readonly given = new Uint16Array(SPACES.length)
  /** Bits of the spaces in which something has moved. */
  private moved = 0
  private readonly anything: boolean
  private readonly deviceClasses: readonly (readonly number[])[]
  private readonly processClasses: readonly (readonly number[])[]
  /** Slots of each process by kind of name. */
  private readonly pools: readonly (readonly (readonly number[])[])[]
  private readonly kinds: Column
  // Tables by the step of the reduction that reads them.
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
    const sizes = sizesOf(world, state, columns, shape.domains)
    const size = (space: Space): number => sizes.get(space) ?? 0
    this.world = world
    this.bytes = state.bytes
    this.copied = copy.bytes
    this.firstDomain = domainContext(world, 0)
    this.objectSpaces = Uint8Array.from([ONE, ...shape.objects.map(id)])
    const domains = shape.domains.flatMap((space) =>
      Array.from({ length: size(space) }, (_, index) => ({ space: id(space), index })),
    )
    this.domainSpaces = Uint8Array.from(domains, ({ space }) => space)
    this.domainIndices = Uint16Array.from(domains, ({ index }) => index)

    const made = swap ? MADE.filter((space) => size(space) > 1) : []
    this.pools = alphabet.names.map((names) =>
      names === null || !swap
        ? []
        : NAME_KINDS.map((kind) => names[kind].map((name) => world.slotIndex.get(name) ?? -1)),
    )
    this.deviceClasses = swap ? equalDevices(system, named) : []
    this.processClasses = equalProcesses(world, this.pools, named)
    this.inDeviceClass = membership(this.deviceClasses, world.devices.length)
    this.inProcessClass = membership(this.processClasses, world.setup.processes.length)
    this.keys = new Float64Array(Math.max(world.devices.length, world.capacity.slots, world.setup.processes.length))
    const spaces: Space[] = [...made]
    if (this.deviceClasses.length > 0) spaces.push('device', 'rid')
    if (this.processClasses.length > 0) spaces.push('process', 'slot')
    else if (this.pools.some((pools) => pools.some((pool) => pool.length > 1))) spaces.push('slot')
    if (made.some((space) => shape.domains.includes(space))) spaces.push('domain')
    this.moves = SPACES.map((space) => (spaces.includes(space) ? identity(size(space)) : null))
    this.anything = spaces.length > 0

    const kinds = new Set<OpKind>(alphabet.choices.kinds)
    const isIgnored = ({ readBy }: ColumnShape): boolean =>
      readBy !== undefined && (swap ? !readBy.some((op) => kinds.has(op)) : readBy.length === 0)
    const bits = (list: readonly Space[]): number =>
      list.reduce((sum, space) => (spaces.includes(space) ? sum | (1 << id(space)) : sum), 0)
    const all = columns.map(([name, column], index): Table => {
      const from = columnOf(state, name)
      const to = columnOf(copy, name)
      const [rows = 1, second = 1] = column.by.map(size)
      if (from === undefined || to === undefined || rows * second !== from.length || column.by.length > 2) {
        throw new Error(`${kernel.id}: the column ${name} is not as its shape says`)
      }
      const { by, holds, base = 0, where } = column
      const isThing =
        holds !== undefined && holds !== 'context' && holds !== 'kind' && holds !== 'object' && holds !== 'call'
      const names = isThing
        ? [holds]
        : holds === 'context'
          ? (['domain', ...shape.domains] as const)
          : holds === 'object'
            ? shape.objects
            : []
      return {
        name,
        salt: index + 1,
        isIgnored: isIgnored(column),
        from,
        to,
        rowSpace: id(by[0] ?? 'one'),
        columnSpace: id(by[1] ?? 'one'),
        rows,
        columns: second,
        holds: isThing ? THING : holds === 'context' ? CONTEXT : holds === 'object' ? OBJECT : PLAIN,
        held: isThing ? id(holds) : ONE,
        base,
        where: (where === undefined ? undefined : columnOf(state, where)) ?? null,
        spaces: bits([...by, ...names]),
      }
    })
    const kindName = columns.find(([, column]) => column.holds === 'kind')?.[0] ?? ''
    this.kinds = columnOf(state, kindName) ?? new Uint8Array(0)
    this.ignored = all.filter((table) => table.isIgnored).map((table) => table.from)
    this.tables = all.filter((table) => !table.isIgnored)

    const { tables } = this
    const objects = shape.objects.map(id)
    const canHold = (table: Table, wanted: (space: number) => boolean): boolean =>
      (table.holds === THING && wanted(table.held)) ||
      (table.holds === OBJECT && objects.some(wanted)) ||
      (table.holds === CONTEXT && shape.domains.map(id).some(wanted))
    const isMade = (space: number): boolean => space >= FIRST_MADE
    this.moving = tables.filter((table) => table.spaces !== 0)
    this.bySlot = tables.filter((table) => table.rowSpace === SLOT)
    const refs = tables.filter((table) => canHold(table, (space) => isMade(space) && this.moves[space] !== null))
    const isMoving = (space: number): boolean => space === DEVICE || space === RID || space === PROCESS
    this.refsSlot = refs.filter((table) => table.rowSpace === SLOT)
    this.refsMade = refs.filter((table) => isMade(table.rowSpace))
    this.refsMoving = refs.filter((table) => isMoving(table.rowSpace))
    this.refsFixed = refs.filter(({ rowSpace }) => rowSpace !== SLOT && !isMade(rowSpace) && !isMoving(rowSpace))
    const about = (space: number): Table[] =>
      tables.filter((table) => table.rowSpace === space || table.columnSpace === space)
    this.ofDevice = about(DEVICE)
    this.ofRid = about(RID)
    this.toDevice = tables.filter((table) => canHold(table, (space) => space === DEVICE))
    this.ofProcess = about(PROCESS)
    this.toProcess = tables.filter(
      ({ holds, held, rowSpace }) => holds === THING && held === PROCESS && rowSpace !== SLOT,
    )

    const bdf = (device: number): string => world.devices[device]?.spec.bdf ?? ''
    this.interchangeable = {
      devices: this.deviceClasses.map((devices) => devices.map(bdf)),
      processes: this.processClasses.map((each) => each.map((process) => world.setup.processes[process]?.name ?? '')),
      names: this.pools
        .flat()
        .filter((pool) => pool.length > 1)
        .map((pool) => pool.map((slot) => world.slots[slot] ?? '')),
      ignored: all.filter((table) => table.isIgnored).map((table) => table.name),
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
    for (let index = 0; index < this.ignored.length; index++) this.ignored[index]?.fill(0)
    if (!this.anything) return
    this.reset()
    // Things that do not move number what they refer to; then processes, devices, slots and made objects are ordered.
    for (let index = 0; index < this.refsFixed.length; index++) this.numberAll(this.refsFixed[index])
    if (!this.processesKnown) this.orderProcesses()
    if (!this.devicesKnown) this.orderDevices()
    for (let index = 0; index < this.refsMoving.length; index++) this.numberAll(this.refsMoving[index])
    if (this.moves[SLOT] !== null) this.orderSlots()
    for (let index = 0; index < this.refsSlot.length; index++) this.numberAll(this.refsSlot[index])
    this.numberRest()
    const { moving, moved } = this
    if (moved === 0) return
    const { bytes, copied } = this
    copied.set(bytes)
    for (let index = 0; index < moving.length; index++) {
      const table = moving[index]
      if (table !== undefined && (table.spaces & moved) !== 0) this.move(table)
    }
    bytes.set(copied)
  }

  private reset(): void {
    const { moves } = this
    for (let space = 0; space < moves.length; space++) {
      const move = moves[space]
      if (move === null || move === undefined) continue
      if (space >= FIRST_MADE) move.fill(UNKNOWN)
      else if ((this.moved & (1 << space)) !== 0) for (let index = 0; index < move.length; index++) move[index] = index
    }
    this.given.fill(0)
    this.moved = 0
    this.processesKnown = this.processClasses.length === 0
    this.devicesKnown = this.deviceClasses.length === 0
  }

  // ---- Numbers of what the kernel makes ---------------------------------------------------------------------------

  private note(space: number, index: number): void {
    if (space < FIRST_MADE) return
    const move = this.moves[space]
    if (move === null || move === undefined || move[index] !== UNKNOWN) return
    const number = this.given[space] ?? 0
    move[index] = number
    this.given[space] = number + 1
    if (number !== index) this.moved |= 1 << space
  }

  /** Gives numbers to what a column refers to, in the new order of the column. */
  private numberAll(table: Table | undefined): void {
    if (table === undefined) return
    const order = this.moves[table.rowSpace] ?? null
    const { rows, columns } = table
    for (let place = 0; place < rows; place++) {
      const row = order === null || order[place] === place ? place : whoMovedTo(order, place)
      for (let column = 0; column < columns; column++) this.numberOne(table, row * columns + column)
    }
  }

  private numberOne(table: Table, index: number): void {
    const value = table.from[index] ?? 0
    if (table.where !== null && table.where[index] === 0) return
    if (table.holds === THING) {
      if (value >= table.base) this.note(table.held, value - table.base)
    } else if (table.holds === CONTEXT) {
      const domain = value - this.firstDomain
      if (domain >= 0) this.note(this.domainSpaces[domain] ?? ONE, this.domainIndices[domain] ?? 0)
    } else if (table.holds === OBJECT) this.note(this.objectSpaces[this.kinds[index] ?? 0] ?? ONE, value)
  }

  /** Numbers objects that only other made objects refer to, then the rest in their old order. */
  private numberRest(): void {
    const { refsMade, moves } = this
    for (let before = -1; before !== this.sum();) {
      before = this.sum()
      for (let index = 0; index < refsMade.length; index++) this.numberMade(refsMade[index])
    }
    for (let space = FIRST_MADE; space < moves.length; space++) {
      const move = moves[space]
      if (move === null || move === undefined) continue
      for (let index = 0; index < move.length; index++) if (move[index] === UNKNOWN) this.note(space, index)
    }
    const domain = moves[DOMAIN]
    if (domain === null || domain === undefined) return
    let first = 0
    for (let index = 0; index < domain.length; index++) {
      const space = this.domainSpaces[index] ?? ONE
      const own = this.domainIndices[index] ?? 0
      if (own === 0) first = index
      const to = first + (moves[space]?.[own] ?? own)
      domain[index] = to
      if (to !== index) this.moved |= 1 << DOMAIN
    }
  }

  /** Numbers what the rows refer to of things that have a number themselves, in the order of those. */
  private numberMade(table: Table | undefined): void {
    if (table === undefined) return
    const order = this.moves[table.rowSpace]
    if (order === null || order === undefined) return
    const known = this.given[table.rowSpace] ?? 0
    for (let place = 0; place < known; place++) {
      const row = whoMovedTo(order, place)
      for (let column = 0; column < table.columns; column++) this.numberOne(table, row * table.columns + column)
    }
  }

  private sum(): number {
    if (this.refsMade.length === 0) return -1
    let sum = 0
    for (let space = FIRST_MADE; space < this.given.length; space++) sum += this.given[space] ?? 0
    return sum
  }

  // ---- Order ------------------------------------------------------------------------------------------------------

  private orderProcesses(): void {
    for (const members of this.processClasses) {
      for (const process of members) this.keys[process] = this.processKey(process)
      this.sortInto(PROCESS, members, members)
    }
    this.processesKnown = true
    const processes = this.moves[PROCESS]
    const slots = this.moves[SLOT]
    if (!processes || !slots || (this.moved & (1 << PROCESS)) === 0) return
    this.moved |= 1 << SLOT
    for (const members of this.processClasses) {
      for (const process of members) {
        const target = processes[process] ?? process
        this.pools[process]?.forEach((pool, kind) => {
          pool.forEach((slot, place) => (slots[slot] = this.pools[target]?.[kind]?.[place] ?? slot))
        })
      }
    }
  }

  private orderDevices(): void {
    for (const members of this.deviceClasses) {
      for (const device of members) this.keys[device] = this.deviceKey(device)
      this.sortInto(DEVICE, members, members)
    }
    this.devicesKnown = true
    const devices = this.moves[DEVICE]
    const rids = this.moves[RID]
    if (!devices || !rids || (this.moved & (1 << DEVICE)) === 0) return
    this.moved |= 1 << RID
    for (const members of this.deviceClasses) {
      for (const device of members) {
        const target = this.world.devices[devices[device] ?? device]?.rids ?? []
        this.world.devices[device]?.rids.forEach((rid, place) => (rids[rid] = target[place] ?? rid))
      }
    }
  }

  private orderSlots(): void {
    const processes = this.moves[PROCESS]
    for (let process = 0; process < this.pools.length; process++) {
      const pools = this.pools[process]
      const target = this.pools[processes?.[process] ?? process]
      if (pools === undefined || target === undefined) continue
      for (let kind = 0; kind < pools.length; kind++) {
        const pool = pools[kind]
        if (pool === undefined || pool.length < 2) continue
        for (let place = 0; place < pool.length; place++) {
          const slot = pool[place] ?? 0
          this.keys[slot] = this.kinds[slot] === 0 ? Infinity : this.slotKey(slot)
        }
        this.sortInto(SLOT, pool, target[kind] ?? pool)
      }
    }
  }

  /** Gives the members of a class the places of a list, in the order of their keys; equal keys keep their order. */
  private sortInto(space: number, members: readonly number[], places: readonly number[]): void {
    const move = this.moves[space]
    if (move === null || move === undefined) return
    for (let index = 0; index < members.length; index++) {
      const member = members[index] ?? 0
      const key = this.keys[member] ?? 0
      let rank = 0
      for (let other = 0; other < members.length; other++) {
        const otherKey = this.keys[members[other] ?? 0] ?? 0
        if (otherKey < key || (otherKey === key && other < index)) rank++
      }
      const place = places[rank] ?? member
      move[member] = place
      if (place !== member) this.moved |= 1 << space
    }
  }

  // ---- Keys: a hash of what distinguishes a thing; equal for things that can be swapped ----------------------------

  private processKey(process: number): number {
    let key = 1
    for (const table of this.ofProcess) key = mix(key, this.lineKey(table, PROCESS, process))
    let sum = 0
    for (const pool of this.pools[process] ?? []) for (const slot of pool) sum += this.slotKey(slot)
    for (const table of this.toProcess) sum += this.referenceKey(table, PROCESS, process)
    return mix(key, sum >>> 0)
  }

  private deviceKey(device: number): number {
    let key = 1
    const { ofDevice, ofRid, toDevice } = this
    for (let index = 0; index < ofDevice.length; index++) key = mix(key, this.lineKey(ofDevice[index], DEVICE, device))
    const rids = this.world.devices[device]?.rids
    if (rids !== undefined) {
      for (let place = 0; place < rids.length; place++) {
        for (let index = 0; index < ofRid.length; index++) {
          key = mix(key, this.lineKey(ofRid[index], RID, rids[place] ?? 0))
        }
      }
    }
    let sum = 0
    for (let index = 0; index < toDevice.length; index++) sum += this.referenceKey(toDevice[index], DEVICE, device)
    return mix(key, sum >>> 0)
  }

  /** 0 for a slot that is not open. */
  private slotKey(slot: number): number {
    const { bySlot } = this
    if (this.kinds[slot] === 0) return 0
    let key = 1
    for (let index = 0; index < bySlot.length; index++) key = mix(key, this.lineKey(bySlot[index], SLOT, slot))
    return key
  }

  /** The key of what a column holds about one thing. */
  private lineKey(table: Table | undefined, space: number, index: number): number {
    if (table === undefined) return 0
    if (table.columnSpace === ONE) return this.valueKey(table, index, false)
    let key = 1
    let sum = 0
    const isRow = table.rowSpace === space
    const others = isRow ? table.columns : table.rows
    const isOrdered = this.moves[isRow ? table.columnSpace : table.rowSpace] === null
    for (let other = 0; other < others; other++) {
      const value = this.valueKey(table, isRow ? index * table.columns + other : other * table.columns + index, false)
      if (isOrdered) key = mix(key, value)
      else sum += mix(key, value)
    }
    return mix(key, sum >>> 0)
  }

  /** The key of the places in a column that refer to one thing; independent of their order where they can move. */
  private referenceKey(table: Table | undefined, space: number, wanted: number): number {
    if (table === undefined) return 0
    let sum = 0
    const { from, where, holds, base, rowSpace, columnSpace, columns } = table
    for (let index = 0; index < from.length; index++) {
      if ((from[index] ?? 0) - base !== wanted || (where !== null && where[index] === 0)) continue
      if (holds === OBJECT && this.objectSpaces[this.kinds[index] ?? 0] !== space) continue
      let key = table.salt
      const row = columns === 1 ? index : Math.floor(index / columns)
      if (rowSpace === SLOT) key = mix(key, this.slotKey(index))
      else if (rowSpace >= FIRST_MADE) {
        key = mix(mix(key, this.contentKey(rowSpace, row)), this.holderKey(rowSpace, row))
      } else {
        if (this.moves[rowSpace] === null) key = mix(key, row)
        if (columns > 1 && this.moves[columnSpace] === null) key = mix(key, index - row * columns)
      }
      sum += key
    }
    return sum >>> 0
  }

  /** The key of the slots in which an object that the kernel made is open. */
  private holderKey(space: number, wanted: number): number {
    let sum = 0
    for (const table of this.bySlot) {
      if (table.holds !== OBJECT) continue
      for (let slot = 0; slot < table.from.length; slot++) {
        const kind = this.kinds[slot] ?? 0
        if (table.from[slot] !== wanted || kind === 0 || this.objectSpaces[kind] !== space) continue
        let key = kind
        for (const other of this.bySlot) if (other !== table) key = mix(key, this.valueKey(other, slot, true))
        sum += key
      }
    }
    return sum >>> 0
  }

  /**
   * The key of one number of a column, made of what does not depend on the order that is sought.
   * @param flat use only the number of the thing that it names, or nothing; do not look into the thing
   */
  private valueKey(table: Table, index: number, flat: boolean): number {
    const value = table.from[index] ?? 0
    const { holds, base } = table
    if (holds === PLAIN) return value
    if (table.where !== null && table.where[index] === 0) return 0
    if (holds === CONTEXT) {
      const domain = value - this.firstDomain
      if (domain < 0) return value
      return this.firstDomain + this.thingKey(this.domainSpaces[domain] ?? ONE, this.domainIndices[domain] ?? 0, flat)
    }
    if (value < base) return 0
    const space = holds === OBJECT ? (this.objectSpaces[this.kinds[index] ?? 0] ?? ONE) : table.held
    return base + this.thingKey(space, value - base, flat)
  }

  private thingKey(space: number, index: number, flat: boolean): number {
    const move = this.moves[space]
    if (move === null || move === undefined) return index
    if (space === PROCESS) return this.processesKnown || this.inProcessClass[index] === 0 ? (move[index] ?? 0) : UNKNOWN
    if (space === DEVICE) return this.devicesKnown || this.inDeviceClass[index] === 0 ? (move[index] ?? 0) : UNKNOWN
    const number = move[index] ?? 0
    return number === UNKNOWN && !flat && space >= FIRST_MADE ? mix(UNKNOWN, this.contentKey(space, index)) : number
  }

  /** The key of a thing that has no number yet. */
  private contentKey(space: number, index: number): number {
    let key = 1
    for (const table of this.tables) {
      let row = index
      if (table.rowSpace === DOMAIN) {
        const first = this.domainSpaces.indexOf(space)
        if (first < 0) continue
        row = first + index
      } else if (table.rowSpace !== space) continue
      for (let column = 0; column < table.columns; column++) {
        key = mix(key, this.valueKey(table, row * table.columns + column, true))
      }
    }
    return key
  }

  // ---- Moving -----------------------------------------------------------------------------------------------------

  private move(table: Table): void {
    const { from, to, rows, columns, where, holds, held, base } = table
    const { moves, firstDomain } = this
    const rowMove = moves[table.rowSpace] ?? null
    const columnMove = moves[table.columnSpace] ?? null
    const domain = moves[DOMAIN] ?? null
    const thing = holds === THING ? (moves[held] ?? null) : null
    for (let row = 0; row < rows; row++) {
      const first = row * columns
      const newFirst = (rowMove === null ? row : (rowMove[row] ?? row)) * columns
      for (let column = 0; column < columns; column++) {
        const index = first + column
        let value = from[index] ?? 0
        if (holds !== PLAIN && (where === null || where[index] !== 0)) {
          if (thing !== null) {
            if (value >= base) value = (thing[value - base] ?? value - base) + base
          } else if (holds === OBJECT) {
            value = moves[this.objectSpaces[this.kinds[index] ?? 0] ?? ONE]?.[value] ?? value
          } else if (holds === CONTEXT && domain !== null && value >= firstDomain) {
            const old = value - firstDomain
            value = firstDomain + (domain[old] ?? old)
          }
        }
        to[newFirst + (columnMove === null ? column : (columnMove[column] ?? column))] = value
      }
    }
  }
}

/** The index that was moved to a place. */
function whoMovedTo(order: Uint16Array, place: number): number {
  let index = 0
  while (index < order.length && order[index] !== place) index++
  return index
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

/** Processes of one user with equal limits on what they can open. */
function equalProcesses(world: World, pools: readonly (readonly (readonly number[])[])[], named: Named): number[][] {
  const classes = new Map<string, number[]>()
  world.setup.processes.forEach(({ user }, process) => {
    const own = pools[process]
    if (own === undefined || own.length === 0 || named.processes.has(process)) return
    const key = JSON.stringify([user, own.map((pool) => pool.length)])
    classes.set(key, [...(classes.get(key) ?? []), process])
  })
  return [...classes.values()].filter((processes) => processes.length > 1)
}
