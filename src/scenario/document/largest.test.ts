import { expect, test } from 'vitest'
import { machineById } from '../../machines/index.ts'
import { KERNELS } from '../../sim/kernels/registry.ts'
import type { Op } from '../../sim/op.ts'
import { replay } from '../../sim/replay.ts'
import { compileWorld, demandOf, type Setup } from '../../sim/world.ts'
import { LARGEST, mapAndCuts } from './largest.test-helper.ts'
import { readScenario } from './read.ts'
import { LIMITS, setupOf } from './scenario.ts'

/** Many times what an idle machine needs (a second at most), so that only growth of another order fails. */
const PATIENCE = 300_000

const machine = machineById('dual-e1000e')
if (machine === undefined) throw new Error('no machine')

function read(ops: readonly Op[], kernel = 'linux-5.10'): ReturnType<typeof readScenario> {
  return readScenario({ machine: 'dual-e1000e', kernel, ops })
}

test.each(LARGEST)(
  'the longest list of %s is read and replayed at once, and its states stay small',
  (kind, ops) => {
    const kernel =
      KERNELS.findLast(({ abi, id }) => id.startsWith('linux') && abi.includes(kind)) ??
      KERNELS.findLast(({ abi }) => abi.includes(kind))
    if (kernel === undefined) throw new Error(`no kernel has ${kind}`)
    expect(ops.length).toBe(LIMITS.ops)
    const reading = read(ops, kernel.id)
    if (!reading.ok) throw new Error(reading.problems.map(({ words }) => words).join('; '))
    const run = replay(kernel, setupOf(reading.scenario, machine), reading.scenario.ops)
    expect(run.steps).toHaveLength(LIMITS.ops)
    expect(run.stateAt(LIMITS.ops).bytes.length).toBeLessThan(LIMITS.mappings + 200_000)
  },
  PATIENCE,
)

// What is counted is how much a list makes: doubled, it may make twice as much, and no more than the limits allow.
test.each(LARGEST)('twice as many %s need no more than twice as much room', (_, ops) => {
  const setup: Setup = { machine, boot: { iommu: 'nopt' }, processes: [{ name: 'p', user: 'root' }] }
  const sizes = [250, 500, 1000, 2000].map((count) => {
    const { capacity, ranges } = compileWorld(setup, ops.slice(0, count))
    return { ...capacity, ranges: ranges.length }
  })
  for (const key of ['slots', 'ranges', 'containers', 'iommufds', 'ioases', 'hwpts'] as const) {
    sizes.slice(1).forEach((size, at) => {
      expect(size[key], key).toBeLessThanOrEqual(2 * (sizes[at]?.[key] ?? 0) + 16)
    })
  }
})

test.each([50, 61, 62, 100, 3000, LIMITS.ops - 1])(
  'a range with %i cuts is played or refused before its pieces are listed',
  (cuts) => {
    const ops = mapAndCuts(cuts)
    const { ranges } = demandOf(ops, LIMITS.ranges)
    expect(ranges).toBe(Math.min(((cuts + 1) * (cuts + 2)) / 2, LIMITS.ranges + 1))
    const reading = read(ops)
    expect(reading.ok).toBe(ranges <= LIMITS.ranges)
    if (!reading.ok) expect(reading.problems[0]?.words).toContain(`at most ${LIMITS.ranges} different ranges`)
  },
  PATIENCE,
)

test(
  'many ranges with many cuts are refused after as much work as there may be ranges',
  () => {
    const pages = Array.from({ length: LIMITS.ops / 2 }, (_, index) => index * 8192)
    const ops = pages.flatMap((iova): Op[] => [
      { op: 'map_dma', container_fd: 'c', iova, size: 2 ** 40 },
      { op: 'unmap_dma', container_fd: 'c', iova: iova + 4096, size: 4096 },
    ])
    expect(read(ops).ok).toBe(false)
  },
  PATIENCE,
)

test('one name too many is refused', () => {
  const names = (count: number): Op[] =>
    Array.from({ length: count }, (_, index) => ({ op: 'open_container', as: `n${index}` }))
  expect(read(names(LIMITS.names)).ok).toBe(true)
  const reading = read(names(LIMITS.names + 1))
  expect(reading.ok ? '' : reading.problems[0]?.words).toBe('at most 2000 names for what is opened or made, not 2001')
})
