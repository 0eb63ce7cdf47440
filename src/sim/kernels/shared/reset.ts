/** Resets through a device file (vfio_pci_ioctl). */
import { OK, refuse, type Result } from '../../result.ts'
import type { Trace } from '../../trace.ts'
import type { SharedCheck, SharedEffect } from './codes.ts'
import { at, type MachineState } from './machine-state.ts'
import { isVfioDevice } from './vfio-state.ts'

type SharedTrace = Trace<SharedCheck, SharedEffect>

const CAN_RESET: Result = { ok: true, value: { flags: 3, num_regions: 9, num_irqs: 5 } }
const CANNOT_RESET: Result = { ok: true, value: { flags: 2, num_regions: 9, num_irqs: 5 } }

/** VFIO_DEVICE_GET_INFO: flags RESET (1) and PCI (2), and what every vfio-pci device has of regions and interrupts. */
export function deviceInfo(state: MachineState, device: number): Result {
  return state.world.devices[device]?.spec.resettable === false ? CANNOT_RESET : CAN_RESET
}

/** VFIO_DEVICE_RESET. A device whose driver is leaving is locked, and pci_try_reset_function does not wait for it. */
export function resetDevice(state: MachineState, device: number, trace?: SharedTrace): Result {
  const resettable = state.world.devices[device]?.spec.resettable !== false
  trace?.check('L.DR.1', resettable, { kind: 'device', device })
  if (!resettable) return refuse('EINVAL')
  const free = state.leaving[device] === 0
  trace?.check('L.DR.2', free, { kind: 'device', device })
  if (!free) return refuse('EAGAIN')
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

/**
 * VFIO_DEVICE_PCI_HOT_RESET with at most one group file.
 *
 * @param group index of the group that the file is open on; -1 if no file is given, -2 if it is not open, -3 if it is another kind of file
 * @param usable whether VFIO would lend the group to another user: in a container with a backend, and viable
 */
export function hotReset(
  state: MachineState,
  device: number,
  group: number,
  usable: (group: number) => boolean,
  trace?: SharedTrace,
): Result {
  const subject = { kind: 'device', device } as const
  const affected = affectedBy(state, device)
  trace?.check('L.HR.1', affected.length > 0, subject)
  if (affected.length === 0) return refuse('ENODEV')
  trace?.check('L.HR.2', group !== -1, subject)
  if (group === -1) return refuse('EINVAL')
  trace?.check('L.FD.open', group !== -2)
  if (group === -2) return refuse('EBADF')
  trace?.check('L.FD.kind', group !== -3)
  if (group === -3) return refuse('EINVAL')
  const lent = usable(group)
  trace?.check('L.HR.3', lent, { kind: 'group', group })
  if (!lent) return refuse('EINVAL')
  for (const other of affected) {
    const owned = state.world.devices[other]?.group === group
    trace?.check('L.HR.4', owned, { kind: 'device', device: other })
    if (!owned) return refuse('EINVAL')
  }
  // vfio_pci_try_zap_and_vma_lock_cb: every one of them must be on vfio-pci.
  for (const other of affected) {
    const registered = isVfioDevice(state, other)
    trace?.check('L.HR.5', registered, { kind: 'device', device: other })
    if (!registered) return refuse('EINVAL')
  }
  for (const other of affected) {
    const free = at(state.leaving, other) === 0
    trace?.check('L.HR.6', free, { kind: 'device', device: other })
    if (!free) return refuse('EAGAIN')
  }
  for (const other of affected) trace?.effect('device.reset', { kind: 'device', device: other })
  return OK
}

/** VFIO_DEVICE_GET_PCI_HOT_RESET_INFO into a buffer with room for one function. */
export function hotResetInfo(state: MachineState, device: number): Result {
  const affected = affectedBy(state, device).length
  if (affected === 0) return refuse('ENODEV')
  return affected > 1 ? refuse('ENOSPC') : OK
}
