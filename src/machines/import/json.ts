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

/** Reads a text that is one JSON document; false if it is none, or none with PCI functions in it. */
export function readJson(text: string, machine: Machine): boolean {
  const trimmed = text.trimStart()
  if (!/^(?:\{|\[)/.test(trimmed) || !/[\]}]\s{0,200}$/.test(text.slice(-300))) return false
  let document: unknown
  try {
    document = JSON.parse(trimmed)
  } catch {
    return false
  }
  return visit(document, null, 0, machine) > 0
}

function isRecord(value: unknown): value is Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

const PLACE: Place = { no: 1, bare: '' }

/** Returns the number of functions found below a value; `group` is the one that an object above belongs to. */
function visit(value: unknown, group: string | null, depth: number, machine: Machine): number {
  if (depth > MAX_DEPTH) return 0
  if (typeof value === 'string') {
    const bdf = group === null ? null : addressOf(value)
    if (bdf === null || group === null) return 0
    machine.format('json')
    machine.member(bdf, group, PLACE)
    return 1
  }
  if (Array.isArray(value)) return value.reduce((sum: number, item) => sum + visit(item, group, depth + 1, machine), 0)
  if (!isRecord(value)) return 0

  const bdf = first(value, ADDRESS_KEYS, addressOf)
  if (bdf === null) {
    const own = first(value, [...GROUP_KEYS, 'id', 'number'], groupNumber)
    return Object.entries(value).reduce((sum, [key, item]) => {
      if (typeof item === 'string') return sum
      // {"iommu_groups": {"1": [...]}}: the key is the number.
      const keyed = /^\d{1,6}$/.test(key) ? key : null
      const inner = Array.isArray(item) || isRecord(item) ? (keyed ?? own ?? group) : null
      return sum + visit(item, inner, depth + 1, machine)
    }, 0)
  }
  machine.format('json')
  readFunction(bdf, value, group, machine)
  return (
    1 +
    Object.values(value).reduce(
      (sum: number, item) => sum + (typeof item === 'object' ? visit(item, null, depth + 1, machine) : 0),
      0,
    )
  )
}

function readFunction(bdf: string, value: Json, group: string | null, machine: Machine): void {
  const facts = machine.device(bdf)
  const member = first(value, GROUP_KEYS, groupNumber) ?? group
  if (member !== null) machine.member(bdf, member, PLACE)
  const code = first(value, ['class', 'class_id', 'class_code', 'classCode'], (item) => hexDigits(item, [4, 6]))
  const className = first(value, ['class_name', 'className', 'class'], words)
  machine.classOf(facts, code, code === null || className !== code ? (className ?? '') : '')
  const vendor = first(value, ['vendor', 'vendor_id', 'vendorId'], (item) => hexDigits(item, [4]))
  const device = first(value, ['device', 'device_id', 'deviceId', 'product_id'], (item) => hexDigits(item, [4]))
  machine.ids(facts, vendor, device, PLACE)
  const named = ['vendor_name', 'device_name', 'vendorName', 'deviceName', 'description', 'product']
  const name = named.flatMap((key) => words(value[key]) ?? []).join(' ')
  if (name !== '') facts.name = name
  for (const key of DRIVER_KEYS) {
    if (!(key in value)) continue
    const driver = value[key]
    if (driver === null || driver === '') machine.driver(facts, null, PLACE)
    else if (typeof driver === 'string' && /^[\w.-]{1,60}$/.test(driver)) machine.driver(facts, driver, PLACE)
  }
  // lshw keeps it a level deeper.
  const { configuration } = value
  if (isRecord(configuration) && typeof configuration['driver'] === 'string') {
    machine.driver(facts, configuration['driver'], PLACE)
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
