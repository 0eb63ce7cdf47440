import type { Trace } from '../../trace.ts'
import {
  ACCESS_EFFECTS,
  DECLARED_CHECKS,
  DEVICE_BIND_EFFECTS,
  DEVICE_NODE_CHECKS,
  GROUP_OWNER_EFFECTS,
  IOASID_CHECKS,
  IOASID_EFFECTS,
} from '../shared/ioasid-codes.ts'

/** The checks of policy G that are not those of all policies, by the names in the specification. */
export const G_OWN_CHECKS = [
  // BIND: not bound yet; the group has one device (an option); every member has a safe driver; no other iommu_fd owns the
  // group; every member may be blocked.
  'G.B.1',
  'G.B.single',
  'G.B.2',
  'G.B.3',
  'G.B.locked',
  // UNBIND: bound.
  'G.U.1',
  // ATTACH: bound; the address space is known; not attached; none that shares requester IDs is elsewhere. DETACH: attached.
  'G.A.1',
  'G.A.2',
  'G.A.3',
  'G.A.4',
  'G.D.1',
  // A driver probes (an option): the group is not owned, or the driver safe.
  'G.PB.1',
  // The notifier: the group is not owned; the new driver is safe.
  'G.NB.idle',
  'G.NB.safe',
] as const

export const G_CHECKS = [...IOASID_CHECKS, ...DECLARED_CHECKS, ...DEVICE_NODE_CHECKS, ...G_OWN_CHECKS] as const
export const G_EFFECTS = [...IOASID_EFFECTS, ...ACCESS_EFFECTS, ...DEVICE_BIND_EFFECTS, ...GROUP_OWNER_EFFECTS] as const

export type GCheck = (typeof G_CHECKS)[number]
export type GEffect = (typeof G_EFFECTS)[number]
export type GTrace = Trace<GCheck, GEffect>
