import fc from 'fast-check'
import { expect, test } from 'vitest'
import { KERNELS } from './kernels/registry.ts'
import { machine, pair } from './kernels/play.test-helper.ts'
import { alphabetFor, walker } from './kernels/walk.test-helper.ts'
import type { Op } from './op.ts'
import { replay, type Run } from './replay.ts'
import { compileOp, compileWorld, type Setup } from './world.ts'

const MACHINES = [pair, machine('00:01.0rp[01:00.0ep] 00:1c.0rp+[02:00.0pcie2pci[03:01.0pci 03:02.0pci]]')]

const setupOf = (chosen: number): Setup => ({
  machine: MACHINES[chosen] ?? pair,
  boot: { iommu: 'nopt' },
  processes: [
    { name: 'p', user: 'root' },
    { name: 'q', user: 'root' },
  ],
})

/** Operations of a random walk, with calls that wait among them: devices in use are unbound often. */
function walkOf(setup: Setup, seed: number, count: number): Op[] {
  const next = walker(alphabetFor(setup), seed)
  const bdfs = setup.machine.devices.filter((f) => !f.bridge).map((f) => f.bdf)
  const [bdf = ''] = bdfs
  const opening = bdfs.flatMap((device): Op[] => [
    { op: 'unbind', device },
    { op: 'bind', device, driver: 'vfio-pci' },
  ])
  const use: Op[] = [
    { op: 'open_container', as: 'c1' },
    { op: 'open_group', group: '2', as: 'g1' },
    { op: 'group_set_container', group_fd: 'g1', container_fd: 'c1' },
    { op: 'set_iommu', container_fd: 'c1', type: 'type1v2' },
    { op: 'group_get_device_fd', group_fd: 'g1', device: bdf, as: 'd1' },
    { op: 'open_iommufd', as: 'i1' },
    { op: 'open_cdev', device: bdf, as: 'd2' },
    { op: 'bind_iommufd', device_fd: 'd2', iommufd: 'i1' },
    { op: 'unbind', device: bdf },
  ]
  return [
    ...opening,
    ...use,
    ...Array.from({ length: count }, next),
    { op: 'close', fd: 'd1' },
    { op: 'exit', by: 'p' },
  ]
}

/** All that can be seen of a run; states compare as snapshots, as their layout may have more room. */
function seen(run: Run): unknown {
  const at = (count: number): unknown => run.snapshotAt(count)
  const steps = run.steps.length
  return {
    steps: run.steps,
    names: run.world.slots,
    ranges: run.world.ranges,
    snapshots: [0, 1, steps >> 1, steps - 1, steps].map(at),
    traces: [0, steps >> 1, steps - 1].map((step) => run.traceOf(step)),
  }
}

const kernels = fc.constantFrom(...KERNELS)

test('a run that goes on, or goes on otherwise, equals one that is replayed from boot', () => {
  let waited = 0
  fc.assert(
    fc.property(kernels, fc.nat(1), fc.nat(1e6), fc.nat(1e6), fc.nat(70), fc.nat(70), (kernel, on, a, b, cut, more) => {
      const setup = setupOf(on)
      const first = walkOf(setup, a, 60)
      const other = walkOf(setup, b, more).slice(11)
      const before = replay(kernel, setup, first)
      const ops = [...first.slice(0, cut), ...other]
      const fresh = replay(kernel, setup, ops)
      expect(seen(replay(kernel, setup, ops, before))).toEqual(seen(fresh))
      const longer = [...first, ...other]
      expect(seen(replay(kernel, setup, longer, before))).toEqual(seen(replay(kernel, setup, longer)))
      // One after the other, as on the page.
      let run = replay(kernel, setup, ops.slice(0, cut))
      for (let done = cut; done < ops.length; done += 7) run = replay(kernel, setup, ops.slice(0, done + 7), run)
      if (ops.length > cut) expect(seen(run)).toEqual(seen(fresh))
      waited += fresh.steps.filter((step) => step.completes.length > 0).length
    }),
    { numRuns: 25 },
  )
  expect(waited, 'calls that waited came back').toBeGreaterThan(0)
})

test('a dry run answers as the run itself would, and changes nothing', () => {
  fc.assert(
    fc.property(kernels, fc.nat(1), fc.nat(1e6), fc.nat(70), fc.nat(12), (kernel, on, seed, at, count) => {
      const setup = setupOf(on)
      const ops = walkOf(setup, seed, 60)
      const run = replay(kernel, setup, ops)
      const before = JSON.stringify([seen(run), [...run.world.slotIndex]])
      const tried: Op[] = [...walkOf(setup, seed + 1, 12).slice(11 + count), { op: 'open_container', as: 'brand-new' }]
      const dry = run.dryRun(at, tried)
      const real = replay(kernel, setup, [...ops.slice(0, at), ...tried])
      expect(dry.steps).toEqual(real.steps.slice(at))
      expect(dry.snapshot.groups).toEqual(real.snapshotAt(real.steps.length).groups)
      expect(dry.events.length).toBe(tried.length)
      expect(JSON.stringify([seen(run), [...run.world.slotIndex]])).toBe(before)
      expect(run.world.slots).not.toContain('brand-new')
    }),
    { numRuns: 25 },
  )
})

test('compiling an operation changes no world', () => {
  const world = compileWorld(setupOf(0), [{ op: 'open_container', as: 'c1' }])
  expect(compileOp(world, { op: 'open_container', as: 'c2' })).toBeNull()
  expect(compileOp(world, { op: 'map_dma', container_fd: 'c1', iova: 0, size: 4096 })).toBeNull()
  expect([world.slots, world.ranges]).toEqual([['c1'], []])
})

test('every piece that cuts can leave of a range has an index, in whatever order they come', () => {
  const page = fc.nat(12).map((count) => count * 4096)
  const pages = fc.integer({ min: 1, max: 12 }).map((count) => count * 4096)
  fc.assert(
    fc.property(fc.array(fc.tuple(fc.boolean(), page, pages), { maxLength: 8 }), (list) => {
      const ops = list.map(([maps, iova, size]): Op => ({
        op: maps ? 'map_dma' : 'unmap_dma',
        container_fd: 'c',
        iova,
        size,
      }))
      const { ranges } = compileWorld(setupOf(0), ops)
      const cuts = list.filter(([maps]) => !maps)
      const wanted = new Set<string>()
      for (const [maps, iova, size] of list) {
        if (!maps) continue
        const inside = (at: number): boolean => iova < at && at < iova + size
        const starts = [iova, ...cuts.map(([, from, length]) => from + length).filter(inside)]
        const ends = [iova + size, ...cuts.map(([, from]) => from).filter(inside)]
        for (const start of starts) for (const end of ends) if (end > start) wanted.add(`${start}+${end - start}`)
      }
      expect(new Set(ranges.map((range) => `${range.iova}+${range.size}`))).toEqual(wanted)
      expect(ranges).toHaveLength(wanted.size)
    }),
  )
})
