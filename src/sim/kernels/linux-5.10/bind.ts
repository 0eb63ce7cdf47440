/** Drivers come and go: drivers/base/bus.c and dd.c in 5.10, and what vfio-pci does when it is taken away. */
import { defaultContext } from '../../iommu/context.ts'
import { OK, refuse, type Result } from '../../result.ts'
import { check } from '../../trace.ts'
import type { Call } from '../../world.ts'
import {
  bindWhenFree,
  checkBindStore,
  checkDriversProbe,
  checkSlot,
  checkUnbind,
  resumeWithLock,
  undoProbe,
} from '../shared/bus.ts'
import { candidateFor, probeAccepts, setDriver, setLink } from '../shared/driver-core.ts'
import { moveDevice } from '../shared/iommu-core.ts'
import { at, LEAVING_CONTAINER, LEAVING_FDS } from '../shared/machine-state.ts'
import { PENDING_UNBIND, wait } from '../shared/pending.ts'
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

/** `bind`: bind_store, and what comes of the probe. */
export function bind(state: LegacyState, call: Call, trace?: LegacyTrace): Result {
  return bindWhenFree(state, call, (device, driver) => bindLocked(state, device, driver, trace), trace)
}

function bindLocked(state: LegacyState, device: number, driver: number, trace?: LegacyTrace): Result {
  const errno = checkBindStore(state, device, driver, trace)
  return errno === null ? reallyProbe(state, device, driver, trace) : refuse(errno)
}

/** really_probe: VFIO hears of it before and after the probe; its veto, if it is one, comes after. */
function reallyProbe(state: LegacyState, device: number, driver: number, trace?: LegacyTrace): Result {
  const group = groupOf(state, device)
  setDriver(state, device, driver, trace)
  setLink(state, device, driver, trace)
  notifyBefore(state, 'notify.bind', device, group, trace)
  if (!check(trace, 'L.B.2', probeAccepts(state, device, driver), { kind: 'driver', driver, device })) {
    undoProbe(state, device, driver, trace)
    return refuse('ENODEV')
  }
  if (isVfioDevice(state, device)) {
    // vfio_register_group_dev: the first device of a group brings the VFIO group and its node.
    updateNode(state, group, trace)
    trace?.effect('vfio.registered', { kind: 'device', device })
  }
  return notifyBound(state, device, group, trace) ? OK : BUG
}

/** `unbind`: __device_release_driver. */
export function unbind(state: LegacyState, call: Call, trace?: LegacyTrace): Result {
  const { device } = call
  const errno = checkUnbind(state, device, trace)
  if (errno !== null) return refuse(errno)
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
    if (!check(trace, 'L.UR.2', at(state.opens, device) === 0, { kind: 'count', count: at(state.opens, device) })) {
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
  if (check(trace, 'L.UR.4', container < 0, { kind: 'device', device })) return false
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

/** `drivers_probe`: succeeds whatever becomes of it, unless the kernel stops. */
export function driversProbe(state: LegacyState, call: Call, trace?: LegacyTrace): Result {
  const { device } = call
  const errno = checkDriversProbe(state, device, trace)
  if (errno !== null) return refuse(errno)
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
  const errno = checkSlot(state, device, trace)
  if (errno !== null) return refuse(errno)
  const group = groupOf(state, device)
  state.present[device] = 1
  trace?.effect('device.plugged', { kind: 'device', device })
  if (group >= 0) moveDevice(state, device, at(state.groupDomain, group), trace)
  notifyAdded(state, device, group, trace)
  moveDevice(state, device, defaultContext(state.world, group), trace)
  return autoProbe(state, device, trace) === BUG ? BUG : OK
}

/** Carries a waiting call on: its late answer, or null while it still waits. */
export function resumeCall(
  state: LegacyState,
  call: number,
  device: number,
  driver: number,
  trace?: LegacyTrace,
): Result | null {
  if (call !== PENDING_UNBIND) {
    return resumeWithLock(state, call, device, driver, () => bindLocked(state, device, driver, trace), trace)
  }
  if (!isReleased(state, device)) return null
  trace?.effect('wait.over', { kind: 'device', device })
  if (unregister(state, device, trace)) return null
  finishUnbind(state, device, trace)
  return OK
}

/** Whether what a leaving device waits for has come. */
function isReleased(state: LegacyState, device: number): boolean {
  if (state.leaving[device] === LEAVING_FDS) return at(state.opens, device) === 0
  return containerOf(state, groupOf(state, device)) < 0
}
