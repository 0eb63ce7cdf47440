import type { Trace } from '../../trace.ts'
import type { SharedCheck, SharedEffect } from './codes.ts'
import { at, type MachineState } from './machine-state.ts'

type SharedTrace = Trace<SharedCheck, SharedEffect>

/** Whether a function is plugged in (and known at all). */
export function isPresent(state: MachineState, device: number): boolean {
  return device >= 0 && state.present[device] === 1
}

/** Whether this kernel has a driver: an index that names none, or an absent one, has no directory in sysfs. */
export function isInstalled(state: MachineState, driver: number): boolean {
  const family = driver < 1 ? undefined : state.world.drivers[driver]?.family
  return family !== undefined && family !== 'absent' && family !== 'none'
}

/** Whether a driver matches a device (pci_match_device): by the override if there is one, else by the id table. */
export function matches(state: MachineState, device: number, driver: number): boolean {
  const override = at(state.override, device)
  return override === 0 ? state.world.devices[device]?.native === driver : override === driver
}

/** The driver that would take a device by itself: that of the override, else the native one; 0: none. */
export function candidateFor(state: MachineState, device: number): number {
  const override = at(state.override, device)
  const driver = override === 0 ? (state.world.devices[device]?.native ?? 0) : override
  return isInstalled(state, driver) ? driver : 0
}

/**
 * Whether a driver's probe takes a device that matches it: vfio-pci wants a normal header and a group (vfio_pci_probe),
 * the port driver a PCIe port (pcie_portdrv_probe), a native driver one of its own devices; the rest takes anything.
 */
export function probeAccepts(state: MachineState, device: number, driver: number): boolean {
  const info = state.world.devices[device]
  if (info === undefined) return false
  switch (state.world.drivers[driver]?.family) {
    case 'vfio':
      return !info.spec.bridge && info.group >= 0
    case 'stub':
    case 'uio':
      return true
    case 'port':
      return info.spec.kind === 'rp' || info.spec.kind === 'usp' || info.spec.kind === 'dsp'
    case 'native':
    case 'unknown':
      return info.native === driver || info.bootDriver === driver
    case 'none':
    case 'absent':
    case undefined:
      return false
  }
}

/** Writes driver_override; 0 clears it. */
export function setOverride(state: MachineState, device: number, driver: number, trace?: SharedTrace): void {
  state.override[device] = Math.max(driver, 0)
  trace?.effect('override.set', { kind: 'driver', driver: Math.max(driver, 0), device })
}

/** Sets dev->driver. */
export function setDriver(state: MachineState, device: number, driver: number, trace?: SharedTrace): void {
  const old = at(state.driver, device)
  state.driver[device] = driver
  if (driver === 0) trace?.effect('driver.cleared', { kind: 'driver', driver: old, device })
  else trace?.effect('driver.set', { kind: 'driver', driver, device })
}

/** Adds (driver > 0) or removes the link that sysfs shows (driver_sysfs_add, driver_sysfs_remove). */
export function setLink(state: MachineState, device: number, driver: number, trace?: SharedTrace): void {
  const old = at(state.link, device)
  state.link[device] = driver
  if (driver === 0) trace?.effect('link.removed', { kind: 'driver', driver: old, device })
  else trace?.effect('link.added', { kind: 'driver', driver, device })
}

/** Whether a bridge above a function is not plugged in, so that the function cannot be either. */
export function isUnreachable(state: MachineState, device: number): boolean {
  const parent = state.world.topology.parents[device] ?? -1
  return parent >= 0 && state.present[parent] === 0
}
