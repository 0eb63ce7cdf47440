/**
 * Linux 7.3 as Debian builds it, with VFIO groups and containers only: 6.12 but for the backend of containers, which has
 * no nesting type any more and answers ranges that wrap by EOVERFLOW (both since 6.18).
 */
import type { Kernel } from '../../kernel.ts'
import type { OwnedState } from '../shared/ownership/dma-owner.ts'
import { groupKernel } from '../shared/ownership/group-kernel.ts'
import { isListedUntilUnbind } from '../shared/ownership/group.ts'
import { checkGroupThenBus } from '../shared/ownership/reset.ts'
import { TYPE1_RULES_6_1, type Type1Rules } from '../shared/type1.ts'

export const TYPE1_RULES_7_3: Type1Rules = {
  ...TYPE1_RULES_6_1,
  types: ['type1', 'type1v2'],
  wraps: 'EOVERFLOW',
}

export const linux73: Kernel<OwnedState> = groupKernel({
  id: 'linux-7.3',
  locked: 'EINVAL',
  notContainer: 'EBADFD',
  type1: TYPE1_RULES_7_3,
  isListed: isListedUntilUnbind,
  kvmTakesDevices: true,
  overrideTakesLock: false,
  hotReset: checkGroupThenBus,
})
