/**
 * Random walks for a real kernel. The simulated kernel goes along and says which names are open and what each candidate
 * would answer, so that a walk gets far: candidates that succeed are taken more often than refused ones.
 */
import type { Kernel } from '../../src/sim/kernel.ts'
import type { ProcessSpec } from '../../src/sim/machine.ts'
import { isOp, keysOf, kindsOfKey, NAME_PREFIXES, rowOf, type Op, type OpKind, type Role } from '../../src/sim/op.ts'
import { replay, type Run } from '../../src/sim/replay.ts'
import type { Setup } from '../../src/sim/world.ts'

/** A stream of whole numbers below a limit, always the same for a seed (mulberry32). */
export function randomNumbers(seed: number): (limit: number) => number {
  let state = seed
  return (limit) => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) % limit
  }
}

const PAGE = 4096
const MEBI = 2 ** 20
const IOVAS = [0, 0, PAGE, 2 * PAGE, 0x10000, MEBI, 2 * MEBI, 0x40000000, 0x800, 0xfee00000, 2 ** 39, 2 ** 39 - PAGE]
/** The last pages of all: taken seldom, since the hardware reaches none of them. */
const LAST_PAGES = [2 ** 64 - PAGE, 2 ** 64 - 2 * PAGE, 2 ** 64 - PAGE / 2]
const SIZES = [PAGE, PAGE, 2 * PAGE, MEBI, 2 * MEBI, 4 * MEBI, 12 * MEBI, 0, 0x800, 0x1800]
const TYPES = ['type1', 'type1v2', 'type1v2', 'type1_nesting', 'noiommu']
const EXTENSIONS = [...TYPES, 'spapr_tce', 'dma_cc', 'unmap_all', 'update_vaddr']
/** A walk over these ends soon, or in another machine: they come seldom. */
const SELDOM: ReadonlySet<OpKind> = new Set(['exit', 'device_hot_reset', 'get_api_version', 'hot_add'])

/** What a walk chooses from. */
export interface Walkable {
  readonly kernel: Kernel
  readonly setup: Setup
  /** Operations that the guest can carry out. */
  readonly kinds: readonly OpKind[]
  /** Functions that the walk moves; others would end it. */
  readonly devices: readonly string[]
}

class Walker {
  private readonly on: Walkable
  private readonly below: (limit: number) => number
  private run: Run
  private readonly ops: Op[] = []

  constructor(on: Walkable, seed: number) {
    this.on = on
    this.below = randomNumbers(seed)
    this.run = replay(on.kernel, on.setup, [])
  }

  /** Takes steps until there are so many, or the kernel has stopped. */
  walk(length: number): Op[] {
    while (this.ops.length < length && !this.run.snapshotAt(this.ops.length).dead) {
      const candidates = Array.from({ length: 10 }, () => this.candidate()).filter((op) => op !== null)
      const promising = candidates.filter((op) => this.succeeds(op))
      const pool = promising.length > 0 && this.below(10) < 7 ? promising : candidates
      if (pool.length === 0) continue
      this.ops.push(this.one(pool))
      this.run = replay(this.on.kernel, this.on.setup, [...this.ops], this.run)
    }
    return this.ops
  }

  private one<T>(list: readonly T[]): T {
    const chosen = list[this.below(list.length)]
    if (chosen === undefined) throw new Error('nothing to choose from')
    return chosen
  }

  private succeeds(op: Op): boolean {
    const result = this.run.dryRun(this.ops.length, [op]).steps[0]?.result
    return result !== undefined && 'ok' in result && result.ok
  }

  /** Names that are open now and begin with a letter. */
  private open(prefix: string): string[] {
    const { fds } = this.run.snapshotAt(this.ops.length)
    const names = fds.flatMap(({ slot }) => this.run.world.slots[slot] ?? [])
    return names.filter((name) => name.startsWith(prefix))
  }

  private name(key: string): string {
    const kind = kindsOfKey(key)
    const wanted = kind === undefined || kind.length > 2 ? '' : NAME_PREFIXES[kind[0] ?? 'container']
    const open = this.below(12) === 0 ? this.open('') : this.open(wanted)
    if (open.length > 0 && this.below(20) > 0) return this.one(open)
    // To the guest, the name of an object stays a number when the object is gone, which may be another object's by then.
    const isObject = kind?.[0] === 'ioas' || kind?.[0] === 'hwpt'
    return isObject ? `${wanted}9` : `${wanted || 'x'}${1 + this.below(5)}`
  }

  private driver(): string {
    const natives = this.on.setup.machine.devices.flatMap((f) => f.native ?? [])
    return this.one(['vfio-pci', 'vfio-pci', 'vfio-pci', 'pci-stub', 'uio_pci_generic', ...new Set(natives)])
  }

  private value(kind: OpKind, key: string, role: Role): string | number | undefined {
    switch (role) {
      case 'device':
        return this.below(25) === 0 ? '0000:1f:00.0' : this.one(this.on.devices)
      case 'driver':
        return this.driver()
      case 'override':
        return this.below(6) === 0 ? '' : this.driver()
      case 'group':
        return this.below(30) === 0 ? '999' : this.one([...new Set(this.groups())])
      case 'as':
        return `${NAME_PREFIXES[rowOf(kind).makes ?? 'container']}${1 + this.below(4)}`
      case 'arg':
        return this.one(kind === 'check_extension' ? EXTENSIONS : TYPES)
      case 'iova':
        return this.one(this.below(12) === 0 ? LAST_PAGES : IOVAS)
      case 'size':
        return this.one(SIZES)
      case 'user':
        return this.one(this.on.setup.processes).user
      case 'other?':
        return kind === 'attach' ? undefined : this.name(key)
      default:
        return this.name(key)
    }
  }

  private groups(): string[] {
    const { world } = this.run
    return this.on.devices.flatMap((bdf) => {
      const group = world.groups[world.devices[world.deviceIndex.get(bdf) ?? -1]?.group ?? -1]
      return group === undefined ? [] : [String(group.id)]
    })
  }

  private candidate(): Op | null {
    const kind = this.one(this.on.kinds)
    if (SELDOM.has(kind) && this.below(8) > 0) return null
    const fields: Record<string, string | number> = { op: kind }
    if (this.on.setup.processes.length > 1 && this.below(3) === 0) fields['by'] = this.one(this.on.setup.processes).name
    for (const [key, role] of keysOf(kind)) {
      const value = this.value(kind, key, role)
      if (value !== undefined) fields[key] = value
    }
    if (kind === 'attach') {
      const key = this.below(3) === 0 ? 'hwpt' : 'ioas'
      fields[key] = this.name(key)
    }
    return isOp(fields) ? fields : null
  }
}

/** A random walk of so many steps; the same for a seed. */
export function randomWalk(on: Walkable, seed: number, length: number): Op[] {
  return new Walker(on, seed).walk(length)
}

/** Who acts in a walk: mostly one process, a second one, and one of another user. */
export const WALKERS: readonly ProcessSpec[] = [
  { name: 'qemu', user: 'root' },
  { name: 'dpdk', user: 'root' },
  { name: 'guest', user: 'alice' },
]
