/** The device file of policy G: BIND is the gate, and holds the whole group (Gunthorpe, 14 and 18 June 2021). */
import { OK, refuse, type Result } from '../../result.ts'
import { check } from '../../trace.ts'
import type { Call } from '../../world.ts'
import type { FileKind } from '../shared/assemble.ts'
import { CDEV_FD } from '../shared/files.ts'
import { closeDevice, iommufdArgument, openDevice, putIommufd } from '../shared/ioasid-files.ts'
import { canBlock, leaveAddressSpace, memberIoctl, ownerOf, releaseGroup, takeGroup } from '../shared/ioasid-groups.ts'
import { allSafe, declaredBySafety } from '../shared/ioasid-safety.ts'
import {
  deviceOfFile,
  devicesIn,
  groupOf,
  hasBound,
  hasDeviceNode,
  iommufdOf,
  policyOf,
  type IoasidState,
} from '../shared/ioasid-state.ts'
import { at } from '../shared/machine-state.ts'
import type { GTrace } from './codes.ts'

const CODES = { attach: ['G.A.1', 'G.A.2', 'G.A.3', 'G.A.4'], detach: 'G.D.1' } as const

/** OPEN_DEV: whoever may open the file. */
export function openCdev(state: IoasidState, call: Call, trace?: GTrace): Result {
  const { device } = call
  if (!check(trace, 'P.DN.1', hasDeviceNode(state, device), { kind: 'device', device })) return refuse('ENOENT')
  openDevice(state, device, CDEV_FD, call.as, call.by, trace)
  return OK
}

export const deviceFileG: FileKind<IoasidState> = {
  ioctls: ['bind_iommufd', 'unbind_iommufd', 'attach', 'detach', 'device_access', 'device_get_info', 'device_reset'],

  ioctl(state, file, process, call, trace?: GTrace) {
    const device = deviceOfFile(state, file)
    const iommufd = at(state.fileIommufd, file) - 1
    switch (call.op) {
      case 'bind_iommufd':
        return bind(state, file, process, call, trace)
      case 'unbind_iommufd':
        if (!check(trace, 'G.U.1', iommufd >= 0, { kind: 'device', device })) return refuse('EINVAL')
        unbind(state, file, trace)
        return OK
      default:
        return memberIoctl(state, device, iommufd, call, CODES, trace)
    }
  },

  release(state, file, _, trace?: GTrace) {
    if (at(state.fileIommufd, file) > 0) unbind(state, file, trace)
    closeDevice(state, file, trace)
  },
}

/** BIND: what VFIO's group code does elsewhere, done for the user. The first device brings its whole group along. */
function bind(state: IoasidState, file: number, process: number, call: Call, trace?: GTrace): Result {
  const device = deviceOfFile(state, file)
  const group = groupOf(state, device)
  const subject = { kind: 'group', group } as const
  const argument = iommufdArgument(state, process, call.other, trace)
  if ('refused' in argument) return argument.refused
  const { iommufd } = argument
  if (!check(trace, 'G.B.1', iommufdOf(state, device) < 0, { kind: 'device', device })) return refuse('EINVAL')
  if (policyOf(state).singletonOnly === true) {
    if (!check(trace, 'G.B.single', devicesIn(state, group).length === 1, subject)) return refuse('EPERM')
  }
  if (!check(trace, 'G.B.2', allSafe(state, group, declaredBySafety, trace), subject)) return refuse('EPERM')
  const owner = ownerOf(state, group)
  if (!check(trace, 'G.B.3', owner < 0 || owner === iommufd, subject)) return refuse('EPERM')
  if (owner < 0) {
    if (!canBlock(state, group, 'G.B.locked', trace)) return refuse('EPERM')
    takeGroup(state, group, iommufd, trace)
  }
  state.fileIommufd[file] = iommufd + 1
  trace?.effect('device.bound', { kind: 'device', device })
  trace?.effect('access.given', { kind: 'device', device })
  return OK
}

/** UNBIND, or the end of a bound file: detached [OP-6], no access any more [OP-9]; the last one lets the group go. */
function unbind(state: IoasidState, file: number, trace?: GTrace): void {
  const device = deviceOfFile(state, file)
  const group = groupOf(state, device)
  trace?.effect('access.taken', { kind: 'device', device })
  leaveAddressSpace(state, device, trace)
  const iommufd = at(state.fileIommufd, file) - 1
  state.fileIommufd[file] = 0
  trace?.effect('device.unbound', { kind: 'device', device })
  if (hasBound(state, group)) putIommufd(state, iommufd, trace)
  else releaseGroup(state, group, trace)
}
