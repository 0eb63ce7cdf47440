/** How much of a group a text shows: its number, and whether all its members stand there. */
import type { PciFunction } from '../sim/machine.ts'
import type { ImportResult } from '../import/result.ts'
import type { Message } from './messages.ts'
import type { Reading } from './reading.ts'

/**
 * `whole`: the text lists the group, so who does not stand there is not in it; `partial`: it tells the groups of some
 * functions and nothing of the others; `none`: it does not tell the group of this one.
 */
export type GroupShown = 'whole' | 'partial' | 'none'

/** A log or listing of the whole machine has at least as many groups. */
const MACHINE_GROUPS = 3
/** Formats that list groups with their members, as opposed to functions with their group. */
const LISTS_GROUPS =
  /^(?:arch-multiline|one-line|mixed-one-line|group-|ls-iommu|hash-group|star-group|unraid|iommu-unit-tree|sysfs-(?!link)|libvirt-nodedev)/
/** Formats with a row or record for each function; some of them leave out ports, or whatever somebody was not asked for. */
const LISTS_ROWS = /^(?:markdown|csv|table|json|yaml|records|pvesh)/
const LISTS_FUNCTIONS = /^(?:dmesg|lspci-v)/

/**
 * @param number the group's number in the machine
 * @param reading null: the machine is all there is, as it was read or made
 */
export function groupShown(
  number: string | null,
  members: readonly PciFunction[],
  estimated: boolean,
  reading: Reading | null,
): GroupShown {
  if (number === null || estimated) return 'none'
  if (reading === null) return 'whole'
  const { result, surroundings } = reading
  const formats = result.format.split('+')
  const lists = formats.some((format) => LISTS_GROUPS.test(format))
  const machine =
    formats.some((format) => LISTS_FUNCTIONS.test(format)) &&
    Object.keys(result.groups).length >= MACHINE_GROUPS &&
    hasRootBus(result)
  const rows = formats.some((format) => LISTS_ROWS.test(format)) && hasPorts(result)
  if (!lists && !machine && !rows) return 'partial'
  if (formats.includes('one-line') && isOfOneVendor(result)) return 'partial'
  if (surroundings.filtered !== null && !formats.some((format) => format.startsWith('sysfs'))) return 'partial'
  if (isFilteredByAddress(members, reading)) return 'partial'
  return shortened(members, reading) ? 'partial' : 'whole'
}

/**
 * Functions of a root bus are among those with groups. A log or listing of a whole machine has them; without them it has
 * been cut to some cards, and the ports above those are not in it.
 */
function hasRootBus({ groups, parents = {}, devices }: ImportResult): boolean {
  const members = Object.values(groups).flat()
  return members.some((bdf) => bdf.split(':')[1] === '00' || parents[bdf] === null || devices[bdf]?.bridge === true)
}

/** A message that names a group: QEMU and others read its number from sysfs, so the group exists. Null: none does. */
export function groupInError({ messages }: Reading): Message | null {
  return messages.find(({ code, group }) => group !== null && code !== 'group-failed') ?? null
}

/** What stands below such a command is its output. */
const BELOW = 40

/** All lines that tell of the group are the output of a command that keeps only lines with some address. */
function isFilteredByAddress(members: readonly PciFunction[], { result, surroundings }: Reading): boolean {
  const { byAddress } = surroundings
  if (byAddress === null) return false
  const { line: from, paste: at = 0 } = byAddress
  const places = members.flatMap(({ bdf }) => result.sources[bdf]?.filter(({ tells }) => tells.includes('group')) ?? [])
  return places.every(({ line, paste = 0 }) => paste === at && line > from && line <= from + BELOW)
}

/** Ports or host bridges are among the functions with groups, so nobody has left out what is usually in the way. */
function hasPorts({ devices, groups }: ImportResult): boolean {
  const members = Object.values(groups).flat()
  return (
    Object.keys(groups).length >= MACHINE_GROUPS &&
    members.some((bdf) => devices[bdf]?.bridge === true || devices[bdf]?.class === '0600')
  )
}

/** A list with a line for each function that went through a filter for a vendor: ports and neighbours are not in it. */
function isOfOneVendor({ devices, groups }: ImportResult): boolean {
  const listed = Object.values(devices)
  const [first] = listed
  if (first === undefined || first.vendor === null || Object.keys(groups).length < 2) return false
  return listed.every(
    ({ vendor, bridge, class: code }) => vendor === first.vendor && bridge !== true && code !== '0600',
  )
}

/** Somebody left lines out beside the group's members, or the text ends among them. */
function shortened(members: readonly PciFunction[], { result, surroundings }: Reading): boolean {
  const marks = result.warnings.filter(({ code }) => code === 'elided' || code === 'cut')
  if (marks.length === 0) return false
  const lines = members.flatMap(({ bdf }) => surroundings.lines.get(bdf)?.map(({ line }) => line) ?? [])
  const first = Math.min(...lines)
  const last = Math.max(...lines)
  return marks.some(({ code, line }) => (code === 'elided' ? line >= first - 1 && line <= last + 2 : line === last))
}

/** Whether the number is one that the text tells, and not one given to a group without. */
export function isTold(number: string | null, estimated: boolean, reading: Reading | null): boolean {
  if (number === null || estimated) return false
  return (
    reading === null || reading.result.unnumberedGroups === undefined || reading.result.groups[number] !== undefined
  )
}
