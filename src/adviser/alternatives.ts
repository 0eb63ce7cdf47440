/** What else could be tried, where the group holds more than may go. */
import type { PciFunction } from '../sim/machine.ts'
import { acsPath } from '../sim/pci/acs.ts'
import type { Alternative, Cause, Member } from './advice-types.ts'
import { openPorts } from './causes.ts'
import { fixedPlaceOf } from './fixed-place.ts'
import { isOnBoard, isVirtualFunction, kindOf } from './kinds.ts'
import { bridgesAbove, type Lookup } from './lookup.ts'
import { countingMembers, hasCountingMember } from './members.ts'

const OVERRIDE = 'downstream,multifunction'

interface Question {
  readonly lookup: Lookup
  readonly wanted: PciFunction
  readonly members: readonly Member[]
  readonly causes: readonly Cause[]
  /** The override is on already. */
  readonly overridden: boolean
  /** Address of the disk controller that the host runs from. */
  readonly hostDisk: string | null
}

export function alternativesOf(question: Question): Alternative[] {
  const { lookup, wanted, members, causes, overridden } = question
  const has = (...codes: readonly Cause['code'][]): boolean => causes.some(({ code }) => codes.includes(code))
  const list: Alternative[] = []
  const inGroup = new Set(members.map(({ f }) => f))
  const kind = kindOf(wanted)
  if (has('changed')) list.push({ code: 'older-kernel' })
  const byPorts = has('port-without-acs', 'ports-of-one-slot', 'chipset', 'all-ports')
  if ((byPorts || has('conventional-bridge')) && fixedPlaceOf(lookup, wanted) === null) {
    list.push(otherSlot(lookup, inGroup))
  }
  const unseen = !byPorts && isBelowUnseenPorts(question)
  if (unseen && fixedPlaceOf(lookup, wanted) === null) list.push(otherSlot(lookup, inGroup))
  if (byPorts || unseen || has('virtual-functions')) {
    list.push({ code: 'firmware-acs', ports: openPorts(lookup, wanted, inGroup) })
  }
  const override = overridden ? null : overrideEffect(lookup, wanted, members)
  if (override !== null) list.push(override)
  if (has('twins-of-card') && kind === 'network' && hasVirtualFunctions(wanted))
    list.push({ code: 'virtual-functions' })
  const devices = othersThatCanGo(question, inGroup)
  if (devices.length > 0) list.push({ code: 'other-device', devices })
  if (countingMembers(lookup, wanted, [...inGroup]).some((f) => kindOf(f) === kind || isVirtualFunction(f))) {
    list.push({ code: 'together' })
  }
  if (kind === 'audio' && has('part-of-chipset')) list.push({ code: 'usb-sound' })
  if (list.length === 0 || has('part-of-chipset', 'conventional-bridge', 'all-ports')) list.push({ code: 'emulated' })
  return list
}

/** What shares the group hangs on another bus, and the text shows none of the ports between. */
function isBelowUnseenPorts({ lookup, wanted, members }: Question): boolean {
  if (isOnBoard(wanted) || bridgesAbove(lookup, wanted).length > 0) return false
  return members.some(({ f, role }) => role === 'passenger' && busOf(f) !== busOf(wanted))
}

function busOf({ bdf }: PciFunction): string {
  return bdf.slice(0, bdf.lastIndexOf(':'))
}

/** Ports that isolate, outside the group. */
function otherSlot({ topology, children }: Lookup, inGroup: ReadonlySet<PciFunction>): Alternative {
  const ports = topology.functions.filter(
    (f, index) => (f.kind === 'rp' || f.kind === 'dsp') && !inGroup.has(f) && f.bridge && acsPath(topology, index),
  )
  const below = (port: PciFunction): readonly PciFunction[] => children.get(port.bdf) ?? []
  return {
    code: 'other-slot',
    free: ports.filter((port) => below(port).length === 0),
    taken: ports.filter((port) =>
      below(port).some((f) => !f.bridge && kindOf(f) !== 'chipset' && kindOf(f) !== 'unknown'),
    ),
  }
}

/** What the override makes of the group; null if it takes nobody out of it. */
function overrideEffect(lookup: Lookup, wanted: PciFunction, members: readonly Member[]): Alternative | null {
  const { functions } = lookup.topology
  const index = new Map(functions.map((f, at) => [f, at]))
  const now = lookup.formed('')
  const then = lookup.formed(OVERRIDE)
  const numberOf = (f: PciFunction, groups: readonly number[]): number => groups[index.get(f) ?? -1] ?? -1
  const together = (groups: readonly number[]): PciFunction[] => {
    const own = numberOf(wanted, groups)
    return functions.filter((f, at) => f !== wanted && groups[at] === own && !f.bridge)
  }
  const left = together(then)
  const staying = new Set(left)
  const reach = together(now).filter((f) => !staying.has(f))
  if (!hasCountingMember(lookup, wanted, reach)) return null
  const parts = new Map<number, PciFunction[]>()
  for (const { f } of members) {
    const part = parts.get(numberOf(f, then))
    if (part === undefined) parts.set(numberOf(f, then), [f])
    else part.push(f)
  }
  return { code: 'override', left, reach, parts: [...parts.values()], told: members.every(({ f }) => isShown(f)) }
}

/** The text shows where a function hangs, what kind of PCI function it is, and its ACS. */
function isShown({ assumed = [] }: PciFunction): boolean {
  return assumed.every((what) => what === 'driver')
}

/** Cards with SR-IOV by their names, where a listing has no capabilities. */
const SRIOV =
  /\b(?:82576|82599|X5[245]0|X55[0-9]|X7[12]0|XL710|XXV710|X722|E8[13]0|E82[23]|I350|ConnectX|MT27[5-9]\d\d|MT28\d\d\d|BCM57[3-5]\d\d|NetXtreme-E|T[4567]\d{2}|Terminator|FastLinQ|QL4\d{4}|SFC9\d\d\d|SFN[78]|XtremeScale)/i

function hasVirtualFunctions({ name = '' }: PciFunction): boolean {
  return SRIOV.test(name)
}

/** Devices of the same kind that could go instead. */
function othersThatCanGo({ lookup, wanted, hostDisk }: Question, inGroup: ReadonlySet<PciFunction>): PciFunction[] {
  const kind = kindOf(wanted)
  if (kind === 'unknown' || kind === 'other' || kind === 'chipset') return []
  return (lookup.ofKind.get(kind) ?? []).filter((f) => {
    const group = lookup.groupOf.get(f)
    if (f === wanted || inGroup.has(f) || group === undefined || f.bdf === hostDisk) return false
    if (isVirtualFunction(f) !== isVirtualFunction(wanted)) return false
    return !hasCountingMember(lookup, f, lookup.groups.get(group) ?? [])
  })
}
