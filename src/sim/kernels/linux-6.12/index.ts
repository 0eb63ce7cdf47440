/**
 * Linux 6.12 as Debian builds it, with VFIO groups and containers only: 6.1 but for devices that are leaving, the errno
 * of files that are no container, and firmware that demands memory.
 */
import type { Kernel } from '../../kernel.ts'
import type { OwnedState } from '../shared/ownership/dma-owner.ts'
import { groupKernel } from '../shared/ownership/group-kernel.ts'
import { isListedUntilUnbind } from '../shared/ownership/group.ts'
import { checkGroupThenBus } from '../shared/ownership/reset.ts'
import { TYPE1_RULES_6_1 } from '../shared/type1.ts'

export const linux612: Kernel<OwnedState> = groupKernel({
  id: 'linux-6.12',
  // __iommu_device_set_domain, for a device with a reserved region of type direct.
  locked: 'EINVAL',
  notContainer: 'EBADFD',
  type1: TYPE1_RULES_6_1,
  isListed: isListedUntilUnbind,
  kvmTakesDevices: true,
  overrideTakesLock: false,
  hotReset: checkGroupThenBus,
})
