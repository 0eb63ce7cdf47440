import { refuse, type Result } from '../../../result.ts'
import type { Call } from '../../../world.ts'
import { allOwned, allRegistered, hotResetGroup, resetAll } from '../reset.ts'
import type { OwnershipTrace } from './codes.ts'
import type { OwnedState } from './dma-owner.ts'

/**
 * vfio_pci_dev_set_hot_reset with a group file, which is asked only whether it is one: everything that would be reset
 * must be on a vfio driver and in that group.
 */
export function resetWithGroup(
  state: OwnedState,
  affected: readonly number[],
  process: number,
  call: Call,
  trace?: OwnershipTrace,
): Result {
  const file = hotResetGroup(state, process, call.other, trace)
  if ('refused' in file) return file.refused
  if (!allRegistered(state, affected, trace)) return refuse('EINVAL')
  if (!allOwned(affected, (device) => state.world.devices[device]?.group === file.group, trace)) return refuse('EINVAL')
  return resetAll(state, affected, trace)
}
