/** The group file and the device files that come from it, in policy W (Williamson, 16 June 2021; completed as [OP-16] says). */
import { OK, refuse, type Result } from '../../result.ts'
import { check } from '../../trace.ts'
import type { Call } from '../../world.ts'
import type { FileKind } from '../shared/assemble.ts'
import { isPresent } from '../shared/driver-core.ts'
import { DEVICE_FD, GROUP_FD, openFile } from '../shared/files.ts'
import { closeDevice, iommufdArgument, openDevice } from '../shared/ioasid-files.ts'
import { canBlock, leaveAddressSpace, memberIoctl, ownerOf, releaseGroup, takeGroup } from '../shared/ioasid-groups.ts'
import { allSafe, listedBySafety } from '../shared/ioasid-safety.ts'
import { deviceOfFile, devicesIn, groupOf, type IoasidState } from '../shared/ioasid-state.ts'
import { at, LEAVING_CONTAINER } from '../shared/machine-state.ts'
import { lookUpNode } from '../shared/node.ts'
import { hasVfioDevice, isVfioDevice, setNode } from '../shared/vfio-state.ts'
import type { WTrace } from './codes.ts'

/** The node exists while the group has a vfio device or somebody has it open. */
export function updateNode(state: IoasidState, group: number, trace?: WTrace): void {
  setNode(state, group, state.opened[group] === 1 || hasVfioDevice(state, group), trace)
}

/** Whether a device is registered with VFIO, and not yet taken off by its unregistering. */
export function isListed(state: IoasidState, device: number): boolean {
  return isPresent(state, device) && isVfioDevice(state, device) && state.leaving[device] !== LEAVING_CONTAINER
}

/** Whether some device of a group is open. */
function hasOpen(state: IoasidState, group: number): boolean {
  return devicesIn(state, group).some((device) => at(state.opens, device) > 0)
}

/** OPEN_GROUP: one at a time, as in legacy VFIO, and not before the devices of an earlier open are closed. */
export function openGroup(state: IoasidState, call: Call, trace?: WTrace): Result {
  const { group } = call
  const subject = { kind: 'group', group } as const
  const refused = lookUpNode(state, group, call.by, trace)
  if (refused !== null) return refused
  if (!check(trace, 'W.O.1', state.opened[group] === 0, subject)) return refuse('EBUSY')
  if (!check(trace, 'W.O.2', ownerOf(state, group) < 0, subject)) return refuse('EBUSY')
  state.opened[group] = 1
  trace?.effect('group.opened', subject)
  openFile(state, call.as, GROUP_FD, group, call.by, trace)
  return OK
}

export const groupFileW: FileKind<IoasidState> = {
  ioctls: ['group_bind_iommufd', 'group_unbind_iommufd', 'group_get_device_fd'],

  ioctl(state, group, process, call, trace?: WTrace) {
    switch (call.op) {
      case 'group_bind_iommufd':
        return bindGroup(state, group, process, call, trace)
      case 'group_unbind_iommufd':
        return unbindGroup(state, group, trace)
      case 'group_get_device_fd':
        return getDevice(state, group, process, call, trace)
      default:
        return refuse('ENOTTY')
    }
  },

  /** Closing the group unbinds it, now or with its last device file. */
  release(state, group, _, trace?: WTrace) {
    state.opened[group] = 0
    trace?.effect('group.closed', { kind: 'group', group })
    if (ownerOf(state, group) >= 0 && !hasOpen(state, group)) releaseGroup(state, group, trace)
    updateNode(state, group, trace)
  },
}

/** GROUP_BIND: /dev/iommu tests the group and owns it from here on. */
function bindGroup(state: IoasidState, group: number, process: number, call: Call, trace?: WTrace): Result {
  const subject = { kind: 'group', group } as const
  const argument = iommufdArgument(state, process, call.other, trace)
  if ('refused' in argument) return argument.refused
  if (!check(trace, 'W.B.1', ownerOf(state, group) < 0, subject)) return refuse('EINVAL')
  if (!check(trace, 'W.B.2', allSafe(state, group, listedBySafety, trace), subject)) return refuse('EPERM')
  if (!canBlock(state, group, 'W.B.locked', trace)) return refuse('EPERM')
  takeGroup(state, group, argument.iommufd, trace)
  return OK
}

/** GROUP_UNBIND. */
function unbindGroup(state: IoasidState, group: number, trace?: WTrace): Result {
  const subject = { kind: 'group', group } as const
  if (!check(trace, 'W.U.1', ownerOf(state, group) >= 0, subject)) return refuse('EINVAL')
  if (!check(trace, 'W.U.2', !hasOpen(state, group), subject)) return refuse('EBUSY')
  releaseGroup(state, group, trace)
  return OK
}

/** GET_DEV: the checks have been done for the group, so this is access. */
function getDevice(state: IoasidState, group: number, process: number, call: Call, trace?: WTrace): Result {
  const { device } = call
  if (!check(trace, 'W.G.1', ownerOf(state, group) >= 0, { kind: 'group', group })) return refuse('EINVAL')
  if (!check(trace, 'W.G.2', groupOf(state, device) === group && isListed(state, device), { kind: 'device', device }))
    return refuse('ENODEV')
  if (call.as < 0) return refuse('EMFILE')
  openDevice(state, device, DEVICE_FD, call.as, process, trace)
  trace?.effect('access.given', { kind: 'device', device })
  return OK
}

const CODES = { attach: ['W.A.1', 'W.A.2', 'W.A.3', 'W.A.4'], detach: 'W.D.1' } as const

/** A device file from GET_DEV: it cannot outlive the binding of its group, so there is access as long as it is open. */
export const deviceFileW: FileKind<IoasidState> = {
  ioctls: ['attach', 'detach', 'device_access', 'device_get_info', 'device_reset'],

  ioctl(state, file, _process, call, trace?: WTrace) {
    const device = deviceOfFile(state, file)
    const iommufd = ownerOf(state, groupOf(state, device))
    return memberIoctl(state, device, iommufd, call, CODES, trace)
  },

  release(state, file, _, trace?: WTrace) {
    const device = deviceOfFile(state, file)
    const group = groupOf(state, device)
    if (state.opens[device] === 1) leaveAddressSpace(state, device, trace)
    closeDevice(state, file, trace)
    if (state.opened[group] === 0 && ownerOf(state, group) >= 0 && !hasOpen(state, group))
      releaseGroup(state, group, trace)
  },
}
