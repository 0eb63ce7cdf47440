/**
 * The administrator's writes to sysfs that bind and unbind drivers and that bring functions (drivers/base/bus.c,
 * drivers/base/dd.c). The order of the steps is the same in every kernel; what happens in a step is in `DriverRules`.
 */
import type { Errno } from '../../errno.ts'
import { OK, refuse, type Bug, type Result } from '../../result.ts'
import { check, type Trace } from '../../trace.ts'
import type { Call } from '../../world.ts'
import type { Parts } from './assemble.ts'
import { bindWhenFree, checkDriversProbe, checkSlot, checkUnbind, driverOverride, resumeWithLock } from './bus.ts'
import type { SharedCheck, SharedEffect } from './codes.ts'
import { candidateFor, probeAccepts, setDriver, setLink } from './driver-core.ts'
import { at, LEAVING_FDS, type MachineState } from './machine-state.ts'
import { PENDING_UNBIND, wait } from './pending.ts'
import { isVfioDevice } from './vfio-state.ts'

type DriverTrace = Trace<SharedCheck, SharedEffect | 'bug'>

/** What a kernel does when drivers come and go. An absent rule does nothing and refuses nothing. */
export interface DriverRules<S extends MachineState> {
  /** `bind_store`: why the driver is not even tried on the device; null: it is. */
  checkBind(state: S, device: number, driver: number, trace?: Trace): Errno | null
  /** Before the probe the bus sets up DMA (`dma_configure`): the errno of a refusal. */
  configureDma?(state: S, device: number, driver: number, trace?: Trace): Errno | null
  /** The driver is gone or its probe has failed (`dma_cleanup`). */
  cleanUpDma?(state: S, device: number, driver: number, trace?: Trace): void
  /** The driver is about to be probed; its link is there. */
  binding?(state: S, device: number, trace?: Trace): void
  /** Errno where vfio-pci refuses a device; another driver's refusal is ENODEV. */
  readonly vfioProbeErrno: Errno
  /** A device registers with VFIO. */
  registered?(state: S, device: number, trace?: Trace): void
  /** The probe has succeeded. False: the kernel stops with `bug`. */
  bound?(state: S, device: number, trace?: Trace): boolean
  readonly bug?: Bug
  /** `drivers_probe` answers EINVAL where `configureDma` has refused. */
  readonly probeReportsRefusal: boolean
  /**
   * A write to `driver_override` takes the device lock (driver_set_override), and so waits for a driver that is leaving.
   * 6.12.107 and 7.3 did not wait when they were recorded.
   */
  readonly overrideTakesLock: boolean

  /** A driver is about to leave; its link is gone. */
  unbinding?(state: S, device: number, trace?: Trace): void
  /**
   * The remove of a vfio driver, from where it stands (`leaving`). Returns whether it has to wait; when `isReleased`
   * says that the wait is over it is called again.
   */
  unregister(state: S, device: number, trace?: Trace): boolean
  /** Whether what a leaving vfio device waits for has come. */
  isReleased(state: S, device: number): boolean
  /** The driver is gone. */
  unbound?(state: S, device: number, driver: number, trace?: Trace): void

  /** `hot_add`: why the function cannot be used; null: it can. */
  checkPlug?(state: S, device: number, trace?: Trace): Errno | null
  /** A function is in its slot now: its first translation. */
  plugged(state: S, device: number, trace?: Trace): void
}

/** The machine stops with a BUG. */
export function die(state: MachineState, device: number, trace?: DriverTrace): void {
  trace?.effect('bug', { kind: 'device', device })
  state.dead[0] = 1
}

/** The handlers of a kernel with these rules, and how those that wait are resumed. */
export function driverCalls<S extends MachineState>(rules: DriverRules<S>): Pick<Parts<S>, 'calls' | 'resumeCall'> {
  return {
    calls: {
      bind: (state, call, trace) =>
        bindWhenFree(state, call, (device, driver) => bindLocked(rules, state, device, driver, trace), trace),
      unbind: (state, call, trace) => unbind(rules, state, call.device, trace),
      driver_override: (state, call, trace) => driverOverride(state, call, rules.overrideTakesLock, trace),
      drivers_probe: (state, call, trace) => driversProbe(rules, state, call, trace),
      hot_add: (state, call, trace) => hotAdd(rules, state, call, trace),
    },
    resumeCall(state, pending, device, driver, trace) {
      if (pending === PENDING_UNBIND) return resumeUnbind(rules, state, device, trace)
      const bind = (): Result => bindLocked(rules, state, device, driver, trace)
      return resumeWithLock(state, pending, device, driver, bind, trace)
    },
  }
}

/** bind_store, with the device lock. */
function bindLocked<S extends MachineState>(
  rules: DriverRules<S>,
  state: S,
  device: number,
  driver: number,
  trace?: DriverTrace,
): Result {
  const errno = rules.checkBind(state, device, driver, trace) ?? configure(rules, state, device, driver, trace)
  return errno === null ? probe(rules, state, device, driver, trace) : refuse(errno)
}

/** really_probe up to the probe: dev->driver is set and the bus sets up DMA, which may be refused. */
function configure<S extends MachineState>(
  rules: DriverRules<S>,
  state: S,
  device: number,
  driver: number,
  trace?: DriverTrace,
): Errno | null {
  setDriver(state, device, driver, trace)
  const errno = rules.configureDma?.(state, device, driver, trace) ?? null
  if (errno !== null) setDriver(state, device, 0, trace)
  return errno
}

/** The rest of really_probe: the link in sysfs, the driver's probe, and the way back where that fails. */
function probe<S extends MachineState>(
  rules: DriverRules<S>,
  state: S,
  device: number,
  driver: number,
  trace?: DriverTrace,
): Result {
  setLink(state, device, driver, trace)
  rules.binding?.(state, device, trace)
  const vfio = isVfioDevice(state, device)
  if (!check(trace, 'L.B.2', probeAccepts(state, device, driver), { kind: 'driver', driver, device })) {
    setLink(state, device, 0, trace)
    rules.cleanUpDma?.(state, device, driver, trace)
    setDriver(state, device, 0, trace)
    trace?.effect('probe.failed', { kind: 'driver', driver, device })
    return refuse(vfio ? rules.vfioProbeErrno : 'ENODEV')
  }
  if (vfio) {
    rules.registered?.(state, device, trace)
    trace?.effect('vfio.registered', { kind: 'device', device })
  }
  if (rules.bug === undefined || rules.bound === undefined || rules.bound(state, device, trace)) return OK
  die(state, device, trace)
  return { bug: rules.bug }
}

/** __device_release_driver, until a vfio driver's remove has to wait. */
function unbind<S extends MachineState>(rules: DriverRules<S>, state: S, device: number, trace?: DriverTrace): Result {
  const errno = checkUnbind(state, device, trace)
  if (errno !== null) return refuse(errno)
  setLink(state, device, 0, trace)
  rules.unbinding?.(state, device, trace)
  if (isVfioDevice(state, device)) {
    state.leaving[device] = LEAVING_FDS
    if (rules.unregister(state, device, trace)) return wait(state, PENDING_UNBIND, device, 0)
  }
  finishUnbind(rules, state, device, trace)
  return OK
}

/** The rest of __device_release_driver, after the driver's remove. */
function finishUnbind<S extends MachineState>(
  rules: DriverRules<S>,
  state: S,
  device: number,
  trace?: DriverTrace,
): void {
  const driver = at(state.driver, device)
  state.leaving[device] = 0
  rules.cleanUpDma?.(state, device, driver, trace)
  setDriver(state, device, 0, trace)
  rules.unbound?.(state, device, driver, trace)
}

/** Retries an `unbind` that waits: its late answer, or null while it still waits. */
function resumeUnbind<S extends MachineState>(
  rules: DriverRules<S>,
  state: S,
  device: number,
  trace?: DriverTrace,
): Result | null {
  if (!rules.isReleased(state, device)) return null
  trace?.effect('wait.over', { kind: 'device', device })
  if (rules.unregister(state, device, trace)) return null
  finishUnbind(rules, state, device, trace)
  return OK
}

/** bus_rescan_devices_helper: succeeds whatever becomes of the probe, unless DMA is refused or the kernel stops. */
function driversProbe<S extends MachineState>(
  rules: DriverRules<S>,
  state: S,
  call: Call,
  trace?: DriverTrace,
): Result {
  const errno = checkDriversProbe(state, call.device, trace)
  if (errno !== null) return refuse(errno)
  const result = autoProbe(rules, state, call.device, trace)
  if ('ok' in result && !result.ok) return rules.probeReportsRefusal ? refuse('EINVAL') : OK
  return result
}

/**
 * device_attach: the driver that matches by itself, if there is one and the device is free. A probe that fails counts as
 * none; a refusal of DMA is returned.
 */
function autoProbe<S extends MachineState>(
  rules: DriverRules<S>,
  state: S,
  device: number,
  trace?: DriverTrace,
): Result {
  const driver = candidateFor(state, device)
  if (at(state.driver, device) !== 0 || driver === 0) return OK
  const errno = configure(rules, state, device, driver, trace)
  if (errno !== null) return refuse(errno)
  const result = probe(rules, state, device, driver, trace)
  return 'bug' in result ? result : OK
}

/** A function appears in its slot, and a driver may take it at once. */
function hotAdd<S extends MachineState>(rules: DriverRules<S>, state: S, call: Call, trace?: DriverTrace): Result {
  const { device } = call
  const errno = checkSlot(state, device, trace) ?? rules.checkPlug?.(state, device, trace) ?? null
  if (errno !== null) return refuse(errno)
  state.present[device] = 1
  trace?.effect('device.plugged', { kind: 'device', device })
  rules.plugged(state, device, trace)
  const result = autoProbe(rules, state, device, trace)
  return 'bug' in result ? result : OK
}
