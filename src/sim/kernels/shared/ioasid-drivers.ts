/**
 * What the proposals of 2021 do when drivers come and go, as the kernels of that year: nobody can refuse a driver, so
 * whoever minds can only look when the probe is done.
 */
import type { Errno } from '../../errno.ts'
import type { Bug } from '../../result.ts'
import { check } from '../../trace.ts'
import { checkBindStore } from './bus.ts'
import type { DriverRules } from './drivers.ts'
import type { IoasidTrace } from './ioasid-codes.ts'
import type { IoasidState } from './ioasid-state.ts'
import { at, LEAVING_CONTAINER, LEAVING_FDS } from './machine-state.ts'

/** What differs between the policies. */
export interface PolicyDriverRules {
  /** Its assertion, as the kernel would report it. No such file was ever written, so there is no line. */
  readonly bug: Bug
  /** Whether a driver may probe: the errno of the refusal, or null. */
  mayProbe?(state: IoasidState, device: number, driver: number, trace?: IoasidTrace): Errno | null
  /** A driver's probe has succeeded. False: the kernel stops with a BUG. */
  bound(state: IoasidState, device: number, trace?: IoasidTrace): boolean
  /** A device has lost its driver. */
  unbound?(state: IoasidState, device: number, driver: number, trace?: IoasidTrace): void
  /** Whether a vfio device that nobody has open must (`first`: or, still) wait for its group before its driver can leave. */
  mustStay?(state: IoasidState, device: number, first: boolean, trace?: IoasidTrace): boolean
  /** A function was plugged in: its first translation. */
  plugged(state: IoasidState, device: number, trace?: IoasidTrace): void
}

/** The driver rules of a policy. */
export function policyDriverRules(policy: PolicyDriverRules): DriverRules<IoasidState> {
  const { mayProbe, unbound } = policy
  const mustStay: NonNullable<PolicyDriverRules['mustStay']> = (...args) => policy.mustStay?.(...args) ?? false
  return {
    checkBind: checkBindStore,
    ...(mayProbe === undefined ? {} : { configureDma: mayProbe }),
    vfioProbeErrno: 'ENODEV',
    bound: policy.bound,
    bug: policy.bug,
    probeReportsRefusal: false,
    overrideTakesLock: true,
    ...(unbound === undefined ? {} : { unbound }),
    plugged: policy.plugged,

    unregister(state, device, trace?: IoasidTrace) {
      if (state.leaving[device] !== LEAVING_FDS) return mustStay(state, device, false, trace)
      const opens = at(state.opens, device)
      if (!check(trace, 'P.UR.fds', opens === 0, { kind: 'count', count: opens })) {
        trace?.effect('wait.device-fds', { kind: 'device', device })
        return true
      }
      trace?.effect('vfio.unregistered', { kind: 'device', device })
      state.leaving[device] = LEAVING_CONTAINER
      return mustStay(state, device, true, trace)
    },

    isReleased(state, device) {
      if (state.leaving[device] === LEAVING_FDS) return at(state.opens, device) === 0
      return !mustStay(state, device, false)
    },
  }
}
