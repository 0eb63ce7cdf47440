/** The VFIO group in 5.10: drivers/vfio/vfio.c. */
import { OK, refuse, type Result } from '../../result.ts'
import { check } from '../../trace.ts'
import type { Call } from '../../world.ts'
import type { FileKind } from '../shared/assemble.ts'
import { removeFromContainer } from '../shared/container.ts'
import { CLOSED, CONTAINER_FD, DEVICE_FD, GROUP_FD, kindOf, openFile } from '../shared/files.ts'
import { add, at } from '../shared/machine-state.ts'
import { lookUpNode } from '../shared/node.ts'
import { resetUnusedBus } from '../shared/reset.ts'
import { attachGroup } from '../shared/type1.ts'
import { addUsers, containerOf, joinContainer } from '../shared/vfio-state.ts'
import type { LegacyState, LegacyTrace } from './codes.ts'
import { legacyIommuCore } from './iommu-core.ts'
import { updateNode } from './node.ts'
import { isGroupViable, isListed } from './viability.ts'

/** The group file. */
export const legacyGroupFile: FileKind<LegacyState> = {
  ioctls: ['group_get_status', 'group_set_container', 'group_unset_container', 'group_get_device_fd'],
  ioctl: groupIoctl,
  release: (state, group, _, trace) => closeGroup(state, group, trace),
}

/** open of /dev/vfio/N: the path, the node's owner (mode 0600), then vfio_group_fops_open. No word about viability. */
export function openGroup(state: LegacyState, call: Call, trace?: LegacyTrace): Result {
  const { group } = call
  const subject = { kind: 'group', group } as const
  const refused = lookUpNode(state, group, call.by, trace)
  if (refused !== null) return refused
  if (!check(trace, 'L.GO.3', state.opened[group] === 0, subject)) return refuse('EBUSY')
  if (!check(trace, 'L.GO.4', containerOf(state, group) < 0, subject)) return refuse('EBUSY')
  state.opened[group] = 1
  trace?.effect('group.opened', subject)
  openFile(state, call.as, GROUP_FD, group, call.by, trace)
  return OK
}

/** vfio_group_fops_release. */
function closeGroup(state: LegacyState, group: number, trace?: LegacyTrace): void {
  tryDissolve(state, group, trace)
  state.opened[group] = 0
  trace?.effect('group.closed', { kind: 'group', group })
  updateNode(state, group, trace)
}

/** vfio_group_try_dissolve_container: one user less, and with the last one the group leaves its container. */
function tryDissolve(state: LegacyState, group: number, trace?: LegacyTrace): void {
  if (state.users[group] === 0) return
  addUsers(state, group, -1, trace)
  if (state.users[group] === 0) removeFromContainer(legacyIommuCore, state, group, trace)
}

/** An ioctl on a group file, whatever it is (vfio_group_fops_unl_ioctl). */
function groupIoctl(state: LegacyState, group: number, process: number, call: Call, trace?: LegacyTrace): Result {
  switch (call.op) {
    case 'group_get_status':
      return getStatus(state, group, trace)
    case 'group_set_container':
      return setContainer(state, group, process, call, trace)
    case 'group_unset_container':
      return unsetContainer(state, group, trace)
    case 'group_get_device_fd':
      return getDeviceFd(state, group, process, call, trace)
    default:
      return refuse('ENOTTY')
  }
}

const status = (viable: boolean, container_set: boolean): Result => ({ ok: true, value: { viable, container_set } })
const STATUS = [status(false, false), status(true, false), status(false, true), status(true, true)] as const

/** VFIO_GROUP_GET_STATUS: true at this moment, and promised to nobody. */
function getStatus(state: LegacyState, group: number, trace?: LegacyTrace): Result {
  const viable = isGroupViable(state, group, trace)
  trace?.check('L.GS.viable', viable, { kind: 'group', group })
  if (containerOf(state, group) < 0) return viable ? STATUS[1] : STATUS[0]
  return viable ? STATUS[3] : STATUS[2]
}

/** vfio_group_set_container: viability is not asked. */
function setContainer(state: LegacyState, group: number, process: number, call: Call, trace?: LegacyTrace): Result {
  const slot = call.other
  const kind = kindOf(state, slot)
  const named = { kind: 'slot', slot } as const
  // The kernel is given -1 for a name that is not open, and for a file that only another process has.
  if (!check(trace, 'L.SC.2', kind !== CLOSED, named)) return refuse('EINVAL')
  if (!check(trace, 'L.SC.5', state.fdProcess[slot] === process, named)) return refuse('EINVAL')
  if (!check(trace, 'L.SC.3', state.users[group] === 0, { kind: 'count', count: at(state.users, group), group }))
    return refuse('EINVAL')
  if (!check(trace, 'L.SC.6', kind === CONTAINER_FD, named)) return refuse('EINVAL')
  const container = at(state.fdObject, slot)
  if (at(state.containerType, container) > 0) {
    const errno = attachGroup(legacyIommuCore, state, container, group, trace)
    if (errno !== null) return refuse(errno)
  }
  joinContainer(state, group, container)
  trace?.effect('container.joined', { kind: 'group', group, container })
  addUsers(state, group, 1, trace)
  return OK
}

/** vfio_group_unset_container. */
function unsetContainer(state: LegacyState, group: number, trace?: LegacyTrace): Result {
  const users = at(state.users, group)
  const subject = { kind: 'count', count: users, group } as const
  if (!check(trace, 'L.UC.1', users > 0, subject)) return refuse('EINVAL')
  trace?.check('L.UC.2', users === 1, subject)
  if (users > 1) return refuse('EBUSY')
  tryDissolve(state, group, trace)
  return OK
}

/** Whether a group could be lent to somebody: container, backend, viable (the one `if` of vfio_group_get_device_fd). */
function isUsable(
  state: LegacyState,
  group: number,
  codes: {
    readonly container: 'L.GDF.2' | 'L.KVM.1'
    readonly backend: 'L.GDF.3' | 'L.KVM.2'
    readonly viable: 'L.GDF.4' | 'L.KVM.3'
  },
  trace?: LegacyTrace,
): boolean {
  const subject = { kind: 'group', group } as const
  if (!check(trace, codes.container, at(state.users, group) > 0, subject)) return false
  if (!check(trace, codes.backend, at(state.containerType, containerOf(state, group)) > 0, subject)) return false
  return check(trace, codes.viable, isGroupViable(state, group, trace), subject)
}

const GDF_CODES = { container: 'L.GDF.2', backend: 'L.GDF.3', viable: 'L.GDF.4' } as const
const KVM_CODES = { container: 'L.KVM.1', backend: 'L.KVM.2', viable: 'L.KVM.3' } as const

/** vfio_group_get_device_fd: here at last viability counts, and only here. */
function getDeviceFd(state: LegacyState, group: number, process: number, call: Call, trace?: LegacyTrace): Result {
  const { device } = call
  if (!isUsable(state, group, GDF_CODES, trace)) return refuse('EINVAL')
  const found = state.world.devices[device]?.group === group && isListed(state, device)
  if (!check(trace, 'L.GDF.6', found, { kind: 'device', device })) return refuse('ENODEV')
  if (call.as < 0) return refuse('EMFILE')
  if (state.opens[device] === 0) trace?.effect('device.enabled', { kind: 'device', device })
  add(state.opens, device, 1)
  addUsers(state, group, 1, trace)
  openFile(state, call.as, DEVICE_FD, device, process, trace)
  return OK
}

/** vfio_device_fops_release. */
export function closeDevice(state: LegacyState, device: number, trace?: LegacyTrace): void {
  if (state.opens[device] === 1) trace?.effect('device.disabled', { kind: 'device', device })
  const last = state.opens[device] === 1
  if (last) resetUnusedBus(state, device, (other) => other !== device && at(state.opens, other) > 0, trace)
  tryDissolve(state, state.world.devices[device]?.group ?? -1, trace)
  add(state.opens, device, -1)
}

/** Whether vfio_group_get_external_user would succeed. */
export function isLendable(state: LegacyState, group: number, trace?: LegacyTrace): boolean {
  return isUsable(state, group, KVM_CODES, trace)
}

/** KVM_DEV_VFIO_GROUP_ADD: the virtual machine of the process that holds the group file becomes a user of the group. */
export function kvmAdd(state: LegacyState, call: Call, trace?: LegacyTrace): Result {
  const kind = kindOf(state, call.fd)
  if (!check(trace, 'L.FD.open', kind !== CLOSED, { kind: 'slot', slot: call.fd })) return refuse('EBADF')
  if (!check(trace, 'L.FD.kind', kind === GROUP_FD, { kind: 'slot', slot: call.fd })) return refuse('EINVAL')
  const group = at(state.fdObject, call.fd)
  if (!isUsable(state, group, KVM_CODES, trace)) return refuse('EINVAL')
  const place = at(state.fdProcess, call.fd) * state.world.groups.length + group
  if (!check(trace, 'L.KVM.4', state.kvm[place] === 0, { kind: 'group', group })) return refuse('EEXIST')
  state.kvm[place] = 1
  addUsers(state, group, 1, trace)
  trace?.effect('kvm.holds', { kind: 'group', group })
  return OK
}

/** KVM_DEV_VFIO_GROUP_DEL. */
export function kvmDel(state: LegacyState, call: Call, trace?: LegacyTrace): Result {
  const kind = kindOf(state, call.fd)
  if (!check(trace, 'L.FD.open', kind !== CLOSED, { kind: 'slot', slot: call.fd })) return refuse('EBADF')
  const group = at(state.fdObject, call.fd)
  const process = at(state.fdProcess, call.fd)
  const held = kind === GROUP_FD && state.kvm[process * state.world.groups.length + group] === 1
  if (!check(trace, 'L.KVM.5', held, { kind: 'slot', slot: call.fd })) return refuse('ENOENT')
  kvmLetGo(state, process, group, trace)
  return OK
}

function kvmLetGo(state: LegacyState, process: number, group: number, trace?: LegacyTrace): void {
  state.kvm[process * state.world.groups.length + group] = 0
  trace?.effect('kvm.lets-go', { kind: 'group', group })
  tryDissolve(state, group, trace)
  updateNode(state, group, trace)
}

/** The end of a process is the end of its virtual machine (kvm_vfio_destroy). */
export function kvmDestroy(state: LegacyState, process: number, trace?: LegacyTrace): void {
  const groups = state.world.groups.length
  for (let group = 0; group < groups; group++) {
    if (state.kvm[process * groups + group] === 1) kvmLetGo(state, process, group, trace)
  }
}
