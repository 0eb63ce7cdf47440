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
 * The machine with functions in other groups, as a person tells them.
 * @param groups by address: the group's number, or null for none
 */
export function withGroups(machine: Machine, groups: ReadonlyMap<string, string | null>): Machine {
  if (groups.size === 0) return machine
  const { estimated: _, ...rest } = machine
  const told = new Map<string, string[]>()
  for (const [id, bdfs] of Object.entries(machine.groups ?? {})) {
    told.set(
      id,
      bdfs.filter((bdf) => !groups.has(bdf)),
    )
  }
  for (const [bdf, id] of groups) {
    if (id !== null) told.set(id, [...(told.get(id) ?? []), bdf])
  }
  const kept = [...told].filter(([, bdfs]) => bdfs.length > 0)
  return { ...rest, groups: Object.fromEntries(kept) }
}

/** The machine with other classes, by address: four hexadecimal digits each; a bridge's class makes a bridge. */
export function withClasses(machine: Machine, classes: ReadonlyMap<string, string>): Machine {
  return [...classes].reduce(
    (changed, [bdf, code]) =>
      withFunction(changed, bdf, (f) => ({ ...f, class: code, bridge: code.startsWith('0604') })),
    machine,
  )
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
