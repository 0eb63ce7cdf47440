/**
 * Drivers come and go, as in the kernels of 2021 (drivers/base/bus.c and dd.c): nobody can refuse a driver, so whoever
 * minds can only look when the probe is done.
 */
import type { Errno } from '../../errno.ts'
import { OK, refuse, type Bug, type Result } from '../../result.ts'
import { check } from '../../trace.ts'
import type { Call } from '../../world.ts'
import type { Parts } from './assemble.ts'
import {
  bindWhenFree,
  checkBindStore,
  checkDriversProbe,
  checkSlot,
  checkUnbind,
  driverOverride,
  resumeWithLock,
  undoProbe,
} from './bus.ts'
import { candidateFor, probeAccepts, setDriver, setLink } from './driver-core.ts'
import type { IoasidTrace } from './ioasid-codes.ts'
import type { IoasidState } from './ioasid-state.ts'
import { at, LEAVING_CONTAINER, LEAVING_FDS } from './machine-state.ts'
import { PENDING_UNBIND, wait } from './pending.ts'
import { isVfioDevice } from './vfio-state.ts'

/** What a policy does in its own way when drivers come and go. */
export interface DriverHooks {
  /** Its assertion, as the kernel would report it. No such file was ever written, so there is no line. */
  readonly bug: Bug
  /** Whether a driver may probe: the errno of the refusal, or null. */
  mayProbe(state: IoasidState, device: number, driver: number, trace?: IoasidTrace): Errno | null
  /** A driver's probe has succeeded. False: the kernel stops with a BUG. */
  probed(state: IoasidState, device: number, trace?: IoasidTrace): boolean
  /** A device has lost its driver; `family` says of what kind that was. */
  released(state: IoasidState, device: number, family: string | undefined, trace?: IoasidTrace): void
  /** Whether a vfio device that nobody has open must (`first`: or, still) wait for its group before its driver can leave. */
  mustStay(state: IoasidState, device: number, first: boolean, trace?: IoasidTrace): boolean
  /** A function was plugged in: its first translation. */
  added(state: IoasidState, device: number, trace?: IoasidTrace): void
}

/** The administrator's calls, and how those that wait go on. */
export function driverCalls(hooks: DriverHooks): Pick<Parts<IoasidState>, 'calls' | 'resumeCall'> {
  const BUG: Result = { bug: hooks.bug }

  function bind(state: IoasidState, call: Call, trace?: IoasidTrace): Result {
    return bindWhenFree(state, call, (device, driver) => bindLocked(state, device, driver, trace), trace)
  }

  function bindLocked(state: IoasidState, device: number, driver: number, trace?: IoasidTrace): Result {
    const errno = checkBindStore(state, device, driver, trace)
    return errno === null ? reallyProbe(state, device, driver, trace) : refuse(errno)
  }

  function reallyProbe(state: IoasidState, device: number, driver: number, trace?: IoasidTrace): Result {
    const denied = hooks.mayProbe(state, device, driver, trace)
    if (denied !== null) return refuse(denied)
    setDriver(state, device, driver, trace)
    setLink(state, device, driver, trace)
    if (!check(trace, 'L.B.2', probeAccepts(state, device, driver), { kind: 'driver', driver, device })) {
      undoProbe(state, device, driver, trace)
      return refuse('ENODEV')
    }
    if (isVfioDevice(state, device)) trace?.effect('vfio.registered', { kind: 'device', device })
    if (hooks.probed(state, device, trace)) return OK
    die(state, device, trace)
    return BUG
  }

  function unbind(state: IoasidState, call: Call, trace?: IoasidTrace): Result {
    const { device } = call
    const errno = checkUnbind(state, device, trace)
    if (errno !== null) return refuse(errno)
    setLink(state, device, 0, trace)
    if (isVfioDevice(state, device)) {
      state.leaving[device] = LEAVING_FDS
      if (unregister(state, device, trace)) return wait(state, PENDING_UNBIND, device, 0)
    }
    finishUnbind(state, device, trace)
    return OK
  }

  /** The vfio driver's remove, as far as it gets; whether it (still) waits. */
  function unregister(state: IoasidState, device: number, trace?: IoasidTrace): boolean {
    if (state.leaving[device] === LEAVING_FDS) {
      const opens = at(state.opens, device)
      if (!check(trace, 'P.UR.fds', opens === 0, { kind: 'count', count: opens })) {
        trace?.effect('wait.device-fds', { kind: 'device', device })
        return true
      }
      trace?.effect('vfio.unregistered', { kind: 'device', device })
      state.leaving[device] = LEAVING_CONTAINER
      return hooks.mustStay(state, device, true, trace)
    }
    return hooks.mustStay(state, device, false, trace)
  }

  function finishUnbind(state: IoasidState, device: number, trace?: IoasidTrace): void {
    const { family } = state.world.drivers[at(state.driver, device)] ?? {}
    state.leaving[device] = 0
    setDriver(state, device, 0, trace)
    hooks.released(state, device, family, trace)
  }

  /** `drivers_probe`: succeeds whatever becomes of it, unless the kernel stops. */
  function driversProbe(state: IoasidState, call: Call, trace?: IoasidTrace): Result {
    const { device } = call
    const errno = checkDriversProbe(state, device, trace)
    if (errno !== null) return refuse(errno)
    return autoProbe(state, device, trace) === BUG ? BUG : OK
  }

  function autoProbe(state: IoasidState, device: number, trace?: IoasidTrace): Result {
    const driver = candidateFor(state, device)
    if (at(state.driver, device) !== 0 || driver === 0) return OK
    return reallyProbe(state, device, driver, trace)
  }

  function hotAdd(state: IoasidState, call: Call, trace?: IoasidTrace): Result {
    const { device } = call
    const errno = checkSlot(state, device, trace)
    if (errno !== null) return refuse(errno)
    state.present[device] = 1
    trace?.effect('device.plugged', { kind: 'device', device })
    hooks.added(state, device, trace)
    return autoProbe(state, device, trace) === BUG ? BUG : OK
  }

  return {
    calls: { bind, unbind, driver_override: driverOverride, drivers_probe: driversProbe, hot_add: hotAdd },
    resumeCall(state, pending, device, driver, trace) {
      if (pending !== PENDING_UNBIND) {
        return resumeWithLock(state, pending, device, driver, () => bindLocked(state, device, driver, trace), trace)
      }
      const open = state.leaving[device] === LEAVING_FDS && at(state.opens, device) > 0
      const held = state.leaving[device] === LEAVING_CONTAINER && hooks.mustStay(state, device, false)
      if (open || held) return null
      trace?.effect('wait.over', { kind: 'device', device })
      if (unregister(state, device, trace)) return null
      finishUnbind(state, device, trace)
      return OK
    },
  }
}

/** The machine stops with a BUG. */
export function die(state: IoasidState, device: number, trace?: IoasidTrace): void {
  trace?.effect('bug', { kind: 'device', device })
  state.dead[0] = 1
}
