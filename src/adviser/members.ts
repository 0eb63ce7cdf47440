/** Who is in the group of the wanted device, and what each of them needs. */
import { driverFamily, UNKNOWN_DRIVER } from '../sim/drivers.ts'
import type { PciFunction } from '../sim/machine.ts'
import type { Member, Need, Role } from './advice-types.ts'
import { isHostPart, isObscure, isOnBoard, isVirtualFunction, kindOf, slotOf, type DeviceKind } from './kinds.ts'
import { isPartOfChipset, type Lookup } from './lookup.ts'

/** A member of the group of the wanted device. */
export function memberOf(lookup: Lookup, wanted: PciFunction, f: PciFunction): Member {
  const role = roleOf(lookup, wanted, f)
  return { f, kind: kindOf(f), role, need: needOf(lookup, f, role), unknown: f.driver === UNKNOWN_DRIVER }
}

function needOf(lookup: Lookup, f: PciFunction, role: Role): Need {
  const family = f.driver === null ? 'none' : driverFamily(f.driver)
  // Since Linux 5.19 a bridge passes for its driver, pcieport; another one, as shpchp, is in the way like any.
  if (f.bridge) return family === 'native' || family === 'uio' ? 'release' : 'leave'
  if (family === 'vfio') return 'done'
  // Others of the group may stay without a driver; what the guest gets must be on a VFIO driver.
  const free = family === 'none' || family === 'stub'
  if (free && role === 'passenger') return 'nothing'
  if (isHostPart(f) && role !== 'wanted') return free ? 'nothing' : 'release'
  return family === 'unknown' && mayBeBridge(lookup, f) ? 'ask' : 'bind'
}

/**
 * A function of unknown class that nobody should bind unseen: on a root bus, or with functions on higher buses in its
 * group whose bridge the text does not show.
 */
export function mayBeBridge({ groups, groupOf }: Lookup, f: PciFunction): boolean {
  if (kindOf(f) !== 'unknown') return false
  if (isObscure(f)) return true
  const bus = busOf(f)
  const members = groups.get(groupOf.get(f) ?? '') ?? []
  return members.some((other) => !other.bridge && busOf(other) > bus && other.assumed?.includes('parent') === true)
}

function busOf({ bdf }: PciFunction): string {
  return bdf.slice(0, bdf.lastIndexOf(':'))
}

/** Kinds that serve the host by themselves, whatever card they sit on. */
const SERVING: readonly DeviceKind[] = ['network', 'nvme', 'storage']

function roleOf(lookup: Lookup, wanted: PciFunction, f: PciFunction): Role {
  if (f === wanted) return 'wanted'
  if (f.bridge) return 'port'
  if (slotOf(f.bdf) !== slotOf(wanted.bdf) || isPartOfChipset(lookup, wanted)) return 'passenger'
  // A second network port or a disk controller serves the host by itself; so do USB ports, unless they are on a graphics
  // card (a processor with graphics has the host's among its functions, by another vendor id).
  const kind = kindOf(f)
  const graphics = (lookup.bySlot.get(slotOf(f.bdf)) ?? []).find((other) => kindOf(other) === 'graphics')
  const serves =
    SERVING.includes(kind) ||
    (kind === 'usb' && (graphics === undefined || graphics.vendor !== f.vendor)) ||
    (kind === 'unknown' && isOnBoard(f))
  return serves || isVirtualFunction(wanted) !== isVirtualFunction(f) ? 'passenger' : 'card'
}

/** Whether a function makes a group one of somebody else's: it is neither a port nor a free part of the host. */
function isCounting(lookup: Lookup, wanted: PciFunction, f: PciFunction): boolean {
  const role = roleOf(lookup, wanted, f)
  return role === 'passenger' && needOf(lookup, f, role) !== 'nothing'
}

export function countingMembers(lookup: Lookup, wanted: PciFunction, functions: readonly PciFunction[]): PciFunction[] {
  return functions.filter((f) => isCounting(lookup, wanted, f))
}

export function hasCountingMember(lookup: Lookup, wanted: PciFunction, functions: readonly PciFunction[]): boolean {
  return functions.some((f) => isCounting(lookup, wanted, f))
}
