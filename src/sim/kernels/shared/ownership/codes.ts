import type { Trace } from '../../../trace.ts'
import { SHARED_CHECKS, SHARED_EFFECTS } from '../codes.ts'

/** The checks of every kernel that counts who uses a group's DMA (from 5.19 on). */
export const OWNERSHIP_CHECKS = [
  ...SHARED_CHECKS,
  // A driver binds: it leaves DMA to others (driver_managed_dma), or may use the group's default domain.
  'O.PB.managed',
  'O.UDD.1',
  'O.UDD.2',
  'O.UDD.3',
  // hot_add: the IOMMU may put the device where its group is.
  'O.HA.4',
  // A user claims the group.
  'O.CL.1',
  'O.CL.2',
  'O.CL.4',
  // open of /dev/vfio/N: it is not open.
  'O.GO.3',
  // VFIO_GROUP_GET_STATUS, SET_CONTAINER, UNSET_CONTAINER, GET_DEVICE_FD: the group is not gone; and so on.
  'O.GS.gone',
  'O.GS.viable',
  'O.SC.open',
  'O.SC.out',
  'O.SC.gone',
  'O.SC.kind',
  'O.UC.1',
  'O.UC.2',
  'O.GDF.device',
  'O.GDF.container',
  'O.GDF.backend',
  // KVM_DEV_VFIO_GROUP_ADD, KVM_DEV_VFIO_GROUP_DEL.
  'O.KVM.fresh',
  'O.KVM.held',
  // vfio_unregister_group_dev: nobody has the device open; it was not the group's last.
  'O.UR.fds',
  'O.UR.last',
] as const

export const OWNERSHIP_EFFECTS = [...SHARED_EFFECTS, 'owner.count', 'owner.set', 'owner.cleared', 'group.gone'] as const

export type OwnershipCheck = (typeof OWNERSHIP_CHECKS)[number]
export type OwnershipEffect = (typeof OWNERSHIP_EFFECTS)[number]
export type OwnershipTrace = Trace<OwnershipCheck, OwnershipEffect>
