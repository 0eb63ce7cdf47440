/** Trouble that is not about who is in the group: what stands in the way of a device whatever its group looks like. */
import { driverFamily } from '../sim/drivers.ts'
import type { Machine, PciFunction } from '../sim/machine.ts'
import { parameterFaults, type ParameterFault } from './command-line.ts'
import { isBehindVmd, slotOf } from './kinds.ts'
import { lookupOf } from './lookup.ts'
import type { Message, MessageCode } from './messages.ts'
import type { Reading } from './reading.ts'
import type { Place } from './surroundings.ts'
import { vendorOf } from './vendor.ts'

/**
 * Beside what messages tell: `parameter`: something is wrong on the kernel's command line; `ids-catch-others`: the ids
 * given to vfio-pci are also those of a function that the host uses; `ids-not-taken`: the function has one of those ids,
 * and another driver; `removed`: the kernel took every function out of its group; `platform-groups`: only devices that
 * are not on PCI have groups; `xen`, `raspberry-pi-5`, `power`: the host is one; `vmd`: behind Intel's VMD controller;
 * `guest-view`: a function in the text is what a guest sees; `two-states`: the text shows two states of the machine;
 * `scanned`: letters in addresses stand for digits.
 */
export type TroubleCode =
  | MessageCode
  | 'parameter'
  | 'ids-catch-others'
  | 'ids-not-taken'
  | 'removed'
  | 'platform-groups'
  | 'xen'
  | 'raspberry-pi-5'
  | 'power'
  | 'vmd'
  | 'guest-view'
  | 'two-states'
  | 'scanned'

export interface Trouble extends Partial<Place> {
  readonly code: TroubleCode
  /** The handover fails, or the guest cannot use the device, before this is mended. */
  readonly stops: boolean
  /** The function it is about; absent: the machine. */
  readonly about?: PciFunction
  readonly message?: Message
  readonly fault?: ParameterFault
  /** Functions that share ids. */
  readonly others?: readonly PciFunction[]
  /** Address of what is no function of the machine. */
  readonly bdf?: string
}

/** About the device itself: these stop it, whatever its group is. */
const STOPS_DEVICE: readonly MessageCode[] = [
  'dead',
  'no-power',
  'not-ready',
  'bar-held',
  'bar-space',
  'rmrr',
  'group-failed',
  'interrupts',
  'vfs-on',
]
/** About the IOMMU: these stop a device whose group the text does not name. */
const STOPS_WITHOUT_GROUP: readonly MessageCode[] = ['iommu-off', 'iommu-failed', 'no-group']
/** There is no group that vfio-pci could work with, so nothing is bound. */
const WITHOUT_GROUP: ReadonlySet<TroubleCode> = new Set([
  'iommu-off',
  'iommu-failed',
  'no-group',
  'group-failed',
  'removed',
  'platform-groups',
  'xen',
  'raspberry-pi-5',
  'vmd',
])

/** Whether a trouble means that vfio-pci has no group to work with. */
export function leavesWithoutGroup({ code, stops }: Trouble): boolean {
  return stops && WITHOUT_GROUP.has(code)
}

/** Said where messages are; they only say again what the members of the group show. */
const SHOWN_BY_MEMBERS: readonly MessageCode[] = ['not-viable', 'no-file', 'not-bound', 'bridges', 'bridge', 'acs']

/**
 * The trouble of a device, what stops it first.
 * @param group the number of its group as the text names it; null: the text does not
 * @param members who else is in its group
 */
export function troublesOf(
  machine: Machine,
  wanted: PciFunction,
  group: string | null,
  members: readonly PciFunction[],
  reading: Reading,
): Trouble[] {
  const troubles = [
    ...platformTroubles(wanted, group, reading),
    ...messageTroubles(wanted, group, members, machine, reading),
    ...parameterTroubles(machine, group, reading),
    ...idTroubles(machine, members, reading),
    ...virtualFunctionTroubles(wanted, reading),
    ...reading.guestViews.map((bdf): Trouble => ({
      code: 'guest-view',
      stops: false,
      bdf,
      ...firstLine(reading, bdf),
    })),
  ]
  if (reading.result.alternatives !== undefined) troubles.push({ code: 'two-states', stops: false })
  const scanned = reading.result.warnings.find(({ code }) => code === 'corrected')
  if (scanned !== undefined) troubles.push({ code: 'scanned', stops: false, ...placeOf(scanned) })
  return troubles.toSorted((a, b) => Number(b.stops) - Number(a.stops))
}

function firstLine({ surroundings }: Reading, bdf: string): Partial<Place> {
  return surroundings.lines.get(bdf)?.[0] ?? {}
}

function platformTroubles(wanted: PciFunction, group: string | null, reading: Reading): Trouble[] {
  const { surroundings, result, messages } = reading
  const { platform } = surroundings
  const found: Trouble[] = []
  const place = platform === null ? {} : placeOf(platform)
  if (platform?.value === 'xen') found.push({ code: 'xen', stops: true, ...place })
  if (platform?.value === 'raspberry-pi-5') found.push({ code: 'raspberry-pi-5', stops: group === null, ...place })
  if (platform?.value === 'power') found.push({ code: 'power', stops: false, ...place })
  if (surroundings.removed !== null && group === null) {
    found.push({ code: 'removed', stops: true, ...surroundings.removed })
  }
  if (group === null && result.nonPciMembers !== undefined && Object.keys(result.groups).length === 0) {
    found.push({ code: 'platform-groups', stops: true })
  }
  const failed = messages.find(
    ({ code, bdf }) => code === 'group-failed' && bdf !== null && isBehindVmd({ ...wanted, bdf }),
  )
  if (isBehindVmd(wanted)) found.push({ code: 'vmd', stops: true, about: wanted, ...firstLine(reading, wanted.bdf) })
  else if (failed !== undefined && (failed.group === group || group === null)) {
    found.push({ code: 'vmd', stops: true, about: wanted, message: failed, ...placeOf(failed) })
  }
  return found
}

function messageTroubles(
  wanted: PciFunction,
  group: string | null,
  members: readonly PciFunction[],
  machine: Machine,
  { messages }: Reading,
): Trouble[] {
  const { byBdf } = lookupOf(machine)
  const inGroup = new Set(members.map(({ bdf }) => bdf))
  return messages.flatMap((message): Trouble[] => {
    const { code, bdf } = message
    if (SHOWN_BY_MEMBERS.includes(code)) return []
    const own = bdf !== null && slotOf(bdf) === slotOf(wanted.bdf)
    const concerns = bdf === null ? message.group === null || message.group === group : own || inGroup.has(bdf)
    if (!concerns) return []
    const stops =
      (STOPS_DEVICE.includes(code) && (own || code === 'interrupts')) ||
      (STOPS_WITHOUT_GROUP.includes(code) && group === null) ||
      (own && group === null && isRefusedForGroup(message))
    const about = bdf === null ? undefined : byBdf.get(bdf)
    return [{ code, stops, message, ...(about === undefined ? {} : { about }), ...placeOf(message) }]
  })
}

/** vfio-pci says EINVAL of a function without an IOMMU group. */
function isRefusedForGroup({ code, value = '', driver = 'vfio-pci' }: Omit<Message, 'line'>): boolean {
  return code === 'probe' && driver.startsWith('vfio') && /-22|Errno 22|invalid argument/i.test(value)
}

/** Whether a message alone, without a listing, says that nothing can be handed over before it is mended. */
export function stopsAlone(message: Message): boolean {
  const { code } = message
  return STOPS_DEVICE.includes(code) || STOPS_WITHOUT_GROUP.includes(code) || isRefusedForGroup(message)
}

/** The trouble of a text that names no function: its platform, and its command line. */
export function troublesWithout({ surroundings }: Reading): Trouble[] {
  const { platform, running, configured, vendor } = surroundings
  const faults = parameterFaults(running, configured, vendor)
  const host =
    platform === null || platform.value === 'guest' ? [] : [{ code: platform.value, stops: true, ...placeOf(platform) }]
  return [...host, ...faults.map((fault): Trouble => ({ code: 'parameter', stops: true, fault, ...placeOf(fault) }))]
}

function parameterTroubles(machine: Machine, group: string | null, { surroundings }: Reading): Trouble[] {
  const faults = parameterFaults(surroundings.running, surroundings.configured, vendorOf(machine, surroundings.vendor))
  return faults.map((fault): Trouble => {
    const harmless = fault.given.startsWith('amd_iommu=') && fault.fault === 'value'
    return {
      code: 'parameter',
      stops: group === null && !harmless && surroundings.iommuOn === null,
      fault,
      ...placeOf(fault),
    }
  })
}

/** vfio-pci refuses a function whose virtual functions are switched on (vfio_pci_core_register_device). */
function virtualFunctionTroubles(wanted: PciFunction, { result }: Reading): Trouble[] {
  if (wanted.driver !== null && driverFamily(wanted.driver) === 'vfio') return []
  const fact = result.facts.findLast(({ kind, bdf }) => kind === 'sriov' && bdf === wanted.bdf)
  if (fact === undefined || Number.parseInt(fact.value ?? '', 10) === 0) return []
  const place = placeOf(fact)
  const message: Message = { code: 'vfs-on', bdf: wanted.bdf, group: null, ...place }
  return [{ code: 'vfs-on', stops: true, about: wanted, message, ...place }]
}

function idTroubles(machine: Machine, members: readonly PciFunction[], { surroundings }: Reading): Trouble[] {
  const { byId } = lookupOf(machine)
  const inGroup = new Set(members)
  return surroundings.vfioIds.flatMap((id): Trouble[] => {
    const functions = byId.get(id.value) ?? []
    const own = functions.find((f) => inGroup.has(f))
    if (own === undefined) return []
    const others = functions.filter((f) => !inGroup.has(f))
    const place = placeOf(id)
    // Nothing has it although vfio-pci was told to: the module is not loaded, or was told too late.
    const held = own.driver === null || driverFamily(own.driver) === 'native'
    return [
      ...(others.length > 0 ? [{ code: 'ids-catch-others', stops: false, about: own, others, ...place } as const] : []),
      ...(held ? [{ code: 'ids-not-taken', stops: false, about: own, ...place } as const] : []),
    ]
  })
}

export function placeOf({ line, paste }: Place): Place {
  return { line, ...(paste === undefined ? {} : { paste }) }
}
