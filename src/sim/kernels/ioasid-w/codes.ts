import type { Trace } from '../../trace.ts'
import { T_OWN_CHECKS, T_OWN_EFFECTS } from '../ioasid-t/codes.ts'
import {
  ACCESS_EFFECTS,
  DEVICE_BIND_EFFECTS,
  DEVICE_NODE_CHECKS,
  GROUP_OWNER_EFFECTS,
  IOASID_CHECKS,
  IOASID_EFFECTS,
  LISTED_CHECKS,
} from '../shared/ioasid-codes.ts'

/** The checks of policy W that are not those of all policies, by the names in the specification. */
export const W_OWN_CHECKS = [
  // OPEN_GROUP: not open; not bound any more by an earlier open.
  'W.O.1',
  'W.O.2',
  // GROUP_BIND: not bound yet; every member has a safe driver; every member may be blocked.
  'W.B.1',
  'W.B.2',
  'W.B.locked',
  // GROUP_UNBIND: bound; no device is open.
  'W.U.1',
  'W.U.2',
  // GET_DEV: the group is bound; the device is one of its vfio devices.
  'W.G.1',
  'W.G.2',
  // ATTACH: the group is bound; the address space is known; not attached; none that shares requester IDs is elsewhere.
  // DETACH: attached.
  'W.A.1',
  'W.A.2',
  'W.A.3',
  'W.A.4',
  'W.D.1',
  // A driver leaves: the group has other vfio devices, or is not bound.
  'W.UR.last',
  // The notifier: the group is not bound; the new driver is safe.
  'W.NB.idle',
  'W.NB.safe',
] as const

/** The lockstep reading: all vfio devices of the group are attached, and to one address space. */
export const W_LOCKSTEP_CHECKS = ['W.L.1'] as const

export const W_CHECKS = [
  ...IOASID_CHECKS,
  ...LISTED_CHECKS,
  ...DEVICE_NODE_CHECKS,
  ...W_OWN_CHECKS,
  ...W_LOCKSTEP_CHECKS,
  ...T_OWN_CHECKS,
] as const
export const W_OWN_EFFECTS = ['wait.group'] as const
export const W_EFFECTS = [
  ...IOASID_EFFECTS,
  ...ACCESS_EFFECTS,
  ...DEVICE_BIND_EFFECTS,
  ...GROUP_OWNER_EFFECTS,
  ...W_OWN_EFFECTS,
  ...T_OWN_EFFECTS,
] as const

export type WCheck = (typeof W_CHECKS)[number]
export type WEffect = (typeof W_EFFECTS)[number]
export type WTrace = Trace<WCheck, WEffect>
