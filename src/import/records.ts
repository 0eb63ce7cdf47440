/**
 * Records of `key: value` or `key = value`, one for each function: lshw, hwinfo, systool, `incus info --resources`,
 * `ethtool -i`, and documents whose indentation has been lost. Which key means what: fields.ts.
 */
import { codeOfClass } from './class-names.ts'
import type { Context, Reader } from './context.ts'
import type { Facts } from './facts.ts'
import { addressIn, driverOf, fieldOf, takeFields, type Field } from './fields.ts'
import type { Line } from './lines.ts'
import { chain } from './sysfs.ts'
import { takeModalias } from './modalias.ts'

/** The heading of a group, below which its members stand. */
const GROUP_HEADING = /\bgroup \d{1,6} ?:?$/i

interface Entry {
  readonly line: Line
  readonly indent: number
  readonly key: string
  readonly value: string
  /** Begins an item of a list, or is the heading of what is indented below it. */
  readonly opens: boolean
  /** `key = "value"` of systool, indented below its device. */
  readonly attribute: boolean
}

/** No record is longer. */
const MAX_LINES = 400
const KEY_VALUE = /^(-{1,2} |[*•] )? {0,8}["'`]?(\p{L}[\p{L}\d _./()#-]{0,40}?)["'`]? {0,24}(?::(?= |$)|=)(.*)$/u
const ATTRIBUTE = /^[a-z_]{1,40} {1,24}= "/
const LSHW = /^\*-([\w:-]{1,40})(?: (UNCLAIMED|DISABLED))?(?: {1,20}(description: .*))?$/
const HWINFO =
  /^\d{1,5}: (?:PCI|None|USB|ADB|SCSI|ISA|IDE|BIOS|PCMCIA|Virtual|System|PS\/2|Serial|Net|Loopback|Memory) {0,2}[0-9a-f]{1,6}\.[0-9a-f]{1,3}: {1,2}([0-9a-f]{4,5}) (.{1,80})$/i

export const readRecords: Reader = (lines, at, context) => {
  const first = lines[at]
  if (first === undefined || at < context.recordsFrom || !beginsRecord(first)) return 0
  const end = endOfRun(lines, at)
  const records = split(lines, at, end)
  if (!records.some((record) => record.bdf !== null)) {
    context.recordsFrom = end
    return 0
  }
  context.boundary()
  const path: Level[] = []
  for (const record of records) take(record, path, context)
  context.boundary()
  return end - at
}

function beginsRecord(line: Line): boolean {
  if (GROUP_HEADING.test(line.bare)) return false
  return KEY_VALUE.test(line.bare) || LSHW.test(line.bare) || HWINFO.test(line.bare)
}

/** The first line after those that are keys with values, or are indented below one; blank lines stand between records. */
function endOfRun(lines: readonly Line[], at: number): number {
  let end = at
  for (let line = lines[end]; line !== undefined && end - at < MAX_LINES; line = lines[++end]) {
    if (line.fence) break
    if (line.bare === '') {
      const next = lines[end + 1]
      if (next === undefined || next.bare === '' || !beginsRecord(next)) break
    } else if (!beginsRecord(line) && line.indent <= (lines[at]?.indent ?? 0)) break
  }
  return end
}

interface ToolRecord {
  readonly indent: number
  readonly entries: Entry[]
  bdf: string | null
  readonly tool: 'lshw' | 'hwinfo' | ''
  /** Class code of hwinfo's heading; what lshw says about a function without driver. */
  readonly code: string | null
  readonly unclaimed: boolean
}

function split(lines: readonly Line[], at: number, end: number): ToolRecord[] {
  const records: ToolRecord[] = []
  let current: ToolRecord | null = null
  let base = -1
  let blank = false
  const open = (record: ToolRecord): ToolRecord => {
    records.push(record)
    base = -1
    return record
  }
  for (let place = at; place < end; place++) {
    const line = lines[place]
    if (line === undefined) continue
    if (line.bare === '') {
      blank = true
      continue
    }
    const lshw = LSHW.exec(line.bare)
    const hwinfo = lshw === null ? HWINFO.exec(line.bare) : null
    if (lshw !== null || hwinfo !== null) {
      current = open({
        indent: line.indent,
        entries: [],
        bdf: null,
        tool: lshw === null ? 'hwinfo' : 'lshw',
        code: hwinfo?.[1]?.slice(-4).toLowerCase() ?? null,
        unclaimed: lshw?.[2] === 'UNCLAIMED',
      })
      blank = false
      if (lshw?.[3] === undefined) continue
    }
    const entry = entryOf(line, lshw?.[3])
    if (entry === null) continue
    const tool = current?.tool ?? ''
    const again: boolean =
      current === null ||
      (blank && tool !== 'hwinfo') ||
      (tool === '' &&
        (entry.opens ||
          (base >= 0 && entry.indent < base) ||
          (entry.indent <= base && current.entries.some(({ key, indent }) => key === entry.key && indent === base))))
    blank = false
    if (current === null || again) {
      current = open({ indent: entry.indent, entries: [], bdf: null, tool: '', code: null, unclaimed: false })
    }
    if (entry.value === '' && tool === '' && entry.opens) continue
    if (base < 0) base = entry.indent
    // What is indented below a key belongs to that key.
    if (entry.indent > base && current.tool !== 'lshw' && !entry.attribute) continue
    current.entries.push(entry)
    current.bdf ??= addressOf(entry)
  }
  return records
}

function entryOf(line: Line, text = line.bare): Entry | null {
  const match = KEY_VALUE.exec(text)
  if (match === null) return null
  const [, item, key = '', value = ''] = match
  const indent = line.indent + (item?.length ?? 0)
  const unquoted = value.trim().replace(/^["'`](.*)["'`],?$/, '$1')
  return {
    line,
    indent,
    key: key.trim(),
    value: unquoted,
    opens: item !== undefined || unquoted === '',
    attribute: ATTRIBUTE.test(text),
  }
}

/** The function that an entry names: `bus info: pci@0000:01:00.0`, `Device = "0000:01:00.0"`. */
function addressOf({ key, value }: Entry): string | null {
  const field = fieldOf(key)
  if (field !== 'address' && field !== 'name' && field !== 'ids') return null
  return addressIn(value)
}

interface Level {
  readonly indent: number
  /** Above its functions stand a bridge, a root bus (null), or what does not tell. */
  readonly above: string | null | undefined
}

function take(record: ToolRecord, path: Level[], context: Context): void {
  const { machine } = context
  const { bdf, entries, tool } = record
  while (tool === 'lshw' && (path.at(-1)?.indent ?? -1) >= record.indent) path.pop()
  if (bdf === null) {
    if (tool === 'lshw') path.push({ indent: record.indent, above: path.at(-1)?.above })
    for (const { line } of entries) machine.passOver('not-pci', line)
    return
  }
  const named = entries.find((entry) => addressOf(entry) !== null)?.line ?? entries[0]?.line
  if (named === undefined) return
  machine.format(tool === '' ? 'records' : tool)
  const facts = machine.device(bdf, named)
  if (record.code !== null) machine.classOf(facts, record.code, '', named)
  for (const entry of entries) takeEntry(entry, facts, record, context)
  takeDriver(record, facts, named, context)
  if (tool !== 'lshw') return
  const above = path.at(-1)?.above
  if (above !== undefined) machine.parent(bdf, above, named)
  // lshw hangs the root bus below the host bridge.
  path.push({ indent: record.indent, above: facts.bridge === true ? bdf : facts.class === '0600' ? null : undefined })
}

/** lshw's own words for what a driver makes of a function. */
const LSHW_CLASSES: Readonly<Record<string, string>> = {
  'Ethernet interface': '0200',
  'Wireless interface': '0280',
  'NVMe device': '0108',
}

function takeEntry(entry: Entry, facts: Facts, { tool }: ToolRecord, { machine }: Context): void {
  const { key, line } = entry
  const lower = key.toLowerCase()
  // `pci 0x10de "nVidia Corporation"`
  const coded = /^(?:pci|special) 0x([0-9a-f]{4}) "(.*)$/i.exec(entry.value)
  const value = coded === null ? entry.value : `${(coded[2] ?? '').replace(/"$/, '')} (${coded[1] ?? ''})`
  if (/^sub|^svendor|^sdevice/.test(lower)) return
  if (/modalias|module alias/.test(lower)) takeModalias(value, facts, line, machine)
  else if (/^(?:device path|sysfs id|sysfs path|path)$/.test(lower)) chain(value, machine, line)
  else if (lower === 'description' && tool === 'lshw') {
    const code = codeOfClass(value) === undefined ? (LSHW_CLASSES[value] ?? null) : null
    machine.classOf(facts, facts.class === null ? code : null, value, line)
  } else if (lower === 'logical name' && tool === 'lshw') {
    const fact = /^(?:en|eth|wl|ib)\w+$/.test(value) ? 'network' : /^\/dev\/(?:nvme|sd|fb)/.test(value) ? 'disk' : null
    if (fact !== null && !value.startsWith('/dev/fb')) machine.fact({ kind: fact, bdf: facts.bdf, value }, line)
  } else {
    const field = tool === 'hwinfo' && lower === 'hardware class' ? undefined : fieldOf(key)
    if (field === undefined || field === 'address' || field === 'driver') return
    takeFields(facts, [[field, value]] satisfies [Field, string][], line, machine)
  }
}

/** The driver of a record, or that it has none: lshw and hwinfo print a record whole. */
function takeDriver(record: ToolRecord, facts: Facts, named: Line, { machine }: Context): void {
  const { entries, tool, unclaimed } = record
  const own = entries.find(({ key }) => fieldOf(key) === 'driver' && !/modules?$/i.test(key))
  const configuration = tool === 'lshw' ? entries.find(({ key }) => /^configura/i.test(key)) : undefined
  const configured = /\b(?:driver|driverversion)=(\S{1,60})/.exec(configuration?.value ?? '')?.[1]
  if (configured !== undefined && configuration !== undefined) machine.driver(facts, configured, configuration.line)
  else if (own !== undefined) {
    const driver = driverOf(own.value.replace(/".*$/, ''), false)
    if (driver !== undefined) machine.driver(facts, driver, own.line)
  } else if (unclaimed || configuration !== undefined) machine.driver(facts, null, configuration?.line ?? named)
  else if (tool === 'hwinfo' && entries.some(({ key }) => key === 'Config Status')) machine.driver(facts, null, named)
}
