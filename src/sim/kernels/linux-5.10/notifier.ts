/** vfio_iommu_group_notifier: what VFIO does about driver events in a group that it knows. */
import type { Bug } from '../../result.ts'
import { at } from '../shared/machine-state.ts'
import type { LegacyState, LegacyTrace } from './codes.ts'
import { isDeviceViable } from './viability.ts'
import { check } from '../../trace.ts'

/** The report of the assertion in vfio_group_nb_verify, as a 5.10.223 prints it. */
export const VFIO_BUG: Bug = {
  file: 'drivers/vfio/vfio.c',
  line: 698,
  text: 'kernel BUG at drivers/vfio/vfio.c:698!',
}

/** Whether VFIO listens: its group object, and so the node, exists. */
function listens(state: LegacyState, group: number): boolean {
  return group >= 0 && state.node[group] === 1
}

/** IOMMU_GROUP_NOTIFY_ADD_DEVICE: a group in use got a device. A warning, and life goes on. */
export function notifyAdded(state: LegacyState, device: number, group: number, trace?: LegacyTrace): void {
  if (!listens(state, group)) return
  trace?.effect('notify.add', { kind: 'device', device })
  if (!check(trace, 'L.NB.live', state.users[group] === 0, { kind: 'count', count: at(state.users, group), group }))
    trace?.effect('warn.live-group', { kind: 'group', group })
}

/** IOMMU_GROUP_NOTIFY_BIND_DRIVER and _UNBIND_DRIVER: only a line in the debug log. */
export function notifyBefore(
  state: LegacyState,
  event: 'notify.bind' | 'notify.unbind',
  device: number,
  group: number,
  trace?: LegacyTrace,
): void {
  if (listens(state, group)) trace?.effect(event, { kind: 'device', device })
}

/**
 * IOMMU_GROUP_NOTIFY_BOUND_DRIVER (vfio_group_nb_verify): the probe is done when VFIO looks. It asks about this one
 * device, and does not care whether the container has a backend or anybody a device file.
 *
 * @returns false where the kernel stops with a BUG
 */
export function notifyBound(state: LegacyState, device: number, group: number, trace?: LegacyTrace): boolean {
  if (!listens(state, group)) return true
  trace?.effect('notify.bound', { kind: 'device', device })
  if (check(trace, 'L.NB.users', state.users[group] === 0, { kind: 'count', count: at(state.users, group), group }))
    return true
  return check(trace, 'L.NB.viable', isDeviceViable(state, device, trace), { kind: 'device', device })
}

/** IOMMU_GROUP_NOTIFY_UNBOUND_DRIVER: a device that was leaving is off the unbound_list. */
export function notifyUnbound(
  state: LegacyState,
  device: number,
  group: number,
  wasVfio: boolean,
  trace?: LegacyTrace,
): void {
  if (wasVfio || listens(state, group)) trace?.effect('notify.unbound', { kind: 'device', device })
}
