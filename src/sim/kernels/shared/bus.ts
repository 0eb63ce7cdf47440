/**
 * What sysfs asks of the driver core (drivers/base/bus.c, drivers/pci/pci-sysfs.c), up to where the kernels part ways: the
 * checks that come first, and the device lock, for which a call waits while a driver is leaving.
 */
import type { Errno } from '../../errno.ts'
import { OK, refuse, type Result } from '../../result.ts'
import { check, type Trace } from '../../trace.ts'
import type { Call } from '../../world.ts'
import type { SharedCheck, SharedEffect } from './codes.ts'
import { isInstalled, isPresent, isUnreachable, matches, setOverride } from './driver-core.ts'
import { at, type MachineState } from './machine-state.ts'
import { canWait, PENDING_BIND, PENDING_OVERRIDE, wait } from './pending.ts'

type SharedTrace = Trace<SharedCheck, SharedEffect>
/** A bind that has the device lock. */
type Bind = (device: number, driver: number) => Result

/** Takes the device lock, unless the remove of a driver that waits holds it. */
function takeDeviceLock(state: MachineState, device: number, trace?: SharedTrace): boolean {
  const free = state.leaving[device] === 0
  if (!free) trace?.effect('wait.device-lock', { kind: 'device', device })
  return free
}

/** `bind`: the driver's name into driver_override, which takes the device lock, then the address into `bind`. */
export function bindWhenFree(state: MachineState, { device, driver }: Call, bind: Bind, trace?: SharedTrace): Result {
  const free = !isPresent(state, device) || takeDeviceLock(state, device, trace)
  return free ? bind(device, driver) : wait(state, PENDING_BIND, device, driver)
}

/** The way of a bind to the driver's file: the override is written, the driver has a directory, the device is there. */
export function checkBind(state: MachineState, device: number, driver: number, trace?: SharedTrace): Errno | null {
  const present = isPresent(state, device)
  if (present) setOverride(state, device, driver, trace)
  if (!check(trace, 'L.B.dir', isInstalled(state, driver), { kind: 'driver', driver, device })) return 'ENOENT'
  return check(trace, 'L.B.1.exists', present, { kind: 'device', device }) ? null : 'ENODEV'
}

/** The device has no driver yet. */
export function isFree(state: MachineState, device: number, trace?: SharedTrace): boolean {
  const bound = at(state.driver, device)
  trace?.check('L.B.1.free', bound === 0, { kind: 'driver', driver: bound, device })
  return bound === 0
}

/** The driver is one for the device (driver_match_device). */
export function isMatch(state: MachineState, device: number, driver: number, trace?: SharedTrace): boolean {
  return check(trace, 'L.B.1.match', matches(state, device, driver), { kind: 'driver', driver, device })
}

/** bind_store as it was in 2021: one condition of three parts (the device is there, free, and matches), one errno. */
export function checkBindStore(state: MachineState, device: number, driver: number, trace?: SharedTrace): Errno | null {
  const errno = checkBind(state, device, driver, trace)
  if (errno !== null) return errno
  return isFree(state, device, trace) && isMatch(state, device, driver, trace) ? null : 'ENODEV'
}

/** `unbind`: the address into the current driver's `unbind`; the link in sysfs says which driver that is. */
export function checkUnbind(state: MachineState, device: number, trace?: SharedTrace): Errno | null {
  if (!check(trace, 'L.UB.1', isPresent(state, device) && at(state.link, device) !== 0, { kind: 'device', device }))
    return 'ENODEV'
  return canWait(state) ? null : 'EAGAIN'
}

/** `driver_override`: the name into the attribute, which takes the device lock. */
export function driverOverride(
  state: MachineState,
  { device, driver }: Call,
  takesLock: boolean,
  trace?: SharedTrace,
): Result {
  if (!check(trace, 'L.DO.1', isPresent(state, device), { kind: 'device', device })) return refuse('ENODEV')
  if (takesLock && !takeDeviceLock(state, device, trace)) return wait(state, PENDING_OVERRIDE, device, driver)
  setOverride(state, device, driver, trace)
  return OK
}

/** `drivers_probe`: the device is there. It takes no lock: a device whose driver is leaving still has one. */
export function checkDriversProbe(state: MachineState, device: number, trace?: SharedTrace): Errno | null {
  return check(trace, 'L.DP.1', isPresent(state, device), { kind: 'device', device }) ? null : 'ENODEV'
}

/** `hot_add`: the slot is known and empty, and what is above it is plugged in. */
export function checkSlot(state: MachineState, device: number, trace?: SharedTrace): Errno | null {
  if (!check(trace, 'L.HA.1', state.world.devices[device] !== undefined, { kind: 'device', device })) return 'ENODEV'
  if (!check(trace, 'L.HA.2', state.present[device] === 0, { kind: 'device', device })) return 'EEXIST'
  return check(trace, 'L.HA.3', !isUnreachable(state, device), { kind: 'device', device }) ? null : 'ENODEV'
}

/** Carries on a call that waited for the device lock: its late answer, or null while a driver still holds it. */
export function resumeWithLock(
  state: MachineState,
  pending: number,
  device: number,
  driver: number,
  bind: Bind,
  trace?: SharedTrace,
): Result | null {
  if (state.leaving[device] !== 0) return null
  trace?.effect('wait.over', { kind: 'device', device })
  if (pending === PENDING_BIND) return bind(device, driver)
  setOverride(state, device, driver, trace)
  return OK
}
