/** vfio_iommu_group_notifier, which policy T keeps: it looks at new drivers and, if so chosen, at the block state. */
import { BLOCKED_CONTEXT } from '../../iommu/context.ts'
import type { Bug } from '../../result.ts'
import { isSafe, listedBySafety } from '../shared/ioasid-safety.ts'
import { devicesIn, groupOf, hasBound, policyOf, type IoasidState } from '../shared/ioasid-state.ts'
import { at } from '../shared/machine-state.ts'
import type { TTrace } from './codes.ts'
import { check } from '../../trace.ts'

export const T_BUG: Bug = {
  file: 'drivers/vfio/vfio.c',
  line: 0,
  text: 'kernel BUG in vfio_iommu_group_notifier!',
}

/**
 * A driver was bound; its probe is done. Only a device that is bound to an iommu_fd makes the group one in use: a user who
 * has merely opened one is not noticed.
 *
 * @returns false where the kernel stops with a BUG
 */
export function notifyBound(state: IoasidState, device: number, trace?: TTrace): boolean {
  const group = groupOf(state, device)
  trace?.effect('notify.bound', { kind: 'device', device })
  if (check(trace, 'T.NB.idle', !hasBound(state, group), { kind: 'group', group })) return true
  return check(trace, 'T.NB.safe', isSafe(state, device, listedBySafety, trace), { kind: 'device', device })
}

/**
 * The translation of a device was changed, and with it that of whoever shares a requester ID. If the notifier watches the
 * block state (Williamson's reading, 17 June), a device that left block without an ATTACH breaks the group [OP-13].
 *
 * @returns a device for which the kernel stops with a BUG, -1: none
 */
export function notifyMoved(state: IoasidState, device: number, trace?: TTrace): number {
  if (policyOf(state).notifyOnBlockChange !== true) return -1
  const group = groupOf(state, device)
  for (const other of devicesIn(state, group)) {
    if (other === device || state.present[other] === 0 || state.record[other] !== BLOCKED_CONTEXT) continue
    const rids = state.world.devices[other]?.rids ?? []
    const blocked = rids.every((rid) => at(state.context, rid) === BLOCKED_CONTEXT)
    if (!blocked) trace?.effect('notify.block', { kind: 'device', device: other })
    if (!check(trace, 'T.NB.block', blocked, { kind: 'device', device: other })) return other
  }
  return -1
}
