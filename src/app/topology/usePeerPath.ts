import { useMemo } from 'react'
import { peersIn } from '../../sim/isolation.ts'
import { useApp } from '../store/store.ts'

/** Functions between which DMA past the IOMMU is drawn: those that a lesson names, else the selected one and a peer of it. */
export function usePeerPath(): readonly [from: number, to: number] | null {
  const told = useApp((s) => s.direction.path)
  const world = useApp((s) => s.run.world)
  const selection = useApp((s) => s.selection)
  return useMemo(() => {
    if (told !== null || selection?.kind !== 'device') return told
    const pair = peersIn(world).find(({ device }) => device === selection.device)
    return pair === undefined ? null : [pair.device, pair.other]
  }, [told, world, selection])
}
