/** Which device a person most likely asks about. */
import { driverFamily } from '../sim/drivers.ts'
import type { Machine, PciFunction } from '../sim/machine.ts'
import { candidatesOf, isHostPart, isObscure, isOnBoard, kindOf, slotOf } from './kinds.ts'
import { lookupOf, type Lookup } from './lookup.ts'
import { hasCountingMember, mayBeBridge } from './members.ts'
import type { Reading } from './reading.ts'

/**
 * The function that a person most likely asks about, in this order: one that an error names; one that a command or a
 * guest's configuration names; one of the group that an error names; one whose ids were given to vfio-pci; one that is on
 * a VFIO driver while its group is not free; any that is; a graphics card in a slot; the first of those that people pass
 * on. A bridge, a part of the host, or what is on a root bus and of unknown class only where there is nothing else.
 */
export function likelyWanted(machine: Machine, reading: Reading): string | null {
  const lookup = lookupOf(machine)
  const { usual, rest } = candidatesOf(machine)
  const { messages, surroundings } = reading
  const passable = (bdf: string | null): PciFunction | undefined => {
    const f = lookup.byBdf.get(bdf ?? '')
    return f === undefined || f.bridge || isHostPart(f) ? undefined : f
  }
  const members = messages.flatMap(({ group }) => (group === null ? [] : (lookup.groups.get(group) ?? [])))
  const inGroup = new Set(members)
  const ids = new Set(surroundings.vfioIds.map(({ value }) => value))
  const onVfio = usual.filter(({ driver }) => driver !== null && driverFamily(driver) === 'vfio')
  const held = heldGroups(lookup)
  const likely =
    first(messages, ({ bdf }) => passable(bdf)) ??
    first(surroundings.wishes, ({ value }) => passable(value)) ??
    usual.find((f) => inGroup.has(f)) ??
    usual.find((f) => ids.has(`${f.vendor ?? ''}:${f.device ?? ''}`)) ??
    onVfio.find((f) => held.has(lookup.groupOf.get(f) ?? '')) ??
    onVfio[0] ??
    usual.find((f) => kindOf(f) === 'graphics' && !isOnBoard(f)) ??
    usual.find((f) => kindOf(f) !== 'unknown' && kindOf(f) !== 'other') ??
    likelyUnseen(lookup, usual) ??
    usual[0] ??
    // Nothing that people pass on: what is told is refused with its reason, the rest cannot be judged.
    rest.find((f) => !isObscure(f)) ??
    rest.find((f) => inGroup.has(f)) ??
    rest.find(({ bdf }) => !bdf.endsWith(':00:00.0')) ??
    rest[0]
  return likely?.bdf ?? null
}

function first<T>(items: readonly T[], find: (item: T) => PciFunction | undefined): PciFunction | undefined {
  for (const item of items) {
    const found = find(item)
    if (found !== undefined) return found
  }
  return undefined
}

/** Groups in which somebody is held by a driver of the host, or may be. */
function heldGroups({ groups }: Lookup): Set<string> {
  const held = [...groups].filter(([, members]) =>
    members.some(({ bridge, driver }) => {
      const family = driver === null ? 'none' : driverFamily(driver)
      return !bridge && (family === 'native' || family === 'unknown' || family === 'uio')
    }),
  )
  return new Set(held.map(([id]) => id))
}

/** More functions of unknown kind than this tell nobody what is meant. */
const MOST_UNSEEN = 100

/**
 * Where no class is told: a slot with a function 1, as graphics cards have; else one that shares its group with others,
 * for that is what people ask about; else any.
 */
function likelyUnseen(lookup: Lookup, usual: readonly PciFunction[]): PciFunction | undefined {
  const unseen = usual
    .filter((f) => kindOf(f) === 'unknown' && f.bdf.endsWith('.0'))
    .slice(0, MOST_UNSEEN)
    .toSorted((a, b) => Number(mayBeBridge(lookup, a)) - Number(mayBeBridge(lookup, b)))
  const slot = (f: PciFunction): readonly PciFunction[] => lookup.bySlot.get(slotOf(f.bdf)) ?? []
  const likeGraphics = unseen.find((f) => {
    const functions = slot(f)
    return (
      functions.length > 1 &&
      functions.length <= 4 &&
      functions.every((other) => sharesGroup(lookup, f, other)) &&
      functions.every((other) => !other.bridge) &&
      !reachesDeeper(lookup, functions)
    )
  })
  const crowded = unseen.find((f) => {
    const members = lookup.groups.get(lookup.groupOf.get(f) ?? '') ?? []
    return slot(f).length === 1 && hasCountingMember(lookup, f, members)
  })
  return likeGraphics ?? crowded ?? unseen[0]
}

function sharesGroup({ groupOf }: Lookup, a: PciFunction, b: PciFunction): boolean {
  return groupOf.get(a) === groupOf.get(b)
}

/** A chip whose group reaches beyond its slot over several buses, as a chipset's does, is no card. */
function reachesDeeper({ groups, groupOf }: Lookup, functions: readonly PciFunction[]): boolean {
  const [f] = functions
  const members = f === undefined ? [] : (groups.get(groupOf.get(f) ?? '') ?? [])
  return members.some((other) => !functions.includes(other) && other.bdf.slice(0, 7) > (f?.bdf.slice(0, 7) ?? ''))
}
