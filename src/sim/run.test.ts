/** Runs and worlds by example; `replay.test.ts` holds them to random walks with the long tests. */
import { describe, expect, test } from 'vitest'
import { linux510 } from './kernels/linux-5.10/index.ts'
import { linux612iommufd } from './kernels/linux-6.12-iommufd/index.ts'
import { opsOf, pair } from './kernels/play.test-helper.ts'
import type { Op } from './op.ts'
import { replay, type Run } from './replay.ts'
import { compileOp, compileWorld, demandOf, extendWorld, worldFor, type Setup } from './world.ts'

const setup: Setup = {
  machine: pair,
  boot: { iommu: 'nopt' },
  processes: [
    { name: 'p', user: 'root' },
    { name: 'q', user: 'alice' },
  ],
}
const CYCLE = opsOf('c1 = open_container; c2 = open_container; close c1; close c2')
const cycles = (steps: number): Op[] => Array.from({ length: steps }, (_, step) => CYCLE[step % 4] ?? { op: 'exit' })
const open = (as: string): Op => ({ op: 'open_container', as })
const many = (count: number): Op[] => Array.from({ length: count }, (_, number) => open(`n${number}`))

/** What is open after a number of steps. */
function openAt(run: Run, count: number): string {
  return run
    .snapshotAt(count)
    .fds.map(({ slot }) => run.world.slots[slot])
    .join(' ')
}

describe('states of a run', () => {
  test.each([0, 1, 2, 3, 63, 64, 65, 66, 127, 128, 129, 199, 200])('after %i of 200 steps', (count) => {
    const run = replay(linux510, setup, cycles(200))
    expect(openAt(run, count)).toBe(['', 'c1', 'c1 c2', 'c2'][count % 4])
    // Looking back and forth changes nothing.
    expect(openAt(run, 66)).toBe('c1 c2')
    expect(openAt(run, count)).toBe(['', 'c1', 'c1 c2', 'c2'][count % 4])
  })

  test('are copies that belong to whoever asks', () => {
    const run = replay(linux510, setup, cycles(3))
    run.stateAt(1).bytes.fill(7)
    run.stateAt(3).bytes.fill(7)
    expect([openAt(run, 1), openAt(run, 3)]).toEqual(['c1', 'c2'])
  })
})

describe('a run that goes on', () => {
  const before = replay(linux510, setup, cycles(130))

  test.each<[title: string, ops: readonly Op[], common: number]>([
    ['with more', [...before.steps.map(({ op }) => op), ...cycles(20)], 130],
    ['otherwise', [...before.steps.slice(0, 66).map(({ op }) => op), open('c2'), open('c1')], 66],
    ['less far', before.steps.slice(0, 7).map(({ op }) => op), 7],
    ['with names that it has no room for', [...before.steps.map(({ op }) => op), ...many(20)], 0],
  ])('%s', (_, ops, common) => {
    const run = replay(linux510, setup, ops, before)
    const fresh = replay(linux510, setup, ops)
    const kept = run.steps.filter((step, index) => step === before.steps[index]).length
    expect(kept).toBe(common)
    expect(run.steps).toEqual(fresh.steps)
    for (const count of [0, 1, 64, 65, 66, ops.length - 1, ops.length]) {
      expect(openAt(run, count)).toBe(openAt(fresh, count))
    }
    expect(run.traceOf(ops.length - 1)).toEqual(fresh.traceOf(ops.length - 1))
  })

  test('on another setup or kernel begins anew', () => {
    const ops = before.steps.map(({ op }) => op)
    expect(replay(linux510, { ...setup }, ops, before).steps[0]).not.toBe(before.steps[0])
    expect(replay(linux612iommufd, setup, ops, before).kernel).toBe(linux612iommufd)
  })

  test('knows which step made a call that waits', () => {
    const USE = opsOf(
      'half; g = open_group 2; c = open_container; group_set_container g c; set_iommu c type1; d = group_get_device_fd g f1; unbind f1',
    )
    const waiting = replay(linux510, setup, USE)
    const rest = opsOf('close d; group_unset_container g; c9 = open_container')
    for (const run of [
      replay(linux510, setup, [...USE, ...rest], waiting),
      replay(linux510, setup, [...USE, ...rest]),
    ]) {
      const completes = run.steps.map((step) => step.completes.map((late) => late.step).join())
      expect(completes.slice(-3)).toEqual(['', String(USE.length - 1), ''])
    }
    const { steps } = waiting.dryRun(USE.length, rest)
    expect(steps.map((step) => step.completes.map((late) => late.step).join())).toEqual([
      '',
      String(USE.length - 1),
      '',
    ])
  })
})

describe('a dry run', () => {
  const run = replay(linux510, setup, cycles(70))

  test.each([
    [2, 1],
    [65, 1],
    [70, 1],
    [65, 30],
  ])('after %i steps, of %i operations, answers as the run would, and leaves the run as it is', (count, length) => {
    const tried = many(length)
    const dry = run.dryRun(count, tried)
    const real = replay(linux510, setup, [...cycles(count), ...tried])
    expect(dry.steps).toEqual(real.steps.slice(count))
    expect(dry.events).toEqual(tried.map((_, index) => real.traceOf(count + index)))
    expect(dry.events[0]?.length).toBeGreaterThan(0)
    expect(dry.snapshot.fds.map(({ slot }) => dry.world.slots[slot])).toEqual(
      real.snapshotAt(real.steps.length).fds.map(({ slot }) => real.world.slots[slot]),
    )
    expect(run.world.slots).toEqual(['c1', 'c2'])
    expect([openAt(run, 65), openAt(run, 70)]).toEqual(['c1', 'c1 c2'])
  })

  test('no step has no trace', () => {
    expect(run.traceOf(70)).toEqual([])
    expect(run.traceOf(-1)).toEqual([])
  })
})

describe('a call', () => {
  const script =
    'I = open_iommufd; D = open_cdev f0; A = ioas_alloc I; H = hwpt_alloc I D A; c = open_container; map_dma c 4096 8192; check_extension c type1; chown_group 3 alice; bind f1 V'
  const world = compileWorld(setup, opsOf(script))
  const NOTHING = {
    by: 0,
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
  const slot = (name: string): number => world.slots.indexOf(name)
  const f1 = pair.devices.findIndex(({ bdf }) => bdf === '0000:01:00.1')

  test.each<[script: string, expected: object]>([
    ['H = hwpt_alloc I D A', { fd: slot('I'), third: slot('D'), other: slot('A'), as: slot('H') }],
    ['attach D ioas=A', { fd: slot('D'), other: slot('A') }],
    ['attach D', { fd: slot('D') }],
    ['q: D = open_cdev f1', { by: 1, device: f1, as: slot('D') }],
    ['who: exit', { by: -1 }],
    ['map_dma c 4096 8192', { fd: slot('c'), iova: 4096, size: 8192, range: 0 }],
    ['unmap_dma c 4096 1', { fd: slot('c'), iova: 4096, size: 1 }],
    ['check_extension c type1', { fd: slot('c'), arg: 'type1' }],
    ['chown_group 3 alice', { group: 3, user: 1 }],
    ['chown_group 3x root', { user: 0 }],
    ['chown_group 99 root', { user: 0 }],
    ['bind f1 V', { device: f1, driver: world.drivers.findIndex(({ name }) => name === 'vfio-pci') }],
    ['bind 09:00.0 -', { driver: 0 }],
  ])('%s', (line, expected) => {
    const [op] = opsOf(line)
    if (op === undefined) throw new Error('no operation')
    expect(compileOp(world, op)).toEqual({ op: op.op, ...NOTHING, ...expected })
  })

  test.each([
    'c2 = open_container',
    'close x',
    'map_dma c 0 8192',
    'attach D ioas=B',
    'bind f1 other',
    'chown_group 3 bob',
  ])('%s brings what the world was not compiled for', (line) => {
    const [op] = opsOf(line)
    expect(op === undefined ? undefined : compileOp(world, op)).toBeNull()
  })
})

describe('room', () => {
  test.each<[script: string, expected: object]>([
    ['', { slots: 0, ranges: 0, pending: 0, containers: 0, iommufds: 0, ioases: 0, hwpts: 0 }],
    ['c = open_container; c = open_container; g = open_group G; h = open_group G', { slots: 3, containers: 2 }],
    ['unbind f0; bind f0 V; drivers_probe f0; hot_add f0', { pending: 3 }],
    [
      'I = open_iommufd; I = open_iommufd; A = ioas_alloc I; B = ioas_alloc I; H = hwpt_alloc I D A',
      { slots: 5, iommufds: 2, ioases: 2, hwpts: 1 },
    ],
    ['map_dma c 0 4096; map_dma c 0 4096; ioas_map I A 0 8192; ioas_unmap I A 0 4096', { ranges: 2 }],
  ])('that "%s" needs', (script, expected) => {
    expect(demandOf(opsOf(script))).toMatchObject(expected)
  })

  test('is counted no further than asked', () => {
    const maps = Array.from({ length: 9 }, (_, page): Op => ({
      op: 'map_dma',
      container_fd: 'c',
      iova: page * 4096,
      size: 4096,
    }))
    expect([demandOf(maps, 3).ranges, demandOf(maps).ranges]).toEqual([4, 9])
    expect(demandOf(Array.from({ length: 99 }, (): Op => ({ op: 'unbind', device: 'x' }))).pending).toBe(64)
  })

  test('comes in steps, so that a run can go on', () => {
    expect(compileWorld(setup, []).capacity).toEqual({
      slots: 8,
      ranges: 4,
      pending: 8,
      containers: 4,
      iommufds: 4,
      ioases: 4,
      hwpts: 4,
    })
    expect(compileWorld(setup, many(7)).capacity).toMatchObject({ slots: 16, containers: 8 })
    const waits = Array.from({ length: 70 }, (): Op => ({ op: 'unbind', device: '0000:01:00.0' }))
    expect(compileWorld(setup, waits).capacity.pending).toBe(64)
    expect(extendWorld(compileWorld(setup, waits), waits)).not.toBeNull()
    // No more objects can be open than there are names and groups to hold them.
    const made = Array.from({ length: 60 }, (): Op => ({ op: 'open_iommufd', as: 'i' }))
    const world = compileWorld(setup, made)
    expect(world.capacity.iommufds).toBe(world.capacity.slots + world.groups.length)
  })

  test('goes as far as it goes', () => {
    const world = compileWorld(setup, many(3))
    const slots = (ops: readonly Op[], base = world): number | undefined => extendWorld(base, ops)?.slots.length
    expect(slots([open('n9')])).toBe(4)
    expect(worldFor(world, many(2))?.slots).toEqual(['n0', 'n1'])
    expect(slots(many(20))).toBeUndefined()
    expect(slots(opsOf('bind f0 other'))).toBeUndefined()
    expect(slots(opsOf('chown_group 3 bob'))).toBeUndefined()
    expect(slots(opsOf('chown_group 3 alice'))).toBe(3)
    expect(slots(Array.from({ length: 9 }, (): Op => ({ op: 'unbind', device: 'x' })))).toBeUndefined()
    expect(slots(Array.from({ length: 5 }, (): Op => ({ op: 'open_iommufd', as: 'i' })))).toBeUndefined()
    expect(slots(Array.from({ length: 5 }, (): Op => ({ op: 'ioas_alloc', iommufd: 'i', as: 'a' })))).toBeUndefined()
    expect(
      slots(
        Array.from({ length: 5 }, (): Op => ({ op: 'hwpt_alloc', iommufd: 'i', device_fd: 'd', ioas: 'a', as: 'h' })),
      ),
    ).toBeUndefined()
    const maps = Array.from({ length: 5 }, (_, page): Op => ({
      op: 'map_dma',
      container_fd: 'n0',
      iova: page * 4096,
      size: 4096,
    }))
    expect(slots(maps)).toBeUndefined()
    expect(slots(maps.slice(1))).toBe(3)
    expect(world.slots).toHaveLength(3)
  })
})

test.each<[script: string, ranges: string]>([
  ['map_dma c 0 16384; unmap_dma c 4096 4096', '0+16384 8192+8192 0+4096'],
  ['unmap_dma c 4096 4096; map_dma c 0 16384', '0+16384 8192+8192 0+4096'],
  ['map_dma c 0 8192; unmap_dma c 0 8192', '0+8192'],
  ['map_dma c 0 8192; unmap_dma c 8192 4096', '0+8192'],
  ['map_dma c 4096 8192; unmap_dma c 0 4096', '4096+8192'],
  ['map_dma c 4096 8192; unmap_dma c 0 8192', '4096+8192 8192+4096'],
  ['map_dma c 4096 8192; unmap_dma c 8192 8192', '4096+8192 4096+4096'],
  ['map_dma c 0 8192; ioas_unmap I A 0 4096', '0+8192'],
  ['map_dma c 18014398509481984 4096; unmap_dma c 18014398509481984 1', '18014398509481984+4096'],
])('of ranges every piece has an index that cuts can leave: %s', (script, expected) => {
  const world = compileWorld(setup, opsOf(script))
  expect(world.ranges.map(({ iova, size }) => `${iova}+${size}`).join(' ')).toBe(expected)
  world.ranges.forEach(({ iova, size }, index) => expect(world.rangeIndex.get(iova)?.get(size)).toBe(index))
  // Going on leaves the world that it went on from.
  const next = extendWorld(world, [{ op: 'unmap_dma', container_fd: 'c', iova: 4096, size: 2048 }])
  expect(world.ranges.map(({ iova, size }) => `${iova}+${size}`).join(' ')).toBe(expected)
  expect(next?.ranges.slice(0, world.ranges.length)).toEqual(world.ranges)
})

test('groups are those of the listing, else of the hardware and the override; a driver has one index', () => {
  const groups = (change: Partial<Setup>): string =>
    compileWorld({ ...setup, ...change }, [])
      .groups.map(({ id, devices }) => `${id}:${devices.join()}`)
      .join(' ')
  expect(groups({})).toBe('0:0 1:1 2:2,3 3:4')
  expect(groups({ boot: { iommu: 'nopt', acsOverride: 'multifunction' } })).toBe('0:0 1:1 2:2 3:3 4:4')
  expect(groups({})).toBe('0:0 1:1 2:2,3 3:4')
  const listed = { '7': ['0000:02:00.0', '0000:01:00.0'], '5': ['0000:01:00.1', '0000:0f:00.0'] }
  const world = compileWorld({ ...setup, machine: { ...pair, groups: listed } }, opsOf('bind f0 other'))
  expect(world.groups).toEqual([
    { id: 5, devices: [3] },
    { id: 7, devices: [2, 4] },
  ])
  expect(world.devices.map(({ group }) => group)).toEqual([-1, -1, 1, 0, 1])
  expect(world.groupIndex.get(7)).toBe(1)
  expect(world.drivers.map(({ name, family }) => `${name} ${family}`)).toEqual([
    ' none',
    'vfio-pci vfio',
    'pci-stub stub',
    'uio_pci_generic uio',
    'pcieport port',
    'nic native',
    'other absent',
  ])
  expect(world.devices.map(({ bootDriver, native }) => `${bootDriver} ${native}`)).toEqual([
    '4 4',
    '4 4',
    '5 5',
    '5 5',
    '5 5',
  ])
  expect(world.users).toEqual(['root', 'alice'])
})
