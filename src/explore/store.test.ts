import fc from 'fast-check'
import { expect, test } from 'vitest'
import { Exploration } from './exploration.ts'
import { Bytes, FULL, Store } from './store.ts'

function bytesOf(values: readonly number[]): Bytes {
  return new Bytes(Uint8Array.from(values))
}

/** States of one size; most bytes stay as they are, as in a search. */
const walks = fc.integer({ min: 1, max: 40 }).chain((length) =>
  fc.record({
    first: fc.array(fc.nat(255), { minLength: length, maxLength: length }),
    changes: fc.array(fc.tuple(fc.nat(length - 1), fc.nat(255), fc.nat(100)), { maxLength: 120 }),
  }),
)

test('what goes in comes out, once, whatever bits are needed when', () => {
  fc.assert(
    fc.property(walks, ({ first, changes }) => {
      const store = new Store(bytesOf(first), 2 ** 30)
      const known = [first]
      for (const [position, value, origin] of changes) {
        // Goes on from any of those that are known.
        const from = origin % known.length
        const before = known[from] ?? first
        const state = before.with(position, value)
        store.from(from)
        const id = store.insert(bytesOf(state), bytesOf(before), from, origin)
        const expected = known.findIndex((each) => each.join() === state.join())
        expect(id).toBe(expected < 0 ? known.length : expected)
        if (expected < 0) {
          known.push(state)
          expect([store.parentOf(id), store.originOf(id)]).toEqual([from, origin])
        }
      }
      expect(store.size).toBe(known.length)
      known.forEach((state, id) => {
        const out = new Uint8Array(state.length)
        store.read(id, out)
        expect([...out]).toEqual(state)
      })
    }),
  )
})

test('a store never takes more than it may, and says so', () => {
  const first = bytesOf([0, 0, 0, 0])
  const store = new Store(first, 500_000)
  let id = 0
  for (let number = 1; id !== FULL; number++) {
    const state = new Bytes(Uint8Array.of(number & 255, (number >>> 8) & 255, number >>> 16, 0))
    store.from(0)
    id = store.insert(state, first, 0, 0)
    expect(number).toBeLessThan(100_000)
  }
  expect(store.size).toBeGreaterThan(10_000)
  expect(store.memory).toBeLessThanOrEqual(500_000)
})

/** The widest states that the page is likely to search: two processes, every kind of operation, symmetry off. */
const WIDE = ['linux-5.10', 'linux-6.12-iommufd'] as const

test.each(WIDE)('ten million states fit into 1 GB: %s', (kernel) => {
  const processes = [
    { name: 'qemu', user: 'root' },
    { name: 'other', user: 'alice' },
  ]
  const scenario = { title: '', machine: 'dual-e1000e', kernel, boot: { iommu: 'nopt' }, processes, ops: [], cursor: 0 }
  const exploration = new Exploration(
    {
      scenario: { ...scenario, boot: { iommu: 'nopt' } },
      from: 'boot',
      goal: 'never (bug & !bug)',
      options: { with: ['driver_override', 'exit'], names: { device: 2, group: 2, ioas: 2 } },
      limits: { states: 30_000 },
      reduce: false,
    },
    () => 0,
  )
  while (exploration.running) exploration.advance(1e6)
  const { states, memory } = exploration.progress()
  expect(states).toBe(30_000)
  expect((memory / states) * 10e6).toBeLessThan(2 ** 30)
})
