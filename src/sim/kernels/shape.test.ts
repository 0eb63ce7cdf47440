/** What kernels tell of their columns (`Shape`), held against the columns that they make. */
import { expect, test } from 'vitest'
import { OP_KINDS } from '../op.ts'
import type { Space } from '../shape.ts'
import type { World } from '../world.ts'
import { KERNELS } from './registry.ts'
import { alphabetFor, PLAIN, worldFor } from './walk.test-helper.ts'

/** Sizes that the world tells. What a kernel makes it may have room of its own for. */
function sizesOf({ devices, rids, groups, setup, capacity }: World): ReadonlyMap<Space, number> {
  return new Map<Space, number>([
    ['one', 1],
    ['device', devices.length],
    ['rid', rids.length],
    ['group', groups.length],
    ['process', setup.processes.length],
    ['slot', capacity.slots],
    ['range', capacity.ranges],
    ['place', capacity.pending],
  ])
}

const MADE: readonly Space[] = ['domain', 'file', 'container', 'iommufd', 'ioas', 'hwpt']
const HOLDS: readonly string[] = ['context', 'kind', 'object', 'call']

const shaped = KERNELS.flatMap((kernel) => {
  const { id, shape } = kernel
  return shape === undefined ? [] : [[id, kernel, shape] as const]
})

/** Whether a field of a state is a column. */
function isColumn(name: string, value: unknown): value is Uint8Array | Uint16Array | Uint32Array {
  if (name === 'bytes') return false
  return value instanceof Uint8Array || value instanceof Uint16Array || value instanceof Uint32Array
}

test('kernels tell of their columns', () => expect(shaped.length).toBeGreaterThan(5))

test.each(shaped)('%s tells of each column how many numbers it has and what they name', (_, kernel, shape) => {
  const world = worldFor(PLAIN, alphabetFor(PLAIN, kernel.abi))
  const lengths = new Map<string, number>()
  for (const [name, column] of Object.entries(kernel.create(world))) {
    if (isColumn(name, column)) lengths.set(name, column.length)
  }
  const sizes = new Map(sizesOf(world))
  const spaces = [...sizes.keys(), ...MADE]
  const columns = Object.entries(shape.columns)
  expect(columns.map(([name]) => name).toSorted()).toEqual([...lengths.keys()].toSorted())
  for (const [name, { by }] of columns) {
    const [only] = by
    if (by.length === 1 && only !== undefined && !sizes.has(only)) sizes.set(only, lengths.get(name) ?? 0)
  }
  for (const [name, { by, holds, base = 0, where, readBy = [] }] of columns) {
    expect(by.length, name).toBeGreaterThan(0)
    expect(
      by.filter((space) => !spaces.includes(space)),
      name,
    ).toEqual([])
    // Of what only pairs of things have a number for, the size is not told apart.
    const unknown = by.filter((space) => !sizes.has(space))
    const product = by.reduce((size, space) => size * (sizes.get(space) ?? 1), 1)
    if (unknown.length === 0) expect(lengths.get(name), name).toBe(product)
    else expect((lengths.get(name) ?? 0) % product, name).toBe(0)
    expect(holds === undefined || HOLDS.includes(holds) || spaces.some((space) => space === holds), name).toBe(true)
    expect([0, 1], name).toContain(base)
    if (where !== undefined) expect(shape.columns[where]?.by, name).toEqual(by)
    expect(
      readBy.filter((kind) => !OP_KINDS.includes(kind)),
      name,
    ).toEqual([])
  }
  expect(shape.objects.filter((space) => !spaces.includes(space))).toEqual([])
  expect(shape.domains.filter((space) => !spaces.includes(space))).toEqual([])
  const columnsHolding = (what: string): number => columns.filter(([, { holds }]) => holds === what).length
  expect(['context', 'kind', 'object', 'call'].filter((what) => columnsHolding(what) === 0)).toEqual([])
})
