/** Listings in JSON, whatever tool printed them: objects with an address, and lists of such below a group. */
import { BDF, fullAddress } from './address.ts'
import { codeOfClass } from './class-names.ts'
import type { Facts, Machine, Place } from './facts.ts'
import { driverOf, fieldOf, idsOf, type Field } from './fields.ts'

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
const ADDRESS = new RegExp(BDF, 'gi')
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
    const lines = source.split('\n').map((bare, at): Place => ({ no: line + at, bare: bare.trim() }))
    const place = lines[0] ?? { no: line, bare: '' }
    if (readValue(document, place, 'json', lines, machine) === 0) continue
    for (const passed of lines) machine.passOver('document', passed)
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
  readonly format: string
  /** Where an address stands in the document. */
  placeOf(bdf: string): Place
}

/** Lines by the addresses that stand on them first. */
function placesOf(lines: readonly Place[], otherwise: Place): (bdf: string) => Place {
  const places = new Map<string, Place>()
  for (const line of lines) {
    for (const [word] of line.bare.matchAll(ADDRESS)) {
      const bdf = fullAddress(word)
      if (bdf !== null && !places.has(bdf)) places.set(bdf, line)
    }
  }
  return (bdf) => places.get(bdf) ?? otherwise
}

/**
 * Takes the functions of a document into the machine: objects that name an address, and lists below a group.
 * @param lines of the document; `first` stands for those that cannot be found
 * @returns how many functions there were
 */
export function readValue(
  document: unknown,
  first: Place,
  format: string,
  lines: readonly Place[],
  machine: Machine,
): number {
  return visit(document, NOWHERE, 0, { machine, format, placeOf: placesOf(lines, first) })
}

/** What the objects around a value tell of it. */
interface Around {
  /** The group that an object above belongs to. */
  readonly group: string | null
  /** The address under which the value stands. */
  readonly key: string | null
  /** The bridge whose list of children it is in; undefined if it is in none. */
  readonly above?: string | null
}

const NOWHERE: Around = { group: null, key: null }

/** Returns the number of functions found in a value. */
function visit(value: unknown, around: Around, depth: number, sink: Sink): number {
  const { machine } = sink
  const { group } = around
  if (depth > MAX_DEPTH) return 0
  if (typeof value === 'string') {
    const bdf = group === null ? null : addressOf(value)
    if (bdf === null || group === null) return 0
    machine.format(sink.format)
    machine.member(bdf, group, sink.placeOf(bdf))
    return 1
  }
  if (Array.isArray(value)) return value.reduce((sum: number, item) => sum + visit(item, around, depth + 1, sink), 0)
  if (!isRecord(value)) return 0

  const bdf = addressIn(value) ?? around.key
  if (bdf === null) {
    const own = first(value, [...GROUP_KEYS, 'id', 'number'], groupNumber)
    return Object.entries(value).reduce((sum, [name, item]) => {
      if (typeof item === 'string') return sum
      // {"1": {"0000:01:00.0": {...}}}: keys are numbers of groups and addresses.
      const keyed = /^\d{1,6}$/.test(name) ? name : null
      const inner = Array.isArray(item) || isRecord(item) ? (keyed ?? own ?? group) : null
      const key = isRecord(item) ? addressOf(name) : null
      return sum + visit(item, { ...around, group: inner, key }, depth + 1, sink)
    }, 0)
  }
  machine.format(sink.format)
  readFunction(bdf, value, group, sink)
  const place = sink.placeOf(bdf)
  if (around.above !== undefined) machine.parent(bdf, around.above, place)
  // The root bus hangs at the host bridge, which is no bridge above its functions.
  const above = machine.device(bdf).bridge === true ? bdf : null
  return (
    1 +
    Object.entries(value).reduce((sum: number, [name, item]) => {
      if (typeof item !== 'object') return sum
      return sum + visit(item, name === 'children' ? { ...NOWHERE, above } : NOWHERE, depth + 1, sink)
    }, 0)
  )
}

/** The address of an object: under a usual key, else under any that means one. */
function addressIn(value: Json): string | null {
  const usual = first(value, ADDRESS_KEYS, addressOf)
  if (usual !== null) return usual
  for (const [key, item] of Object.entries(value)) {
    if (typeof item === 'string' && fieldOf(key) === 'address' && addressOf(item) !== null) return addressOf(item)
  }
  return null
}

function readFunction(bdf: string, value: Json, group: string | null, { machine, placeOf }: Sink): void {
  const place = placeOf(bdf)
  const facts = machine.device(bdf, place)
  const member = first(value, GROUP_KEYS, groupNumber) ?? byField(value, 'group', groupNumber) ?? group
  if (member !== null) machine.member(bdf, member, place)
  const code = first(value, ['class', 'class_id', 'class_code', 'classCode', 'classId', 'classID'], (item) =>
    hexDigits(item, [4, 6]),
  )
  const className = first(value, ['class_name', 'className', 'class', 'description'], (item) =>
    typeof item === 'string' && codeOfClass(classWords(item)) !== undefined ? classWords(item) : null,
  )
  // lshw's own classes are wider ("bridge"): its description is the name of the class.
  const isLshw = 'businfo' in value
  machine.classOf(facts, code, isLshw ? (lshwClass(value) ?? '') : (className ?? ''), place)
  const vendor = byField(value, 'vendor', hex4) ?? byField(value, 'vendorName', hex4)
  const device = byField(value, 'device', hex4) ?? first(value, ['device', 'product'], hex4)
  machine.ids(facts, vendor, device, place)
  const pair =
    vendor === null ? first(value, ['id', 'ids', 'pci_id', 'chip_id'], (item) => idsOf(text(item) ?? '')) : null
  if (pair !== null) machine.ids(facts, pair.vendor, pair.device, place)
  const named = ['vendor_name', 'device_name', 'vendorName', 'deviceName', 'description', 'vendor', 'product']
  const name = named.flatMap((key) => words(value[key]) ?? []).filter((word, at, all) => all.indexOf(word) === at)
  if (name.length > 0) facts.name = name.filter((word) => word !== className).join(' ')
  readDriver(facts, value, place, machine)
  const numa = byField(value, 'numa', groupNumber)
  if (numa !== null) machine.fact({ kind: 'numa', bdf, value: numa }, place)
  const network = byField(value, 'interface', words)
  if (network !== null && /^(?:en|eth|wl|ib)\w+$/.test(network))
    machine.fact({ kind: 'network', bdf, value: network }, place)
  const most = first(value, ['totalvfs', 'totalVfs', 'total_vfs', 'maximum_vfs'], groupNumber)
  if (most !== null) {
    const now = first(value, ['numVfs', 'num_vfs', 'current_vfs'], groupNumber) ?? '0'
    machine.fact({ kind: 'sriov', bdf, value: `${now}/${most}` }, place)
  }
}

function readDriver(facts: Facts, value: Json, place: Place, machine: Machine): void {
  for (const [key, item] of Object.entries(value)) {
    if (fieldOf(key) !== 'driver') continue
    const name = item === null ? null : driverOf(text(item) ?? '?', true)
    if (name !== undefined) machine.driver(facts, name, place)
  }
  // lshw keeps it a level deeper, and says of what has none that it is not claimed.
  const { configuration, claimed } = value
  const driver = isRecord(configuration) ? configuration['driver'] : undefined
  if (typeof driver === 'string') machine.driver(facts, driver, place)
  else if (claimed === false && isRecord(configuration)) machine.driver(facts, null, place)
}

/** The first value whose key means a field. */
function byField<T>(value: Json, field: Field, read: (item: unknown) => T | null): T | null {
  for (const [key, item] of Object.entries(value)) {
    const found = fieldOf(key) === field ? read(item) : null
    if (found !== null) return found
  }
  return null
}

function text(item: unknown): string | null {
  return typeof item === 'string' || typeof item === 'number' ? String(item) : null
}

function hex4(item: unknown): string | null {
  return hexDigits(item, [4])
}

/** `VGA compatible controller: NVIDIA Corporation ...` begins with its class. */
function classWords(item: string): string {
  return item.split(':', 1)[0]?.trim() ?? ''
}

function lshwClass(value: Json): string | null {
  return words(value['description'])
}

function first<T>(value: Json, keys: readonly string[], read: (item: unknown) => T | null): T | null {
  for (const key of keys) {
    const found = Object.hasOwn(value, key) ? read(value[key]) : null
    if (found !== null) return found
  }
  return null
}

function addressOf(item: unknown): string | null {
  return typeof item === 'string' ? fullAddress(item.replace(/^pci[@:_]/i, '')) : null
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
