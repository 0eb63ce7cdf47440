/**
 * Linux 6.1: the IOMMU core counts who uses a group's DMA. A user is refused when the group joins a container, a driver
 * before its probe; there is nothing left to notify, and no BUG_ON.
 */
import type { Kernel } from '../../kernel.ts'
import type { OwnedState } from '../shared/ownership/dma-owner.ts'
import { groupKernel } from '../shared/ownership/group-kernel.ts'
import { checkBusThenGroup } from '../shared/ownership/reset.ts'
import { TYPE1_RULES_6_1 } from '../shared/type1.ts'
import { isVfioDevice } from '../shared/vfio-state.ts'

export const linux61: Kernel<OwnedState> = groupKernel({
  id: 'linux-6.1',
  // intel_iommu_attach_device, which has no blocking domain and is given an empty one.
  locked: 'EPERM',
  notContainer: 'EINVAL',
  type1: TYPE1_RULES_6_1,
  // On its group's device_list until nobody has it open any more: another open may still come, and prolongs the wait.
  isListed: isVfioDevice,
  kvmTakesDevices: false,
  overrideTakesLock: true,
  hotReset: checkBusThenGroup,
})
