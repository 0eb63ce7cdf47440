import { at, LEAVING_CONTAINER } from '../shared/machine-state.ts'
import { isVfioDevice } from '../shared/vfio-state.ts'
import type { LegacyState, LegacyTrace } from './codes.ts'

export type ViabilityRule = 'L.V.1' | 'L.V.2' | 'L.V.3' | 'L.V.4' | 'L.V.5' | 'L.V.6'

/** The rule of vfio_dev_viable that decides about a device; `L.V.6` is the one that finds it bad. */
export function viabilityRule(state: LegacyState, device: number): ViabilityRule {
  if (at(state.leaving, device) > 0) return 'L.V.1'
  const driver = at(state.driver, device)
  if (driver === 0) return 'L.V.2'
  if (state.world.devices[device]?.spec.bridge === true) return 'L.V.3'
  const family = state.world.drivers[driver]?.family
  if (family === 'stub') return 'L.V.4'
  if (family === 'vfio') return 'L.V.5'
  return 'L.V.6'
}

/** vfio_dev_viable. */
export function isDeviceViable(state: LegacyState, device: number, trace?: LegacyTrace): boolean {
  const rule = viabilityRule(state, device)
  trace?.check(rule, rule !== 'L.V.6', { kind: 'driver', driver: at(state.driver, device), device })
  return rule !== 'L.V.6'
}

/** vfio_group_viable: every member of the IOMMU group, up to the first bad one. */
export function isGroupViable(state: LegacyState, group: number, trace?: LegacyTrace): boolean {
  const members = state.world.groups[group]?.devices ?? []
  for (let index = 0; index < members.length; index++) {
    const device = members[index] ?? -1
    if (state.present[device] === 1 && !isDeviceViable(state, device, trace)) return false
  }
  return true
}

/** Whether a device is on its VFIO group's device_list: registered, and not yet taken off by its unregistering. */
export function isListed(state: LegacyState, device: number): boolean {
  return isVfioDevice(state, device) && state.leaving[device] !== LEAVING_CONTAINER
}
