import { useMemo } from 'react'
import type { World } from '../../sim/world.ts'
import { useApp, type Selection } from '../store/store.ts'
import { idOf, nodeId } from './ids.ts'

/** The nodes of what a lesson speaks of: what is pointed at in its words, else what its card highlights; null: nothing. */
export function useSpoken(): ReadonlySet<string> | null {
  const pointed = useApp((s) => s.pointed)
  const highlight = useApp((s) => s.direction.highlight)
  const world = useApp((s) => s.run.world)
  return useMemo(() => {
    const about = pointed === null ? highlight : [pointed]
    return about === null ? null : new Set(about.flatMap((one) => nodesOf(world, one)))
  }, [pointed, highlight, world])
}

/** The node of something, with the group around a device, and the devices in a group. */
function nodesOf(world: World, selection: Selection): string[] {
  const own = idOf(selection) ?? ''
  if (selection.kind === 'device') {
    return [own, nodeId.group(world.devices[selection.device]?.group ?? -1)]
  }
  if (selection.kind !== 'group') return [own]
  return [own, ...(world.groups[selection.group]?.devices ?? []).map((device) => nodeId.device(device))]
}

/** The nodes that the card of a lesson draws or highlights: the way of DMA with the bridges on it first. */
export function useTold(): readonly string[] {
  const { highlight, path } = useApp((s) => s.direction)
  const parents = useApp((s) => s.run.world.topology.parents)
  return useMemo(() => {
    const way = (path ?? []).flatMap((device) => [device, parents[device] ?? -1]).filter((device) => device >= 0)
    return [...way.map((device) => nodeId.device(device)), ...(highlight ?? []).flatMap((one) => idOf(one) ?? [])]
  }, [highlight, path, parents])
}
