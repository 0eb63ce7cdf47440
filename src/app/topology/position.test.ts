import { expect, test } from 'vitest'
import { MACHINES } from '../../machines/index.ts'
import { compileWorld } from '../../sim/world.ts'
import { positionWords, treePositions } from './position.ts'

const world = (id: string) => {
  const machine = MACHINES.find((one) => one.id === id)
  if (machine === undefined) throw new Error('no such machine')
  return compileWorld({ machine, boot: { iommu: 'nopt' }, processes: [] }, [])
}

test.each([
  ['dual-e1000e', '00:00.0', 'level 1, 1 of 5'],
  ['dual-e1000e', '00:1f.3', 'level 1, 5 of 5'],
  ['dual-e1000e', '01:00.0', 'level 2, 1 of 2'],
  ['dual-e1000e', '01:00.1', 'level 2, 2 of 2'],
])('%s: %s is at %s', (machine, bdf, words) => {
  const at = world(machine)
  expect(positionWords(at, at.deviceIndex.get(`0000:${bdf}`) ?? -1)).toBe(words)
})

test('on every machine each function has a place, and the places below one bridge are counted without gaps', () => {
  for (const machine of MACHINES) {
    const { topology, devices } = compileWorld({ machine, boot: { iommu: 'nopt' }, processes: [] }, [])
    const positions = treePositions({ topology })
    expect(positions.filter(() => true)).toHaveLength(devices.length)
    const below = new Map<number, number[]>()
    positions.forEach(({ position, size }, device) => {
      const parent = topology.parents[device] ?? -1
      if (parent < 0) return
      below.set(parent, [...(below.get(parent) ?? []), position])
      expect(topology.parents.filter((other) => other === parent)).toHaveLength(size)
      expect(positions[device]?.level).toBe((positions[parent]?.level ?? 0) + 1)
    })
    for (const family of below.values()) expect(family.toSorted((a, b) => a - b)).toEqual(family.map((_, i) => i + 1))
  }
})
