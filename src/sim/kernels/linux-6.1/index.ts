/**
 * Linux 6.1: the IOMMU core counts who uses a group's DMA. A user is refused when the group joins a container, a driver
 * before its probe; there is nothing left to notify, and no BUG_ON.
 */
import { refuse, type Result } from '../../result.ts'
import type { Call } from '../../world.ts'
import type { OwnershipTrace } from '../shared/ownership/codes.ts'
import type { OwnedState } from '../shared/ownership/dma-owner.ts'
import { groupKernel } from '../shared/ownership/group-kernel.ts'
import { resetWithGroup } from '../shared/ownership/reset.ts'
import { hotResettable, isGroupGiven } from '../shared/reset.ts'
import { isVfioDevice } from '../shared/vfio-state.ts'

export const linux61 = groupKernel({
  id: 'linux-6.1',
  // intel_iommu_attach_device, which has no blocking domain and is given an empty one.
  locked: 'EPERM',
  notContainer: 'EINVAL',
  // On its group's device_list until nobody has it open any more: another open may still come, and prolongs the wait.
  isListed: isVfioDevice,
  hotReset,
})

/** vfio_pci_ioctl_pci_hot_reset: whether the bus can be reset at all comes first. */
function hotReset(state: OwnedState, device: number, process: number, call: Call, trace?: OwnershipTrace): Result {
  const target = hotResettable(state, device, trace)
  if ('refused' in target) return target.refused
  if (!isGroupGiven(device, call.other, trace)) return refuse('EINVAL')
  return resetWithGroup(state, target.affected, process, call, trace)
}
