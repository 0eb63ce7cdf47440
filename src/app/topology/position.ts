import { busKey } from '../../sim/pci/topology.ts'
import type { World } from '../../sim/world.ts'

/** Where a function stands in the PCI tree, for people who do not see it. */
export interface TreePosition {
  /** 1: on a root bus. */
  readonly level: number
  /** Its place among those that hang on the same bridge or root bus, from 1. */
  readonly position: number
  readonly size: number
}

const known = new WeakMap<World['topology'], readonly TreePosition[]>()

/** The place of every function in the tree, by index. */
export function treePositions({ topology }: Pick<World, 'topology'>): readonly TreePosition[] {
  const before = known.get(topology)
  if (before !== undefined) return before
  const { functions, parents, addresses } = topology
  const families = new Map<string, number[]>()
  functions.forEach((_, device) => {
    const parent = parents[device] ?? -1
    const key = parent >= 0 ? `below ${parent}` : `bus ${busKey(addresses[device] ?? { segment: 0, bus: 0 })}`
    families.set(key, [...(families.get(key) ?? []), device])
  })
  const positions: TreePosition[] = []
  for (const family of families.values()) {
    family.forEach((device, index) => {
      positions[device] = { level: levelOf(parents, device), position: index + 1, size: family.length }
    })
  }
  known.set(topology, positions)
  return positions
}

function levelOf(parents: World['topology']['parents'], device: number): number {
  let level = 1
  for (let at = parents[device] ?? -1; at >= 0; at = parents[at] ?? -1) level++
  return level
}

/** The place of a function in words: `level 2, 1 of 3`. */
export function positionWords(world: Pick<World, 'topology'>, device: number): string {
  const place = treePositions(world)[device]
  return place === undefined ? '' : `level ${place.level}, ${place.position} of ${place.size}`
}
