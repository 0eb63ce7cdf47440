/** Drivers come and go: drivers/base/bus.c and dd.c in 5.10, and what vfio-pci does when it is taken away. */
import { defaultContext } from '../../iommu/context.ts'
import { OK, refuse, type Result } from '../../result.ts'
import type { Call } from '../../world.ts'
import {
  candidateFor,
  isInstalled,
  isPresent,
  isUnreachable,
  matches,
  probeAccepts,
  setDriver,
  setLink,
  setOverride,
} from '../shared/driver-core.ts'
import { moveDevice } from '../shared/iommu-core.ts'
import { at, LEAVING_CONTAINER, LEAVING_FDS } from '../shared/machine-state.ts'
import { canWait, PENDING_BIND, PENDING_OVERRIDE, PENDING_UNBIND, wait } from '../shared/pending.ts'
import { containerOf, isVfioDevice } from '../shared/vfio-state.ts'
import type { LegacyState, LegacyTrace } from './codes.ts'
import { updateNode } from './node.ts'
import { notifyAdded, notifyBefore, notifyBound, notifyUnbound, VFIO_BUG } from './notifier.ts'
import { isListed } from './viability.ts'

const BUG: Result = { bug: VFIO_BUG }

/** What a frozen machine answers. */
export function frozen(): Result {
  return BUG
}

/** Index of a device's group, -1: none. */
function groupOf(state: LegacyState, device: number): number {
  return state.world.devices[device]?.group ?? -1
}

/** `bind`: the driver's name into driver_override, then the address into the driver's `bind`. */
export function bind(state: LegacyState, call: Call, trace?: LegacyTrace): Result {
  const { device, driver } = call
  if (isPresent(state, device) && !takeDeviceLock(state, device, trace))
    return wait(state, PENDING_BIND, device, driver)
  return bindUnlocked(state, device, driver, trace)
}

/** The device lock is held by a driver's remove that waits. */
function takeDeviceLock(state: LegacyState, device: number, trace?: LegacyTrace): boolean {
  const free = state.leaving[device] === 0
  if (!free) trace?.effect('wait.device-lock', { kind: 'device', device })
  return free
}

function bindUnlocked(state: LegacyState, device: number, driver: number, trace?: LegacyTrace): Result {
  const present = isPresent(state, device)
  if (present) setOverride(state, device, driver, trace)
  const subject = { kind: 'driver', driver, device } as const
  const installed = isInstalled(state, driver)
  trace?.check('L.B.dir', installed, subject)
  if (!installed) return refuse('ENOENT')
  // bind_store: one condition of three parts, one errno.
  trace?.check('L.B.1.exists', present, { kind: 'device', device })
  if (!present) return refuse('ENODEV')
  const bound = at(state.driver, device)
  trace?.check('L.B.1.free', bound === 0, { kind: 'driver', driver: bound, device })
  if (bound !== 0) return refuse('ENODEV')
  const matching = matches(state, device, driver)
  trace?.check('L.B.1.match', matching, subject)
  if (!matching) return refuse('ENODEV')
  return reallyProbe(state, device, driver, trace)
}

/** really_probe: VFIO hears of it before and after the probe; its veto, if it is one, comes after. */
function reallyProbe(state: LegacyState, device: number, driver: number, trace?: LegacyTrace): Result {
  const group = groupOf(state, device)
  setDriver(state, device, driver, trace)
  setLink(state, device, driver, trace)
  notifyBefore(state, 'notify.bind', device, group, trace)
  const accepted = probeAccepts(state, device, driver)
  trace?.check('L.B.2', accepted, { kind: 'driver', driver, device })
  if (!accepted) {
    setLink(state, device, 0, trace)
    setDriver(state, device, 0, trace)
    trace?.effect('probe.failed', { kind: 'driver', driver, device })
    return refuse('ENODEV')
  }
  if (isVfioDevice(state, device)) {
    // vfio_register_group_dev: the first device of a group brings the VFIO group and its node.
    updateNode(state, group, trace)
    trace?.effect('vfio.registered', { kind: 'device', device })
  }
  return notifyBound(state, device, group, trace) ? OK : BUG
}

/** `unbind`: the address into the current driver's `unbind`; the link in sysfs says which driver that is. */
export function unbind(state: LegacyState, call: Call, trace?: LegacyTrace): Result {
  const { device } = call
  const bound = isPresent(state, device) && at(state.link, device) !== 0
  trace?.check('L.UB.1', bound, { kind: 'device', device })
  if (!bound) return refuse('ENODEV')
  if (!canWait(state)) return refuse('EAGAIN')

  // __device_release_driver.
  setLink(state, device, 0, trace)
  notifyBefore(state, 'notify.unbind', device, groupOf(state, device), trace)
  if (isVfioDevice(state, device)) {
    state.leaving[device] = LEAVING_FDS
    const waits = unregister(state, device, trace)
    if (waits) return wait(state, PENDING_UNBIND, device, 0)
  }
  finishUnbind(state, device, trace)
  return OK
}

/**
 * vfio_unregister_group_dev, as far as it gets: it waits for the files of the device, takes it off device_list, and if
 * that was the group's last, waits for the group to leave its container.
 *
 * @returns whether it (still) waits
 */
function unregister(state: LegacyState, device: number, trace?: LegacyTrace): boolean {
  if (state.leaving[device] === LEAVING_FDS) {
    const closed = at(state.opens, device) === 0
    trace?.check('L.UR.2', closed, { kind: 'count', count: at(state.opens, device) })
    if (!closed) {
      trace?.effect('log.unbind-blocked', { kind: 'device', device })
      trace?.effect('wait.device-fds', { kind: 'device', device })
      return true
    }
    trace?.effect('vfio.unregistered', { kind: 'device', device })
    if (hasOtherListed(state, device)) {
      trace?.check('L.UR.4', true, { kind: 'device', device })
      return false
    }
    state.leaving[device] = LEAVING_CONTAINER
  }
  const container = containerOf(state, groupOf(state, device))
  trace?.check('L.UR.4', container < 0, { kind: 'device', device })
  if (container < 0) return false
  trace?.effect('wait.container', { kind: 'container', container })
  return true
}

/** Whether the device_list of a device's group holds another device. */
function hasOtherListed(state: LegacyState, device: number): boolean {
  const members = state.world.groups[groupOf(state, device)]?.devices ?? []
  return members.some((other) => other !== device && isListed(state, other))
}

/** The rest of __device_release_driver after the driver's remove. No context of the IOMMU changes. */
function finishUnbind(state: LegacyState, device: number, trace?: LegacyTrace): void {
  const group = groupOf(state, device)
  const wasVfio = isVfioDevice(state, device)
  state.leaving[device] = 0
  setDriver(state, device, 0, trace)
  notifyUnbound(state, device, group, wasVfio, trace)
  if (wasVfio) updateNode(state, group, trace)
}

/** `driver_override`: the name into the attribute, which takes the device lock. */
export function driverOverride(state: LegacyState, call: Call, trace?: LegacyTrace): Result {
  const { device, driver } = call
  const present = isPresent(state, device)
  trace?.check('L.DO.1', present, { kind: 'device', device })
  if (!present) return refuse('ENODEV')
  if (!takeDeviceLock(state, device, trace)) return wait(state, PENDING_OVERRIDE, device, driver)
  setOverride(state, device, driver, trace)
  return OK
}

/** `drivers_probe`: succeeds whatever becomes of it, and does not wait: a device whose driver is leaving still has one. */
export function driversProbe(state: LegacyState, call: Call, trace?: LegacyTrace): Result {
  const { device } = call
  const present = isPresent(state, device)
  trace?.check('L.DP.1', present, { kind: 'device', device })
  if (!present) return refuse('ENODEV')
  return autoProbe(state, device, trace) === BUG ? BUG : OK
}

/** device_attach: the driver that matches by itself, if there is one and the device is free. */
function autoProbe(state: LegacyState, device: number, trace?: LegacyTrace): Result {
  const driver = candidateFor(state, device)
  if (at(state.driver, device) !== 0 || driver === 0) return OK
  return reallyProbe(state, device, driver, trace)
}

/**
 * `hot_add`: a function appears in its slot. 5.10 puts it into the group's domain and then, on the way through
 * iommu_probe_device, into the group's default domain, which leaves it outside the user's; and a driver may take it at once.
 */
export function hotAdd(state: LegacyState, call: Call, trace?: LegacyTrace): Result {
  const { device } = call
  const known = state.world.devices[device] !== undefined
  trace?.check('L.HA.1', known, { kind: 'device', device })
  if (!known) return refuse('ENODEV')
  const absent = state.present[device] === 0
  trace?.check('L.HA.2', absent, { kind: 'device', device })
  if (!absent) return refuse('EEXIST')
  const reachable = !isUnreachable(state, device)
  trace?.check('L.HA.3', reachable, { kind: 'device', device })
  if (!reachable) return refuse('ENODEV')

  const group = groupOf(state, device)
  state.present[device] = 1
  trace?.effect('device.plugged', { kind: 'device', device })
  if (group >= 0) moveDevice(state, device, at(state.groupDomain, group), trace)
  notifyAdded(state, device, group, trace)
  moveDevice(state, device, defaultContext(state.world, group), trace)
  return autoProbe(state, device, trace) === BUG ? BUG : OK
}

/** Carries a waiting call on: its late answer, or null while it still waits. */
export function goOn(
  state: LegacyState,
  call: number,
  device: number,
  driver: number,
  trace?: LegacyTrace,
): Result | null {
  const over = (): void => trace?.effect('wait.over', { kind: 'device', device })
  if (call === PENDING_UNBIND) {
    if (!isReleased(state, device)) return null
    over()
    if (unregister(state, device, trace)) return null
    finishUnbind(state, device, trace)
    return OK
  }
  if (state.leaving[device] !== 0) return null
  over()
  if (call === PENDING_BIND) return bindUnlocked(state, device, driver, trace)
  setOverride(state, device, driver, trace)
  return OK
}

/** Whether what a leaving device waits for has come. */
function isReleased(state: LegacyState, device: number): boolean {
  if (state.leaving[device] === LEAVING_FDS) return at(state.opens, device) === 0
  return containerOf(state, groupOf(state, device)) < 0
}
