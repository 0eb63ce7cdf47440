import { describe, expect, test } from 'vitest'
import { defaultContext, domainContext } from '../../iommu/context.ts'
import type { Setup } from '../../world.ts'
import { OP_KINDS } from '../../op.ts'
import { machine, pairWith, play, type PlayOptions } from '../play.test-helper.ts'
import {
  alphabetFor,
  checkContainers,
  checkDevices,
  checkFiles,
  codeOf,
  traceAgain,
  replayBothWays,
  walk,
  walkOps,
} from '../walk.test-helper.ts'
import { LEGACY_CHECKS, LEGACY_EFFECTS, type LegacyState } from './codes.ts'
import { linux510 } from './index.ts'

const processes = [
  { name: 'p', user: 'root' },
  { name: 'q', user: 'alice' },
]
const boot = { iommu: 'nopt' } as const

/** A group of two functions, one of a bridge and two functions that share its requester ID, and one of its own. */
const plain: Setup = {
  machine: machine(
    '00:01.0rp+[01:00.0ep- 01:00.1ep-] 00:02.0rp+[02:00.0pcie2pci[03:01.0pci 03:01.1pci]] 00:03.0rp+[04:00.0ep]',
  ),
  boot,
  processes,
}
/** The same with everything that makes attaching fail or leave the members apart. */
const odd: Setup = {
  ...plain,
  machine: machine(
    '00:01.0rp+[01:00.0ep- 01:00.1ep-] 00:02.0rp+[02:00.0ep- 02:00.1ep- 02:00.2ep-] 00:03.0rp+[04:00.0pci]',
    (f) => {
      if (f.bdf.endsWith('01:00.1')) return { unplugged: true }
      if (f.bdf.endsWith('02:00.2')) return { rmrr: true }
      return f.kind === 'pci' ? { resettable: false } : {}
    },
  ),
}
const unsafe: Setup = { ...plain, machine: { ...plain.machine, interruptRemapping: false } }

/** Default domains are identity; a card with its bridge is not plugged in, another one sits on the root bus. */
const identity: Setup = {
  machine: machine('00:01.0rp+[01:00.0ep+] 00:02.0rp+[02:00.0usp+[03:00.0dsp+[04:00.0ep]]] 00:03.0pci', (f) =>
    f.bdf >= '0000:02' ? { unplugged: true } : {},
  ),
  boot: { iommu: 'pt' },
  processes,
}

/** Everything that holds at any moment; the names of what does not. */
function broken(state: LegacyState, hardwareAgrees: boolean): string[] {
  const { world } = state
  const snapshot = linux510.snapshot(state)
  const { fds, groups, containers, devices, pending } = snapshot
  const faults: string[] = []
  const must = (holds: boolean, name: string): void => void (holds || faults.push(name))

  for (const group of groups) {
    const members = world.groups[group.group]?.devices ?? []
    const opens = members.reduce((sum, device) => sum + (devices[device]?.opens ?? 0), 0)
    const inside = group.container >= 0
    const container = containers.find((one) => one.container === group.container)
    const files = fds.filter(({ kind, object }) => kind === 'group' && object === group.group).length
    must(inside === group.users > 0, 'in a container if and only if it has users')
    must(group.users === (inside ? Number(group.opened) + opens + group.kvm.length : 0), 'users can be counted')
    must(files === Number(group.opened), 'opened once or not at all')
    must(!inside || container?.groups.includes(group.group) === true, 'container knows its groups')
    must(opens === 0 || (inside && container?.iommu !== null), 'open devices have a container with a backend')
    const registered = members.some((device) => world.drivers[devices[device]?.driver ?? 0]?.family === 'vfio')
    must(group.node === (registered || group.opened || group.kvm.length > 0), 'node exists while something keeps it')
    must(group.node || group.owner === 'root', 'a node that is not there belongs to root')
    must(group.viable === group.members.every(({ good }) => good), 'viable if every member is good')
    const belief =
      inside && container?.iommu !== null ? domainContext(world, group.container) : defaultContext(world, group.group)
    must(state.groupDomain[group.group] === belief, 'the domain is that of the container, or the default')
    for (const device of hardwareAgrees ? members : []) {
      const rids = world.devices[device]?.rids ?? []
      must(
        rids.every((rid) => state.context[rid] === belief),
        'the hardware does what the kernel believes',
      )
    }
  }
  checkContainers(snapshot, must)
  for (let place = 0; place < state.mapped.length; place++) {
    const owner = Math.floor(place / world.capacity.ranges)
    must(state.mapped[place] === 0 || (state.containerType[owner] ?? 0) > 0, 'mappings need a backend')
  }
  checkDevices(world, snapshot, must)
  for (const call of pending) {
    const device = devices[call.device]
    const container = groups[world.devices[call.device]?.group ?? -1]?.container ?? -1
    must(device?.leaving === true, 'whoever waits waits for a leaving device')
    must(call.waitsFor !== 'device-fds' || (device?.opens ?? 0) > 0, 'somebody has the device open')
    must(call.waitsFor !== 'container' || container >= 0, 'the group is in a container')
  }
  checkFiles(snapshot, fds, must)
  return faults
}

describe.each([
  ['a plain machine', plain, true, 100_000],
  ['a machine with hot plugging and RMRR', odd, false, 30_000],
  ['a machine without interrupt remapping', unsafe, true, 20_000],
] as const)('%s', (_, setup, hardwareAgrees, steps) => {
  test(`invariants hold over ${steps} random operations`, () => {
    const seen = new Map<string, number>()
    const count = (what: string): void => void seen.set(what, (seen.get(what) ?? 0) + 1)
    walk(linux510, setup, alphabetFor(setup, linux510.abi), steps, 20210615, (state, op, outcome) => {
      const { result } = outcome
      count('bug' in result ? 'bug' : 'blocked' in result ? 'blocked' : `${op.op} ${result.ok ? 'ok' : result.errno}`)
      if (outcome.completes !== undefined) count('completed')
      if (!isLegacy(state)) throw new Error('a state of another kernel')
      const faults = broken(state, hardwareAgrees)
      if (faults.length > 0) throw new Error(`after ${JSON.stringify(op)}: ${faults.join('; ')}`)
    })
    // The walk has been everywhere worth while.
    const needed = ['bug', 'blocked', 'completed', 'group_set_container ok', 'open_group EBUSY', 'open_group EACCES']
    if (setup !== unsafe) needed.push('set_iommu ok', 'map_dma ok', 'group_get_device_fd ok', 'kvm_group_add ok')
    expect(needed.filter((what) => (seen.get(what) ?? 0) < 5)).toEqual([])
  })
})

function isLegacy(state: object): state is LegacyState {
  return 'groupDomain' in state
}

test('any call whatever gets an answer', () => {
  const ops = walkOps(alphabetFor(odd), 30_000, 7)
  const run = replayBothWays(linux510, odd, ops.slice(0, 500), []).fresh
  expect(run.steps).toHaveLength(500)
  const state = linux510.create(run.world)
  linux510.boot(state)
  for (const op of OP_KINDS) {
    for (const index of [-1, 0, 1, 7, 10_000]) {
      const call = {
        op,
        by: index,
        device: index,
        driver: index,
        group: index,
        fd: index,
        other: index,
        third: index,
        as: index,
        range: index,
        iova: index,
        size: index,
        user: index,
        arg: '',
      }
      expect(linux510.apply(state, call)).toHaveProperty('result')
    }
  }
})

test('operations of other kernels are answered ENOTTY', () => {
  const known = new Set(linux510.abi)
  const foreign = OP_KINDS.filter((kind) => !known.has(kind))
  const ops = walkOps(alphabetFor(plain, foreign), 200, 3)
  const { fresh } = replayBothWays(linux510, plain, ops, [])
  expect(fresh.steps.every(({ result }) => 'errno' in result && result.errno === 'ENOTTY')).toBe(true)
})

test.each([1, 2, 3, 4, 5])('a replay that continues another is like a fresh one (%i)', (seed) => {
  const ops = walkOps(alphabetFor(plain), 400, seed)
  const { grown, fresh } = replayBothWays(linux510, plain, ops, [50, 130, 90, 200, 64, 128, 399])
  expect(grown.steps).toEqual(fresh.steps)
  for (const count of [0, 1, 63, 64, 65, 128, 200, 333, 400])
    expect(grown.snapshotAt(count)).toEqual(fresh.snapshotAt(count))
})

test('looking changes nothing: with a trace and without, the same; every code has its moment, and there are no others', () => {
  const seen = new Set<string>()
  const again = traceAgain(linux510)
  for (const setup of [plain, odd, unsafe, identity]) {
    walk(linux510, setup, alphabetFor(setup, linux510.abi), 80_000, 99, (state, op, outcome, before) => {
      for (const code of again(state, before, op, outcome)) seen.add(code)
    })
  }
  for (const [script, options] of RARE) {
    const played = play(linux510, script, options)
    for (const step of played.steps.keys()) for (const event of played.traceOf(step)) seen.add(codeOf(event))
  }
  const both = LEGACY_CHECKS.flatMap((code) => [`${code} true`, `${code} false`])
  const known = new Set<string>([...both, ...LEGACY_EFFECTS])
  expect([...seen].filter((code) => !known.has(code))).toEqual([])
  const unseen = [...both, ...LEGACY_EFFECTS].filter((code) => !seen.has(code))
  expect(unseen).toEqual(ONE_SIDED)
})

/** What a walk does not come to: the memory limit of a user other than root, and a port whose link stays down. */
const RARE: readonly (readonly [script: string, options: PlayOptions])[] = [
  [
    'half; chown_group G alice; use; map_dma c 0 65536; map_dma c 65536 4096',
    { processes: [{ name: 'q', user: 'alice' }] },
  ],
  [
    'both; use; d = group_get_device_fd g f0; device_hot_reset d group_fd=g',
    { machine: pairWith('00:01.0', { vendor: '1b36', device: '000c' }) },
  ],
]

/** A rule of viability says yes or no by itself; the rest can only fail in races, or is only asked where it fails. */
const ONE_SIDED = [
  'L.B.1.match false',
  'L.AT.nesting true',
  'L.AT.4 false',
  'L.V.1 false',
  'L.V.2 false',
  'L.V.3 false',
  'L.V.4 false',
  'L.V.5 false',
  'L.V.6 true',
]
