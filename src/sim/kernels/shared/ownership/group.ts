/**
 * The VFIO group from 5.19 on (drivers/vfio/vfio_main.c, later group.c): the claim at SET_CONTAINER is the test of
 * viability, and nothing has to be asked again. A kernel puts its group file together from these parts.
 */
import type { Errno } from '../../../errno.ts'
import { OK, refuse, type Result } from '../../../result.ts'
import { check, type Trace } from '../../../trace.ts'
import type { Call } from '../../../world.ts'
import type { FileKind } from '../assemble.ts'
import { removeFromContainer } from '../container.ts'
import { CLOSED, DEAD_GROUP_FD, DEAD_KVM, DEVICE_FD, GROUP_FD, kindInProcess, openFile } from '../files.ts'
import { add, at } from '../machine-state.ts'
import { lookUpNode } from '../node.ts'
import { resetUnusedBus } from '../reset.ts'
import { attachGroup } from '../type1.ts'
import { addUsers, containerOf, heldByKvm, isVfioDevice, joinContainer } from '../vfio-state.ts'
import type { OwnershipTrace } from './codes.ts'
import { claimGroup, owningIommuCore, releaseOwnership, type OwnedState } from './dma-owner.ts'

/** What a kernel's group file answers. */
export interface GroupCalls<S extends OwnedState> {
  setContainer(state: S, group: number, process: number, call: Call, trace?: Trace): Result
  unsetContainer(state: S, group: number, trace?: Trace): Result
  getStatus(state: S, group: number, trace?: Trace): Result
  getDeviceFd(state: S, group: number, process: number, call: Call, trace?: Trace): Result
  /** The last that held the group file is gone (vfio_group_fops_release). */
  release(state: S, group: number, trace?: Trace): void
}

const IOCTLS = ['group_get_status', 'group_set_container', 'group_unset_container', 'group_get_device_fd'] as const

/** The group file of a kernel. */
export function groupFile<S extends OwnedState>(calls: GroupCalls<S>): FileKind<S> {
  return {
    ioctls: IOCTLS,
    ioctl(state, group, process, call, trace) {
      switch (call.op) {
        case 'group_get_status':
          return calls.getStatus(state, group, trace)
        case 'group_set_container':
          return calls.setContainer(state, group, process, call, trace)
        case 'group_unset_container':
          return calls.unsetContainer(state, group, trace)
        case 'group_get_device_fd':
          return calls.getDeviceFd(state, group, process, call, trace)
        default:
          return refuse('ENOTTY')
      }
    },
    release(state, group, _, trace) {
      if (isAbandoned(state, group)) calls.release(state, group, trace)
    },
  }
}

/**
 * Whether an open group has lost all that held its file: the file itself, device files that were opened through its
 * container (each is a user of it, beside the one that being in a container makes), virtual machines.
 */
export function isAbandoned(state: OwnedState, group: number): boolean {
  if (state.opened[group] === 0 || at(state.users, group) > 1) return false
  for (let slot = 0; slot < state.fdKind.length; slot++) {
    if (state.fdKind[slot] === GROUP_FD && state.fdObject[slot] === group) return false
  }
  return !heldByKvm(state, group)
}

/** open of /dev/vfio/N: the path, the node's owner, then vfio_group_fops_open. */
export function openGroup<S extends OwnedState>(state: S, call: Call, trace?: OwnershipTrace): Result {
  return lookUpNode(state, call.group, call.by, trace) ?? openOnce(state, call, trace)
}

/** The group file is open once at most. Whoever still holds the last one, such as a device file, keeps it open. */
export function openOnce<S extends OwnedState>(state: S, call: Call, trace?: OwnershipTrace): Result {
  const subject = { kind: 'group', group: call.group } as const
  if (!check(trace, 'O.GO.3', state.opened[call.group] === 0, subject)) return refuse('EBUSY')
  state.opened[call.group] = 1
  trace?.effect('group.opened', subject)
  openFile(state, call.as, GROUP_FD, call.group, call.by, trace)
  return OK
}

/** vfio_group_fops_release, which runs when nobody holds the file any more. */
export function releaseGroup(state: OwnedState, group: number, trace?: OwnershipTrace): void {
  state.opened[group] = 0
  if (containerOf(state, group) >= 0) detachContainer(state, group, trace)
  trace?.effect('group.closed', { kind: 'group', group })
}

/** vfio_group_detach_container. */
export function detachContainer(state: OwnedState, group: number, trace?: OwnershipTrace): void {
  addUsers(state, group, -at(state.users, group), trace)
  removeFromContainer(owningIommuCore, state, group, trace)
  releaseOwnership(state, group, trace)
}

const status = (viable: boolean, container_set: boolean): Result => ({ ok: true, value: { viable, container_set } })
const IN_USE = status(true, true)
const VIABLE = status(true, false)
const NOT_VIABLE = status(false, false)

/** VFIO_GROUP_GET_STATUS: a group in a container was viable when it got there, and has stayed so. */
export function getStatus(state: OwnedState, group: number, trace?: OwnershipTrace): Result {
  trace?.check('O.GS.gone', true, { kind: 'group', group })
  if (containerOf(state, group) >= 0) return IN_USE
  return getIdleStatus(state, group, trace)
}

/** The status of a group that is in no container: viable if nobody uses its DMA (iommu_group_dma_owner_claimed). */
export function getIdleStatus(state: OwnedState, group: number, trace?: OwnershipTrace): Result {
  return check(trace, 'O.GS.viable', state.ownerCount[group] === 0, { kind: 'group', group }) ? VIABLE : NOT_VIABLE
}

export { IN_USE as STATUS_IN_USE }

/**
 * The file that VFIO_GROUP_SET_CONTAINER is given: its kind, CLOSED if it is not open in the process. Looked at before
 * anything about the group is.
 */
export function containerArgument(state: OwnedState, process: number, call: Call, trace?: OwnershipTrace): number {
  const kind = kindInProcess(state, call.other, process)
  trace?.check('O.SC.open', kind !== CLOSED, { kind: 'slot', slot: call.other })
  return kind
}

/** Whether a group is in no container yet. */
export function isOut(state: OwnedState, group: number, trace?: OwnershipTrace): boolean {
  return check(trace, 'O.SC.out', containerOf(state, group) < 0, { kind: 'group', group })
}

/**
 * vfio_container_attach_group: claims the group's DMA, which fails while somebody else uses it, and puts it into the
 * container; on its domain if that has one, else the group stays blocked.
 */
export function attachContainer(
  state: OwnedState,
  group: number,
  container: number,
  locked: Errno,
  trace?: OwnershipTrace,
): Result {
  const refused = claimGroup(state, group, locked, trace)
  if (refused !== null) return refuse(refused)
  if (at(state.containerType, container) > 0) {
    const errno = attachGroup(owningIommuCore, state, container, group, trace)
    if (errno !== null) {
      releaseOwnership(state, group, trace)
      return refuse(errno)
    }
  }
  joinContainer(state, group, container)
  trace?.effect('container.joined', { kind: 'group', group, container })
  addUsers(state, group, 1, trace)
  return OK
}

/** VFIO_GROUP_UNSET_CONTAINER. */
export function unsetContainer(state: OwnedState, group: number, trace?: OwnershipTrace): Result {
  if (!check(trace, 'O.UC.1', containerOf(state, group) >= 0, { kind: 'group', group })) return refuse('EINVAL')
  const users = at(state.users, group)
  if (!check(trace, 'O.UC.2', users === 1, { kind: 'count', count: users, group })) return refuse('EBUSY')
  detachContainer(state, group, trace)
  return OK
}

/** Whether a device is on its group's list: since 6.6 it is off as soon as its driver begins to leave. */
export function isListedUntilUnbind(state: OwnedState, device: number): boolean {
  return isVfioDevice(state, device) && at(state.leaving, device) === 0
}

/** vfio_device_get_from_name, the first thing that VFIO_GROUP_GET_DEVICE_FD does. */
export function findDevice(
  state: OwnedState,
  group: number,
  device: number,
  listed: boolean,
  trace?: OwnershipTrace,
): boolean {
  return check(trace, 'O.GDF.device', listed && state.world.devices[device]?.group === group, {
    kind: 'device',
    device,
  })
}

/** Whether a group is in a container. */
export function isInside(state: OwnedState, group: number, trace?: OwnershipTrace): boolean {
  return check(trace, 'O.GDF.container', containerOf(state, group) >= 0, { kind: 'group', group })
}

/** Whether the container of a group has a backend, which is all that a device needs to be opened. */
export function hasBackend(state: OwnedState, group: number, trace?: OwnershipTrace): boolean {
  return check(trace, 'O.GDF.backend', at(state.containerType, containerOf(state, group)) > 0, { kind: 'group', group })
}

/** Opens a device of a group that is in a container (vfio_device_open_file); the file holds the group's. */
export function openDevice<S extends OwnedState>(
  state: S,
  group: number,
  process: number,
  call: Call,
  trace?: OwnershipTrace,
): Result {
  const { device } = call
  if (state.opens[device] === 0) trace?.effect('device.enabled', { kind: 'device', device })
  add(state.opens, device, 1)
  addUsers(state, group, 1, trace)
  openFile(state, call.as, DEVICE_FD, device, process, trace)
  return OK
}

/** vfio_device_fops_release of such a file. */
export function closeDevice<S extends OwnedState>(
  state: S,
  device: number,
  calls: Pick<GroupCalls<S>, 'release'>,
  trace?: OwnershipTrace,
): void {
  const group = state.world.devices[device]?.group ?? -1
  if (state.opens[device] === 1) trace?.effect('device.disabled', { kind: 'device', device })
  add(state.opens, device, -1)
  if (state.opens[device] === 0) resetUnusedBus(state, device, (other) => at(state.opens, other) > 0, trace)
  addUsers(state, group, -1, trace)
  if (isAbandoned(state, group)) calls.release(state, group, trace)
}

// The dead.

/**
 * The VFIO group goes with its last vfio device (vfio_device_remove_group): it leaves its container by force, and
 * whoever has it open holds a file that is good for nothing.
 *
 * @param left what is left of the file beside a virtual machine's hold (DEAD_COMPAT)
 */
export function killGroup(state: OwnedState, group: number, left: number, trace?: OwnershipTrace): void {
  const groups = state.world.groups.length
  if (containerOf(state, group) >= 0) detachContainer(state, group, trace)
  state.opened[group] = 0
  for (let slot = 0; slot < state.fdKind.length; slot++) {
    if (state.fdKind[slot] !== GROUP_FD || state.fdObject[slot] !== group) continue
    const held = state.kvm[at(state.fdProcess, slot) * groups + group] === 1
    state.fdKind[slot] = DEAD_GROUP_FD + left + (held ? DEAD_KVM : 0)
  }
  for (let place = group; place < state.kvm.length; place += groups) state.kvm[place] = 0
  trace?.effect('group.gone', { kind: 'group', group })
}

/** A group file that has outlived its group: it finds no device and joins no container. */
export function deadGroupFile<S extends OwnedState>(): FileKind<S> {
  return {
    ioctls: IOCTLS,
    ioctl(state, group, process, call, trace) {
      const subject = { kind: 'group', group } as const
      switch (call.op) {
        case 'group_get_status':
          trace?.check('O.GS.gone', false, subject)
          return refuse('ENODEV')
        case 'group_set_container':
          if (containerArgument(state, process, call, trace) === CLOSED) return refuse('EBADF')
          trace?.check('O.SC.gone', false, subject)
          return refuse('ENODEV')
        case 'group_unset_container':
          trace?.check('O.UC.1', false, subject)
          return refuse('EINVAL')
        case 'group_get_device_fd':
          trace?.check('O.GDF.device', false, { kind: 'device', device: call.device })
          return refuse('ENODEV')
        default:
          return refuse('ENOTTY')
      }
    },
    release() {
      // The VFIO group is gone already, and its node with it.
    },
  }
}
