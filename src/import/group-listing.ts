/**
 * Listings by IOMMU group, as shell loops around `lspci -nns` print them: the Arch wiki's in all its shapes (heading and
 * members, or the group on each line), and other scripts' that differ in the heading only.
 */
import { BDF, fullAddress } from './address.ts'
import type { Context, ListingStyle, Reader } from './context.ts'
import { beginsClassName } from './class-names.ts'
import {
  deviceLine,
  isDeviceLine,
  isTail,
  takeDevice,
  unwrapped,
  WRAPPED_FROM,
  type DeviceLine,
} from './device-line.ts'
import type { Line } from './lines.ts'
import { isCommand } from './lspci.ts'
import { hasAddress } from './sources.ts'

const HEADING = /^([#*=+-]{1,8} {0,4})?\[?(iommu[ _-]{0,2})?(groups?)? {0,4}([:#]?) {0,8}(\d{1,6})(?!\d)(.*)$/i
/** `Devices in IOMMU Group 7:`, and with a branch drawn in front of it. */
const INTRODUCED = /^(?:(?:[a-z]{2,20} ){1,5}(?=.*:$)|[┌┬├╭─]{1,3} ?)iommu group (\d{1,6}) ?:?$/i
/** What may stand between the number and the first member, or close the heading. */
const AFTER_NUMBER = /^[\s:#*=.)\]-]{0,80}/
const ADDRESSES = new RegExp(`^${BDF}(?:[\\s,]{1,4}${BDF}){1,200}$`, 'i')
/** Type of the group's default domain, as some scripts print it. */
const DOMAIN_TYPE = /^(?:dma(?:-fq)?|identity|translated|unmanaged|auto)\b.{0,20}$/i

export const readGroupListing: Reader = (lines, at, context) => {
  const line = lines[at]
  if (line === undefined) return 0
  return readHeading(lines, at, line, context) || readMember(lines, at, line, context)
}

function readHeading(lines: readonly Line[], at: number, line: Line, context: Context): number {
  if (/^iommu: {0,4}(?:dmar|ivhd|smmu|iommu|unit)/i.test(line.bare)) {
    context.openListing(line).marks.add('iommu-unit-tree')
    return 1
  }
  if (!/group|iommu/i.test(line.bare.slice(0, 40))) return 0
  const introduced = INTRODUCED.exec(line.bare)?.[1]
  if (introduced !== undefined && isDeviceLine(lines[at + 1])) {
    openGroup(introduced, line, context).headings++
    return 1
  }
  const match = HEADING.exec(line.bare)
  if (match === null) return 0
  const [, prefix = '', iommu = '', word = '', colon = '', group = '', behind = ''] = match
  const rest = behind.replace(AFTER_NUMBER, '')
  const member = deviceLine(rest)
  // "[IOMMU 12] 00:18.0 Host bridge" does without the word; alone, "IOMMU 1" is a hardware unit.
  if (word === '' && (iommu === '' || member === null)) return 0
  if (/^(?:\.{2,3}|…)$/.test(behind.trim())) {
    context.machine.warn('elided', line)
    return 1
  }
  if (ADDRESSES.test(rest) && (iommu !== '' || word !== '')) {
    context.openListing(line).oneLine++
    return takeAll(rest.split(/[\s,]+/), group, line, context)
  }
  if (member === null) {
    if (isDetail(lines, at, line, context)) return 0
    const comment = rest === '' || /^[(<[|←]/.test(rest) || DOMAIN_TYPE.test(rest)
    if (!comment || (rest !== '' && iommu === '' && prefix === '')) return 0
  } else if (
    member.description.evidence === 'none' &&
    !(member.rest === '' || /^n\/a$/i.test(member.rest) || isLast(lines, at))
  ) {
    return 0
  }

  const listing = openGroup(group, line, context, member === null ? rest : '')
  if (prefix.includes('#')) listing.marks.add('hash-group')
  if (prefix.includes('*')) listing.marks.add('star-group')
  if (member === null) {
    listing.headings++
    return 1
  }
  listing.oneLine++
  if (iommu === '' && colon === ':') listing.marks.add('group-driver')
  // The ids stand before the address in two formats; only one of them says "IOMMU".
  if (member.vendor !== null) listing.marks.add(iommu === '' ? 'group-usb-reset' : 'unraid-system-devices')
  if (/^[^:[]{1,60}\[[0-9a-f]{4}\] [^:]/i.test(member.rest)) listing.marks.add('ls-iommu')
  return take(member, rest, lines, at, context)
}

/** The members of a group follow, on its line or below. */
function openGroup(group: string, line: Line, context: Context, comment = ''): ListingStyle {
  // Records of lspci that came before are another output.
  if (context.listing === null && context.block !== null) context.boundary()
  // A remark with an address has not been read.
  if (!hasAddress(comment)) context.machine.understood(line)
  context.group = group
  context.memberIndent = -1
  context.blank = false
  context.entry = null
  return context.openListing(line)
}

/** Addresses alone, on the line of their group or below: `Group 1: 0000:00:01.0 0000:01:00.0`. */
function takeAll(words: readonly string[], group: string, line: Line, context: Context): number {
  const list = words.flatMap((word) => fullAddress(word) ?? [])
  context.openListing(line).members += list.length
  for (const bdf of list) context.machine.member(bdf, group, line)
  return 1
}

/** `IOMMU group: 7` within a verbose record of lspci is a detail of the function, not a heading. */
function isDetail(lines: readonly Line[], at: number, line: Line, context: Context): boolean {
  if (context.block === null || context.entry === null) return false
  if (!/^iommu group: \d+$/i.test(line.bare)) return false
  const next = lines[at + 1]
  if (next === undefined) return true
  // Records of which only a few lines are left: a heading's members do not stand further to the left than it.
  if (context.block.verbose === '')
    return line.indent > 0 && (next.indent < line.indent || deviceLine(next.bare) === null)
  return !/^Group Device:/i.test(next.bare)
}

function readMember(lines: readonly Line[], at: number, line: Line, context: Context): number {
  if (context.group === null) return 0
  if (ATTACHED.test(line.bare) || (context.memberIndent < 0 && RULER.test(line.bare))) return 1
  if (ADDRESSES.test(line.bare)) return takeAll(line.bare.split(/[\s,]+/), context.group, line, context)
  const member = deviceLine(line.bare)
  if (member === null) return isEndOfMember(lines, at, line) ? 1 : 0
  const { evidence } = member.description
  // In a listing a member without description is a member; a sentence that begins with an address is none.
  if (
    evidence === 'none' &&
    member.rest !== '' &&
    member.vendor === null &&
    !/^n\/a$/i.test(member.rest) &&
    !beginsClassName(member.rest) &&
    !isLast(lines, at)
  ) {
    return 0
  }
  if (endsGroup(member, line, context)) {
    context.boundary()
    return 0
  }
  context.openListing(line)
  if (context.memberIndent < 0) context.memberIndent = line.indent
  if (/^Group Device:/i.test(line.bare)) context.listing?.marks.add('iommu-unit-tree')
  else if (member.vendor !== null && context.listing?.oneLine === 0) context.listing.marks.add('unraid-system-devices')
  return take(member, line.bare, lines, at, context)
}

/** Underlines a heading. */
const RULER = /^[-=_~*#─═]{3,200}$/
/** What some scripts print below a controller: USB devices, SCSI devices, and Unraid a remark instead of them. */
const ATTACHED = /^(?:USB:|Bus \d{3} Device \d{3}\b|\[(?:N:)?\d+:\d+:\d+:\d+\] |This controller is bound to vfio\b)/i

/** The end of a wrapped member, its name or revision: what follows goes on with the listing. */
function isEndOfMember(lines: readonly Line[], at: number, line: Line): boolean {
  const above = lines[at - 1]
  if (above === undefined || !isTail(line) || isCommand(line.bare)) return false
  // A line that closes its revision is whole, unless the next opens one.
  if (above.bare.endsWith(')') && !line.bare.startsWith('(')) return false
  const first = [above, lines[at - 2], lines[at - 3]].find((before) => before === undefined || !isTail(before))
  if (first === undefined || first.text.length < WRAPPED_FROM || deviceLineWithin(first) === null) return false
  const next = lines[at + 1]
  return next === undefined || next.bare === '' || !isTail(next)
}

/** The device of a line, with its group in front or without. */
function deviceLineWithin(line: Line): DeviceLine | null {
  return deviceLine(line.bare) ?? deviceLine((HEADING.exec(line.bare)?.[6] ?? '').replace(AFTER_NUMBER, ''))
}

/**
 * Whether a device line without a group of its own stands below the listing rather than in its last group: after a blank
 * line and further left than the members, or because the listing has it in another group already.
 */
function endsGroup(member: DeviceLine, line: Line, context: Context): boolean {
  if (context.blank && context.memberIndent > 0 && line.indent === 0) return true
  const bdf = fullAddress(member.path)
  const listed = bdf === null ? null : context.machine.groupInSection(bdf)
  if (listed === null || Number(listed) === Number(context.group)) return false
  // Right below a heading it is a member: the same machine is being listed again, in another state.
  if (context.memberIndent < 0) context.listedAgain = true
  return !context.listedAgain
}

/** Takes a member into its group; returns the number of lines it took. `text` is its line from the address on. */
function take(member: DeviceLine, text: string, lines: readonly Line[], at: number, context: Context): number {
  const { group, listing, machine } = context
  const line = lines[at]
  if (line === undefined || group === null || listing === null) return 1
  const { parsed, taken } = unwrapped(member, text, lines, at)
  const entry = takeDevice(parsed, line, context)
  if (entry === null) return taken
  listing.members++
  if (parsed.path.includes('/')) listing.marks.add('path')
  machine.member(entry.facts.bdf, group, line)
  const { evidence } = parsed.description
  if (evidence === 'none' && parsed.rest !== '' && (isLast(lines, at) || beginsClassName(parsed.rest))) {
    machine.warn('cut', line)
    entry.incomplete = true
  }
  return taken
}

/** Whether only blank lines and fences follow. */
function isLast(lines: readonly Line[], at: number): boolean {
  for (let next = at + 1; next < lines.length; next++) {
    const line = lines[next]
    if (line !== undefined && line.bare !== '' && !line.fence) return false
    if (next - at > 20) return true
  }
  return true
}
