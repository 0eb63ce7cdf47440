import { refuse, type Result } from '../../../result.ts'
import type { Call } from '../../../world.ts'
import { allOwned, allRegistered, hotResetGroup, hotResettable, isGroupGiven, resetAll } from '../reset.ts'
import type { OwnershipTrace } from './codes.ts'
import type { OwnedState } from './dma-owner.ts'

/**
 * vfio_pci_dev_set_hot_reset with a group file, which is asked only whether it is one: everything that would be reset
 * must be on a vfio driver and in that group.
 */
function resetWithGroup(
  state: OwnedState,
  device: number,
  affected: readonly number[],
  process: number,
  call: Call,
  trace?: OwnershipTrace,
): Result {
  const file = hotResetGroup(state, process, call.other, trace)
  if ('refused' in file) return file.refused
  if (!allRegistered(state, affected, trace)) return refuse('EINVAL')
  if (!allOwned(affected, (other) => state.world.devices[other]?.group === file.group, trace)) return refuse('EINVAL')
  return resetAll(state, device, affected, trace)
}

/** vfio_pci_ioctl_pci_hot_reset before 6.6: whether the bus can be reset at all comes first. */
export function checkBusThenGroup(
  state: OwnedState,
  device: number,
  process: number,
  call: Call,
  trace?: OwnershipTrace,
): Result {
  const target = hotResettable(state, device, trace)
  if ('refused' in target) return target.refused
  if (!isGroupGiven(device, call.other, trace)) return refuse('EINVAL')
  return resetWithGroup(state, device, target.affected, process, call, trace)
}

/** The same since 6.6: without a group file it is refused before the bus is looked at. */
export function checkGroupThenBus(
  state: OwnedState,
  device: number,
  process: number,
  call: Call,
  trace?: OwnershipTrace,
): Result {
  if (!isGroupGiven(device, call.other, trace)) return refuse('EINVAL')
  const target = hotResettable(state, device, trace)
  if ('refused' in target) return target.refused
  return resetWithGroup(state, device, target.affected, process, call, trace)
}
