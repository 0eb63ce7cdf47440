import { writeContext, type HardwareColumns } from '../../iommu/hardware.ts'
import type { Errno } from '../../errno.ts'
import type { State } from '../../state.ts'
import type { Trace } from '../../trace.ts'
import type { SharedCheck, SharedEffect } from './codes.ts'
import type { VfioState } from './vfio-state.ts'

type SharedTrace = Trace<SharedCheck, SharedEffect>

/** How a kernel's IOMMU core moves groups for the owner of an address space; where kernels differ here they say how. */
export interface IommuCore<S extends VfioState = VfioState> {
  /** Errno where the hardware cannot nest page tables. */
  readonly noNesting: Errno
  /** iommu_attach_group: puts a whole group into a context; the errno if that is refused. */
  attach(state: S, group: number, context: number, trace?: SharedTrace): Errno | null
  /** iommu_detach_group: puts it back to where it belongs when nobody's address space applies. */
  detach(state: S, group: number, trace?: SharedTrace): void
}

/** Writes one function's context, under all its requester IDs. */
export function moveDevice(state: State & HardwareColumns, device: number, context: number, trace?: SharedTrace): void {
  writeContext(state, device, context)
  trace?.effect('hw.context', { kind: 'context', context, device })
}

/** Writes the contexts of all functions of a group that are plugged in, in list order, and notes it as the group's own. */
export function moveGroup(state: VfioState, group: number, context: number, trace?: SharedTrace): void {
  const members = state.world.groups[group]?.devices ?? []
  for (const device of members) if (state.present[device] === 1) moveDevice(state, device, context, trace)
  state.groupDomain[group] = context
}
