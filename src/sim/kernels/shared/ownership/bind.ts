/**
 * Drivers come and go (drivers/base/bus.c and dd.c, drivers/pci/pci-driver.c from 5.19 on): the question of DMA ownership
 * comes before the probe, so a refusal leaves nothing behind. Nobody is notified, and nothing can be too late.
 */
import { defaultContext } from '../../../iommu/context.ts'
import type { Errno } from '../../../errno.ts'
import { OK, refuse, type Result } from '../../../result.ts'
import { check, type Trace } from '../../../trace.ts'
import type { Call } from '../../../world.ts'
import {
  bindWhenFree,
  checkBind,
  checkDriversProbe,
  checkSlot,
  checkUnbind,
  driverOverride,
  resumeWithLock,
  isFree,
  isMatch,
} from '../bus.ts'
import { candidateFor, probeAccepts, setDriver, setLink } from '../driver-core.ts'
import { moveDevice } from '../iommu-core.ts'
import { at, LEAVING_FDS } from '../machine-state.ts'
import { PENDING_UNBIND, wait } from '../pending.ts'
import { isVfioDevice, setNode } from '../vfio-state.ts'
import { cleanUpDma, configureDma, type OwnedState } from './dma-owner.ts'
import type { OwnershipTrace } from './codes.ts'

/** What the kernels with DMA ownership do in ways of their own when drivers come and go. */
export interface DriverRules<S extends OwnedState> {
  /** Errno for a device that may not lose the memory which its firmware demands. */
  readonly locked: Errno
  /** A device has registered with VFIO. */
  registered(state: S, device: number, trace?: Trace): void
  /** Its driver begins to leave. */
  leaving(state: S, device: number, trace?: Trace): void
  /** How many files keep a device's driver from leaving. */
  openFiles(state: S, device: number): number
  /** The last vfio device of a group has left, and the VFIO group goes with it, whoever has it open. */
  groupGone(state: S, group: number, trace?: Trace): void
}

type Handler<S> = (state: S, call: Call, trace?: OwnershipTrace) => Result

/** The administrator's calls on drivers and slots, and how those that wait go on. */
export interface DriverCalls<S extends OwnedState> {
  readonly calls: Readonly<Record<'bind' | 'unbind' | 'driver_override' | 'drivers_probe' | 'hot_add', Handler<S>>>
  resumeCall(state: S, pending: number, device: number, driver: number, trace?: OwnershipTrace): Result | null
}

export function driverCalls<S extends OwnedState>(rules: DriverRules<S>): DriverCalls<S> {
  function unbind(state: S, call: Call, trace?: OwnershipTrace): Result {
    const { device } = call
    const errno = checkUnbind(state, device, trace)
    if (errno !== null) return refuse(errno)
    setLink(state, device, 0, trace)
    if (isVfioDevice(state, device)) {
      state.leaving[device] = LEAVING_FDS
      rules.leaving(state, device, trace)
      const open = rules.openFiles(state, device)
      if (!check(trace, 'O.UR.fds', open === 0, { kind: 'count', count: open })) {
        trace?.effect('log.unbind-blocked', { kind: 'device', device })
        trace?.effect('wait.device-fds', { kind: 'device', device })
        return wait(state, PENDING_UNBIND, device, 0)
      }
    }
    finishUnbind(state, device, trace)
    return OK
  }

  /** The rest of __device_release_driver once nobody has the device open. The container does not matter. */
  function finishUnbind(state: S, device: number, trace?: OwnershipTrace): void {
    const driver = at(state.driver, device)
    if (isVfioDevice(state, device)) unregister(state, device, trace)
    state.leaving[device] = 0
    cleanUpDma(state, device, driver, trace)
    setDriver(state, device, 0, trace)
  }

  /** vfio_unregister_group_dev, after the wait; vfio_device_remove_group. */
  function unregister(state: S, device: number, trace?: OwnershipTrace): void {
    const group = groupOf(state, device)
    trace?.effect('vfio.unregistered', { kind: 'device', device })
    const others = (state.world.groups[group]?.devices ?? []).some(
      (other) => other !== device && isVfioDevice(state, other),
    )
    if (check(trace, 'O.UR.last', others, { kind: 'device', device })) return
    setNode(state, group, false, trace)
    rules.groupGone(state, group, trace)
  }

  /**
   * `hot_add`: a function appears in its slot and joins its group where that is. One that may not go there is left
   * without a group and without DMA by the kernel; here it stays out.
   */
  function hotAdd(state: S, call: Call, trace?: OwnershipTrace): Result {
    const { device } = call
    const errno = checkSlot(state, device, trace)
    if (errno !== null) return refuse(errno)
    const group = groupOf(state, device)
    const home = defaultContext(state.world, group)
    const place = group < 0 ? home : at(state.groupDomain, group)
    const movable = state.world.devices[device]?.spec.rmrr !== true || place === home
    if (!check(trace, 'O.HA.4', movable, { kind: 'device', device })) return refuse(rules.locked)

    state.present[device] = 1
    trace?.effect('device.plugged', { kind: 'device', device })
    moveDevice(state, device, place, trace)
    autoProbe(state, device, rules, trace)
    return OK
  }

  /** Carries a waiting call on: its late answer, or null while it still waits. */
  function resumeCall(
    state: S,
    pending: number,
    device: number,
    driver: number,
    trace?: OwnershipTrace,
  ): Result | null {
    if (pending !== PENDING_UNBIND) {
      return resumeWithLock(
        state,
        pending,
        device,
        driver,
        () => bindLocked(state, device, driver, rules, trace),
        trace,
      )
    }
    if (rules.openFiles(state, device) > 0) return null
    trace?.effect('wait.over', { kind: 'device', device })
    finishUnbind(state, device, trace)
    return OK
  }

  return {
    calls: {
      bind: (state, call, trace) => bind(state, call, rules, trace),
      unbind,
      driver_override: driverOverride,
      drivers_probe: (state, call, trace) => driversProbe(state, call, rules, trace),
      hot_add: hotAdd,
    },
    resumeCall,
  }
}

function groupOf(state: OwnedState, device: number): number {
  return state.world.devices[device]?.group ?? -1
}

function bind<S extends OwnedState>(state: S, call: Call, rules: DriverRules<S>, trace?: OwnershipTrace): Result {
  return bindWhenFree(state, call, (device, driver) => bindLocked(state, device, driver, rules, trace), trace)
}

function bindLocked<S extends OwnedState>(
  state: S,
  device: number,
  driver: number,
  rules: DriverRules<S>,
  trace?: OwnershipTrace,
): Result {
  const unfit = checkBind(state, device, driver, trace)
  if (unfit !== null) return refuse(unfit)
  if (!isMatch(state, device, driver, trace)) return refuse('ENODEV')
  // __driver_probe_device.
  if (!isFree(state, device, trace)) return refuse('EBUSY')
  const errno = configure(state, device, driver, trace) ?? probe(state, device, driver, rules, trace)
  return errno === null ? OK : refuse(errno)
}

/** really_probe up to the probe: the bus sets up DMA, which is where a group that is taken says no. */
function configure(state: OwnedState, device: number, driver: number, trace?: OwnershipTrace): Errno | null {
  setDriver(state, device, driver, trace)
  const errno = configureDma(state, device, driver, trace)
  if (errno !== null) setDriver(state, device, 0, trace)
  return errno
}

/** The rest of really_probe: the link, the driver's probe, and the way back if that fails. */
function probe<S extends OwnedState>(
  state: S,
  device: number,
  driver: number,
  rules: DriverRules<S>,
  trace?: OwnershipTrace,
): Errno | null {
  setLink(state, device, driver, trace)
  if (!check(trace, 'L.B.2', probeAccepts(state, device, driver), { kind: 'driver', driver, device })) {
    const errno = isVfioDevice(state, device) ? 'EINVAL' : 'ENODEV'
    setLink(state, device, 0, trace)
    cleanUpDma(state, device, driver, trace)
    setDriver(state, device, 0, trace)
    trace?.effect('probe.failed', { kind: 'driver', driver, device })
    return errno
  }
  if (isVfioDevice(state, device)) {
    // vfio_register_group_dev: the first device of a group brings the VFIO group and its node.
    setNode(state, groupOf(state, device), true, trace)
    trace?.effect('vfio.registered', { kind: 'device', device })
    rules.registered(state, device, trace)
  }
  return null
}

/**
 * `drivers_probe`: fails only if the group is taken, with an errno of its own; a probe that fails counts as none.
 */
function driversProbe<S extends OwnedState>(
  state: S,
  call: Call,
  rules: DriverRules<S>,
  trace?: OwnershipTrace,
): Result {
  const { device } = call
  const errno = checkDriversProbe(state, device, trace)
  if (errno !== null) return refuse(errno)
  return autoProbe(state, device, rules, trace) ? OK : refuse('EINVAL')
}

/** device_attach: the driver that matches by itself, if the device is free. False if the group was in the way. */
function autoProbe<S extends OwnedState>(
  state: S,
  device: number,
  rules: DriverRules<S>,
  trace?: OwnershipTrace,
): boolean {
  const driver = candidateFor(state, device)
  if (at(state.driver, device) !== 0 || driver === 0) return true
  if (configure(state, device, driver, trace) !== null) return false
  probe(state, device, driver, rules, trace)
  return true
}
