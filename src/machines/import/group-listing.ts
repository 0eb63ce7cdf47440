/**
 * Listings by IOMMU group, as shell loops around `lspci -nns` print them: the Arch wiki's in all its shapes (heading and
 * members, or the group on each line), and other scripts' that differ in the heading only.
 */
import { fullAddress } from './address.ts'
import type { Context, Reader } from './context.ts'
import { deviceLine, takeDevice, type DeviceLine } from './device-line.ts'
import type { Line } from './lines.ts'

const HEADING = /^([#*=+-]{1,8} {0,4})?\[?(iommu[ _-]{0,2})?(groups?)? {0,4}([:#]?) {0,8}(\d{1,6})(?!\d)(.*)$/i
/** What may stand between the number and the first member, or close the heading. */
const AFTER_NUMBER = /^[\s:#*=.)\]-]{0,16}/
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
  const match = HEADING.exec(line.bare)
  if (match === null) return 0
  const [, prefix = '', iommu = '', word = '', colon = '', group = '', behind = ''] = match
  const rest = behind.replace(AFTER_NUMBER, '')
  const member = deviceLine(rest)
  // "[IOMMU 12] 00:18.0 Host bridge" does without the word; alone, "IOMMU 1" is a hardware unit.
  if (word === '' && (iommu === '' || member === null)) return 0
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

  // Records of lspci that came before are another output.
  if (context.listing === null && context.block !== null) context.boundary()
  const listing = context.openListing(line)
  context.group = group
  context.memberIndent = -1
  context.blank = false
  context.entry = null
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
  take(member, line, lines, at, context)
  return 1
}

/** `IOMMU group: 7` within a verbose record of lspci is a detail of the function, not a heading. */
function isDetail(lines: readonly Line[], at: number, line: Line, context: Context): boolean {
  if (context.block === null || context.entry === null || context.block.verbose === '') return false
  if (!/^iommu group: \d+$/i.test(line.bare)) return false
  return !/^Group Device:/i.test(lines[at + 1]?.bare ?? '')
}

function readMember(lines: readonly Line[], at: number, line: Line, context: Context): number {
  if (context.group === null) return 0
  if (/^USB:/i.test(line.bare)) return 1
  const member = deviceLine(line.bare)
  if (member === null) return 0
  const { evidence } = member.description
  // In a listing a member without description is a member; a sentence that begins with an address is none.
  if (
    evidence === 'none' &&
    member.rest !== '' &&
    member.vendor === null &&
    !/^n\/a$/i.test(member.rest) &&
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
  take(member, line, lines, at, context)
  return 1
}

/**
 * Whether a device line without a group of its own stands below the listing rather than in its last group: after a blank
 * line and further left than the members, or because the listing has it in another group already.
 */
function endsGroup(member: DeviceLine, line: Line, context: Context): boolean {
  if (context.blank && context.memberIndent > 0 && line.indent === 0) return true
  const bdf = fullAddress(member.path)
  const listed = bdf === null ? null : context.machine.groupInSection(bdf)
  return listed !== null && Number(listed) !== Number(context.group)
}

function take(member: DeviceLine, line: Line, lines: readonly Line[], at: number, context: Context): void {
  const entry = takeDevice(member, line, context)
  if (entry === null || context.group === null) return
  if (member.path.includes('/')) context.listing?.marks.add('path')
  context.machine.member(entry.facts.bdf, context.group, line)
  if (member.description.evidence === 'none' && member.rest !== '' && isLast(lines, at)) {
    context.machine.warn('cut', line)
    entry.incomplete = true
  }
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
