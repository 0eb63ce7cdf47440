import { BDF, fullAddress } from './address.ts'
import type { BlockEntry, Context } from './context.ts'
import { parseDescription, type Description } from './description.ts'
import type { Facts, Machine } from './facts.ts'
import type { Line } from './lines.ts'

/** A line that begins with an address, as lspci and all scripts around it print. */
export interface DeviceLine {
  /** As printed: one address, or with `-PP` the path of bridges to it. */
  readonly path: string
  /** Ids in front of the address, as Unraid prints them. */
  readonly vendor: string | null
  readonly device: string | null
  readonly rest: string
  readonly description: Description
}

const DEVICE_LINE = new RegExp(
  // marks of lists and trees; `*` where a script found no group; ids and reset mark of some scripts; the address or path
  `^(?:[-*•|│├└─+\`']{1,4} {0,12}){0,3}(?:Group Device: {0,4}|IOMMU Group \\* {1,4})?(?:\\[R(?:ESET)?\\] {0,8})?` +
    `(?:\\[([0-9a-f]{4}):([0-9a-f]{4})\\] {0,12}(?:\\[R(?:ESET)?\\] {0,8})?)?` +
    `(${BDF}(?:/(?:[0-9a-f]{2}:)?[01][0-9a-f]\\.[0-7]){0,40})(?![\\w:./])(.*)$`,
  'i',
)

/** Takes a line apart that begins with an address; null if it does not. */
export function deviceLine(bare: string): DeviceLine | null {
  const match = DEVICE_LINE.exec(bare)
  if (match === null) return null
  const [, vendor, device, path = '', behind = ''] = match
  let rest = behind.trim()
  if (rest.startsWith('- ')) rest = rest.slice(2)
  // Columns: the class ends where two spaces stand.
  const description = columns(rest) ?? parseDescription(rest)
  return { path, vendor: vendor?.toLowerCase() ?? null, device: device?.toLowerCase() ?? null, rest, description }
}

/** `VGA compatible controller                GA102 [GeForce RTX 3090]`: class and name in columns, without a colon. */
function columns(rest: string): Description | null {
  const gap = rest.indexOf('  ')
  if (gap <= 0) return null
  const head = parseDescription(rest.slice(0, gap))
  if (head.class === null || head.name !== '') return null
  return { ...head, name: rest.slice(gap).trim() }
}

/** Lines of a record, known by their keyword even where the indentation is lost. */
export const DETAIL =
  /^(?:Subsystem|DeviceName|Device tree node|Flags|Control|Status|Latency|Interrupt|Region \d|Memory at|I\/O ports at|Memory behind|I\/O behind|Prefetchable|Secondary status|BridgeCtl|PriDiscTmr|Bus|NUMA node|IOMMU group|Expansion ROM|\[virtual\]|BIST|Capabilities|Kernel driver in use|Kernel modules|Physical Slot|Power budget|ACSCap|ACSCtl|Express)\b/i

/** Mail wraps lines at 70 columns or so, quoted ones earlier. */
export const WRAPPED_FROM = 40
const IDS = /\[[0-9a-f]{4}:[0-9a-f]{4}\]/i

/** Whether a line may be the tail of a wrapped one: nothing that begins an item. */
export function isTail(line: Line | undefined): boolean {
  if (line === undefined || line.fence || line.bare === '' || line.bare.length > 80) return false
  return deviceLine(line.bare) === null && !DETAIL.test(line.bare) && !/^\W{0,4}(?:iommu|groups?)\b/i.test(line.bare)
}

/**
 * Joins a device line without ids with the tail that has them, where mail has wrapped it.
 * @param text the line, from its address on
 * @returns the whole, and of how many lines it is made
 */
export function unwrapped(
  parsed: DeviceLine,
  text: string,
  lines: readonly Line[],
  at: number,
): { readonly parsed: DeviceLine; readonly taken: number } {
  const alone = { parsed, taken: 1 }
  if (parsed.description.vendor !== null || parsed.vendor !== null) return alone
  if ((lines[at]?.text.length ?? 0) < WRAPPED_FROM) return alone
  let whole = text
  for (let taken = 2; taken <= 3; taken++) {
    const next = lines[at + taken - 1]
    if (next === undefined || !isTail(next)) return alone
    whole += ` ${next.bare}`
    if (!IDS.test(next.bare)) continue
    const joined = deviceLine(whole)
    return joined === null ? alone : { parsed: joined, taken }
  }
  return alone
}

/** Whether a line begins with an address and looks like lspci's. */
export function isDeviceLine(line: Line | undefined): boolean {
  if (line === undefined) return false
  const parsed = deviceLine(line.bare)
  return parsed !== null && parsed.description.evidence !== 'none'
}

/** Resolves a path of bridges to addresses: components lack the domain, and with `-P` the bus. Null if that is unknown. */
export function resolvePath(path: string, machine: Machine): string[] | null {
  const [first = '', ...others] = path.split('/')
  const root = fullAddress(first)
  if (root === null) return null
  const domain = root.slice(0, root.indexOf(':'))
  const chain = [root]
  for (const word of others) {
    const above = chain.at(-1) ?? root
    if (word.includes(':')) chain.push(`${domain}:${word.toLowerCase()}`)
    else {
      const { secondary } = machine.device(above)
      if (secondary === '') return null
      chain.push(`${domain}:${secondary}:${word.toLowerCase()}`)
    }
  }
  return chain
}

/** Some scripts print the group behind the function. */
const GROUP_COLUMN = /[ ([]iommu[ _-]?group[ :=#]{0,4}(\d{1,6})[)\]]?$/i

/** The group at the end of a device line, if the line has one there. */
export function groupColumn(parsed: DeviceLine): string | null {
  return GROUP_COLUMN.exec(parsed.rest.slice(-40))?.[1] ?? null
}

const DRIVER_COLUMN = /^driver: {0,4}([^\s()[\]]{0,60})[)\]]?$/i

/** Without the spaces and brackets at the end, from which a column begins. A pattern would try each place anew. */
function withoutOpening(text: string): string {
  let end = text.length
  while (end > 0 && ' ([\t'.includes(text[end - 1] ?? '')) end--
  return text.slice(0, end)
}

const REVISION = /\(rev ([0-9a-f]{2})\)/i

/**
 * Takes a device line into the machine and makes it the function to which details belong. Null if its path cannot be
 * resolved.
 */
export function takeDevice(parsed: DeviceLine, line: Line, context: Context): BlockEntry | null {
  const { machine } = context
  const chain = resolvePath(parsed.path, machine)
  const bdf = chain?.at(-1)
  if (chain === null || bdf === undefined) {
    machine.warn('unread', line)
    return null
  }
  if (chain.length > 1) chain.forEach((at, index) => machine.parent(at, chain[index - 1] ?? null))

  const facts = machine.device(bdf, line)
  // A script may print the driver at the end of the line.
  const at = parsed.rest.toLowerCase().lastIndexOf('driver:')
  const column = at < 0 ? null : DRIVER_COLUMN.exec(parsed.rest.slice(at))
  const description = column === null ? parsed.description : parseDescription(withoutOpening(parsed.rest.slice(0, at)))
  describe(facts, description, line, machine)
  machine.ids(facts, parsed.vendor, parsed.device, line)
  machine.revision(facts, REVISION.exec(parsed.rest)?.[1]?.toLowerCase() ?? '', line)

  const block = context.openBlock()
  if (chain.length > 1) block.paths = true
  const entry = { facts, description, place: line, sawDriver: false, incomplete: false }
  block.entries.push(entry)
  if (column !== null) {
    block.driversShown = true
    block.driverColumn = true
    entry.sawDriver = true
    const [, driver = ''] = column
    machine.driver(facts, /^(?:|-|none|n\/a|\(none\))$/i.test(driver) ? null : driver, line)
  }
  context.entry = entry
  context.blank = false
  return entry
}

/** Merges a description into the facts. */
export function describe(facts: Facts, description: Description, line: Line, machine: Machine): void {
  machine.described(facts, description.class, description.name, line)
  machine.classOf(facts, description.class, description.className, line)
  machine.ids(facts, description.vendor, description.device, line)
  if (description.name !== '') facts.name = description.name
}
