/** inxi, old and new: one line or several for each device, `Device-1: NAME driver: nvidia v: 535 bus-ID: 01:00.0`. */
import { fullAddress } from './address.ts'
import type { Context, Reader } from './context.ts'
import { deviceLine } from './device-line.ts'
import { driverOf } from './fields.ts'
import type { Line } from './lines.ts'
import { hasAddress } from './sources.ts'

const ITEM = /(?:^|\s)(?:Device|Card|Hardware)(?:-\d{1,3})?: /
const ITEMS = /(?:^|\s)(?:Device|Card|Hardware)(?:-\d{1,3})?: /g
/** Keys of inxi within an item; `modules` and `alternate` are drivers that are not in use. */
const KEY =
  /(?:^| )(driver|bus[- ]ID|chip[- ]ID|class[- ]ID|vendor|type|v|alternate|modules|arch|code|process|built|pcie|gen|speed|lanes|link-max|ports?|active|empty|off|serial|temp|rev|IF|state|mac|duplex): (?=\S)/g
/** Lines that begin another item or section of inxi, or that lshw prints. */
const OTHER_ITEM =
  /^(?:[A-Z][\w -]{1,24}(?:-\d{1,3})?:(?: |$)|IF(?:-ID)?(?:-\d+)?: |(?:physical id|bus info|logical name|description|product|configuration|resources): )/
/** Kinds of the sections that name one; a device of the section is of it. */
const SECTIONS: readonly (readonly [head: RegExp, code: string])[] = [
  [/^Graphics:/, '0300'],
  [/^Audio:/, '0403'],
]

export const readInxi: Reader = (lines, at, context) => {
  const line = lines[at]
  if (line === undefined) return 0
  const section = SECTIONS.find(([head]) => head.test(line.bare))?.[1]
  if (/^[A-Z][a-z]+:(?: |$)/.test(line.bare)) context.inxiSection = section ?? null
  if (!ITEM.test(line.bare)) return 0
  if (!/\b(?:driver|bus[- ]ID|chip[- ]ID|vendor|type): /.test(line.bare) && !isContinued(lines[at + 1])) return 0
  context.boundary()
  const parts = [line]
  let end = at + 1
  for (let next = lines[end]; next !== undefined && isContinuation(next); next = lines[++end]) parts.push(next)
  const text = parts.map(({ bare }) => bare).join(' ')
  const starts = [...text.matchAll(ITEMS)].map(({ index }) => index)
  let found = false
  for (const [index, start] of starts.entries()) {
    found = readItem(text.slice(start, starts[index + 1]).trim(), parts, context) || found
  }
  const network = found ? lines[end] : undefined
  if (network !== undefined && /^IF(?:-\d+)?: /.test(network.bare)) {
    readInterface(network, text, context)
    end++
  }
  return end - at
}

function isContinuation(line: Line): boolean {
  if (line.bare === '' || line.fence || line.indent === 0 || deviceLine(line.bare) !== null) return false
  return !OTHER_ITEM.test(line.bare) && !ITEM.test(line.bare)
}

function isContinued(line: Line | undefined): boolean {
  return line !== undefined && isContinuation(line) && /^(?:driver|bus[- ]ID|vendor|v): /.test(line.bare)
}

/** The values of an item by their keys, and the words before the first key. */
function valuesOf(text: string): ReadonlyMap<string, string> {
  const keys = [...text.matchAll(KEY)]
  const values = new Map<string, string>([
    ['', text.slice(text.indexOf(': ') + 2, keys[0]?.index ?? text.length).trim()],
  ])
  for (const [index, match] of keys.entries()) {
    const key = (match[1] ?? '').replace(' ', '-').toLowerCase()
    const value = text.slice(match.index + match[0].length, keys[index + 1]?.index ?? text.length).trim()
    if (!values.has(key)) values.set(key, value)
  }
  return values
}

function readItem(text: string, parts: readonly Line[], context: Context): boolean {
  const { machine } = context
  const values = valuesOf(text)
  const bus = values.get('bus-id') ?? ''
  const [word = ''] = bus.split(' ', 1)
  const bdf = fullAddress(word)
  const [line] = parts
  if (line === undefined) return false
  if (bdf === null) {
    const why = /^\d+-\d/.test(word) || /\bUSB\b/.test(values.get('type') ?? '') ? 'not-pci' : 'address'
    for (const part of parts) machine.passOver(why, part)
    return false
  }
  machine.format('inxi')
  // The line on which the address stands, where an item has several.
  const holder =
    parts.find(({ bare }) => /bus[- ]ID: /.test(bare) && bare.includes(word)) ??
    parts.find(({ bare }) => bare.includes(word)) ??
    line
  const facts = machine.device(bdf, holder)
  // Another address on a line of the item has not been read.
  for (const part of parts) if (part === holder || !hasAddress(part.bare)) machine.understood(part)
  const chip = /^([0-9a-f]{4}):([0-9a-f]{4})/i.exec(values.get('chip-id') ?? '')
  if (chip !== null) machine.ids(facts, chip[1]?.toLowerCase() ?? null, chip[2]?.toLowerCase() ?? null, line)
  const code = /^[0-9a-f]{4}/i.exec(values.get('class-id') ?? '')?.[0].toLowerCase()
  if (code !== undefined) machine.classOf(facts, code, '', line)
  else if (facts.class === null && context.inxiSection !== null) machine.classOf(facts, context.inxiSection, '')
  // inxi lists no bridges.
  facts.bridge ??= false
  const name = values.get('') ?? ''
  if (name !== '') facts.name = name
  // `driver: N/A` is none; a driver follows by its version.
  const driver = values.has('driver')
    ? driverOf((values.get('driver') ?? '').split(/[ ,]/, 1)[0] ?? '', true)
    : undefined
  if (driver !== undefined) machine.driver(facts, driver, parts.find(({ bare }) => bare.includes('driver:')) ?? line)
  return true
}

/** `IF: eno1 state: up speed: 1000 Mbps`, below its device. */
function readInterface(line: Line, item: string, { machine }: Context): void {
  const name = /^IF(?:-\d+)?: (\S{1,20})/.exec(line.bare)?.[1]
  const bdf = fullAddress(/bus[- ]ID: (\S{1,18})/.exec(item)?.[1] ?? '')
  if (name === undefined || bdf === null) return
  machine.fact({ kind: 'network', bdf, value: name }, line)
  if (/ state: up\b/.test(line.bare)) machine.fact({ kind: 'in-use', bdf, value: name }, line)
}
