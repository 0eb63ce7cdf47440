/** What a person tells of a machine because its listing did not, or was wrong. */
import type { Machine } from '../sim/machine.ts'

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
  if (classes.size === 0) return machine
  const devices = machine.devices.map((f) => {
    const code = classes.get(f.bdf)
    return code === undefined ? f : { ...f, class: code, bridge: code.startsWith('0604') }
  })
  return { ...machine, devices }
}
