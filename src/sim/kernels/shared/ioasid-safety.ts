/** Which members of a group do no harm beside a user, by their drivers. */
import { check, type Trace } from '../../trace.ts'
import { isPresent } from './driver-core.ts'
import { devicesIn, type IoasidState } from './ioasid-state.ts'
import { at } from './machine-state.ts'

type CommonRule = 'P.S.none' | 'P.S.leaving' | 'P.S.stub' | 'P.S.vfio' | 'P.S.unsafe'
export type ListedRule = CommonRule | 'P.S.bridge'
export type DeclaredRule = CommonRule | 'P.S.port'

/** The rule that decides about a device; `P.S.unsafe` is the one that finds it bad. */
export type SafetyTest<R extends string> = (state: IoasidState, device: number) => R

/** VFIO's own list (vfio_dev_viable of that time): any driver on a bridge, and pci-stub. */
export const listedBySafety: SafetyTest<ListedRule> = (state, device) => {
  if (at(state.leaving, device) > 0) return 'P.S.leaving'
  const driver = at(state.driver, device)
  if (driver === 0) return 'P.S.none'
  if (state.world.devices[device]?.spec.bridge === true) return 'P.S.bridge'
  const family = state.world.drivers[driver]?.family
  if (family === 'stub') return 'P.S.stub'
  return family === 'vfio' ? 'P.S.vfio' : 'P.S.unsafe'
}

/** Whether a driver has declared itself safe: vfio drivers, pci-stub and the port driver have. */
export function isDeclaredSafe(state: IoasidState, driver: number): boolean {
  const family = state.world.drivers[driver]?.family
  return family === 'vfio' || family === 'stub' || family === 'port'
}

/** No list, but drivers that declare themselves safe (Gunthorpe, 25 June). */
export const declaredBySafety: SafetyTest<DeclaredRule> = (state, device) => {
  if (at(state.leaving, device) > 0) return 'P.S.leaving'
  const driver = at(state.driver, device)
  if (driver === 0) return 'P.S.none'
  if (!isDeclaredSafe(state, driver)) return 'P.S.unsafe'
  const family = state.world.drivers[driver]?.family
  return family === 'vfio' ? 'P.S.vfio' : family === 'stub' ? 'P.S.stub' : 'P.S.port'
}

/** Asks about one device, and notes the rule. */
export function isSafe<R extends string>(
  state: IoasidState,
  device: number,
  test: SafetyTest<R>,
  trace?: Trace<R>,
): boolean {
  const rule = test(state, device)
  return check(trace, rule, rule !== 'P.S.unsafe', { kind: 'driver', driver: at(state.driver, device), device })
}

/** Whether all members of a group are safe; stops at the first that is not. */
export function allSafe<R extends string>(
  state: IoasidState,
  group: number,
  test: SafetyTest<R>,
  trace?: Trace<R>,
): boolean {
  for (const device of devicesIn(state, group)) {
    if (isPresent(state, device) && !isSafe(state, device, test, trace)) return false
  }
  return true
}
