import type { Trace } from '../../trace.ts'
import {
  DEVICE_BIND_EFFECTS,
  DEVICE_NODE_CHECKS,
  IOASID_CHECKS,
  IOASID_EFFECTS,
  LISTED_CHECKS,
} from '../shared/ioasid-codes.ts'

/** The checks of policy T that are not those of all policies, by the names in the specification. */
export const T_OWN_CHECKS = [
  // A member is blocked, or attached to an address space.
  'T.V.blocked',
  // OPEN_DEV: every member has a safe driver; is blocked or attached.
  'T.O.1',
  'T.O.2',
  // BIND: not bound yet; the group has one device (an option); viable, as at OPEN_DEV.
  'T.B.1',
  'T.B.single',
  'T.B.2',
  // UNBIND: bound; not attached.
  'T.U.1',
  'T.U.2',
  // ATTACH: bound; the address space is known; not attached. DETACH: attached.
  'T.A.1',
  'T.A.2',
  'T.A.3',
  'T.D.1',
  // The notifier: no member of the group is bound to an iommu_fd; the new driver is safe; nobody left block unattached.
  'T.NB.idle',
  'T.NB.safe',
  'T.NB.block',
] as const

export const T_CHECKS = [...IOASID_CHECKS, ...LISTED_CHECKS, ...DEVICE_NODE_CHECKS, ...T_OWN_CHECKS] as const
export const T_OWN_EFFECTS = ['notify.block'] as const
export const T_EFFECTS = [...IOASID_EFFECTS, ...DEVICE_BIND_EFFECTS, ...T_OWN_EFFECTS] as const

export type TCheck = (typeof T_CHECKS)[number]
export type TEffect = (typeof T_EFFECTS)[number]
export type TTrace = Trace<TCheck, TEffect>
