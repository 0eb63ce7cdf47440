/** Seeded random walks over all operations, for property tests. Nothing that ships imports this. */
import type { Kernel } from '../kernel.ts'
import { isOp, keysOf, NAME_PREFIXES, OP_KINDS, rowOf, type Op, type OpKind, type Role } from '../op.ts'
import { replay } from '../replay.ts'
import type { Outcome } from '../result.ts'
import type { Snapshot } from '../snapshot.ts'
import type { State } from '../state.ts'
import { Recorder, type TraceEvent } from '../trace.ts'
import { compileOp, compileWorld, type Setup, type World } from '../world.ts'
import { machine } from './play.test-helper.ts'

/** A stream of numbers from 0 up to below 1, always the same for a seed (mulberry32). */
export function random(seed: number): () => number {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}

/** What keys of operations are chosen from; `bad` values name nothing, or not what the key wants. */
export interface Alphabet {
  readonly kinds: readonly OpKind[]
  readonly values: Readonly<Record<Role, readonly (string | number)[]>>
  readonly processes: readonly string[]
  /** What a container is most often looked for under. */
  readonly containers?: readonly string[]
}

const PAGE = 4096

const NAMES = ['c1', 'c2', 'g1', 'g2', 'd1', 'd2', 'd3', 'i1', 'a1', 'h1', 'never']

/** Few names, so that operations meet, and some wrong ones. */
export function alphabetFor(setup: Setup, kinds: readonly OpKind[] = OP_KINDS, names = NAMES): Alphabet {
  const world = compileWorld(setup, [])
  const natives = new Set(setup.machine.devices.flatMap((f) => f.native ?? []))
  const of = (prefix: string): string[] => names.filter((name) => name.startsWith(prefix))
  const groups = new Set(
    world.devices.flatMap(({ group, spec }) => (spec.kind === 'rp' ? [] : [world.groups[group]?.id ?? 0])),
  )
  const drivers = [
    ...Array.from({ length: 14 }, () => 'vfio-pci'),
    'pci-stub',
    'pci-stub',
    'uio_pci_generic',
    'pcieport',
    'none-such',
    ...natives,
  ]
  return {
    kinds,
    processes: setup.processes.map((process) => process.name),
    values: {
      device: [...setup.machine.devices.flatMap((f) => (f.bridge ? [f.bdf] : [f.bdf, f.bdf, f.bdf])), '0000:7f:00.0'],
      driver: drivers,
      override: drivers,
      group: [...[...groups].map(String), ...[...groups].map(String), '999'],
      fd: names,
      other: names,
      'other?': names,
      third: names,
      as: [...of('c'), ...of('g'), ...of('d'), ...of('i'), ...of('a'), ...of('h')],
      arg: ['type1', 'type1', 'type1v2', 'type1v2', 'type1v2', 'type1_nesting', 'noiommu'],
      iova: [0, 0, PAGE, 2 * PAGE, 3 * PAGE, 0xfee00000, 2 ** 39, 2 ** 64 - PAGE, 1, -1, Number.NaN],
      size: [PAGE, PAGE, 2 * PAGE, 4 * PAGE, 0, 1],
      user: ['root', 'root', ...setup.processes.map((process) => process.user)],
    },
  }
}

/** How often a kind comes compared with the others (1), so that walks get somewhere before something ends them. */
const WEIGHTS: Partial<Record<OpKind, number>> = {
  bind: 4,
  unbind: 4,
  open_group: 2,
  open_container: 2,
  group_set_container: 3,
  set_iommu: 3,
  group_get_device_fd: 6,
  map_dma: 3,
  unmap_dma: 2,
  device_hot_reset: 3,
  exit: 0.05,
  hot_add: 0.1,
  group_unset_container: 0.5,
  kvm_group_del: 0.5,
  drivers_probe: 0.3,
  driver_override: 0.5,
  chown_group: 0.3,
  close: 0.7,
  open_cdev: 4,
  bind_iommufd: 5,
  unbind_iommufd: 0.5,
  group_bind_iommufd: 4,
  group_unbind_iommufd: 0.5,
  open_iommufd: 1.5,
  ioas_alloc: 1.5,
  ioas_destroy: 0.5,
  ioas_map: 3,
  ioas_unmap: 2,
  attach: 5,
}

/** A walker that makes operations at random; most of the time with the names that they are likely about. */
export function walker(alphabet: Alphabet, seed: number): () => Op {
  const next = random(seed)
  const pick = <T>(list: readonly T[]): T => {
    const chosen = list[Math.floor(next() * list.length)]
    if (chosen === undefined) throw new Error('nothing to choose from')
    return chosen
  }
  const likely = (key: string): string | null => {
    if (next() < 0.1) return null
    if (key === 'container_fd') return pick(alphabet.containers ?? ['c1', 'c1', 'c2'])
    if (key === 'hwpt') return 'h1'
    if (key === 'group_fd') return pick(['g1', 'g2'])
    if (key === 'device_fd') return pick(['d1', 'd2', 'd3'])
    if (key === 'iommufd') return pick(['i1', 'i1', 'i2'])
    if (key === 'ioas') return pick(['a1', 'a2'])
    return null
  }
  const kinds = alphabet.kinds.flatMap((kind) =>
    Array.from({ length: Math.ceil((WEIGHTS[kind] ?? 1) * 20) }, () => kind),
  )
  return () => {
    const kind = pick(kinds)
    const fields: Record<string, unknown> = { op: kind }
    if (next() < 0.2) fields['by'] = pick(alphabet.processes)
    for (const [key, role] of keysOf(kind)) {
      if (role === 'other?' && next() < 0.3) continue
      // Where nothing makes page tables of their own, an address space is what is meant.
      if (key === 'hwpt' && !alphabet.kinds.includes('hwpt_alloc') && next() < 0.9) continue
      // Of two names for the same thing the second would hide the first.
      if (key === 'hwpt' && 'ioas' in fields && alphabet.kinds.includes('hwpt_alloc') && next() < 0.8) continue
      const { makes } = rowOf(kind)
      const prefix = makes === undefined ? '' : NAME_PREFIXES[makes]
      const values =
        role === 'as' ? alphabet.values.as.filter((name) => String(name).startsWith(prefix)) : alphabet.values[role]
      fields[key] = likely(key) ?? pick(values.length === 0 ? alphabet.values.as : values)
    }
    if (!isOp(fields)) throw new Error(`no operation: ${JSON.stringify(fields)}`)
    return fields
  }
}

/** A world with room for everything that an alphabet can say, as often as one likes. */
export function worldFor(setup: Setup, alphabet: Alphabet): World {
  const ops: Op[] = []
  const make = walker(alphabet, 1)
  for (let count = 0; count < 4000; count++) ops.push(make())
  for (const iova of alphabet.values.iova) {
    for (const size of alphabet.values.size) {
      ops.push({ op: 'map_dma', container_fd: 'c1', iova: Number(iova), size: Number(size) })
      ops.push({ op: 'unmap_dma', container_fd: 'c1', iova: Number(iova), size: Number(size) })
    }
  }
  return compileWorld(setup, ops)
}

/**
 * Walks: applies random operations from boot, and boots again after a BUG.
 * @param look called after each operation
 */
export function walk(
  kernel: Kernel,
  setup: Setup,
  alphabet: Alphabet,
  steps: number,
  seed: number,
  look: (state: State, op: Op, outcome: Outcome, before: Uint8Array) => void,
): void {
  const world = worldFor(setup, alphabet)
  const make = walker(alphabet, seed)
  let state = kernel.create(world)
  kernel.boot(state)
  const before = new Uint8Array(state.bytes.length)
  for (let step = 0; step < steps; step++) {
    const op = make()
    const call = compileOp(world, op)
    if (call === null) throw new Error(`no room for ${JSON.stringify(op)}`)
    before.set(state.bytes)
    const outcome = kernel.apply(state, call)
    look(state, op, outcome, before)
    if (
      'bug' in outcome.result ||
      outcome.completes?.some(({ result }) => 'bug' in result) === true ||
      step % 1000 === 999
    ) {
      state = kernel.create(world)
      kernel.boot(state)
    }
  }
}

/** The operations of a walk, for replays. */
export function walkOps(alphabet: Alphabet, steps: number, seed: number): Op[] {
  const make = walker(alphabet, seed)
  return Array.from({ length: steps }, make)
}

/** Replays a list in pieces, each continuing the one before, and once at once: the runs to compare. */
export function replayBothWays(kernel: Kernel, setup: Setup, ops: readonly Op[], pieces: readonly number[]) {
  let grown = replay(kernel, setup, [])
  for (const length of pieces) grown = replay(kernel, setup, ops.slice(0, length), grown)
  return { grown: replay(kernel, setup, ops, grown), fresh: replay(kernel, setup, ops) }
}

/** A group of two functions, one of a bridge and two functions that share its requester ID, and one of its own. */
export const PLAIN: Setup = {
  machine: machine(
    '00:01.0rp+[01:00.0ep- 01:00.1ep-] 00:02.0rp+[02:00.0pcie2pci[03:01.0pci 03:01.1pci]] 00:03.0rp+[04:00.0ep]',
  ),
  boot: { iommu: 'nopt' },
  processes: [
    { name: 'p', user: 'root' },
    { name: 'q', user: 'alice' },
  ],
}

type Must = (holds: boolean, name: string) => void

/**
 * What holds of the devices of any kernel whose unbind waits for open device files.
 * @param kept how many files of a device are open without a name, as virtual machines hold them
 */
export function checkDevices(
  world: World,
  { devices, fds, pending }: Snapshot,
  must: Must,
  kept: (device: number) => number = () => 0,
): void {
  for (const device of devices) {
    const files = fds.filter(
      ({ kind, object }) => (kind === 'device' || kind === 'cdev') && object === device.device,
    ).length
    must(device.opens === files + kept(device.device), 'open device files can be counted')
    must(device.link === (device.leaving ? 0 : device.driver), 'the link goes first')
    const unbinds = pending.filter((call) => call.call === 'unbind' && call.device === device.device)
    must(unbinds.length === Number(device.leaving), 'a device leaves in one waiting unbind')
    must(device.opens === 0 || world.drivers[device.driver]?.family === 'vfio', 'only vfio devices can be open')
  }
}

/** What holds of containers and their groups. */
export function checkContainers({ containers, groups }: Snapshot, must: Must): void {
  for (const container of containers) {
    must(container.iommu === null || container.groups.length > 0, 'a backend needs a group')
    must(container.slots.length <= 1, 'a container is open once')
    must(
      container.groups.every((group) => groups[group]?.container === container.container),
      'groups know their container',
    )
  }
}

/** What holds of open files. */
export function checkFiles({ processes, groups }: Snapshot, fds: Snapshot['fds'], must: Must): void {
  const numbers = fds.map(({ process, number }) => `${process}:${number}`)
  must(
    new Set(numbers).size === numbers.length && fds.every(({ number }) => number >= 3),
    'file descriptors are unique',
  )
  for (const { process, alive } of processes) {
    must(
      alive || (fds.every((fd) => fd.process !== process) && groups.every(({ kvm }) => !kvm.includes(process))),
      'the dead hold nothing',
    )
  }
}

/**
 * Returns a function that does an operation again on a copy, with a trace, and returns its events. It takes the state after
 * the operation, the bytes of the one before it, and the outcome, and throws when the state or the answer is another one.
 * The copy is kept: making a state takes far longer than a call.
 */
export function eventsAgain(
  kernel: Kernel,
): (state: State, before: Uint8Array, op: Op, outcome: unknown) => readonly TraceEvent[] {
  let kept: State | undefined
  return (state, before, op, outcome) => {
    const copy = kept?.world === state.world ? kept : kernel.create(state.world)
    kept = copy
    copy.bytes.set(before)
    const call = compileOp(state.world, op)
    const recorder = new Recorder()
    const again = call && kernel.apply(copy, call, recorder)
    if (Buffer.compare(copy.bytes, state.bytes) !== 0) throw new Error(`another state after ${JSON.stringify(op)}`)
    if (again !== outcome && JSON.stringify(again) !== JSON.stringify(outcome))
      throw new Error(`another answer to ${JSON.stringify(op)}`)
    return recorder.events
  }
}

/** The same, with the codes of the events: `O.SC.1 true` of a check. */
export function traceAgain(kernel: Kernel): (...args: Parameters<ReturnType<typeof eventsAgain>>) => string[] {
  const again = eventsAgain(kernel)
  return (...args) => again(...args).map(codeOf)
}

/** An event by its code, and that of a check with what it found. */
export function codeOf(event: TraceEvent): string {
  return `${event.code}${event.event === 'check' ? ` ${event.ok}` : ''}`
}
