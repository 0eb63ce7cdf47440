/** Changes that a person makes to a machine: what a listing did not tell, or what-ifs. All return a new machine. */
import { driverFamily, UNKNOWN_DRIVER } from '../sim/drivers.ts'
import type { AcsBit, Machine, PciFunction } from '../sim/machine.ts'

/** The machine with one function changed; the same machine if it has no such function or nothing changes. */
function withFunction(machine: Machine, bdf: string, change: (f: PciFunction) => PciFunction): Machine {
  const before = machine.devices.find((f) => f.bdf === bdf)
  if (before === undefined) return machine
  const after = change(before)
  if (JSON.stringify(after) === JSON.stringify(before)) return machine
  return { ...machine, devices: machine.devices.map((f) => (f === before ? after : f)) }
}

/**
 * The machine as it is with a driver bound to a function at boot.
 * @param driver a driver's name, null for none, `?` for unknown
 */
export function withDriver(machine: Machine, bdf: string, driver: string | null): Machine {
  return withFunction(machine, bdf, (f) => {
    const { assumed: before = [], ...rest } = f
    const others = before.filter((what) => what !== 'driver')
    const assumed = driver === UNKNOWN_DRIVER ? [...others, 'driver' as const] : others
    const own = driver !== null && driverFamily(driver) === 'native'
    return { ...rest, driver, ...(own ? { native: driver } : {}), ...(assumed.length === 0 ? {} : { assumed }) }
  })
}

/** The machine with several drivers changed, by address. */
export function withDrivers(machine: Machine, drivers: ReadonlyMap<string, string | null>): Machine {
  return [...drivers].reduce((changed, [bdf, driver]) => withDriver(changed, bdf, driver), machine)
}

/**
 * The machine with other ACS registers in a function. What a listing or a quirk said of them no longer counts.
 * @param cap bits in the capability; null: no capability
 * @param ctrl bits switched on; those that the capability lacks are left out
 */
export function withAcs(
  machine: Machine,
  bdf: string,
  cap: readonly AcsBit[] | null,
  ctrl: readonly AcsBit[],
): Machine {
  return withFunction(machine, bdf, (f) => {
    const { assumed: before = [], acsQuirk: _, acsCtrl: __, ...rest } = f
    const assumed = before.filter((what) => what !== 'acs')
    const on = ctrl.filter((bit) => cap?.includes(bit))
    return {
      ...rest,
      acsCap: cap,
      // Everything on is what Linux makes of a capability; then the register need not be told.
      ...(cap === null || on.length === cap.length ? {} : { acsCtrl: on }),
      ...(assumed.length === 0 ? {} : { assumed }),
    }
  })
}
