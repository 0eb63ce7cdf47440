import { readFileSync } from 'node:fs'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { machineFromImport } from '../../import/from-import.ts'
import { importListing } from '../../import/index.ts'
import { machineById } from '../../machines/index.ts'
import { manyDevices } from '../../machines/many-devices.ts'
import { arbitraryMachine } from '../../scenario/document/arbitrary.test-helper.ts'
import type { Machine } from '../../sim/machine.ts'
import { compileWorld, type World } from '../../sim/world.ts'
import type { Box } from '../canvas/geometry.ts'
import { outline } from './hull.ts'
import { layOutTree } from './layout.ts'
import type { Hull, TreeLayout } from './tree.ts'

function worldOf(machine: Machine): World {
  return compileWorld({ machine, boot: { iommu: 'nopt' }, processes: [{ name: 'qemu', user: 'root' }] }, [])
}

function lay(world: World, viewWidth = 1000, open: ReadonlySet<string> = new Set()): TreeLayout {
  return layOutTree({ world, named: new Set(), viewWidth, open })
}

function overlap(a: Box, b: Box): boolean {
  return a.x < b.x + b.width && b.x < a.x + a.width && a.y < b.y + b.height && b.y < a.y + a.height
}

/** Corners of an outline: the points that its curves bend at, a list for each closed line. */
function cornersOf(path: string): { x: number; y: number }[][] {
  return path.split('Z').flatMap((line) => {
    const corners = [...line.matchAll(/Q(-?[\d.]+),(-?[\d.]+)/g)].map(([, x, y]) => ({ x: Number(x), y: Number(y) }))
    return corners.length === 0 ? [] : [corners]
  })
}

/** Whether a point of the sheet lies inside a hull (even-odd rule). */
function holds({ box, path }: Pick<Hull, 'box' | 'path'>, x: number, y: number): boolean {
  let inside = false
  for (const corners of cornersOf(path)) {
    corners.forEach((a, index) => {
      const b = corners.at(index - 1) ?? a
      const ay = a.y + box.y
      const by = b.y + box.y
      if (ay > y !== by > y && x < ((b.x - a.x) * (y - ay)) / (by - ay) + a.x + box.x) inside = !inside
    })
  }
  return inside
}

/** What is wrong with a layout; nothing must be, for any machine. */
function faults(world: World, layout: TreeLayout): string[] {
  const wrong: string[] = []
  const cards = [...layout.places.values(), ...layout.folds.map(({ box }) => box)].sort((a, b) => a.y - b.y)
  cards.forEach((card, index) => {
    for (const other of cards.slice(index + 1)) {
      if (other.y >= card.y + card.height) break
      if (overlap(card, other)) wrong.push('two cards overlap')
    }
    if (card.x + card.width > layout.width || card.y + card.height > layout.height) wrong.push('a card off the sheet')
  })
  const folded = layout.folds.flatMap(({ devices }) => devices)
  const drawn = [...layout.places.keys(), ...folded].sort((a, b) => a - b)
  if (drawn.join(' ') !== world.devices.map((_, index) => index).join(' ')) wrong.push('not every function once')

  for (const [device, { x, y, width, height }] of layout.places) {
    const group = world.devices[device]?.group ?? -1
    const own = layout.hulls.filter((hull) => hull.devices.includes(device))
    if (own.map((hull) => hull.group).join(' ') !== (group < 0 ? '' : String(group))) wrong.push(`${device}: hulls`)
    for (const hull of layout.hulls) {
      if (!overlap(hull.box, { x, y, width, height })) continue
      // All four corners and the middle: inside the own hull, outside any other.
      const points = [
        [x, y],
        [x + width, y],
        [x, y + height],
        [x + width, y + height],
        [x + width / 2, y + height / 2],
      ] as const
      if (points.some(([px, py]) => holds(hull, px, py) !== (hull === own[0]))) {
        wrong.push(`${device}: ${hull === own[0] ? 'not in its hull' : `in the hull of group ${hull.group}`}`)
      }
    }
  }
  const parts = new Set(layout.hulls.map(({ group, part }) => `${group} ${part}`))
  if (parts.size !== layout.hulls.length) wrong.push('two parts of one number')
  return wrong
}

describe('the tree of any machine', () => {
  test.each([
    ['wide', 1000],
    ['narrow', 390],
  ])('%s: no overlaps, every function drawn or folded, in its hull and in no other', (_, width) => {
    fc.assert(
      fc.property(arbitraryMachine, (machine) => {
        const world = worldOf(machine)
        expect(faults(world, lay(world, width))).toEqual([])
      }),
      { numRuns: 150 },
    )
  })

  test('a large one, too', () => {
    const world = worldOf(manyDevices(300))
    expect(faults(world, lay(world))).toEqual([])
  })

  test('the same machine lies the same', () => {
    const world = worldOf(manyDevices(60))
    expect({ ...lay(world), around: null }).toEqual({ ...lay(world), around: null })
  })
})

describe('a real server of 483 functions', () => {
  const text = readFileSync(new URL('../../import/fixtures/dmar-tree-sapphire-rapids-01.txt', import.meta.url), 'utf8')
  const world = worldOf(machineFromImport(importListing(text), 'server'))

  test('is folded to what matters', () => {
    const layout = lay(world)
    expect(faults(world, layout)).toEqual([])
    expect(layout.places.size).toBeLessThan(100)
    const drawn = [...layout.places.keys()].map((device) => world.devices[device]?.spec.class)
    for (const sought of ['0200', '0300', '0106']) expect(drawn).toContain(sought)
  })

  test('a fold opens, and nothing is lost by it', () => {
    const before = lay(world)
    const [fold] = before.folds
    const after = lay(world, 1000, new Set([fold?.id ?? '']))
    expect(faults(world, after)).toEqual([])
    expect(after.places.size).toBe(before.places.size + (fold?.devices.length ?? 0))
  })
})

test.each([
  ['dual-e1000', 665, 'fits'],
  ['dual-e1000', 560, 'is wider'],
  ['switch', 665, 'is wider'],
  ['switch', 880, 'fits'],
] as const)('%s in a view of %d pixels: the tree %s', (id, width, wanted) => {
  const machine = machineById(id)
  if (machine === undefined) throw new Error(`no machine ${id}`)
  const world = worldOf(machine)
  const layout = lay(world, width)
  expect(faults(world, layout)).toEqual([])
  expect(layout.width <= width ? 'fits' : 'is wider').toBe(wanted)
  // Words of cards are as large as in any other view: cards give up room, the picture is not made smaller.
  expect([...layout.places.values()].every((box) => box.width >= 158)).toBe(true)
})

test('a bridge stands beside the first function behind it', () => {
  const world = worldOf(manyDevices(6))
  const { places } = lay(world)
  world.topology.parents.forEach((parent, device) => {
    if (parent < 0 || world.topology.functions[device]?.bdf.endsWith('.0') !== true) return
    expect(places.get(device)?.y).toBe(places.get(parent)?.y)
    expect(places.get(device)?.x).toBeGreaterThan(places.get(parent)?.x ?? 0)
  })
})

describe('outlines', () => {
  const sides = {
    left: (column: number) => column * 10 + 1,
    right: (column: number) => column * 10 + 9,
    top: (row: number) => row * 10 + 1,
    bottom: (row: number) => row * 10 + 9,
  }
  const corners = (...cells: [number, number][]): string[] =>
    cornersOf(
      outline(
        cells.map(([column, row]) => ({ column, row })),
        sides,
        2,
      ),
    ).map((line) =>
      line
        .map(({ x, y }) => `${x},${y}`)
        .sort()
        .join(' '),
    )
  test.each([
    ['one cell', [[0, 0]], ['1,1 1,9 9,1 9,9']],
    [
      'two that touch at a side',
      [
        [0, 0],
        [1, 0],
      ],
      ['1,1 1,9 19,1 19,9'],
    ],
    [
      'an angle',
      [
        [0, 0],
        [0, 1],
        [1, 1],
      ],
      ['1,1 1,19 19,11 19,19 9,1 9,11'],
    ],
    [
      'two that touch at a corner stay two',
      [
        [0, 0],
        [1, 1],
      ],
      ['1,1 1,9 9,1 9,9', '11,11 11,19 19,11 19,19'],
    ],
  ] as const)('%s', (_, cells, expected) => {
    expect(corners(...cells.map(([column, row]): [number, number] => [column, row])).sort()).toEqual(
      [...expected].sort(),
    )
  })
})
