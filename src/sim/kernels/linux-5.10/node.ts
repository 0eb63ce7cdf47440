import { heldByKvm, hasVfioDevice, setNode } from '../shared/vfio-state.ts'
import type { LegacyState, LegacyTrace } from './codes.ts'

/** Whoever has a group open, or its virtual machine, keeps the VFIO group and its node, as registered devices do. */
export function updateNode(state: LegacyState, group: number, trace?: LegacyTrace): void {
  const kept = state.opened[group] === 1 || hasVfioDevice(state, group) || heldByKvm(state, group)
  setNode(state, group, kept, trace)
}
