/** The device file in 5.10: group, container and viability are not asked any more, but for a reset that hits others. */
import { refuse, type Result } from '../../result.ts'
import { check } from '../../trace.ts'
import type { Call } from '../../world.ts'
import {
  allOwned,
  allRegistered,
  DEVICE_IOCTLS,
  deviceIoctl,
  hotResetGroup,
  hotResettable,
  isGroupGiven,
  resetAll,
} from '../shared/reset.ts'
import type { FileKind } from '../shared/assemble.ts'
import type { LegacyState, LegacyTrace } from './codes.ts'
import { closeDevice, isLendable } from './group.ts'

export const legacyDeviceFile: FileKind<LegacyState> = {
  ioctls: DEVICE_IOCTLS,
  ioctl: (state, device, process, call, trace) =>
    deviceIoctl(state, device, call, () => hotReset(state, device, process, call, trace), trace),
  release: (state, device, _, trace) => closeDevice(state, device, trace),
}

/** VFIO_DEVICE_PCI_HOT_RESET: the group passed must be one that VFIO would lend to another user. */
function hotReset(state: LegacyState, device: number, process: number, call: Call, trace?: LegacyTrace): Result {
  const target = hotResettable(state, device, trace)
  if ('refused' in target) return target.refused
  if (!isGroupGiven(device, call.other, trace)) return refuse('EINVAL')
  const file = hotResetGroup(state, process, call.other, trace)
  if ('refused' in file) return file.refused
  const { group } = file
  if (!check(trace, 'L.HR.3', isLendable(state, group, trace), { kind: 'group', group })) return refuse('EINVAL')
  const { affected } = target
  if (!allOwned(affected, (other) => state.world.devices[other]?.group === group, trace)) return refuse('EINVAL')
  // vfio_pci_try_zap_and_vma_lock_cb: every one of them must be on vfio-pci.
  if (!allRegistered(state, affected, trace)) return refuse('EINVAL')
  return resetAll(state, device, affected, trace)
}
