/** Policies G and W: an iommu_fd holds whole groups, and what shares requester IDs moves together. */
import { BLOCKED_CONTEXT, defaultContext, domainContext } from '../../iommu/context.ts'
import { OK, refuse, type Result } from '../../result.ts'
import { check, type Trace } from '../../trace.ts'
import type { Call } from '../../world.ts'
import { isPresent } from './driver-core.ts'
import type { GroupOwnerEffect, IoasidCheck, IoasidEffect } from './ioasid-codes.ts'
import { attachedInClass, moveMembers, setContext, switchClass } from './ioasid-context.ts'
import { ioasNamed, putIommufd } from './ioasid-files.ts'
import { devicesIn, groupOf, homeOf, isLocked, type IoasidState } from './ioasid-state.ts'
import { at } from './machine-state.ts'
import { deviceIoctl } from './reset.ts'

/** The names that a policy gives the checks of ATTACH (bound, known, not attached, one for its requester IDs) and DETACH. */
export interface ClassCodes<C extends string> {
  readonly attach: readonly [bound: C, known: C, free: C, one: C]
  readonly detach: C
}

type GroupTrace<C extends string> = Trace<C | IoasidCheck, GroupOwnerEffect | IoasidEffect>

/** Index of the iommu_fd that owns a group, -1: none. */
export function ownerOf(state: IoasidState, group: number): number {
  return at(state.groupIommufd, group) - 1
}

/**
 * Whether all members of a group may be blocked. No mail says what these policies do where firmware forbids it (Roedel,
 * 18 June); a group that cannot be blocked cannot be given away.
 */
export function canBlock<C extends string>(state: IoasidState, group: number, code: C, trace?: GroupTrace<C>): boolean {
  for (const device of devicesIn(state, group)) {
    if (!isPresent(state, device)) continue
    if (!check(trace, code, !isLocked(state, device), { kind: 'device', device })) return false
  }
  return true
}

/** An iommu_fd takes a group that nobody owns: all of it is blocked. */
export function takeGroup(state: IoasidState, group: number, iommufd: number, trace?: GroupTrace<IoasidCheck>): void {
  state.groupIommufd[group] = iommufd + 1
  trace?.effect('group.owned', { kind: 'group', group })
  moveMembers(state, group, BLOCKED_CONTEXT, trace)
}

/** The owner lets a group go: all of it returns to the default domain [OP-10]. */
export function releaseGroup(state: IoasidState, group: number, trace?: GroupTrace<IoasidCheck>): void {
  const iommufd = ownerOf(state, group)
  state.groupIommufd[group] = 0
  trace?.effect('group.released', { kind: 'group', group })
  moveMembers(state, group, defaultContext(state.world, group), trace)
  putIommufd(state, iommufd, trace)
}

/** ATTACH. `iommufd` is that to which the device is bound by itself or with its group, -1: none. */
function attachMember<C extends string>(
  state: IoasidState,
  device: number,
  iommufd: number,
  call: Call,
  codes: ClassCodes<C>,
  trace?: GroupTrace<C>,
): Result {
  const subject = { kind: 'device', device } as const
  const [bound, known, free, one] = codes.attach
  if (!check(trace, bound, iommufd >= 0, subject)) return refuse('EINVAL')
  const ioas = ioasNamed(state, iommufd, call.other)
  if (!check(trace, known, ioas >= 0, { kind: 'slot', slot: call.other })) return refuse('ENOENT')
  if (!check(trace, free, state.attached[device] === 0, subject)) return refuse('EINVAL')
  const mate = attachedInClass(state, device)
  const fits = mate < 0 || state.attached[mate] === ioas + 1
  if (!check(trace, one, fits, mate < 0 ? subject : { kind: 'device', device: mate })) return refuse('EINVAL')
  state.attached[device] = ioas + 1
  trace?.effect('device.attached', subject)
  // With the first of those that share requester IDs all of them have moved.
  if (mate < 0) switchClass(state, device, domainContext(state.world, ioas), trace)
  return OK
}

/** DETACH. `bound`: through a file that may say so. */
function detachMember<C extends string>(
  state: IoasidState,
  device: number,
  bound: boolean,
  codes: ClassCodes<C>,
  trace?: GroupTrace<C>,
): Result {
  if (!check(trace, codes.detach, bound && at(state.attached, device) > 0, { kind: 'device', device }))
    return refuse('EINVAL')
  leaveAddressSpace(state, device, trace)
  return OK
}

/** The device leaves its address space, and with the last of those that share requester IDs all of them [OP-8]. */
export function leaveAddressSpace(state: IoasidState, device: number, trace?: GroupTrace<IoasidCheck>): void {
  if (state.attached[device] === 0) return
  state.attached[device] = 0
  trace?.effect('device.detached', { kind: 'device', device })
  if (attachedInClass(state, device) < 0) switchClass(state, device, BLOCKED_CONTEXT, trace)
}

/** A function was plugged in: where its group is, or what it shares requester IDs with. */
export function placeNew(state: IoasidState, device: number, trace?: GroupTrace<IoasidCheck>): void {
  const mate = attachedInClass(state, device)
  const owned = ownerOf(state, groupOf(state, device)) >= 0 && !isLocked(state, device)
  const idle = owned ? BLOCKED_CONTEXT : homeOf(state, device)
  setContext(state, device, mate < 0 ? idle : at(state.record, mate), trace)
}

/**
 * A request on a device of a group that is bound as a whole: ATTACH, DETACH, or use of the device itself.
 * @param iommufd that to which the device is bound by itself or with its group, -1: none, and then nothing is allowed
 */
export function memberIoctl<C extends string>(
  state: IoasidState,
  device: number,
  iommufd: number,
  call: Call,
  codes: ClassCodes<C>,
  trace?: GroupTrace<C>,
): Result {
  switch (call.op) {
    case 'attach':
      return attachMember(state, device, iommufd, call, codes, trace)
    case 'detach':
      return detachMember(state, device, iommufd >= 0, codes, trace)
    default:
      if (!check(trace, 'P.X.1', iommufd >= 0, { kind: 'device', device })) return refuse('EINVAL')
      return deviceIoctl(state, device, call, () => refuse('ENOTTY'), trace)
  }
}
