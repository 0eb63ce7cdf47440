/** Linux 6.12 built with iommufd and device files. */
import type { Kernel } from '../../kernel.ts'
import { iommufdKernel } from '../shared/iommufd/kernel.ts'
import type { IommufdState } from '../shared/iommufd/state.ts'
import { TYPE1_RULES_6_1 } from '../shared/type1.ts'

export const linux612iommufd: Kernel<IommufdState> = iommufdKernel({
  id: 'linux-6.12-iommufd',
  type1: TYPE1_RULES_6_1,
  memoryWrapsFirst: false,
})
