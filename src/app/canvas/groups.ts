import { classLabel } from '../../machines/short-name.ts'
import type { Op } from '../../sim/op.ts'
import type { World, WorldDevice } from '../../sim/world.ts'

/** Everything that operations name: devices by address, groups by number. */
export function namedIn(ops: readonly Op[]): Set<string> {
  const named = new Set<string>()
  for (const op of ops) {
    if ('device' in op) named.add(op.device)
    if ('group' in op) named.add(op.group)
  }
  return named
}

/** Whether operations name a group or a device of it. */
export function isNamed(world: World, group: number, named: ReadonlySet<string>): boolean {
  const target = world.groups[group]
  if (target === undefined) return false
  return (
    named.has(String(target.id)) || target.devices.some((device) => named.has(world.devices[device]?.spec.bdf ?? ''))
  )
}

/**
 * Whether anything can happen in a group that a person would look for here: an operation names it, or it has a function
 * that is not a bridge and has, or could get, a native driver.
 */
export function matters(world: World, group: number, named: ReadonlySet<string>): boolean {
  const target = world.groups[group]
  if (target === undefined) return false
  if (isNamed(world, group, named)) return true
  return target.devices.some((index) => {
    const device = world.devices[index]
    if (device === undefined || device.spec.bridge) return false
    return device.native > 0 || (device.bootDriver > 0 && !isBackground(world, device))
  })
}

/** Host bridges, memory, system peripherals, performance counters, dummies: what a chip shows of itself. */
const BACKGROUND = /^(?:05|06|08|11|13)/

/** Whether a function, of which a listing does not tell the driver, is one that nobody hands to userspace. */
function isBackground(world: World, { spec, bootDriver }: WorldDevice): boolean {
  if (world.drivers[bootDriver]?.family !== 'unknown') return false
  if (spec.class !== undefined) return BACKGROUND.test(spec.class)
  return spec.name === undefined || /\bDevice [0-9a-f]{4}$/.test(spec.name)
}

/**
 * Which groups are worth a card of their own, and which are not, by index.
 * @param named what the run names (`namedIn`)
 */
export function chooseGroups(
  world: World,
  named: ReadonlySet<string>,
): { readonly shown: number[]; readonly folded: number[] } {
  const shown: number[] = []
  const folded: number[] = []
  world.groups.forEach((group, index) => {
    if (group.devices.length === 0) return
    if (matters(world, index, named)) shown.push(index)
    else folded.push(index)
  })
  return shown.length === 0 ? { shown: folded, folded: [] } : { shown, folded }
}

/** The kinds of function in some groups with how many there are of each: `2 Ethernet`, `NVMe`; devices before bridges. */
export function kindsOf(world: World, groups: readonly number[]): string[] {
  const counts = new Map<string, number>()
  const bridges = new Map<string, number>()
  for (const group of groups) {
    for (const device of world.groups[group]?.devices ?? []) {
      const spec = world.devices[device]?.spec
      if (spec === undefined) continue
      const kind = classLabel(spec) || 'unnamed'
      const into = spec.bridge || spec.class?.startsWith('06') === true ? bridges : counts
      into.set(kind, (into.get(kind) ?? 0) + 1)
    }
  }
  return [...counts, ...bridges].map(([kind, count]) => (count === 1 ? kind : `${count} ${kind}`))
}
