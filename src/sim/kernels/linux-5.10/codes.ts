import { SHARED_CHECKS, SHARED_EFFECTS } from '../shared/codes.ts'
import type { Trace } from '../../trace.ts'
import type { VfioState } from '../shared/vfio-state.ts'

/** Every check of Linux 5.10, by the name that the specification gives it where it has one. */
export const LEGACY_CHECKS = [
  ...SHARED_CHECKS,
  // open of /dev/vfio/N (vfio_group_fops_open).
  'L.GO.3',
  'L.GO.4',
  // VFIO_GROUP_SET_CONTAINER, VFIO_GROUP_UNSET_CONTAINER, VFIO_GROUP_GET_DEVICE_FD.
  'L.SC.2',
  'L.SC.3',
  'L.SC.5',
  'L.SC.6',
  'L.UC.1',
  'L.UC.2',
  'L.GDF.2',
  'L.GDF.3',
  'L.GDF.4',
  'L.GDF.6',
  // VFIO_GROUP_GET_STATUS: the group is viable.
  'L.GS.viable',
  // KVM_DEV_VFIO_GROUP_ADD, KVM_DEV_VFIO_GROUP_DEL.
  'L.KVM.1',
  'L.KVM.2',
  'L.KVM.3',
  'L.KVM.4',
  'L.KVM.5',
  // vfio_dev_viable, for one device: the rule that decided.
  'L.V.1',
  'L.V.2',
  'L.V.3',
  'L.V.4',
  'L.V.5',
  'L.V.6',
  // vfio_unregister_group_dev: nobody has the device open; the group has other devices, or no container.
  'L.UR.2',
  'L.UR.4',
  // Group notifier at BOUND_DRIVER: the group is in no container; the device is viable. ADD_DEVICE: the group is not in use.
  'L.NB.users',
  'L.NB.viable',
  'L.NB.live',
] as const

/** Every effect in Linux 5.10. */
export const LEGACY_EFFECTS = [
  ...SHARED_EFFECTS,
  'notify.add',
  'notify.bind',
  'notify.bound',
  'notify.unbind',
  'notify.unbound',
  'warn.live-group',
  'bug',
] as const

export type LegacyCheck = (typeof LEGACY_CHECKS)[number]
export type LegacyEffect = (typeof LEGACY_EFFECTS)[number]
export type LegacyTrace = Trace<LegacyCheck, LegacyEffect>

/** 5.10 needs no columns beside the common ones: its unbound_list holds exactly the devices that are leaving. */
export type LegacyState = VfioState
