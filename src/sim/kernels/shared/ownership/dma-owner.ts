/**
 * DMA ownership (drivers/iommu/iommu.c from 5.19 on): a group's DMA is used by nobody, by drivers of the host through the
 * DMA API, or by one owner in userspace. Whoever comes second is refused, before anything has moved.
 */
import { BLOCKED_CONTEXT, defaultContext } from '../../../iommu/context.ts'
import type { Errno } from '../../../errno.ts'
import type { ColumnShape } from '../../../shape.ts'
import type { Columns, U16, U8 } from '../../../state.ts'
import { check } from '../../../trace.ts'
import type { World } from '../../../world.ts'
import { moveGroup, type IommuCore } from '../iommu-core.ts'
import { add, at, bootMachine } from '../machine-state.ts'
import { bootVfio, type VfioState } from '../vfio-state.ts'
import type { OwnershipTrace } from './codes.ts'

export interface OwnershipColumns {
  // Of each group.
  /** iommu_group.owner_cnt. */
  readonly ownerCount: U16
  /** 1: one owner in userspace has it (iommu_group.owner is set); 0: the count is one of drivers. */
  readonly owned: U8
  /** Process × device: device files from a group that only the virtual machine of that process holds. */
  readonly keptFiles: U16
}

export const OWNERSHIP_SHAPE: Readonly<Record<keyof OwnershipColumns, ColumnShape>> = {
  ownerCount: { by: ['group'] },
  owned: { by: ['group'] },
  keptFiles: { by: ['process', 'device'] },
}

export type OwnedState = VfioState & OwnershipColumns

export function ownershipColumns(world: World, columns: Columns): OwnershipColumns {
  const groups = world.groups.length
  return {
    ownerCount: columns.u16(groups),
    owned: columns.u8(groups),
    keptFiles: columns.u16(world.setup.processes.length * world.devices.length),
  }
}

/** Boots a machine with VFIO groups, and counts the drivers that are bound. */
export function bootOwned(state: OwnedState): void {
  bootMachine(state)
  bootVfio(state)
  state.world.devices.forEach(({ group }, device) => {
    if (group >= 0 && !managesDma(state, at(state.driver, device))) add(state.ownerCount, group, 1)
  })
}

/**
 * Whether a driver does without the DMA API (device_driver.driver_managed_dma), so that it may be bound beside a user:
 * those of VFIO, pci-stub and the driver of PCIe ports say so of themselves.
 */
export function managesDma(state: OwnedState, driver: number): boolean {
  switch (state.world.drivers[driver]?.family) {
    case 'vfio':
    case 'stub':
    case 'port':
    case 'none':
    case 'absent':
    case undefined:
      return true
    case 'uio':
    case 'native':
    case 'unknown':
      return false
  }
}

/** Sets owner_cnt. */
export function setCount(state: OwnedState, group: number, count: number, trace?: OwnershipTrace): void {
  state.ownerCount[group] = count
  trace?.effect('owner.count', { kind: 'count', count, group })
}

/** pci_dma_configure, for a driver that is about to be probed: the errno of its refusal, or null. */
export function configureDma(state: OwnedState, device: number, driver: number, trace?: OwnershipTrace): Errno | null {
  return check(trace, 'O.PB.managed', managesDma(state, driver), { kind: 'driver', driver, device })
    ? null
    : takeDefaultDomain(state, device, trace)
}

/** iommu_device_use_default_domain. */
function takeDefaultDomain(state: OwnedState, device: number, trace?: OwnershipTrace): Errno | null {
  const group = state.world.devices[device]?.group ?? -1
  if (!check(trace, 'O.UDD.1', group >= 0, { kind: 'device', device })) return null
  const subject = { kind: 'group', group } as const
  if (!check(trace, 'O.UDD.2', state.owned[group] === 0, subject)) return 'EBUSY'
  if (!check(trace, 'O.UDD.3', state.groupDomain[group] === defaultContext(state.world, group), subject)) return 'EBUSY'
  setCount(state, group, at(state.ownerCount, group) + 1, trace)
  return null
}

/** pci_dma_cleanup, after a driver is gone or its probe has failed. */
export function cleanUpDma(state: OwnedState, device: number, driver: number, trace?: OwnershipTrace): void {
  const group = state.world.devices[device]?.group ?? -1
  if (group < 0 || managesDma(state, driver)) return
  setCount(state, group, at(state.ownerCount, group) - 1, trace)
}

/**
 * iommu_group_claim_dma_owner for the VFIO group: whoever else uses the group's DMA, drivers or an owner, is in the way.
 *
 * @param locked errno for a device that may not lose the memory which its firmware demands
 */
export function claimGroup(state: OwnedState, group: number, locked: Errno, trace?: OwnershipTrace): Errno | null {
  return check(trace, 'O.CL.1', state.ownerCount[group] === 0, { kind: 'group', group })
    ? takeOwnership(state, group, locked, trace)
    : 'EPERM'
}

/**
 * __iommu_take_dma_ownership, of a group that nobody uses: all of it goes to the blocking domain. If one device may not,
 * those before it go back.
 */
export function takeOwnership(state: OwnedState, group: number, locked: Errno, trace?: OwnershipTrace): Errno | null {
  const home = state.groupDomain[group] === defaultContext(state.world, group)
  if (!check(trace, 'O.CL.2', home, { kind: 'group', group })) return 'EBUSY'
  for (const device of state.world.groups[group]?.devices ?? []) {
    if (state.present[device] === 0) continue
    if (check(trace, 'O.CL.4', state.world.devices[device]?.spec.rmrr !== true, { kind: 'device', device })) continue
    trace?.effect('log.rmrr', { kind: 'device', device })
    return locked
  }
  moveGroup(state, group, BLOCKED_CONTEXT, trace)
  state.owned[group] = 1
  trace?.effect('owner.set', { kind: 'group', group })
  setCount(state, group, 1, trace)
  return null
}

/** __iommu_release_dma_ownership: the owner is gone, and the group back in its default domain. */
export function releaseOwnership(state: OwnedState, group: number, trace?: OwnershipTrace): void {
  setCount(state, group, 0, trace)
  state.owned[group] = 0
  trace?.effect('owner.cleared', { kind: 'group', group })
  moveGroup(state, group, defaultContext(state.world, group), trace)
}

/** Where a group falls back to: nowhere while it is owned, else its default domain (__iommu_group_set_core_domain). */
export function coreContext(state: OwnedState, group: number): number {
  return state.owned[group] === 0 ? defaultContext(state.world, group) : BLOCKED_CONTEXT
}

export const owningIommuCore: IommuCore<OwnedState> = {
  // iommu_enable_nesting.
  noNesting: 'EINVAL',

  /** iommu_attach_group. Devices that may not be moved were found out when the group was claimed. */
  attach(state, group, context, trace) {
    const belief = at(state.groupDomain, group)
    const free = belief === defaultContext(state.world, group) || belief === BLOCKED_CONTEXT
    if (!check(trace, 'L.AT.4', free, { kind: 'group', group })) return 'EBUSY'
    moveGroup(state, group, context, trace)
    return null
  },

  /** iommu_detach_group. */
  detach(state, group, trace) {
    moveGroup(state, group, coreContext(state, group), trace)
  },
}
