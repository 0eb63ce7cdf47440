/** Calls on a device file (vfio_pci_ioctl), which are about resets. */
import type { OpKind } from '../../op.ts'
import { OK, refuse, type Result } from '../../result.ts'
import { check, type Trace } from '../../trace.ts'
import type { Call } from '../../world.ts'
import type { SharedCheck, SharedEffect } from './codes.ts'
import { CLOSED, GROUP_FD, kindInProcess } from './files.ts'
import { at, type MachineState } from './machine-state.ts'
import { isVfioDevice } from './vfio-state.ts'

type SharedTrace = Trace<SharedCheck, SharedEffect>

const CAN_RESET: Result = { ok: true, value: { flags: 3, num_regions: 9, num_irqs: 5 } }
const CANNOT_RESET: Result = { ok: true, value: { flags: 2, num_regions: 9, num_irqs: 5 } }

/** VFIO_DEVICE_GET_INFO: flags RESET (1) and PCI (2), and what every vfio-pci device has of regions and interrupts. */
function deviceInfo(state: MachineState, device: number): Result {
  return state.world.devices[device]?.spec.resettable === false ? CANNOT_RESET : CAN_RESET
}

/** VFIO_DEVICE_RESET. A device whose driver is leaving is locked, and pci_try_reset_function does not wait for it. */
function resetDevice(state: MachineState, device: number, trace?: SharedTrace): Result {
  if (!check(trace, 'L.DR.1', state.world.devices[device]?.spec.resettable !== false, { kind: 'device', device }))
    return refuse('EINVAL')
  if (!check(trace, 'L.DR.2', state.leaving[device] === 0, { kind: 'device', device })) return refuse('EAGAIN')
  trace?.effect('device.reset', { kind: 'device', device })
  return OK
}

/** Functions that a reset of the bus which a function sits on would reset: all on it and below; empty on a root bus. */
function affectedBy(state: MachineState, device: number): number[] {
  const { parents, functions } = state.world.topology
  const bridge = parents[device] ?? -1
  if (bridge < 0) return []
  const affected: number[] = []
  functions.forEach((_, candidate) => {
    if (state.present[candidate] === 0) return
    for (let at = parents[candidate] ?? -1; at >= 0; at = parents[at] ?? -1) {
      if (at !== bridge) continue
      affected.push(candidate)
      return
    }
  })
  return affected
}

/** What VFIO_DEVICE_PCI_HOT_RESET would reset; the refusal if the bus cannot be reset. */
export function hotResettable(
  state: MachineState,
  device: number,
  trace?: SharedTrace,
): { readonly affected: readonly number[] } | { readonly refused: Result } {
  const affected = affectedBy(state, device)
  return check(trace, 'L.HR.1', affected.length > 0, { kind: 'device', device })
    ? { affected }
    : { refused: refuse('ENODEV') }
}

/** Whether a hot reset is given a group file; there can be one at most. */
export function isGroupGiven(device: number, slot: number, trace?: SharedTrace): boolean {
  return check(trace, 'L.HR.2', slot >= 0, { kind: 'device', device })
}

/** The group file that a hot reset is given: the group, or the refusal if it is none. */
export function hotResetGroup(
  state: MachineState,
  process: number,
  slot: number,
  trace?: SharedTrace,
): { readonly group: number } | { readonly refused: Result } {
  const kind = kindInProcess(state, slot, process)
  if (!check(trace, 'L.FD.open', kind !== CLOSED)) return { refused: refuse('EBADF') }
  if (!check(trace, 'L.FD.kind', kind === GROUP_FD)) return { refused: refuse('EINVAL') }
  return { group: at(state.fdObject, slot) }
}

/** Whether all that would be reset is the caller's. */
export function allOwned(
  affected: readonly number[],
  isOwned: (device: number) => boolean,
  trace?: SharedTrace,
): boolean {
  for (const device of affected) {
    if (!check(trace, 'L.HR.4', isOwned(device), { kind: 'device', device })) return false
  }
  return true
}

/** Whether all that would be reset is on vfio-pci. */
export function allRegistered(state: MachineState, affected: readonly number[], trace?: SharedTrace): boolean {
  for (const device of affected) {
    if (!check(trace, 'L.HR.5', isVfioDevice(state, device), { kind: 'device', device })) return false
  }
  return true
}

/**
 * Whether the port above a device says after a reset that its link is up again, for which the kernel waits
 * (pci_bridge_wait_for_secondary_bus). QEMU's emulated root port offers 16 GT/s and never says so.
 */
function linkComesBack(state: MachineState, device: number): boolean {
  const above = state.world.devices[state.world.topology.parents[device] ?? -1]?.spec
  return above?.vendor !== '1b36' || above.device !== '000c'
}

/** Locks and resets the devices of a bus; nobody waits for a lock. */
export function resetAll(
  state: MachineState,
  device: number,
  affected: readonly number[],
  trace?: SharedTrace,
): Result {
  for (const other of affected) {
    const subject = { kind: 'device', device: other } as const
    if (!check(trace, 'L.HR.6', at(state.leaving, other) === 0, subject)) return refuse('EAGAIN')
  }
  for (const other of affected) trace?.effect('device.reset', { kind: 'device', device: other })
  return check(trace, 'L.HR.7', linkComesBack(state, device), { kind: 'device', device }) ? OK : refuse('ENOTTY')
}

/**
 * vfio_pci_dev_set_try_reset: a device that cannot be reset alone is reset with its bus once nobody has a device there open,
 * if VFIO has them all and no lock is held. To be called when a device has been closed for good.
 */
export function resetUnusedBus(
  state: MachineState,
  device: number,
  isOpen: (device: number) => boolean,
  trace?: SharedTrace,
): void {
  if (trace === undefined || state.world.devices[device]?.spec.resettable !== false) return
  const affected = affectedBy(state, device)
  const free = affected.every((other) => isVfioDevice(state, other) && !isOpen(other) && at(state.leaving, other) === 0)
  if (free) for (const other of affected) trace.effect('device.reset', { kind: 'device', device: other })
}

/** VFIO_DEVICE_GET_PCI_HOT_RESET_INFO into a buffer with room for one function. */
function hotResetInfo(state: MachineState, device: number): Result {
  const affected = affectedBy(state, device).length
  if (affected === 0) return refuse('ENODEV')
  return affected > 1 ? refuse('ENOSPC') : OK
}

/** The calls that are meant for a device file. */
export const DEVICE_IOCTLS: readonly OpKind[] = ['device_get_info', 'device_access', 'device_reset', 'device_hot_reset']

/** vfio_pci_ioctl: what a device file answers whichever kernel it is, `hotReset` apart. */
export function deviceIoctl(
  state: MachineState,
  device: number,
  call: Call,
  hotReset: () => Result,
  trace?: SharedTrace,
): Result {
  switch (call.op) {
    case 'device_get_info':
      return deviceInfo(state, device)
    case 'device_access':
      return OK
    case 'device_reset':
      return resetDevice(state, device, trace)
    case 'device_hot_reset':
      return hotReset()
    case 'map_dma':
      // The ioctl number of VFIO_DEVICE_PCI_HOT_RESET, with flags that it does not know.
      return refuse('EINVAL')
    case 'iommu_get_info':
      // The ioctl number of VFIO_DEVICE_GET_PCI_HOT_RESET_INFO.
      return hotResetInfo(state, device)
    default:
      return refuse('ENOTTY')
  }
}
