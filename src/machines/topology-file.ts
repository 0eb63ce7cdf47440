/**
 * Reads topology files: machines as recorded from sysfs and PCI configuration space (conformance/topologies*.json).
 * Files of the same form by others are read as well, so fields may be missing or spelt differently.
 */
import type { AcsBit, Machine, PciFunction, PciKind } from '../sim/machine.ts'
import { busKey, parseBdf, REQUIRED_ACS } from '../sim/pci/topology.ts'
import { completed } from './notation.ts'
import { scanOrder } from '../sim/pci/scan-order.ts'

/** A topology as the file has it: the machine, without its recorded groups, and those groups. */
export interface RecordedTopology {
  readonly name: string
  /** Groups are left to the simulator: `groups` is absent. */
  readonly machine: Machine
  /** Number that the recording kernel gave → addresses; functions without a recorded group are in none. */
  readonly groups: Readonly<Record<string, readonly string[]>>
  /** Name of a group in the recorded operations (`G0`) → addresses. Empty where the file names none. */
  readonly named: Readonly<Record<string, readonly string[]>>
}

type Json = Readonly<Record<string, unknown>>

function isRecord(value: unknown): value is Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/**
 * Reads the parsed JSON of a topology file: `{topologies: {name: {devices: [...]}}}`, the inner map alone, or one
 * topology alone (then named `machine`). Throws an Error with a one-line reason if there is no topology in it.
 */
export function readTopologies(file: unknown): RecordedTopology[] {
  if (!isRecord(file)) throw new Error('not a topology file: it holds no JSON object')
  if ('devices' in file) return [readTopology('machine', file)]
  const map = isRecord(file['topologies']) ? file['topologies'] : file
  const entries = Object.entries(map).filter((entry): entry is [string, Json] => {
    const [, value] = entry
    return isRecord(value) && 'devices' in value
  })
  if (entries.length === 0) throw new Error('not a topology file: no topology with "devices" in it')
  return entries.map(([name, topology]) => readTopology(name, topology))
}

function readTopology(name: string, topology: Json): RecordedTopology {
  const raws = rawDevices(name, topology['devices'])
  const parents = parentsOf(raws)
  const children = new Map<string, string[]>()
  for (const [child, parent] of parents)
    if (parent !== null) children.set(parent, [...(children.get(parent) ?? []), child])

  const functionsInSlot = new Map<string, number>()
  for (const { bdf } of raws) functionsInSlot.set(slotOf(bdf), (functionsInSlot.get(slotOf(bdf)) ?? 0) + 1)

  const devices = raws.map(({ bdf, raw }): PciFunction => {
    const told = kindOf(raw)
    const kind = told ?? 'ep'
    const below = children.get(bdf) ?? []
    const secondary =
      numberOf(raw['secondary'] ?? raw['secondary_bus'] ?? raw['secondary_bus_number']) ?? lowestBus(below)
    const classCode = hexOf(raw['class'], 6)
    const vendor = hexOf(raw['vendor'], 4)
    const device = hexOf(raw['device'], 4)
    const driver = typeof raw['driver'] === 'string' && raw['driver'] !== '' ? raw['driver'] : null
    const acsCap = acsBits(raw['acs_capability'] ?? raw['acs_cap'] ?? raw['acs'])
    const acsCtrl = acsBits(raw['acs_control'] ?? raw['acs_ctrl'] ?? raw['acs_enabled'])
    const aliases = aliasesOf(raw['dma_aliases'] ?? raw['dma_alias_mask'] ?? raw['aliases'])
    return {
      bdf,
      kind,
      bridge: isBridge(raw, kind, classCode, below.length > 0),
      parent: parents.get(bdf) ?? null,
      ...(secondary === null ? {} : { secondary }),
      multifunction: isMultifunction(raw, bdf, functionsInSlot.get(slotOf(bdf)) ?? 1),
      acsCap,
      ...(acsCap === null || acsCtrl === null ? {} : { acsCtrl }),
      // Types that the kernel does not know count as isolating (the last line of pci_acs_enabled).
      ...(told === null ? { acsQuirk: true } : {}),
      ...(aliases.length === 0 ? {} : { aliases }),
      ...(vendor === null ? {} : { vendor }),
      ...(device === null ? {} : { device }),
      ...(classCode === null ? {} : { class: classCode }),
      ...(typeof raw['name'] === 'string' ? { name: raw['name'] } : {}),
      driver,
      native: driver,
    }
  })
  const title = typeof topology['description'] === 'string' ? topology['description'] : name
  return {
    name,
    machine: { id: name, title, devices: scanOrder(completed(devices)) },
    groups: groupsBy(raws, 'iommu_group'),
    named: groupsBy(raws, 'group'),
  }
}

interface RawDevice {
  readonly bdf: string
  readonly raw: Json
}

function rawDevices(name: string, devices: unknown): RawDevice[] {
  const list = Array.isArray(devices)
    ? devices
    : isRecord(devices)
      ? Object.entries(devices).map(([bdf, raw]) => (isRecord(raw) ? { bdf, ...raw } : raw))
      : []
  const seen = new Set<string>()
  return list.flatMap((raw: unknown) => {
    if (!isRecord(raw)) return []
    const bdf = addressOf(raw['bdf'] ?? raw['address'])
    if (bdf === null) throw new Error(`topology ${name}: a device has no address (bdf)`)
    if (seen.has(bdf)) return []
    seen.add(bdf)
    return [{ bdf, raw }]
  })
}

function addressOf(value: unknown): string | null {
  if (typeof value !== 'string') return null
  const bdf = value.trim().toLowerCase()
  const full = /^[0-9a-f]{2}:/.test(bdf) && bdf.split(':').length === 2 ? `0000:${bdf}` : bdf
  return parseBdf(full) === null ? null : full
}

/** Parents as recorded; where the key is missing, the bridge whose secondary bus number is the function's bus. */
function parentsOf(raws: readonly RawDevice[]): Map<string, string | null> {
  const known = new Set(raws.map(({ bdf }) => bdf))
  const bySecondary = new Map<number, string>()
  for (const { bdf, raw } of raws) {
    const secondary = numberOf(raw['secondary'] ?? raw['secondary_bus'] ?? raw['secondary_bus_number'])
    const address = parseBdf(bdf)
    if (secondary !== null && secondary > 0 && address !== null) {
      bySecondary.set(busKey({ segment: address.segment, bus: secondary }), bdf)
    }
  }
  const fromChildren = new Map<string, string>()
  for (const { bdf, raw } of raws) {
    if (!Array.isArray(raw['children'])) continue
    for (const child of raw['children']) {
      const address = addressOf(child)
      if (address !== null) fromChildren.set(address, bdf)
    }
  }
  return new Map(
    raws.map(({ bdf, raw }) => {
      const told = addressOf(raw['parent'])
      if (told !== null && known.has(told) && told !== bdf) return [bdf, told]
      if (raw['parent'] === null) return [bdf, null]
      const address = parseBdf(bdf)
      const guessed = fromChildren.get(bdf) ?? (address === null ? undefined : bySecondary.get(busKey(address)))
      return [bdf, guessed === undefined || guessed === bdf ? null : guessed]
    }),
  )
}

/** Port types by words in their names, the first that fits. Letters only, `2` spelt out. */
const KIND_WORDS: readonly (readonly [words: RegExp, kind: PciKind])[] = [
  [/^(?:pci|conventional(?:pci)?|none)$/, 'pci'],
  [/eventcollector|^rcec$/, 'rcec'],
  [/integrated|^r(?:oot)?c(?:omplex)?i?(?:ep|end)/, 'rciep'],
  [/upstream|^usp$/, 'usp'],
  [/downstream|^dsp$/, 'dsp'],
  [/rootport|^rp$/, 'rp'],
  [/^pci(?:pci)?x?topci(?:e|express)|^pciebridge$/, 'pci2pcie'],
  [/topci|^pcibridge$/, 'pcie2pci'],
  [/^leg/, 'legep'],
  [/endpoint|^ep$/, 'ep'],
]

/** Port types by their number in the PCIe capability (PCI_EXP_TYPE_*). */
const KIND_NUMBERS: Readonly<Record<number, PciKind>> = {
  0: 'ep',
  1: 'legep',
  4: 'rp',
  5: 'usp',
  6: 'dsp',
  7: 'pcie2pci',
  8: 'pci2pcie',
  9: 'rciep',
  10: 'rcec',
}

/** Null: a type that nobody knows. */
function kindOf(raw: Json): PciKind | null {
  const told = raw['pcie_type'] ?? raw['kind'] ?? null
  if (told === null || told === '') return 'pci'
  if (typeof told === 'number') return KIND_NUMBERS[told] ?? null
  if (typeof told !== 'string') return null
  const word = told
    .toLowerCase()
    .replaceAll('2', 'to')
    .replaceAll(/[^a-z]/g, '')
  return KIND_WORDS.find(([words]) => words.test(word))?.[1] ?? null
}

function isBridge(raw: Json, kind: PciKind, classCode: string | null, hasChildren: boolean): boolean {
  const told = raw['is_bridge'] ?? raw['bridge']
  if (typeof told === 'boolean') return told
  if (typeof raw['header_type'] === 'number') return (raw['header_type'] & 0x7f) !== 0
  return (
    hasChildren ||
    ['rp', 'usp', 'dsp', 'pcie2pci', 'pci2pcie'].includes(kind) ||
    /^06(?:04|07|09)/.test(classCode ?? '')
  )
}

/** Told, or taken from the slot: one with several functions is multifunction, except for virtual functions. */
function isMultifunction(raw: Json, bdf: string, functionsInSlot: number): boolean {
  const told = raw['multifunction']
  if (typeof told === 'boolean') return told
  if (raw['is_virtfn'] === true || raw['virtfn'] === true || typeof raw['physfn'] === 'string') return false
  if (typeof raw['header_type'] === 'number' && (raw['header_type'] & 0x80) !== 0) return true
  return functionsInSlot > 1 || !bdf.endsWith('.0')
}

/** Position of each bit in the ACS capability and control registers (PCI_ACS_*). */
const ACS_POSITIONS: Readonly<Record<AcsBit, number>> = { SV: 0, RR: 2, CR: 3, UF: 4 }

const ACS_NAMES: Readonly<Record<string, AcsBit>> = {
  sv: 'SV',
  srcvalid: 'SV',
  rr: 'RR',
  reqredir: 'RR',
  cr: 'CR',
  cmpltredir: 'CR',
  uf: 'UF',
  upstreamfwd: 'UF',
}

/** A truth value, a list of bit names or a register value; null: there is no such register. */
function acsBits(value: unknown): AcsBit[] | null {
  if (value === true) return [...REQUIRED_ACS]
  if (Array.isArray(value)) return value.flatMap((name) => ACS_NAMES[String(name).toLowerCase()] ?? [])
  const register = typeof value === 'number' || typeof value === 'string' ? numberOf(value) : null
  if (register === null) return null
  return REQUIRED_ACS.filter((bit) => ((register >> ACS_POSITIONS[bit]) & 1) === 1)
}

/** Device-function numbers; an alias on another bus (what a bridge above stands in with) follows from the topology. */
function aliasesOf(value: unknown): number[] {
  if (!Array.isArray(value)) return []
  return value.flatMap((alias: unknown) => {
    if (typeof alias === 'number') return [alias]
    const slot = /^([0-1]?[0-9a-f])\.([0-7])$/i.exec(String(alias))
    return slot === null ? [] : [Number.parseInt(slot[1] ?? '0', 16) * 8 + Number(slot[2])]
  })
}

function slotOf(bdf: string): string {
  return bdf.slice(0, bdf.lastIndexOf('.'))
}

function lowestBus(bdfs: readonly string[]): number | null {
  const buses = bdfs.map((bdf) => parseBdf(bdf)?.bus ?? 0)
  return buses.length === 0 ? null : Math.min(...buses)
}

/** A number, or hexadecimal digits with prefix 0x, or decimal digits. */
function numberOf(value: unknown): number | null {
  if (typeof value === 'number') return value
  if (typeof value !== 'string' || !/^(?:0x[0-9a-f]+|\d+)$/i.test(value)) return null
  return Number(value)
}

/** Hexadecimal digits without prefix, in the given width. */
function hexOf(value: unknown, width: number): string | null {
  if (typeof value === 'number') return value.toString(16).padStart(width, '0')
  if (typeof value !== 'string') return null
  const digits = value.trim().toLowerCase().replace(/^0x/, '')
  return /^[0-9a-f]+$/.test(digits) ? digits : null
}

function groupsBy(raws: readonly RawDevice[], key: string): Record<string, string[]> {
  const groups: Record<string, string[]> = {}
  for (const { bdf, raw } of raws) {
    const group = raw[key]
    if (typeof group !== 'number' && typeof group !== 'string') continue
    groups[String(group)] = [...(groups[String(group)] ?? []), bdf]
  }
  return groups
}
