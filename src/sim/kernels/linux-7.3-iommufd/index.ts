/** Linux 7.3 built with iommufd and device files: 6.12's iommufd beside 7.3's backend of containers. */
import type { Kernel } from '../../kernel.ts'
import { iommufdKernel } from '../shared/iommufd/kernel.ts'
import type { IommufdState } from '../shared/iommufd/state.ts'
import { TYPE1_RULES_7_3 } from '../linux-7.3/index.ts'

export const linux73iommufd: Kernel<IommufdState> = iommufdKernel({
  id: 'linux-7.3-iommufd',
  type1: TYPE1_RULES_7_3,
  memoryWrapsFirst: true,
})
