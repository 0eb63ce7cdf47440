/**
 * The VFIO group beside iommufd (drivers/vfio/group.c): it and devices bound by their own files keep each other out, and an
 * iommufd may stand in for its container, which claims nothing until a device is opened.
 */
import { OK, refuse, type Result } from '../../../result.ts'
import { check } from '../../../trace.ts'
import type { Call } from '../../../world.ts'
import type { FileKind } from '../assemble.ts'
import {
  CLOSED,
  CONTAINER_FD,
  DEAD_COMPAT,
  DEAD_GROUP_FD,
  DEAD_KVM,
  DEVICE_FD,
  IOMMUFD_FD,
  openFile,
} from '../files.ts'
import { add, at } from '../machine-state.ts'
import { chownGroup, lookUpNode } from '../node.ts'
import {
  attachContainer,
  closeDevice,
  containerArgument,
  deadGroupFile,
  findDevice,
  getStatus,
  hasBackend,
  isListedUntilUnbind,
  isOut,
  killGroup,
  openDevice,
  openOnce,
  releaseGroup,
  STATUS_IN_USE,
  unsetContainer,
  type GroupCalls,
} from '../ownership/group.ts'
import { DEVICE_IOCTLS, deviceIoctl, resetUnusedBus } from '../reset.ts'
import { containerOf } from '../vfio-state.ts'
import { checkGroupThenBus } from '../ownership/reset.ts'
import type { IommufdTrace } from './codes.ts'
import { attachIoas, bindDevice, hasCdev, isOpenForIoctls, unbindDevice } from './device.ts'
import { makeCompatIoas } from './iommufd.ts'
import { putIommufd, type IommufdState } from './state.ts'

/** Errno for a device that may not lose the memory which its firmware demands, as in 6.12. */
export const LOCKED = 'EINVAL'

function compatOf(state: IommufdState, group: number): number {
  return at(state.compat, group) - 1
}

/** open of /dev/vfio/N: not while a device of the group is bound through its own file; an open one is no harm. */
export function openGroup(state: IommufdState, call: Call, trace?: IommufdTrace): Result {
  const refused = lookUpNode(state, call.group, call.by, trace)
  if (refused !== null) return refused
  const members = state.world.groups[call.group]?.devices ?? []
  const free = !members.some((device) => state.cdevBound[device] === 1)
  return check(trace, 'F.GO.cdev', free, { kind: 'group', group: call.group })
    ? openOnce(state, call, trace)
    : refuse('EBUSY')
}

/** `chown` of a group's node, and of those of its devices: whoever gets a group gets what is in it. */
export function chown(state: IommufdState, call: Call, trace?: IommufdTrace): Result {
  const result = chownGroup(state, call, trace)
  if (result !== OK) return result
  for (const device of state.world.groups[call.group]?.devices ?? []) {
    if (!hasCdev(state, device)) continue
    state.cdevOwner[device] = call.user
    trace?.effect('cdev.owner', { kind: 'device', device })
  }
  return OK
}

export const groupCalls: GroupCalls<IommufdState> = {
  getStatus: (state, group, trace) => (compatOf(state, group) >= 0 ? STATUS_IN_USE : getStatus(state, group, trace)),

  setContainer(state, group, process, call, trace) {
    const kind = containerArgument(state, process, call, trace)
    if (kind === CLOSED) return refuse('EBADF')
    if (!isOut(state, group, trace) || isStandIn(state, group, trace)) return refuse('EINVAL')
    trace?.check('O.SC.gone', true, { kind: 'group', group })
    const object = at(state.fdObject, call.other)
    const known = kind === CONTAINER_FD || kind === IOMMUFD_FD
    trace?.check('O.SC.kind', known, { kind: 'slot', slot: call.other })
    if (kind === CONTAINER_FD) return attachContainer(state, group, object, LOCKED, trace)
    return kind === IOMMUFD_FD ? setCompat(state, group, object, trace) : refuse('EBADFD')
  },

  unsetContainer(state, group, trace) {
    if (compatOf(state, group) < 0) return unsetContainer(state, group, trace)
    forgetCompat(state, group, trace)
    return OK
  },

  getDeviceFd(state, group, process, call, trace) {
    const { device } = call
    if (!findDevice(state, group, device, isListedUntilUnbind(state, device), trace)) return refuse('ENODEV')
    if (call.as < 0) return refuse('EMFILE')
    const compat = compatOf(state, group)
    if (!check(trace, 'O.GDF.container', compat >= 0 || containerOf(state, group) >= 0, { kind: 'group', group }))
      return refuse('EINVAL')
    if (compat >= 0) return openCompat(state, compat, process, call, trace)
    if (!hasBackend(state, group, trace)) return refuse('EINVAL')
    return openDevice(state, group, process, call, trace)
  },

  release(state, group, trace) {
    if (compatOf(state, group) >= 0) forgetCompat(state, group, trace)
    releaseGroup(state, group, trace)
  },
}

/** Whether an iommufd is in place of a container already. */
function isStandIn(state: IommufdState, group: number, trace?: IommufdTrace): boolean {
  const standIn = compatOf(state, group) >= 0
  trace?.check('F.SC.out', !standIn, { kind: 'group', group })
  return standIn
}

/** SET_CONTAINER with an iommufd: it is remembered, and that is all. Viable or not is not asked. */
function setCompat(state: IommufdState, group: number, iommufd: number, trace?: IommufdTrace): Result {
  if (!makeCompatIoas(state, iommufd, trace)) return refuse('ENOMEM')
  state.compat[group] = iommufd + 1
  trace?.effect('compat.set', { kind: 'group', group })
  return OK
}

/** UNSET_CONTAINER, or the end of the group file. Devices that are open stay bound and attached. */
function forgetCompat(state: IommufdState, group: number, trace?: IommufdTrace): void {
  const iommufd = compatOf(state, group)
  state.compat[group] = 0
  trace?.effect('compat.forgotten', { kind: 'group', group })
  putIommufd(state, iommufd, trace)
}

/**
 * vfio_df_group_open where an iommufd stands in for the container: the first open of a device binds it and attaches it to
 * the address space that stands in for the container's. Its file does not hold the group's.
 */
function openCompat(state: IommufdState, iommufd: number, process: number, call: Call, trace?: IommufdTrace): Result {
  const { device } = call
  if (state.opens[device] === 0) {
    const refused = bindDevice(state, device, iommufd, trace)
    if (refused !== null) return refuse(refused)
    // It is there: nobody has a name for it by which it could be destroyed.
    const errno = attachIoas(state, device, at(state.compatIoas, iommufd) - 1, trace)
    if (errno !== null) {
      unbindDevice(state, device, trace)
      return refuse(errno)
    }
  }
  add(state.opens, device, 1)
  openFile(state, call.as, DEVICE_FD, device, process, trace)
  return OK
}

/** A device file that came from a group. */
export const groupDeviceFile: FileKind<IommufdState> = {
  ioctls: DEVICE_IOCTLS,
  ioctl(state, device, process, call, trace) {
    if (call.op === 'bind_iommufd') {
      trace?.check('F.BI.3', false, { kind: 'device', device })
      return refuse('EINVAL')
    }
    return deviceIoctl(state, device, call, () => checkGroupThenBus(state, device, process, call, trace), trace)
  },
  release(state, device, _, trace) {
    // Not bound to an iommufd: through a container.
    if (at(state.bound, device) === 0) return closeDevice(state, device, groupCalls, trace)
    add(state.opens, device, -1)
    if (at(state.opens, device) > 0) return
    trace?.effect('device.disabled', { kind: 'device', device })
    resetUnusedBus(state, device, (other) => isOpenForIoctls(state, other), trace)
    unbindDevice(state, device, trace)
  },
}

/** The group goes with its last vfio device; an iommufd in place of its container stays remembered in a dead file. */
export function groupGone(state: IommufdState, group: number, trace?: IommufdTrace): void {
  const compat = compatOf(state, group)
  killGroup(state, group, compat >= 0 ? DEAD_COMPAT : 0, trace)
  if (compat < 0) return
  state.compat[group] = 0
  putIommufd(state, compat, trace)
}

const deadFile = deadGroupFile<IommufdState>()

/** A dead file that remembers an iommufd: it can forget it, and counts as being in a container until then. */
const rememberingFile: FileKind<IommufdState> = {
  ...deadFile,
  ioctl(state, group, process, call, trace) {
    if (call.op === 'group_set_container') {
      if (containerArgument(state, process, call, trace) === CLOSED) return refuse('EBADF')
      trace?.check('F.SC.out', false, { kind: 'group', group })
      return refuse('EINVAL')
    }
    if (call.op === 'group_unset_container') {
      add(state.fdKind, call.fd, -DEAD_COMPAT)
      trace?.effect('compat.forgotten', { kind: 'group', group })
      return OK
    }
    return deadFile.ioctl(state, group, process, call, trace)
  },
}

/** All four kinds of dead group files. */
export const deadFiles: Readonly<Record<number, FileKind<IommufdState>>> = {
  [DEAD_GROUP_FD]: deadFile,
  [DEAD_GROUP_FD + DEAD_KVM]: deadFile,
  [DEAD_GROUP_FD + DEAD_COMPAT]: rememberingFile,
  [DEAD_GROUP_FD + DEAD_COMPAT + DEAD_KVM]: rememberingFile,
}
