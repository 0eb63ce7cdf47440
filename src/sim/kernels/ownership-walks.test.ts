import { describe, expect, test } from 'vitest'
import { BLOCKED_CONTEXT, defaultContext, domainContext } from '../iommu/context.ts'
import type { Kernel } from '../kernel.ts'
import { OP_KINDS, type OpKind } from '../op.ts'
import type { State } from '../state.ts'
import type { Setup, World } from '../world.ts'
import { linux61 } from './linux-6.1/index.ts'
import { IOMMUFD_CHECKS, IOMMUFD_EFFECTS } from './shared/iommufd/codes.ts'
import { linux612iommufd } from './linux-6.12-iommufd/index.ts'
import { linux73iommufd } from './linux-7.3-iommufd/index.ts'
import { hwptDomain, ioasOfHwpt, iommufdOfIoas, type IommufdState } from './shared/iommufd/state.ts'
import { linux612 } from './linux-6.12/index.ts'
import { machine, pairWith, play, type PlayOptions } from './play.test-helper.ts'
import { BOUND_CDEV_FD, CDEV_FD, DEVICE_FD, GROUP_FD, IOMMUFD_FD } from './shared/files.ts'
import { at } from './shared/machine-state.ts'
import { OWNERSHIP_CHECKS, OWNERSHIP_EFFECTS } from './shared/ownership/codes.ts'
import { managesDma, type OwnedState } from './shared/ownership/dma-owner.ts'
import {
  alphabetFor,
  checkContainers,
  checkDevices,
  checkFiles,
  codeOf,
  traceAgain,
  PLAIN as plain,
  replayBothWays,
  walk,
  walkOps,
  type Alphabet,
} from './walk.test-helper.ts'

const MINUTES = 300_000

/** Functions that are not plugged in yet, one of which firmware holds to its memory, as it does another. */
const odd: Setup = {
  machine: machine(
    '00:01.0rp+[01:00.0ep- 01:00.1ep- 01:00.2ep-] 00:02.0rp+[02:00.0ep- 02:00.1ep-] 00:03.0rp+[04:00.0pci]',
    (f) => {
      if (f.bdf.endsWith('01:00.1')) return { unplugged: true }
      if (f.bdf.endsWith('01:00.2')) return { unplugged: true, rmrr: true }
      if (f.bdf.endsWith('02:00.1')) return { rmrr: true }
      return f.kind === 'pci' ? { resettable: false } : {}
    },
  ),
  boot: { iommu: 'pt' },
  processes: plain.processes,
}
const unsafe: Setup = { ...plain, machine: { ...plain.machine, interruptRemapping: false } }
/** A card with its bridge that nobody has plugged in, a device on the root bus, and one that is in no group. */
const away: Setup = {
  ...plain,
  machine: {
    ...machine('00:01.0rp+[01:00.0ep- 01:00.1ep-] 00:02.0rp+[02:00.0ep] 00:05.0rciep+ 00:06.0rciep+', (f) =>
      f.bdf.startsWith('0000:00:02') || f.bdf.startsWith('0000:02') ? { unplugged: true } : {},
    ),
    groups: {
      '0': ['0000:00:01.0'],
      '1': ['0000:00:02.0'],
      '2': ['0000:01:00.0', '0000:01:00.1'],
      '3': ['0000:02:00.0'],
      '4': ['0000:00:05.0'],
    },
  },
}
/** One group of two functions that are on vfio-pci from the start, and little that can be said about it. */
const small: Setup = {
  ...plain,
  machine: machine('00:01.0rp+[01:00.0ep- 01:00.1ep-]', (f) => (f.bridge ? {} : { driver: 'vfio-pci' })),
  processes: plain.processes.slice(0, 1),
}

const KERNELS: readonly Kernel[] = [linux61, linux612, linux612iommufd, linux73iommufd]

const NAMES = ['c1', 'c2', 'g1', 'g2', 'd1', 'd2', 'd3', 'i1', 'i2', 'a1', 'a2', 'h1', 'never']
const FEW_NAMES = ['c1', 'g1', 'd1', 'd2', 'i1', 'a1', 'a2', 'h1']
const COMMON: readonly OpKind[] = [
  'bind',
  'unbind',
  'open_group',
  'group_set_container',
  'group_get_device_fd',
  'close',
]
/** Parts of the interfaces, so that a walk gets deep. */
const CONTAINERS: readonly OpKind[] = [...COMMON, 'open_container', 'map_dma', 'unmap_dma']
const STAND_INS: readonly OpKind[] = [...COMMON, 'open_iommufd', 'map_dma', 'unmap_dma', 'group_unset_container']
const DEVICES: readonly OpKind[] = [
  'open_cdev',
  'open_iommufd',
  'bind_iommufd',
  'ioas_alloc',
  'ioas_map',
  'ioas_unmap',
  'ioas_destroy',
  'hwpt_alloc',
  'hwpt_destroy',
  'attach',
  'detach',
  'close',
]

interface Walk {
  readonly name: string
  readonly setup: Setup
  readonly steps: number
  readonly alphabet: (kernel: Kernel) => Alphabet
}

function wide(name: string, setup: Setup, steps: number): Walk {
  const containers = ['c1', 'c1', 'c2', 'i1']
  return { name, setup, steps, alphabet: (kernel) => ({ ...alphabetFor(setup, kernel.abi, NAMES), containers }) }
}

function deep(name: string, kinds: readonly OpKind[], steps: number): Walk {
  const containers = [kinds.includes('open_container') ? 'c1' : 'i1']
  const known = (kernel: Kernel): readonly OpKind[] => kinds.filter((kind) => kernel.abi.includes(kind))
  return {
    name,
    setup: small,
    steps,
    alphabet: (kernel) => ({ ...alphabetFor(small, known(kernel), FEW_NAMES), containers }),
  }
}

const WALKS: readonly Walk[] = [
  wide('a plain machine', plain, 100_000),
  wide('a machine with hot plugging and RMRR', odd, 40_000),
  wide('a machine without interrupt remapping', unsafe, 20_000),
  wide('a machine with an empty slot', away, 20_000),
  deep('containers', CONTAINERS, 60_000),
  deep('iommufds in place of containers', STAND_INS, 60_000),
  deep('devices', DEVICES, 60_000),
]

function isOwned(state: State): state is OwnedState {
  return 'ownerCount' in state
}

function isIommufd(state: State): state is IommufdState {
  return 'groupHwpt' in state
}

type Must = (holds: boolean, name: string) => void

/** What holds of groups and their owners in every kernel since 5.19; the names of what does not. */
function checkGroups(state: OwnedState, must: Must): void {
  const { world } = state
  for (const [group, { devices: all }] of world.groups.entries()) {
    const members = all.filter((device) => state.present[device] === 1)
    const owner = isIommufd(state) ? at(state.ownerIommufd, group) - 1 : -1
    const container = at(state.container, group) - 1
    const counted = members.filter((device) => !managesDma(state, at(state.driver, device))).length
    const count = at(state.ownerCount, group)
    const owned = state.owned[group] === 1
    const users = at(state.users, group)
    const files = slots(state, GROUP_FD, group)
    const held = world.setup.processes.some((_, process) => state.kvm[process * world.groups.length + group] === 1)
    const through = members.filter((device) => !isIommufd(state) || at(state.bound, device) === 0)
    const opens = through.reduce((sum, device) => sum + at(state.opens, device), 0)

    must(owned || count === counted, 'an unowned group counts its ordinary drivers')
    must(!owned || counted === 0, 'an owned group has no ordinary driver')
    must(owned === (container >= 0 || owner >= 0), 'owned by a container or an iommufd')
    must(container < 0 || (owner < 0 && count === 1), 'a group in a container is counted once')
    must(users === (container >= 0 ? 1 + opens : 0), 'users can be counted')
    must(opens === 0 || (container >= 0 && at(state.containerType, container) > 0), 'open devices have a backend')
    must(files <= 1, 'a group is open once')
    must(state.opened[group] === Number(files > 0 || users > 1 || held), 'somebody holds an open group')
    must(container < 0 || state.opened[group] === 1, 'a group in a container is open')
    const registered = members.some((device) => world.drivers[at(state.driver, device)]?.family === 'vfio')
    must((state.node[group] === 1) === registered, 'the node exists while a vfio device does')
    must(state.opened[group] === 0 || registered, 'without vfio devices nothing is open')

    const table = isIommufd(state) ? at(state.groupHwpt, group) - 1 : -1
    const belief = !owned
      ? defaultContext(world, group)
      : table >= 0 && isIommufd(state)
        ? domainContext(world, hwptDomain(state, table))
        : container >= 0 && at(state.containerType, container) > 0 && state.groupDomain[group] !== BLOCKED_CONTEXT
          ? domainContext(world, container)
          : BLOCKED_CONTEXT
    must(state.groupDomain[group] === belief, 'the domain is that of the owner, or blocked, or the default')
    must(
      members.every((device) => world.devices[device]?.rids.every((rid) => state.context[rid] === belief)),
      'the hardware does what the kernel believes',
    )
  }
}

function slots(state: OwnedState, kind: number, object: number): number {
  let count = 0
  state.fdKind.forEach((each, slot) => void (each === kind && state.fdObject[slot] === object && count++))
  return count
}

/** What holds of devices, files, containers and calls that wait. */
function checkRest(kernel: Kernel, state: OwnedState, must: Must): void {
  const { world } = state
  const snapshot = kernel.snapshot(state)
  const { fds, containers, devices, pending, dead } = snapshot
  must(!dead, 'there is no BUG')
  checkContainers(snapshot, must)
  for (const container of containers) {
    must(
      container.iommu === null ||
        container.groups.every((group) => state.groupDomain[group] === domainContext(world, container.container)),
      'a backend has all groups on its domain',
    )
  }
  for (let container = 0; container < world.capacity.containers; container++) {
    must(at(state.containerType, container) > 0 || isEmpty(state, container), 'mappings need a backend')
  }
  const kept = (device: number): number => {
    const columns = isIommufd(state) ? [state.keptFiles, state.keptCdevs, state.keptBound] : [state.keptFiles]
    return columns.reduce((sum, column) => sum + keptBy(column, world, device), 0)
  }
  checkDevices(world, snapshot, must, kept)
  for (const device of devices)
    must(!device.leaving || device.opens > 0, 'a device that is leaving waits for its files')
  for (const call of pending) {
    must(devices[call.device]?.leaving === true, 'whoever waits waits for a leaving device')
    must(call.waitsFor !== 'container', 'nobody waits for a container')
  }
  const files = fds.filter(({ kind }) => kind !== 'ioas' && kind !== 'hwpt')
  checkFiles(snapshot, files, must)
}

function isEmpty(state: OwnedState, row: number): boolean {
  const base = row * state.world.capacity.ranges
  return state.mapped.subarray(base, base + state.world.capacity.ranges).every((process) => process === 0)
}

/** What holds of iommufds and what is bound to them. */
function checkIommufds(state: IommufdState, must: Must): void {
  const { world } = state
  const numbers = new Set<string>()
  const numbered = (iommufd: number, number: number): void => {
    must(number > 0 && !numbers.has(`${iommufd} ${number}`), 'numbers are unique inside an iommufd')
    numbers.add(`${iommufd} ${number}`)
  }
  const lives = (iommufd: number): boolean =>
    state.iommufdOpen[iommufd] === 1 || state.bound.includes(iommufd + 1) || state.compat.includes(iommufd + 1)
  state.iommufdOpen.forEach((open, iommufd) => {
    must(open === slots(state, IOMMUFD_FD, iommufd), 'an iommufd is open once')
    const compat = at(state.compatIoas, iommufd) - 1
    must(compat < 0 || iommufdOfIoas(state, compat) === iommufd, 'the stand-in is one of its own')
  })
  for (let ioas = 0; ioas < state.ioasIommufd.length; ioas++) {
    const iommufd = iommufdOfIoas(state, ioas)
    if (iommufd < 0) {
      must(isEmpty(state, world.capacity.containers + ioas), 'what is not there maps nothing')
      must(state.ioasNumber[ioas] === 0 && state.ioasSmall[ioas] === 0, 'what is not there leaves nothing')
      continue
    }
    must(lives(iommufd), 'an IOAS is in an iommufd that is there')
    numbered(iommufd, at(state.ioasNumber, ioas))
  }
  for (let hwpt = 0; hwpt < state.hwptIoas.length; hwpt++) {
    const ioas = ioasOfHwpt(state, hwpt)
    const on = world.devices.filter((_, device) => state.attached[device] === hwpt + 1).length
    must(isEmpty(state, hwptDomain(state, hwpt)), 'page tables have the mappings of their IOAS')
    if (ioas < 0) {
      must(on === 0 && state.hwptNumber[hwpt] === 0 && state.hwptManual[hwpt] === 0, 'what is not there has no devices')
      continue
    }
    must(iommufdOfIoas(state, ioas) >= 0, 'a page table is of an IOAS that is there')
    must(state.hwptManual[hwpt] === 1 || on > 0, 'a table made by attaching has devices')
    numbered(iommufdOfIoas(state, ioas), at(state.hwptNumber, hwpt))
    for (const { iova, size } of mappingsOf(state, ioas)) {
      must(iova + size <= 2 ** 39 && iova % 4096 === 0 && size % 4096 === 0, 'hardware can do what is mapped')
      must(on === 0 || iova + size <= 0xfee00000 || iova >= 0xfef00000, 'interrupts are not mapped over')
    }
  }
  for (const [group, { devices: members }] of world.groups.entries()) {
    const owner = at(state.ownerIommufd, group)
    const table = at(state.groupHwpt, group)
    const bound = members.filter((device) => at(state.bound, device) > 0)
    const attached = members.filter((device) => at(state.attached, device) > 0)
    must(owner === 0 || at(state.ownerCount, group) === bound.length, 'an iommufd counts its devices')
    must(owner > 0 === bound.length > 0, 'an iommufd owns what is bound to it')
    must(
      bound.every((device) => state.bound[device] === owner),
      'a group is bound to one iommufd',
    )
    must(table > 0 === attached.length > 0, 'a group is on a table while a device is attached')
    must(
      attached.every((device) => state.attached[device] === table && at(state.bound, device) > 0),
      'all attached devices of a group are on its table',
    )
    must(table === 0 || iommufdOfIoas(state, ioasOfHwpt(state, table - 1)) === owner - 1, 'the table is the owner’s')
    must(at(state.compat, group) === 0 || state.container[group] === 0, 'either a container or a stand-in')
    must(at(state.compat, group) === 0 || state.opened[group] === 1, 'a stand-in needs an open group')
    must(
      state.opened[group] === 0 || members.every((device) => state.cdevBound[device] === 0),
      'groups and devices keep each other out',
    )
  }
  for (let device = 0; device < world.devices.length; device++) {
    const bound = at(state.bound, device)
    must(
      at(state.cdevOpens, device) ===
        slots(state, CDEV_FD, device) +
          slots(state, BOUND_CDEV_FD, device) +
          keptBy(state.keptCdevs, world, device) +
          keptBy(state.keptBound, world, device),
      'device files can be counted',
    )
    const boundFiles = slots(state, BOUND_CDEV_FD, device) + keptBy(state.keptBound, world, device)
    must(at(state.cdevBound, device) === boundFiles, 'one file of a device is bound')
    const groupFiles = slots(state, DEVICE_FD, device) + keptBy(state.keptFiles, world, device)
    must(at(state.opens, device) === groupFiles, 'so can those of groups')
    must(state.cdevBound[device] === 0 || at(state.opens, device) === 0, 'a device is open in one of two ways')
    must(bound === 0 || state.cdevBound[device] === 1 || at(state.opens, device) > 0, 'what is bound is open')
    if (bound === 0) must(state.boundNumber[device] === 0, 'what is not bound has no number')
    else numbered(bound - 1, at(state.boundNumber, device))
  }
}

function mappingsOf(state: IommufdState, ioas: number): readonly { iova: number; size: number }[] {
  const base = (state.world.capacity.containers + ioas) * state.world.capacity.ranges
  return state.world.ranges.filter((_, range) => at(state.mapped, base + range) > 0)
}

function broken(kernel: Kernel, state: State): string[] {
  const faults: string[] = []
  const must: Must = (holds, name) => void (holds || faults.push(name))
  if (!isOwned(state)) return ['a state of another kernel']
  checkGroups(state, must)
  checkRest(kernel, state, must)
  if (isIommufd(state)) checkIommufds(state, must)
  return faults
}

/** How many files of a device virtual machines of all processes hold that have no name any more. */
function keptBy(column: Uint16Array, world: World, device: number): number {
  return world.setup.processes.reduce((sum, _, process) => sum + at(column, process * world.devices.length + device), 0)
}

describe.each(KERNELS)('$id', (kernel) => {
  test.each(WALKS)(
    'invariants hold over random operations: $name',
    ({ setup, steps, alphabet }) => {
      const seen = new Map<string, number>()
      const count = (what: string): void => void seen.set(what, (seen.get(what) ?? 0) + 1)
      walk(kernel, setup, alphabet(kernel), steps, 20210615, (state, op, outcome, before) => {
        const { result } = outcome
        count('bug' in result ? 'bug' : 'blocked' in result ? 'blocked' : `${op.op} ${result.ok ? 'ok' : result.errno}`)
        if (outcome.completes !== undefined) count('completed')
        if (Buffer.compare(state.bytes, before) === 0) return
        const faults = broken(kernel, state)
        if (faults.length > 0) throw new Error(`after ${JSON.stringify(op)}: ${faults.join('; ')}`)
      })
      expect(seen.has('bug')).toBe(false)
      if (setup !== plain) return
      // The walk has been everywhere worth while.
      const needed = ['blocked', 'completed', 'bind EBUSY', 'open_group EBUSY', 'open_group EACCES', 'map_dma ok']
      needed.push('group_set_container ok', 'group_set_container EPERM', 'group_get_device_fd ok')
      if (kernel === linux612iommufd) needed.push('bind_iommufd ok', 'bind_iommufd EPERM', 'attach ok', 'attach EINVAL')
      expect(needed.filter((what) => (seen.get(what) ?? 0) < 5)).toEqual([])
    },
    MINUTES,
  )

  test('any call whatever gets an answer', () => {
    const ops = walkOps(alphabetFor(odd, OP_KINDS, NAMES), 500, 7)
    const run = replayBothWays(kernel, odd, ops, []).fresh
    expect(run.steps).toHaveLength(500)
    const state = run.stateAt(500)
    for (const op of OP_KINDS) {
      for (const index of [-1, 0, 1, 7, 10_000]) {
        const names = { by: index, device: index, driver: index, group: index, fd: index, other: index, third: index }
        const call = { op, ...names, as: index, range: index, iova: index, size: index, user: index, arg: '' }
        expect(kernel.apply(state, call)).toHaveProperty('result')
      }
    }
  })

  test('operations of other kernels are answered ENOTTY', () => {
    const foreign = OP_KINDS.filter((kind) => !kernel.abi.includes(kind))
    const { fresh } = replayBothWays(kernel, plain, walkOps(alphabetFor(plain, foreign, NAMES), 200, 3), [])
    expect(fresh.steps.every(({ result }) => 'errno' in result && result.errno === 'ENOTTY')).toBe(true)
  })

  test.each([1, 2, 3])('a replay that continues another is like a fresh one (%i)', (seed) => {
    const ops = walkOps(alphabetFor(plain, OP_KINDS, NAMES), 400, seed)
    const { grown, fresh } = replayBothWays(kernel, plain, ops, [50, 130, 90, 200, 64, 128, 399])
    expect(grown.steps).toEqual(fresh.steps)
    for (const count of [0, 1, 63, 64, 65, 128, 200, 333, 400])
      expect(grown.snapshotAt(count)).toEqual(fresh.snapshotAt(count))
  })
})

/** Checks and effects of 5.10 alone, and checks that come out one way only: the rest can only fail in races. */
const ONE_SIDED = [
  'L.B.1.match false',
  'L.AT.nesting true',
  'L.AT.4 false',
  'L.AT.5 true',
  'L.AT.5 false',
  'L.HR.3 true',
  'L.HR.3 false',
  'O.UDD.3 false',
  'O.CL.2 false',
  'wait.container',
]

/** What walks come to once in a blue moon. */
const ALICE: PlayOptions = { processes: [{ name: 'q', user: 'alice' }] }
const BELOW_QEMU_PORT: PlayOptions = { machine: pairWith('00:01.0', { vendor: '1b36', device: '000c' }) }
const RMRR_IN_AN_EMPTY_SLOT: PlayOptions = { machine: pairWith('01:00.1', { unplugged: true, rmrr: true }) }
const RARE: readonly (string | readonly [script: string, options: PlayOptions])[] = [
  ['half; chown_group G alice; use; map_dma c 0 8388608; map_dma c 8388608 4096', ALICE],
  ['both; use; d = group_get_device_fd g f0; device_hot_reset d group_fd=g', BELOW_QEMU_PORT],
  ['unbind f0; bind f0 V; use; hot_add f1', RMRR_IN_AN_EMPTY_SLOT],
  [
    'both; chown_group G alice; chown_iommu alice; I = open_iommufd; D = open_cdev f0; bind_iommufd D I; A = ioas_alloc I; attach D ioas=A; ioas_map I A 0 8388608; ioas_map I A 8388608 4096',
    ALICE,
  ],
  [
    'both; chown_group G alice; chown_iommu alice; I = open_iommufd; D = open_cdev f0; bind_iommufd D I; A = ioas_alloc I; ioas_map I A 0 16777216; H = hwpt_alloc I D A; attach D ioas=A',
    ALICE,
  ],
  'both; D = open_cdev f0; I = open_iommufd; A = ioas_alloc I; ioas_map I A 0 0; ioas_map I A 0 0xffff900000000000',
  'half; use; map_dma c 0 8192; unmap_dma c 4096 4096; unmap_dma c 0xfffffffffffff000 8192',
  'both; D = open_cdev f0; I = open_iommufd; bind_iommufd D I; A = ioas_alloc I; H = hwpt_alloc I D A; K = hwpt_alloc I D H',
  'both; g = open_group G; I = open_iommufd; group_set_container g I; map_dma I 0 8192; d = group_get_device_fd g f0; set_iommu I type1',
  'both; g = open_group G; I = open_iommufd; group_set_container g I; set_iommu I type1; map_dma I 0 8192; unmap_dma I 0 4096',
]

const CODES: readonly (readonly [string, Kernel, readonly string[], readonly string[]])[] = [
  ['Linux 6.1', linux61, OWNERSHIP_CHECKS, OWNERSHIP_EFFECTS],
  ['Linux 6.12', linux612, OWNERSHIP_CHECKS, OWNERSHIP_EFFECTS],
  ['Linux 6.12 with iommufd', linux612iommufd, IOMMUFD_CHECKS, IOMMUFD_EFFECTS],
]

test.each(CODES)(
  '%s: looking changes nothing; every code has its moment, and there are no others',
  (_, kernel, checks, effects) => {
    const seen = new Set<string>()
    const again = traceAgain(kernel)
    for (const { setup, steps, alphabet } of WALKS) {
      walk(kernel, setup, alphabet(kernel), steps, 99, (state, op, outcome, before) => {
        for (const code of again(state, before, op, outcome)) seen.add(code)
      })
    }
    for (const rare of RARE) {
      const [script, options] = typeof rare === 'string' ? [rare, {}] : rare
      const run = play(kernel, script, options)
      for (const event of run.steps.flatMap((_, index) => run.traceOf(index))) seen.add(codeOf(event))
    }
    const both = checks.flatMap((code) => [`${code} true`, `${code} false`])
    const known = new Set<string>([...both, ...effects])
    expect([...seen].filter((code) => !known.has(code))).toEqual([])
    expect([...both, ...effects].filter((code) => !seen.has(code) && !ONE_SIDED.includes(code))).toEqual([])
    expect(ONE_SIDED.filter((code) => seen.has(code))).toEqual([])
  },
  MINUTES,
)
