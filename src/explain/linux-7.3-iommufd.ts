/** Words for Linux 7.3 built with iommufd: those of 6.12 but for the backend of containers and the memory of a mapping. */
import type { KernelWords } from './kernel-words.ts'
import { CHECKS_IOMMUFD, LINUX_6_12_IOMMUFD } from './linux-6.12-iommufd.ts'
import { changedSince612, loggedSince612 } from './linux-7.3.ts'
import { ownershipFunctions } from './ownership-functions.ts'

export const LINUX_7_3_IOMMUFD: KernelWords = {
  ...LINUX_6_12_IOMMUFD,
  name: 'Linux 7.3 with iommufd',
  version: '7.3',
  functions: ownershipFunctions('linux-7.3-iommufd'),
  checks: {
    ...CHECKS_IOMMUFD,
    ...changedSince612(CHECKS_IOMMUFD),
    'F.MAP.length': { ...CHECKS_IOMMUFD['F.MAP.length'], fn: 'iopt_alloc_user_pages' },
    'F.MAP.memory': { ...CHECKS_IOMMUFD['F.MAP.memory'], fn: 'iopt_alloc_user_pages' },
  },
  effects: { ...LINUX_6_12_IOMMUFD.effects, ...loggedSince612(LINUX_6_12_IOMMUFD.effects) },
}
