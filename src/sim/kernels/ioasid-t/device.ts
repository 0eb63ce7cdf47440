/** The device file of policy T: OPEN_DEV is the gate, BIND and ATTACH are the device's own affair (Tian, 15-17 June 2021). */
import { BLOCKED_CONTEXT, domainContext } from '../../iommu/context.ts'
import { OK, refuse, type Result } from '../../result.ts'
import { check } from '../../trace.ts'
import type { Call } from '../../world.ts'
import type { FileKind } from '../shared/assemble.ts'
import { CDEV_FD } from '../shared/files.ts'
import { switchContext } from '../shared/ioasid-context.ts'
import { die } from '../shared/drivers.ts'
import { closeDevice, iommufdArgument, ioasNamed, openDevice, putIommufd } from '../shared/ioasid-files.ts'
import type { IoasidState } from '../shared/ioasid-state.ts'
import { deviceOfFile, devicesIn, groupOf, hasDeviceNode, iommufdOf, policyOf } from '../shared/ioasid-state.ts'
import { at } from '../shared/machine-state.ts'
import { deviceIoctl } from '../shared/reset.ts'
import type { TTrace } from './codes.ts'
import { notifyMoved, T_BUG } from './notifier.ts'
import { isViable } from './viability.ts'

const BUG: Result = { bug: T_BUG }

/** When the user may use the registers of an open device. */
export interface AccessRules {
  allowed(state: IoasidState, device: number, trace?: TTrace): boolean
  /** A device is about to leave its address space. */
  leaving(state: IoasidState, device: number, trace?: TTrace): void
  /** A device is in an address space now. */
  joined(state: IoasidState, device: number, trace?: TTrace): void
}

/** From OPEN_DEV to the last close: nobody asks again. */
export const alwaysAccess: AccessRules = {
  allowed: () => true,
  leaving: () => undefined,
  joined: () => undefined,
}

/** OPEN_DEV: the group must be viable. */
export function openCdev(state: IoasidState, call: Call, trace?: TTrace): Result {
  const { device } = call
  if (!check(trace, 'P.DN.1', hasDeviceNode(state, device), { kind: 'device', device })) return refuse('ENOENT')
  if (!isViable(state, groupOf(state, device), 'open', trace)) return refuse('EPERM')
  openDevice(state, device, CDEV_FD, call.as, call.by, trace)
  return OK
}

/** The device file, with rules for the use of registers. */
export function deviceFileT(rules: AccessRules): FileKind<IoasidState> {
  return {
    ioctls: ['bind_iommufd', 'unbind_iommufd', 'attach', 'detach', 'device_access', 'device_get_info', 'device_reset'],

    ioctl(state, index, process, call, trace?: TTrace) {
      const device = deviceOfFile(state, index)
      switch (call.op) {
        case 'bind_iommufd':
          return bind(state, index, process, call, trace)
        case 'unbind_iommufd':
          return unbind(state, index, trace)
        case 'attach':
          return attach(state, index, call, rules, trace)
        case 'detach':
          return detach(state, index, rules, trace)
        default: {
          if (!check(trace, 'P.X.1', rules.allowed(state, device, trace), { kind: 'device', device }))
            return refuse('EINVAL')
          return deviceIoctl(state, device, call, () => refuse('ENOTTY'), trace)
        }
      }
    },

    release(state, index, _, trace?: TTrace) {
      const device = deviceOfFile(state, index)
      const iommufd = at(state.fileIommufd, index) - 1
      if (iommufd >= 0) {
        if (at(state.attached, device) > 0) leaveAddressSpace(state, device, rules, trace)
        state.fileIommufd[index] = 0
        trace?.effect('device.unbound', { kind: 'device', device })
      }
      closeDevice(state, index, trace)
      putIommufd(state, iommufd, trace)
    },
  }
}

/** BIND: notes the iommu_fd. Siblings may be bound to others, and no translation changes. */
function bind(state: IoasidState, file: number, process: number, call: Call, trace?: TTrace): Result {
  const device = deviceOfFile(state, file)
  const group = groupOf(state, device)
  const subject = { kind: 'device', device } as const
  const argument = iommufdArgument(state, process, call.other, trace)
  if ('refused' in argument) return argument.refused
  if (!check(trace, 'T.B.1', iommufdOf(state, device) < 0, subject)) return refuse('EINVAL')
  if (policyOf(state).singletonOnly === true) {
    if (!check(trace, 'T.B.single', devicesIn(state, group).length === 1, { kind: 'group', group }))
      return refuse('EPERM')
  }
  if (!isViable(state, group, 'bind', trace)) return refuse('EPERM')
  state.fileIommufd[file] = argument.iommufd + 1
  trace?.effect('device.bound', subject)
  return OK
}

/** UNBIND: only the note goes [OP-9]. The user can go on driving the device. */
function unbind(state: IoasidState, file: number, trace?: TTrace): Result {
  const device = deviceOfFile(state, file)
  const subject = { kind: 'device', device } as const
  const iommufd = at(state.fileIommufd, file) - 1
  if (!check(trace, 'T.U.1', iommufd >= 0, subject)) return refuse('EINVAL')
  if (!check(trace, 'T.U.2', state.attached[device] === 0, subject)) return refuse('EBUSY')
  state.fileIommufd[file] = 0
  trace?.effect('device.unbound', subject)
  putIommufd(state, iommufd, trace)
  return OK
}

/** ATTACH: this device alone, as far as the policy knows. */
function attach(state: IoasidState, file: number, call: Call, rules: AccessRules, trace?: TTrace): Result {
  const device = deviceOfFile(state, file)
  const subject = { kind: 'device', device } as const
  const iommufd = at(state.fileIommufd, file) - 1
  if (!check(trace, 'T.A.1', iommufd >= 0, subject)) return refuse('EINVAL')
  const ioas = ioasNamed(state, iommufd, call.other)
  if (!check(trace, 'T.A.2', ioas >= 0, { kind: 'slot', slot: call.other })) return refuse('ENOENT')
  if (!check(trace, 'T.A.3', state.attached[device] === 0, subject)) return refuse('EINVAL')
  state.attached[device] = ioas + 1
  trace?.effect('device.attached', subject)
  switchContext(state, device, domainContext(state.world, ioas), trace)
  rules.joined(state, device, trace)
  return afterMove(state, device, trace)
}

/** DETACH: this device back to block. */
function detach(state: IoasidState, file: number, rules: AccessRules, trace?: TTrace): Result {
  const device = deviceOfFile(state, file)
  const attached = at(state.fileIommufd, file) > 0 && at(state.attached, device) > 0
  if (!check(trace, 'T.D.1', attached, { kind: 'device', device })) return refuse('EINVAL')
  leaveAddressSpace(state, device, rules, trace)
  return afterMove(state, device, trace)
}

function leaveAddressSpace(state: IoasidState, device: number, rules: AccessRules, trace?: TTrace): void {
  rules.leaving(state, device, trace)
  state.attached[device] = 0
  trace?.effect('device.detached', { kind: 'device', device })
  switchContext(state, device, BLOCKED_CONTEXT, trace)
}

/** The notifier's turn. */
function afterMove(state: IoasidState, device: number, trace?: TTrace): Result {
  const broken = notifyMoved(state, device, trace)
  if (broken < 0) return OK
  die(state, broken, trace)
  return BUG
}
