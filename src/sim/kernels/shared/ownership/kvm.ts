/**
 * The files that a virtual machine holds (virt/kvm/vfio.c from 5.19 on): KVM takes a reference on a file and asks for
 * nothing. A process has one virtual machine, which ends with it; a file that it closed before is released only then.
 */
import { OK, refuse, type Result } from '../../../result.ts'
import { check } from '../../../trace.ts'
import type { Call } from '../../../world.ts'
import type { FileKind, Parts } from '../assemble.ts'
import {
  BOUND_CDEV_FD,
  CDEV_FD,
  DEAD_GROUP_FD,
  DEAD_KVM,
  DEVICE_FD,
  GROUP_FD,
  isDeadGroup,
  isFileKind,
  kindOf,
  type OpenFile,
} from '../files.ts'
import { add, at } from '../machine-state.ts'
import type { OwnershipTrace } from './codes.ts'
import type { OwnedState } from './dma-owner.ts'
import { isAbandoned, type GroupCalls } from './group.ts'

/** What a kernel says of virtual machines. */
export interface KvmRules<S extends OwnedState> {
  /** Since 6.6 KVM takes files of devices as well (vfio_file_is_valid); before that only those of groups. */
  readonly takesDevices: boolean
  readonly group: Pick<GroupCalls<S>, 'release'>
  /** The kinds of file of a device, and where those of them are counted that only virtual machines hold. */
  readonly devices: readonly KeptKind<S>[]
}

/** A kind of file of a device. */
interface KeptKind<S extends OwnedState> {
  readonly kind: number
  readonly file: FileKind<S>
  /** Process × device: how many of them the virtual machine of that process holds after the process has closed them. */
  kept(state: S): Uint16Array
}

function isDeviceFile(kind: number): boolean {
  return kind === DEVICE_FD || kind === CDEV_FD || kind === BOUND_CDEV_FD
}

/** The part of a kernel that is about virtual machines. */
export function kvmParts<S extends OwnedState>(
  rules: KvmRules<S>,
): Required<Pick<Parts<S>, 'keep' | 'endProcess'>> & {
  readonly calls: Pick<Parts<S>['calls'], 'kvm_group_add' | 'kvm_group_del'>
} {
  return {
    calls: {
      kvm_group_add: (state, call, trace) => kvmAdd(rules, state, call, trace),
      kvm_group_del: kvmDel,
    },
    keep: (state, file) => keepFile(rules, state, file),
    endProcess: (state, process, trace) => destroyMachine(rules, state, process, trace),
  }
}

/** KVM_DEV_VFIO_GROUP_ADD (since 6.6 also called KVM_DEV_VFIO_FILE_ADD): holds the file, once. */
function kvmAdd<S extends OwnedState>(rules: KvmRules<S>, state: S, call: Call, trace?: OwnershipTrace): Result {
  const subject = { kind: 'slot', slot: call.fd } as const
  const kind = kindOf(state, call.fd)
  if (!check(trace, 'L.FD.open', isFileKind(kind), subject)) return refuse('EBADF')
  const taken = kind === GROUP_FD || isDeadGroup(kind) || (rules.takesDevices && isDeviceFile(kind))
  if (!check(trace, 'L.FD.kind', taken, subject)) return refuse('EINVAL')
  if (!check(trace, 'O.KVM.fresh', !holds(state, call.fd), subject)) return refuse('EEXIST')
  setHold(state, call.fd, true)
  trace?.effect('kvm.holds', subject)
  return OK
}

/** KVM_DEV_VFIO_GROUP_DEL. The file that names the hold stays open. */
function kvmDel(state: OwnedState, call: Call, trace?: OwnershipTrace): Result {
  const subject = { kind: 'slot', slot: call.fd } as const
  if (!check(trace, 'L.FD.open', isFileKind(kindOf(state, call.fd)), subject)) return refuse('EBADF')
  if (!check(trace, 'O.KVM.held', holds(state, call.fd), subject)) return refuse('ENOENT')
  setHold(state, call.fd, false)
  trace?.effect('kvm.lets-go', subject)
  return OK
}

/** Place of a slot's group file in the column of virtual machines that hold groups. */
function groupPlace(state: OwnedState, slot: number): number {
  return at(state.fdProcess, slot) * state.world.groups.length + at(state.fdObject, slot)
}

/** Whether the virtual machine of the process that has a file open holds that very file. */
function holds(state: OwnedState, slot: number): boolean {
  const kind = kindOf(state, slot)
  if (kind === GROUP_FD) return state.kvm[groupPlace(state, slot)] === 1
  if (isDeadGroup(kind)) return ((kind - DEAD_GROUP_FD) & DEAD_KVM) !== 0
  return state.fdHeld[slot] === 1
}

function setHold(state: OwnedState, slot: number, held: boolean): void {
  const kind = kindOf(state, slot)
  if (kind === GROUP_FD) state.kvm[groupPlace(state, slot)] = held ? 1 : 0
  else if (isDeadGroup(kind)) add(state.fdKind, slot, held ? DEAD_KVM : -DEAD_KVM)
  else state.fdHeld[slot] = held ? 1 : 0
}

/** A device's file that a virtual machine holds is closed: it stays open without a name. */
function keepFile<S extends OwnedState>(rules: KvmRules<S>, state: S, { kind, object, process }: OpenFile): void {
  const column = rules.devices.find((each) => each.kind === kind)?.kept(state)
  if (column !== undefined) add(column, process * state.world.devices.length + object, 1)
}

/** The end of a process is the end of its virtual machine, which lets go of its files (kvm_vfio_release). */
function destroyMachine<S extends OwnedState>(
  rules: KvmRules<S>,
  state: S,
  process: number,
  trace?: OwnershipTrace,
): void {
  const groups = state.world.groups.length
  for (let group = 0; group < groups; group++) {
    if (state.kvm[process * groups + group] !== 1) continue
    state.kvm[process * groups + group] = 0
    trace?.effect('kvm.lets-go', { kind: 'group', group })
    if (isAbandoned(state, group)) rules.group.release(state, group, trace)
  }
  for (const { kept, file } of rules.devices) releaseKept(kept(state), file, state, process, trace)
}

function releaseKept<S extends OwnedState>(
  column: Uint16Array,
  file: FileKind<S>,
  state: S,
  process: number,
  trace?: OwnershipTrace,
): void {
  const devices = state.world.devices.length
  for (let device = 0; device < devices; device++) {
    const place = process * devices + device
    while (at(column, place) > 0) {
      add(column, place, -1)
      trace?.effect('kvm.lets-go', { kind: 'device', device })
      file.release(state, device, process, trace)
    }
  }
}
