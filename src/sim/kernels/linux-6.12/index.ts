/**
 * Linux 6.12 as Debian builds it, with VFIO groups and containers only: 6.1 but for devices that are leaving, the errno
 * of files that are no container, and firmware that demands memory.
 */
import { refuse, type Result } from '../../result.ts'
import type { Call } from '../../world.ts'
import type { OwnershipTrace } from '../shared/ownership/codes.ts'
import type { OwnedState } from '../shared/ownership/dma-owner.ts'
import { groupKernel } from '../shared/ownership/group-kernel.ts'
import { resetWithGroup } from '../shared/ownership/reset.ts'
import { at } from '../shared/machine-state.ts'
import { hotResettable, isGroupGiven } from '../shared/reset.ts'
import { isVfioDevice } from '../shared/vfio-state.ts'

export const linux612 = groupKernel({
  id: 'linux-6.12',
  // __iommu_device_set_domain, for a device with a reserved region of type direct.
  locked: 'EINVAL',
  notContainer: 'EBADFD',
  isListed,
  hotReset,
})

/** Off its group's list as soon as its driver begins to leave (vfio_unregister_group_dev). */
export function isListed(state: OwnedState, device: number): boolean {
  return isVfioDevice(state, device) && at(state.leaving, device) === 0
}

/** vfio_pci_ioctl_pci_hot_reset: without a group file it is refused before the bus is looked at. */
export function hotReset(
  state: OwnedState,
  device: number,
  process: number,
  call: Call,
  trace?: OwnershipTrace,
): Result {
  if (!isGroupGiven(device, call.other, trace)) return refuse('EINVAL')
  const target = hotResettable(state, device, trace)
  if ('refused' in target) return target.refused
  return resetWithGroup(state, target.affected, process, call, trace)
}
