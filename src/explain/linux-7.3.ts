/** Words for Linux 7.3 as distributions build it: those of 6.12 but for the backend of containers. */
import type { OwnershipCheck } from '../sim/kernels/shared/ownership/codes.ts'
import { wordIn, type CheckWords, type KernelWords } from './kernel-words.ts'
import { LINUX_6_12 } from './linux-6.12.ts'
import { ownershipFunctions } from './ownership-functions.ts'
import { rich } from './words.ts'

/** What 7.3 checks in another way than 6.12, with the words of a kernel of that time. */
export function changedSince612(
  checks: Readonly<Record<OwnershipCheck, CheckWords>>,
): Readonly<Pick<Record<OwnershipCheck, CheckWords>, 'L.SI.3' | 'L.MAP.4'>> {
  return {
    'L.SI.3': {
      ...checks['L.SI.3'],
      why: (scene) =>
        rich`No backend of this machine knows the IOMMU type ${wordIn(scene, 'asked for')}. (The type for nested page tables, type1_nesting, is gone: no hardware driver ever offered it through VFIO.)`,
    },
    'L.MAP.4': {
      ...checks['L.MAP.4'],
      why: 'The range runs past the last 64-bit address. This is asked before whether it is of whole pages.',
    },
  }
}

const { checks } = LINUX_6_12

export const LINUX_7_3: KernelWords = {
  ...LINUX_6_12,
  name: 'Linux 7.3',
  version: '7.3',
  functions: ownershipFunctions('linux-7.3'),
  checks: { ...checks, ...changedSince612(checks) },
}
