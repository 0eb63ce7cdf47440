/** lspci: its one-line form with and without numbers, and its records (-k, -v, -vv, -vvv). */
import { fullAddress } from './address.ts'
import type { Block, BlockEntry, Context, Reader } from './context.ts'
import { deviceLine, DETAIL, groupColumn, isDeviceLine, takeDevice, unwrapped } from './device-line.ts'
import type { Line } from './lines.ts'

export const readLspci: Reader = (lines, at, context) => {
  const line = lines[at]
  if (line === undefined) return 0
  return readDevice(lines, at, line, context) || readDetail(lines, at, line, context)
}

function readDevice(lines: readonly Line[], at: number, line: Line, context: Context): number {
  if (context.group !== null) return 0
  const parsed = deviceLine(line.bare)
  if (parsed === null) return 0
  const bdf = fullAddress(parsed.path)
  const alone = ONLY_GROUP.exec(parsed.rest)?.[1]
  if (bdf !== null && alone !== undefined) {
    context.machine.format('one-line')
    context.machine.member(bdf, alone, line)
    return 1
  }
  if (parsed.description.evidence === 'none') return 0
  // Only the shape of a class name: the neighbours must be lspci's, too.
  if (parsed.description.evidence === 'shape' && context.block === null) {
    const next = lines[at + 1]
    if (next === undefined || !(isDeviceLine(next) || DETAIL.test(next.bare))) return 0
  }
  const { parsed: whole, taken } = unwrapped(parsed, line.bare, lines, at)
  if (taken > 1) context.openBlock().wrapped = true
  const entry = takeDevice(whole, line, context)
  const group = groupColumn(whole)
  if (entry !== null && group !== null) context.machine.member(entry.facts.bdf, group, line)
  return taken
}

/** `0000:01:00.0 IOMMU group 1` */
const ONLY_GROUP = /^[-:=>| ]{0,6}iommu[ _-]?group[ :=#]{0,4}(\d{1,6})$/i
const VERY_VERBOSE = /^(?:Control|Status|Latency|Interrupt|Region \d)\b/
const DRIVER = /^(?:Kernel driver in use|(?:Kernel )?driver(?: in use)?) {0,4}[:=] {0,8}(\S{0,60})/i
const GROUP = /\bIOMMU group:? {0,3}(\d{1,6})/i
const BUSES = /secondary=([0-9a-f]{2}), {0,2}subordinate=([0-9a-f]{2})/i
const PORT_TYPE =
  /^(?:Capabilities: \[[0-9a-f]+\] )?Express (?:\(v\d\) )?(Root Port|Upstream Port|Downstream Port|Legacy Endpoint|Root Complex Integrated Endpoint|Root Complex Event Collector|Endpoint|PCI-Express to PCI\/PCI-X Bridge|PCI\/PCI-X to PCI-Express Bridge)\b/i

function readDetail(lines: readonly Line[], at: number, line: Line, context: Context): number {
  const { entry, block } = context
  if (entry === null || block === null) return 0
  const keyword = DETAIL.test(line.bare)
  if (keyword || DRIVER.test(line.bare)) {
    const joined = wrappedDetail(line, lines[at + 1])
    takeDetail(joined ?? line.bare, line, entry, block, context)
    context.blank = false
    if (joined !== null) block.wrapped = true
    return joined === null ? 1 : 2
  }
  if (/^-{2,3}$/.test(line.bare) && block.verbose === '') {
    // Between matches with context lines grep prints this.
    block.filtered = true
    return 1
  }
  if (isElision(line.bare)) {
    entry.incomplete = true
    context.machine.warn('elided', line)
    return 1
  }
  if (isNoise(line.bare)) return 1
  if (block.verbose === '') {
    if (!isHeaderTail(lines, at, line)) return 0
    block.wrapped = true
    return 1
  }
  if (line.indent > 0) return 1
  // Within a verbose record a line at the margin is the tail of a wrapped one, unless it looks like a new command.
  const above = lines[at - 1]
  if (context.blank || above === undefined || above.bare === '' || isCommand(line.bare)) return 0
  block.wrapped = true
  return 1
}

/** The end of a wrapped first line: between it and the details, up to two lines at the margin. */
function isHeaderTail(lines: readonly Line[], at: number, line: Line): boolean {
  const revision = /^\((?:rev|prog-if) /.test(line.bare)
  if ((line.indent > 0 && !revision) || line.bare.length > 80 || isCommand(line.bare)) return false
  const above = lines[at - 1]
  if (above === undefined || above.bare === '' || above.fence) return false
  return [lines[at + 1], lines[at + 2]].some((next) => next !== undefined && next.indent > 0 && DETAIL.test(next.bare))
}

/** `Flags: ..., IOMMU` and `group 6` on the next line. */
function wrappedDetail(line: Line, next: Line | undefined): string | null {
  if (next === undefined || !/\bIOMMU(?: group:?)?$/i.test(line.bare)) return null
  return /^(?:group:? {0,3})?\d{1,6}\b/i.test(next.bare) ? `${line.bare} ${next.bare}` : null
}

function takeDetail(text: string, line: Line, entry: BlockEntry, block: Block, context: Context): void {
  const { machine } = context
  const { facts } = entry
  const driver = DRIVER.exec(text)
  if (driver !== null) {
    block.driversShown = true
    entry.sawDriver = true
    const [, name = ''] = driver
    if (name !== '') machine.driver(facts, /^(?:-|none|n\/a|\(none\))$/i.test(name) ? null : name, line)
    return
  }
  if (/^Kernel modules/i.test(text)) {
    block.driversShown = true
    block.detailsShown = true
    return
  }
  if (/^(?:Subsystem|DeviceName)/i.test(text)) {
    block.detailsShown = true
    return
  }
  if (text.startsWith('Flags')) {
    block.detailsShown = true
    if (block.verbose === '') block.verbose = 'v'
  } else if (VERY_VERBOSE.test(text)) {
    block.detailsShown = true
    if (block.verbose === '' || block.verbose === 'v') block.verbose = 'vv'
  }
  const group = GROUP.exec(text)
  if (group?.[1] !== undefined && /^(?:Flags\b|IOMMU group:? {0,3}\d{1,6}$)/i.test(text)) {
    machine.member(facts.bdf, group[1], line)
    return
  }
  const buses = /^Bus/i.test(text) ? BUSES.exec(text) : null
  if (buses !== null) {
    machine.told(facts.bdf, 'buses', line)
    facts.secondary = buses[1]?.toLowerCase() ?? ''
    facts.subordinate = buses[2]?.toLowerCase() ?? ''
    return
  }
  const type = PORT_TYPE.exec(text)
  if (type?.[1] !== undefined) {
    machine.told(facts.bdf, 'port', line)
    facts.pcieType = type[1]
  }
  if (/^ACS(?:Cap|Ctl):/i.test(text)) {
    machine.told(facts.bdf, 'acs', line)
    const flags = text.slice(7).trim()
    facts.acs = { ...facts.acs, ...(/^ACSCap/i.test(text) ? { cap: flags } : { ctl: flags }) }
  }
  if (/^Capabilities:/i.test(text)) {
    machine.told(facts.bdf, 'capabilities', line)
    if (/<access denied>/i.test(text)) facts.capabilities = 'denied'
    else {
      // The lines above that lspci always prints may be gone.
      if (block.verbose === '') block.verbose = /Express \(v\d\)/.test(text) ? 'vv' : 'v'
      if (block.verbose === 'vv') block.verbose = 'vvv'
      if (facts.capabilities === null && text.includes('[')) facts.capabilities = 'read'
      if (/Access Control Services/i.test(text)) facts.acs ??= {}
    }
  }
}

/** Whether a line says that something has been left out here. */
export function isElision(bare: string): boolean {
  return bare.length < 40 && /^[([<{]{0,2} ?(?:\.{2,}|…|snip|snipped|cut|skipped)[ .\w]{0,20}[)\]>}]{0,2}$/i.test(bare)
}

/**
 * Messages of lspci and its libraries that stand between its lines, bytes of configuration space (`-x`), and the dots
 * that continue a table downwards.
 */
export function isNoise(bare: string): boolean {
  return (
    /^(?:(?:lspci|pcilib|sh|bash|sudo): |!!! )/.test(bare) ||
    /^[0-9a-f]{2,3}:(?: [0-9a-f]{2}){16}$/.test(bare) ||
    bare === '.'
  )
}

/** Whether a line looks like a prompt or a command rather than the tail of a wrapped line. */
export function isCommand(bare: string): boolean {
  return (
    /^(?:\S{0,60}[$#%❯➜»] |[$#>] ?\w)/.test(bare) || /^(?:sudo|lspci|dmesg|find|ls|cat|for|echo|virsh)\b/.test(bare)
  )
}
