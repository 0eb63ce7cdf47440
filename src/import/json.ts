/** Listings in JSON, whatever tool printed them: objects with an address, and lists of such below a group. */
import { fullAddress } from './address.ts'
import type { Machine, Place } from './facts.ts'

type Json = Readonly<Record<string, unknown>>

const ADDRESS_KEYS = [
  'address',
  'bdf',
  'id',
  'pci_address',
  'pciAddress',
  'slot',
  'Slot',
  'pci',
  'name',
  'addr',
  'businfo',
]
const GROUP_KEYS = ['iommugroup', 'iommu_group', 'iommuGroup', 'IOMMUGroup', 'iommu-group', 'group']
const DRIVER_KEYS = ['driver', 'Driver', 'kernel_driver', 'kernelDriver', 'driver_in_use']
/** Deeper or larger documents are no listings. */
const MAX_DEPTH = 12

/** Where a document may begin: at the start of a line, after quote marks, or after another document. */
const START = /^[ \t>]{0,20}(?=\{\s{0,200}["}]|\[\s{0,200}[{"[])/gm
/** A text with many beginnings and no end is searched to its end only so often. */
const SEARCHED = 3

/**
 * Reads the JSON documents of a text that have PCI functions in them.
 * @returns the text without them, its lines still in their places
 */
export function readJson(text: string, machine: Machine): string {
  if (!text.includes('"') || !/[[{]/.test(text)) return text
  let rest = ''
  let from = 0
  let budget = text.length * SEARCHED
  let line = 1
  let counted = 0
  for (const { 0: mark, index } of text.matchAll(START)) {
    const start = index + mark.length
    if (start < from) continue
    if (budget <= 0) break
    const end = endOfDocument(text, start)
    budget -= (end ?? text.length) - start
    if (end === null) continue
    const source = text.slice(start, end)
    let document: unknown
    try {
      document = JSON.parse(source)
    } catch {
      continue
    }
    line += newlines(text.slice(counted, start))
    counted = start
    if (visit(document, null, 0, { machine, place: { no: line, bare: source.slice(0, 80) } }) === 0) continue
    rest += text.slice(from, start) + '\n'.repeat(newlines(source))
    from = end
  }
  return rest + text.slice(from)
}

function newlines(text: string): number {
  return text.split('\n').length - 1
}

/** Where the bracket that opens at `start` closes; null if it never does. */
function endOfDocument(text: string, start: number): number | null {
  let depth = 0
  let inString = false
  for (let at = start; at < text.length; at++) {
    const char = text[at]
    if (inString) {
      if (char === '\\') at++
      else if (char === '"') inString = false
    } else if (char === '"') inString = true
    else if (char === '{' || char === '[') depth++
    else if ((char === '}' || char === ']') && --depth === 0) return at + 1
  }
  return null
}

function isRecord(value: unknown): value is Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

interface Sink {
  readonly machine: Machine
  readonly place: Place
}

/**
 * Returns the number of functions found in a value; `group` is the one that an object above belongs to, `key` the
 * address under which the value stands.
 */
function visit(value: unknown, group: string | null, depth: number, sink: Sink, key: string | null = null): number {
  const { machine, place } = sink
  if (depth > MAX_DEPTH) return 0
  if (typeof value === 'string') {
    const bdf = group === null ? null : addressOf(value)
    if (bdf === null || group === null) return 0
    machine.format('json')
    machine.member(bdf, group, place)
    return 1
  }
  if (Array.isArray(value)) return value.reduce((sum: number, item) => sum + visit(item, group, depth + 1, sink), 0)
  if (!isRecord(value)) return 0

  const bdf = first(value, ADDRESS_KEYS, addressOf) ?? key
  if (bdf === null) {
    const own = first(value, [...GROUP_KEYS, 'id', 'number'], groupNumber)
    return Object.entries(value).reduce((sum, [name, item]) => {
      if (typeof item === 'string') return sum
      // {"1": {"0000:01:00.0": {...}}}: keys are numbers of groups and addresses.
      const keyed = /^\d{1,6}$/.test(name) ? name : null
      const inner = Array.isArray(item) || isRecord(item) ? (keyed ?? own ?? group) : null
      return sum + visit(item, inner, depth + 1, sink, isRecord(item) ? addressOf(name) : null)
    }, 0)
  }
  machine.format('json')
  readFunction(bdf, value, group, sink)
  return (
    1 +
    Object.values(value).reduce(
      (sum: number, item) => sum + (typeof item === 'object' ? visit(item, null, depth + 1, sink) : 0),
      0,
    )
  )
}

function readFunction(bdf: string, value: Json, group: string | null, { machine, place }: Sink): void {
  const facts = machine.device(bdf, place)
  const member = first(value, GROUP_KEYS, groupNumber) ?? group
  if (member !== null) machine.member(bdf, member, place)
  const code = first(value, ['class', 'class_id', 'class_code', 'classCode'], (item) => hexDigits(item, [4, 6]))
  const className = first(value, ['class_name', 'className', 'class'], words)
  machine.classOf(facts, code, code === null || className !== code ? (className ?? '') : '', place)
  const vendor = first(value, ['vendor', 'vendor_id', 'vendorId'], (item) => hexDigits(item, [4]))
  const device = first(value, ['device', 'device_id', 'deviceId', 'product_id'], (item) => hexDigits(item, [4]))
  machine.ids(facts, vendor, device, place)
  const named = ['vendor_name', 'device_name', 'vendorName', 'deviceName', 'description', 'product']
  const name = named.flatMap((key) => words(value[key]) ?? []).join(' ')
  if (name !== '') facts.name = name
  for (const key of DRIVER_KEYS) {
    if (!(key in value)) continue
    const driver = value[key]
    if (driver === null || driver === '') machine.driver(facts, null, place)
    else if (typeof driver === 'string' && /^[\w.-]{1,60}$/.test(driver)) machine.driver(facts, driver, place)
  }
  // lshw keeps it a level deeper.
  const { configuration } = value
  if (isRecord(configuration) && typeof configuration['driver'] === 'string') {
    machine.driver(facts, configuration['driver'], place)
  }
}

function first<T>(value: Json, keys: readonly string[], read: (item: unknown) => T | null): T | null {
  for (const key of keys) {
    const found = Object.hasOwn(value, key) ? read(value[key]) : null
    if (found !== null) return found
  }
  return null
}

function addressOf(item: unknown): string | null {
  return typeof item === 'string' ? fullAddress(item.replace(/^pci[@:_]/, '')) : null
}

function groupNumber(item: unknown): string | null {
  const text = typeof item === 'number' || typeof item === 'string' ? String(item) : ''
  return /^\d{1,6}$/.test(text) ? text : null
}

function hexDigits(item: unknown, lengths: readonly number[]): string | null {
  if (typeof item !== 'string') return null
  const digits = item.toLowerCase().replace(/^0x/, '')
  return /^[0-9a-f]+$/.test(digits) && lengths.includes(digits.length) ? digits : null
}

function words(item: unknown): string | null {
  return typeof item === 'string' && item !== '' && hexDigits(item, [4, 6]) === null ? item : null
}
