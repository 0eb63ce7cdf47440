/**
 * A device's own file (drivers/vfio/device_cdev.c), and devices inside an iommufd (drivers/iommu/iommufd/device.c). BIND
 * claims the device's group; the group is on one page table, which the first ATTACH chooses and the last DETACH leaves.
 */
import { domainContext } from '../../../iommu/context.ts'
import type { Errno } from '../../../errno.ts'
import type { OpKind } from '../../../op.ts'
import { OK, refuse, type Result } from '../../../result.ts'
import { check } from '../../../trace.ts'
import type { Call } from '../../../world.ts'
import type { FileKind } from '../assemble.ts'
import { BOUND_CDEV_FD, CDEV_FD, CLOSED, IOMMUFD_FD, kindInProcess, kindOf, openFile } from '../files.ts'
import { moveGroup } from '../iommu-core.ts'
import { add, at } from '../machine-state.ts'
import { coreContext, releaseOwnership, setCount, takeOwnership } from '../ownership/dma-owner.ts'
import {
  allOwned,
  allRegistered,
  DEVICE_IOCTLS,
  deviceIoctl,
  hotResettable,
  resetAll,
  resetUnusedBus,
} from '../reset.ts'
import { isVfioDevice } from '../vfio-state.ts'
import type { IommufdTrace } from './codes.ts'
import { checkFill, fillErrno, isClearOfInterrupts } from './io-pagetable.ts'
import {
  autoHwpt,
  freeHwpt,
  hwptDomain,
  hwptNamed,
  ioasNamed,
  ioasOfHwpt,
  isAttachedTo,
  makeHwpt,
  numberDevice,
  putIommufd,
  type IommufdState,
} from './state.ts'

function groupOf(state: IommufdState, device: number): number {
  return state.world.devices[device]?.group ?? -1
}

/** The calls that iommufd adds to a device's own file. */
const CDEV_IOCTLS: readonly OpKind[] = [...DEVICE_IOCTLS, 'bind_iommufd', 'attach', 'detach']

// The file.

/** Whether /dev/vfio/devices has a file for a device: as long as its driver is not leaving. */
export function hasCdev(state: IommufdState, device: number): boolean {
  return device >= 0 && isVfioDevice(state, device) && state.leaving[device] === 0
}

/** open of /dev/vfio/devices/vfioN (vfio_device_fops_cdev_open): as often as one likes, and nothing is claimed. */
export function openCdev(state: IommufdState, call: Call, trace?: IommufdTrace): Result {
  const { device } = call
  const subject = { kind: 'device', device } as const
  if (!check(trace, 'F.CO.node', hasCdev(state, device), subject)) return refuse('ENOENT')
  const user = state.world.userIndex.get(state.world.setup.processes[call.by]?.user ?? '') ?? -1
  if (!check(trace, 'F.CO.access', user === 0 || user === at(state.cdevOwner, device), subject)) return refuse('EACCES')
  add(state.cdevOpens, device, 1)
  openFile(state, call.as, CDEV_FD, device, call.by, trace)
  return OK
}

/** The file before BIND: nothing else is heard (vfio_device_fops_unl_ioctl). */
export const unboundFile: FileKind<IommufdState> = {
  ioctls: CDEV_IOCTLS,
  ioctl(state, device, process, call, trace) {
    if (call.op === 'bind_iommufd') return bindCdev(state, device, process, call, trace)
    trace?.check('F.AC.1', false, { kind: 'device', device })
    return refuse('EINVAL')
  },
  release: (state, device) => add(state.cdevOpens, device, -1),
}

/** The file after BIND. Closing it unbinds the device. */
export const boundFile: FileKind<IommufdState> = {
  ioctls: CDEV_IOCTLS,
  ioctl(state, device, process, call, trace) {
    if (call.op === 'bind_iommufd') return bindCdev(state, device, process, call, trace)
    trace?.check('F.AC.1', true, { kind: 'device', device })
    if (call.op === 'attach') return attach(state, device, call, trace)
    if (call.op === 'detach') return detach(state, device, trace)
    return deviceIoctl(state, device, call, () => hotReset(state, device, call, trace), trace)
  },
  release(state, device, _, trace) {
    trace?.effect('device.disabled', { kind: 'device', device })
    state.cdevBound[device] = 0
    resetUnusedBus(state, device, (other) => isOpenForIoctls(state, other), trace)
    unbindDevice(state, device, trace)
    add(state.cdevOpens, device, -1)
  },
}

/** Whether some file of a device has it enabled: one from a group, or one of its own that is bound. */
export function isOpenForIoctls(state: IommufdState, device: number): boolean {
  return at(state.opens, device) > 0 || state.cdevBound[device] === 1
}

// BIND.

/** VFIO_DEVICE_BIND_IOMMUFD (vfio_df_ioctl_bind_iommufd). */
function bindCdev(state: IommufdState, device: number, process: number, call: Call, trace?: IommufdTrace): Result {
  const subject = { kind: 'device', device } as const
  const named = { kind: 'slot', slot: call.other } as const
  // The kernel is given -1 for a name that is not open, and for a file that only another process has.
  if (!check(trace, 'F.BI.2', kindOf(state, call.other) !== CLOSED, named)) return refuse('EINVAL')
  const kind = kindInProcess(state, call.other, process)
  if (!check(trace, 'F.BI.6.open', kind !== CLOSED, named)) return refuse('EINVAL')
  trace?.check('F.BI.3', true, subject)
  const group = groupOf(state, device)
  if (!check(trace, 'F.BI.4', state.opened[group] === 0, { kind: 'group', group })) return refuse('EBUSY')
  if (!check(trace, 'F.BI.5', kindOf(state, call.fd) === CDEV_FD, subject)) return refuse('EINVAL')
  if (!check(trace, 'F.BI.6.kind', kind === IOMMUFD_FD, named)) return refuse('EBADFD')
  // Not open through another file, be it one that came from a group which has been closed since.
  if (!check(trace, 'F.BI.7', state.cdevBound[device] === 0 && state.opens[device] === 0, subject))
    return refuse('EINVAL')
  const errno = bindDevice(state, device, at(state.fdObject, call.other), trace)
  if (errno !== null) return refuse(errno)
  state.cdevBound[device] = 1
  state.fdKind[call.fd] = BOUND_CDEV_FD
  return { ok: true, id: at(state.boundNumber, device) }
}

/**
 * The first open of a device for an iommufd (vfio_df_device_first_open): claims the group (iommufd_device_bind), then
 * opens the device, which resets it if it can; that does not wait for a device that is locked because it is leaving.
 */
export function bindDevice(state: IommufdState, device: number, iommufd: number, trace?: IommufdTrace): Errno | null {
  const { machine, boot } = state.world.setup
  // Of iommufd there is a module parameter of the same name.
  const safe = machine.interruptRemapping !== false || boot.allowUnsafeInterrupts === true
  if (!check(trace, 'F.BI.11', safe, { kind: 'device', device })) return 'EPERM'
  const refused = claimDevice(state, device, iommufd, trace)
  if (refused !== null) return refused
  numberDevice(state, device, iommufd)
  trace?.effect('device.bound', { kind: 'device', device })
  const opens = state.leaving[device] === 0 || state.world.devices[device]?.spec.resettable === false
  if (!check(trace, 'F.BI.13', opens, { kind: 'device', device })) {
    unbindDevice(state, device, trace)
    return 'EAGAIN'
  }
  trace?.effect('device.enabled', { kind: 'device', device })
  return null
}

/** iommu_device_claim_dma_owner: the first device of an iommufd blocks the group, further ones are counted. */
function claimDevice(state: IommufdState, device: number, iommufd: number, trace?: IommufdTrace): Errno | null {
  const group = groupOf(state, device)
  const count = at(state.ownerCount, group)
  const mine = state.owned[group] === 1 && state.ownerIommufd[group] === iommufd + 1
  trace?.check('F.CL.2', count === 0 || mine, { kind: 'group', group })
  if (count > 0 && !mine) return 'EPERM'
  if (check(trace, 'F.CL.3', count > 0, { kind: 'group', group })) {
    setCount(state, group, count + 1, trace)
    return null
  }
  const refused = takeOwnership(state, group, 'EINVAL', trace)
  if (refused === null) state.ownerIommufd[group] = iommufd + 1
  return refused
}

/** iommufd_device_unbind, with the detach before it (vfio_iommufd_physical_unbind). */
export function unbindDevice(state: IommufdState, device: number, trace?: IommufdTrace): void {
  const iommufd = at(state.bound, device) - 1
  const group = groupOf(state, device)
  detach(state, device, trace)
  state.bound[device] = 0
  state.boundNumber[device] = 0
  trace?.effect('device.unbound', { kind: 'device', device })
  // iommu_device_release_dma_owner.
  const count = at(state.ownerCount, group)
  if (count > 1) setCount(state, group, count - 1, trace)
  else {
    state.ownerIommufd[group] = 0
    releaseOwnership(state, group, trace)
  }
  putIommufd(state, iommufd, trace)
}

// ATTACH and DETACH.

/** VFIO_DEVICE_ATTACH_IOMMUFD_PT (vfio_df_ioctl_attach_pt). */
function attach(state: IommufdState, device: number, call: Call, trace?: IommufdTrace): Result {
  const iommufd = at(state.bound, device) - 1
  const ioas = ioasNamed(state, iommufd, call.other)
  const hwpt = ioas >= 0 ? -1 : hwptNamed(state, iommufd, call.other)
  trace?.check('F.AT.4', ioas >= 0 || hwpt >= 0, { kind: 'slot', slot: call.other })
  if (ioas < 0 && hwpt < 0) return refuse('ENOENT')
  const errno = ioas >= 0 ? attachIoas(state, device, ioas, trace) : changeTable(state, device, hwpt, trace)
  if (errno !== null) return refuse(errno)
  return { ok: true, id: at(state.hwptNumber, at(state.attached, device) - 1) }
}

/**
 * iommufd_device_auto_get_domain: on the page table that attaching made from this IOAS before, or on a new one. Of a
 * group that is on another table already neither will do.
 */
export function attachIoas(state: IommufdState, device: number, ioas: number, trace?: IommufdTrace): Errno | null {
  const known = autoHwpt(state, ioas)
  if (check(trace, 'F.AT.6', known >= 0, { kind: 'device', device })) {
    const errno = changeTable(state, device, known, trace)
    if (errno !== 'EINVAL') return errno
  }
  const fill = fillErrno(state, ioas)
  const hwpt = makeHwpt(state, ioas, false, trace)
  if (hwpt < 0) return 'ENOMEM'
  // A device that changes tables finds the new one filled; else it is filled after (iommufd_hwpt_paging_alloc).
  const early = at(state.attached, device) > 0
  if (early) checkFill(state, hwpt, fill, trace)
  const errno = (early ? fill : null) ?? changeTable(state, device, hwpt, trace)
  if (errno !== null) {
    freeHwpt(state, hwpt, trace)
    return errno
  }
  if (!early) checkFill(state, hwpt, fill, trace)
  if (fill !== null) detach(state, device, trace)
  return fill
}

/** Attaches a device that is not, or replaces the table of one that is, and so of its whole group. */
function changeTable(state: IommufdState, device: number, hwpt: number, trace?: IommufdTrace): Errno | null {
  return check(trace, 'F.AT.3', at(state.attached, device) > 0, { kind: 'device', device })
    ? replaceTable(state, device, hwpt, trace)
    : attachTable(state, device, hwpt, trace)
}

/** iommufd_hw_pagetable_attach. */
function attachTable(state: IommufdState, device: number, hwpt: number, trace?: IommufdTrace): Errno | null {
  const group = groupOf(state, device)
  const current = at(state.groupHwpt, group) - 1
  if (!check(trace, 'F.AT.8', current < 0 || current === hwpt, { kind: 'group', group })) return 'EINVAL'
  if (!check(trace, 'F.AT.9', isClearOfInterrupts(state, ioasOfHwpt(state, hwpt)), { kind: 'device', device }))
    return 'EADDRINUSE'
  if (check(trace, 'F.AT.first', current < 0, { kind: 'group', group })) {
    // iommu_attach_group_handle: owned and without a table, the group is on the blocking domain.
    moveGroup(state, group, domainContext(state.world, hwptDomain(state, hwpt)), trace)
    state.groupHwpt[group] = hwpt + 1
  }
  state.attached[device] = hwpt + 1
  trace?.effect('device.attached', { kind: 'device', device })
  return null
}

/** iommufd_device_do_replace: the whole group moves, and every attached device of it with its claim on the table. */
function replaceTable(state: IommufdState, device: number, hwpt: number, trace?: IommufdTrace): Errno | null {
  const group = groupOf(state, device)
  const old = at(state.groupHwpt, group) - 1
  if (old === hwpt) return null
  if (!check(trace, 'F.AT.9', isClearOfInterrupts(state, ioasOfHwpt(state, hwpt)), { kind: 'device', device }))
    return 'EADDRINUSE'
  moveGroup(state, group, domainContext(state.world, hwptDomain(state, hwpt)), trace)
  state.groupHwpt[group] = hwpt + 1
  for (const member of state.world.groups[group]?.devices ?? []) {
    if (at(state.attached, member) === 0) continue
    state.attached[member] = hwpt + 1
    trace?.effect('device.attached', { kind: 'device', device: member })
  }
  putHwpt(state, old, trace)
  return null
}

/** VFIO_DEVICE_DETACH_IOMMUFD_PT: also of a device that is not attached. While others of its group are, they decide. */
export function detach(state: IommufdState, device: number, trace?: IommufdTrace): Result {
  const hwpt = at(state.attached, device) - 1
  if (!check(trace, 'F.DT.attached', hwpt >= 0, { kind: 'device', device })) return OK
  const group = groupOf(state, device)
  state.attached[device] = 0
  trace?.effect('device.detached', { kind: 'device', device })
  const last = !(state.world.groups[group]?.devices ?? []).some((member) => at(state.attached, member) > 0)
  if (check(trace, 'F.DT.last', last, { kind: 'group', group })) {
    state.groupHwpt[group] = 0
    moveGroup(state, group, coreContext(state, group), trace)
  }
  putHwpt(state, hwpt, trace)
  return OK
}

/** A table made by attaching goes with the last device on it (iommufd_hw_pagetable_put). */
function putHwpt(state: IommufdState, hwpt: number, trace?: IommufdTrace): void {
  if (state.hwptManual[hwpt] === 0 && !isAttachedTo(state, hwpt)) freeHwpt(state, hwpt, trace)
}

// Resets.

/**
 * VFIO_DEVICE_PCI_HOT_RESET on a device's own file, which takes no group file: everything that would be reset must be
 * bound to the same iommufd, or, unbound, be of a group that this iommufd owns (vfio_iommufd_get_dev_id).
 */
function hotReset(state: IommufdState, device: number, call: Call, trace?: IommufdTrace): Result {
  if (!check(trace, 'F.HR.2', call.other < 0, { kind: 'device', device })) return refuse('EINVAL')
  const target = hotResettable(state, device, trace)
  if ('refused' in target) return target.refused
  if (!allRegistered(state, target.affected, trace)) return refuse('EINVAL')
  const iommufd = at(state.bound, device)
  const isMine = (other: number): boolean => {
    const bound = at(state.bound, other)
    return bound === 0 ? at(state.ownerIommufd, groupOf(state, other)) === iommufd : bound === iommufd
  }
  if (!allOwned(target.affected, isMine, trace)) return refuse('EINVAL')
  return resetAll(state, device, target.affected, trace)
}
