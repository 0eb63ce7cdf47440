import type { Trace } from '../../trace.ts'
import { SHARED_CHECKS, SHARED_EFFECTS } from './codes.ts'

/**
 * Checks that the policies of the 2021 debate have in common. `P.S`: the rule that decides whether a member of a group
 * is safe to have beside a user; the last one says no.
 */
export const IOASID_CHECKS = [
  ...SHARED_CHECKS,
  // Reading the registers: the file gives access.
  'P.X.1',
  // A file of /dev/iommu named by another call: it is open in the process, and is one.
  'P.IF.open',
  'P.IF.kind',
  // MAP, UNMAP and FREE: the address space is one of this iommu_fd; FREE: nothing is attached to it.
  'P.MAP.ioasid',
  'P.FREE.1',
  'P.FREE.2',
  // A driver leaves: nobody has the device open.
  'P.UR.fds',
  'P.S.none',
  'P.S.leaving',
  'P.S.stub',
  'P.S.vfio',
  'P.S.unsafe',
] as const

/** The same of what their interfaces for devices have in common (T and G): the node exists. */
export const DEVICE_NODE_CHECKS = ['P.DN.1'] as const

export const IOASID_EFFECTS = [
  ...SHARED_EFFECTS,
  'iommufd.made',
  'iommufd.freed',
  'ioasid.made',
  'ioasid.freed',
  'device.attached',
  'device.detached',
  // On its way from one translation to another the device passes through this one.
  'switch.gap',
  'notify.bound',
  'bug',
] as const

/** The rule that VFIO's own list has beside those, and the one where drivers declare themselves safe. */
export const LISTED_CHECKS = ['P.S.bridge'] as const
export const DECLARED_CHECKS = ['P.S.port'] as const

/** Effects where access comes and goes while a device file is open. */
export const ACCESS_EFFECTS = ['access.given', 'access.taken'] as const

/** Effects of a BIND of single devices. */
export const DEVICE_BIND_EFFECTS = ['device.bound', 'device.unbound'] as const

/** Effects where an iommu_fd holds whole groups. */
export const GROUP_OWNER_EFFECTS = ['group.owned', 'group.released'] as const

export type IoasidCheck = (typeof IOASID_CHECKS)[number]
export type IoasidEffect = (typeof IOASID_EFFECTS)[number]
export type GroupOwnerEffect = (typeof GROUP_OWNER_EFFECTS)[number]
export type IoasidTrace = Trace<IoasidCheck, IoasidEffect>
