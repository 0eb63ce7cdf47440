import { driverFamily, UNKNOWN_DRIVER } from '../sim/drivers.ts'
import type { AcsBit, Machine, PciFunction, PciKind } from '../sim/machine.ts'
import { scanOrder } from '../sim/pci/scan-order.ts'
import { parseBdf, REQUIRED_ACS } from '../sim/pci/topology.ts'
import { guessParents } from './bus-numbers.ts'
import type { ImportedAcs, ImportedDevice, ImportResult } from './result.ts'
import { nativeDriver } from './native.ts'
import { slotsAndBuses } from '../machines/notation.ts'

type Assumption = 'driver' | 'kind' | 'acs' | 'parent'

/**
 * Makes a machine to play with from what a listing tells. What it does not tell is guessed, and each function's
 * `assumed` says so: bridges above from bus numbers and groups, port types from class and place, ACS so that the listed
 * groups could form. An unknown driver becomes `?` (taken for an ordinary one), on ports `pcieport`, and none where Linux
 * usually has none. Listed groups are kept as they are, those without a number get the next free ones; a listing without
 * any group leaves groups to be formed from the tree, and the machine says that they are estimated.
 * @param title for people; the machine's id is made from it
 */
export function machineFromImport(result: ImportResult, title: string): Machine {
  const groups = groupsWithNumbers(result)
  const groupOf = new Map(Object.entries(groups).flatMap(([id, members]) => members.map((bdf) => [bdf, id] as const)))
  const listed = Object.entries(result.devices)
  const guessed = guessParents(
    listed.map(([bdf, device]) => ({
      bdf,
      bridge: device.bridge ?? (device.class === null && portByPlace(bdf, result)),
      atRoot: device.class === '0600' || device.pcieType === 'Root Port' || result.parents?.[bdf] === null,
      secondary: device.secondary === undefined ? null : Number.parseInt(device.secondary, 16),
      group: groupOf.get(bdf) ?? null,
      virtual: isVirtual(device),
      vendor: device.vendor,
    })),
  )
  const tree = treeOf(result, guessed)

  // From the roots down: the kind of a function depends on that of the bridge above it.
  const kinds = new Map<string, PciKind>()
  const children = new Map<string, string[]>()
  for (const [bdf, parent] of tree) if (parent !== null) children.set(parent, [...(children.get(parent) ?? []), bdf])
  const skeleton = scanOrder(listed.map(([bdf, device]) => functionOf(bdf, device, tree.get(bdf) ?? null, children)))
  const functions = skeleton.map((f): PciFunction => {
    const device = result.devices[f.bdf]
    if (device === undefined) return f
    const assumed = new Set<Assumption>()
    const told = kindTold(device)
    const above = f.parent === null ? null : (kinds.get(f.parent) ?? null)
    const below = (children.get(f.bdf) ?? []).map((bdf) => result.devices[bdf])
    const kind = told ?? guessKind(f, device, above, below)
    kinds.set(f.bdf, kind)
    if (told === null) assumed.add('kind')
    const bus = parseBdf(f.bdf)?.bus ?? 0
    const parentTold = result.parents?.[f.bdf] !== undefined || secondaryTold(result, f)
    if (!parentTold && (f.parent !== null || bus !== 0)) assumed.add('parent')

    const acs = acsTold(device)
    if (acs === null) assumed.add('acs')
    const driver = driverOf(device, kind)
    if (device.driverKnown !== true) assumed.add('driver')
    return {
      ...f,
      kind,
      ...(acs ?? guessAcs(f, kind, result, groupOf, groups)),
      driver,
      native: nativeOf(device, kind, driver),
      ...(assumed.size === 0 ? {} : { assumed: [...assumed] }),
    }
  })
  const numbered = Object.keys(groups).length > 0
  const devices = slotsAndBuses(functions).map((f) => {
    const device = result.devices[f.bdf]
    return device !== undefined && isVirtual(device) ? { ...f, multifunction: false } : f
  })
  return { id: idFrom(title), title, devices, ...(numbered ? { groups } : { estimated: true }) }
}

/** An id of a machine: small letters, digits and hyphens. */
function idFrom(title: string): string {
  const words = title.toLowerCase().match(/[a-z0-9]+/g) ?? []
  const id = words.join('-').slice(0, 60)
  return id === '' ? 'my-machine' : id
}

function groupsWithNumbers(result: ImportResult): Record<string, readonly string[]> {
  const groups: Record<string, readonly string[]> = { ...result.groups }
  const taken = [...Object.keys(groups), ...Object.keys(result.nonPciMembers ?? {})].map(Number)
  let next = taken.reduce((most, id) => Math.max(most, id + 1), 0)
  for (const members of result.unnumberedGroups ?? []) groups[String(next++)] = members
  return groups
}

/** Bridges above a function beyond which a document is not taken for a machine. */
const MAX_DEPTH = 60

/** The tree as told, else as guessed; without loops, and no deeper than any machine's. */
function treeOf(result: ImportResult, guessed: ReadonlyMap<string, string | null>): Map<string, string | null> {
  const tree = new Map<string, string | null>()
  for (const bdf of Object.keys(result.devices)) {
    const told = result.parents?.[bdf]
    const parent = told ?? guessed.get(bdf) ?? null
    tree.set(bdf, told === null || parent === bdf || result.devices[parent ?? ''] === undefined ? null : parent)
  }
  const depths = new Map<string, number>()
  for (const start of tree.keys()) {
    const path: string[] = []
    let at: string | null = start
    while (at !== null && !depths.has(at) && !path.includes(at) && path.length <= MAX_DEPTH) {
      path.push(at)
      at = tree.get(at) ?? null
    }
    // A loop, or too deep: what would be above the last one is cut off.
    let depth = at === null ? 0 : (depths.get(at) ?? MAX_DEPTH + 1) + 1
    for (const bdf of path.toReversed()) {
      if (depth > MAX_DEPTH) {
        tree.set(bdf, null)
        depth = 0
      }
      depths.set(bdf, depth++)
    }
  }
  return tree
}

function functionOf(
  bdf: string,
  device: ImportedDevice,
  parent: string | null,
  children: ReadonlyMap<string, readonly string[]>,
): PciFunction {
  const name = cleanName(device.name ?? device.className ?? '')
  const vendor = vendorOf(device)
  return {
    bdf,
    kind: 'ep',
    bridge: device.bridge === true || children.has(bdf),
    parent,
    ...(device.secondary === undefined ? {} : { secondary: Number.parseInt(device.secondary, 16) }),
    multifunction: false,
    acsCap: null,
    ...(vendor === null ? {} : { vendor }),
    ...(device.device === null ? {} : { device: device.device }),
    ...(device.class === null ? {} : { class: device.class }),
    ...(name === '' ? {} : { name }),
    driver: null,
    native: null,
  }
}

/** One line of plain characters. */
function cleanName(name: string): string {
  return (
    name
      .replaceAll(/[\p{Cc}\p{Cs}\u202a-\u202e\u2066-\u2069]/gu, ' ')
      .trim()
      .slice(0, 200)
      .replace(/[\ud800-\udbff]$/, '')
      // Where a text ends in the middle of an id.
      .replace(/ \[[\da-f]{0,4}:?[\da-f]{0,4}$/, '')
      .trim()
  )
}

/** Vendors by the beginning of the name, for listings without ids; only those that rules ask for. */
const VENDOR_NAMES: readonly (readonly [name: string, id: string])[] = [
  ['Intel Corporation', '8086'],
  ['NVIDIA Corporation', '10de'],
  ['Advanced Micro Devices, Inc. [AMD/ATI]', '1002'],
  ['Advanced Micro Devices, Inc. [AMD]', '1022'],
  ['Realtek Semiconductor', '10ec'],
  ['Broadcom', '14e4'],
  ['Mellanox Technologies', '15b3'],
  ['ASPEED Technology', '1a03'],
  ['Red Hat, Inc. Virtio', '1af4'],
]

function vendorOf(device: ImportedDevice): string | null {
  const { name = '' } = device
  return device.vendor ?? VENDOR_NAMES.find(([words]) => name.startsWith(words))?.[1] ?? null
}

function isVirtual(device: ImportedDevice): boolean {
  return /\bVirtual Function\b|\bVF\b/i.test(device.name ?? '')
}

function secondaryTold(result: ImportResult, f: PciFunction): boolean {
  if (f.parent === null) return false
  const secondary = result.devices[f.parent]?.secondary
  return secondary !== undefined && Number.parseInt(secondary, 16) === parseBdf(f.bdf)?.bus
}

/**
 * Where boards have their root ports: Intel's processors and chipsets at these device numbers, AMD's as functions 1 and
 * up of devices whose function 0 is a dummy. Asked only of functions whose class the listing does not tell.
 */
function portByPlace(bdf: string, result: ImportResult): boolean {
  const address = parseBdf(bdf)
  if (address === null || address.bus !== 0) return false
  const { slot, fn } = address
  if (fn === 0) return [0x01, 0x06, 0x1a, 0x1b, 0x1c, 0x1d].includes(slot)
  if (slot >= 0x1a && slot <= 0x1d) return true
  return slot >= 1 && slot <= 8 && result.devices[`${bdf.slice(0, -1)}0`] !== undefined
}

// ---- Kinds ------------------------------------------------------------------------------------------------------

const PORT_TYPES: Readonly<Record<string, PciKind>> = {
  'Root Port': 'rp',
  'Upstream Port': 'usp',
  'Downstream Port': 'dsp',
  Endpoint: 'ep',
  'Legacy Endpoint': 'legep',
  'Root Complex Integrated Endpoint': 'rciep',
  'Root Complex Event Collector': 'rcec',
  'PCI-Express to PCI/PCI-X Bridge': 'pcie2pci',
  'PCI/PCI-X to PCI-Express Bridge': 'pci2pcie',
}

/** The port type that lspci prints; a record with readable capabilities and no port type is a conventional function. */
function kindTold(device: ImportedDevice): PciKind | null {
  if (device.pcieType !== undefined) return PORT_TYPES[device.pcieType] ?? null
  return device.capabilities === 'read' ? 'pci' : null
}

/** Bridges from PCIe to conventional PCI that are common on boards and cards. */
const PCIE_TO_PCI = new Set([
  '1b21:1080',
  '1b21:1083',
  '1a03:1150',
  '1849:1150',
  '8086:244e',
  '8086:2448',
  '1283:8892',
  '1283:8893',
  '104c:8231',
  '104c:8240',
  '10b5:8111',
  '10b5:8112',
  '10e3:8111',
  '10e3:8113',
  '12d8:e110',
  '12d8:e111',
  '12d8:e112',
  '12d8:e113',
  '1b36:000e',
])

function guessKind(
  f: PciFunction,
  device: ImportedDevice,
  above: PciKind | null,
  below: readonly (ImportedDevice | undefined)[],
): PciKind {
  const behindPci = above === 'pci' || above === 'pcie2pci'
  // On a root bus functions without a port type are the rule; on a bus whose bridge is not listed they are not.
  if (!f.bridge) return behindPci || (f.parent === null && parseBdf(f.bdf)?.bus === 0) ? 'pci' : 'ep'
  const id = `${device.vendor ?? ''}:${device.device ?? ''}`
  const name = device.name ?? ''
  const toPci = PCIE_TO_PCI.has(id) || /\b(?:PCIe?|PCI Express|PCI-E)[ -](?:to[ -])PCI\b(?! ?Express)/i.test(name)
  if (f.parent === null) {
    // The chipset's bridge to conventional slots; the same id is a port where the chipset has its ports.
    const conventional = toPci && !/\b(?:Root )?Port\b/i.test(name) && !/:1[bcd]\.[0-7]$/.test(f.bdf)
    return conventional || device.class === '0607' ? 'pci' : 'rp'
  }
  if (behindPci || device.class === '0607') return 'pci'
  if (above === 'usp') return 'dsp'
  if (below.some((child) => child?.bridge === true)) return 'usp'
  if (toPci) return 'pcie2pci'
  if (/Downstream/i.test(name)) return 'dsp'
  return 'usp'
}

// ---- ACS --------------------------------------------------------------------------------------------------------

const FLAGS: readonly (readonly [flag: string, bit: AcsBit])[] = [
  ['SrcValid', 'SV'],
  ['ReqRedir', 'RR'],
  ['CmpltRedir', 'CR'],
  ['UpstreamFwd', 'UF'],
]

function bitsOf(flags: string): AcsBit[] {
  return FLAGS.flatMap(([flag, bit]) => (flags.includes(`${flag}+`) ? [bit] : []))
}

/** ACS as the record shows it; null if it does not. */
function acsTold(device: ImportedDevice): Pick<PciFunction, 'acsCap' | 'acsCtrl'> | null {
  const { acs }: { readonly acs?: ImportedAcs } = device
  if (acs?.cap !== undefined) {
    return { acsCap: bitsOf(acs.cap), ...(acs.ctl === undefined ? {} : { acsCtrl: bitsOf(acs.ctl) }) }
  }
  if (acs !== undefined) return null
  return device.capabilities === 'read' ? { acsCap: null } : null
}

/**
 * ACS as the listed groups suggest it. A port that shares its group does not isolate; functions of one slot in groups of
 * their own do, a conventional one by a quirk of the kernel. Without groups: ports isolate, endpoints do not.
 */
function guessAcs(
  f: PciFunction,
  kind: PciKind,
  { devices }: ImportResult,
  groupOf: ReadonlyMap<string, string>,
  groups: Readonly<Record<string, readonly string[]>>,
): Pick<PciFunction, 'acsCap' | 'acsQuirk'> {
  if (devices[f.bdf]?.acs !== undefined) return { acsCap: REQUIRED_ACS }
  const own = groupOf.get(f.bdf)
  if (kind === 'rp' || kind === 'dsp') {
    return { acsCap: own === undefined || groups[own]?.length === 1 ? REQUIRED_ACS : null }
  }
  if (own === undefined || kind === 'pcie2pci' || kind === 'pci2pcie') return { acsCap: null }
  const slot = f.bdf.slice(0, -1)
  const others = [0, 1, 2, 3, 4, 5, 6, 7].map((fn) => `${slot}${fn}`).filter((bdf) => bdf !== f.bdf && groupOf.has(bdf))
  if (others.length === 0 || others.some((bdf) => groupOf.get(bdf) === own)) return { acsCap: null }
  if (kind !== 'pci') return { acsCap: REQUIRED_ACS }
  // Ports beside it that isolate explain its group well enough.
  const besidePorts = others.every((bdf) => devices[bdf]?.bridge === true)
  return { acsCap: null, ...(besidePorts ? {} : { acsQuirk: true }) }
}

// ---- Drivers ----------------------------------------------------------------------------------------------------

const DRIVER_NAME = /^[A-Za-z0-9_][A-Za-z0-9_.-]{0,63}$/

function isPort(kind: PciKind): boolean {
  return kind === 'rp' || kind === 'usp' || kind === 'dsp'
}

function driverOf(device: ImportedDevice, kind: PciKind): string | null {
  if (device.driverKnown === true) {
    const { driver } = device
    return driver === null || DRIVER_NAME.test(driver) ? driver : UNKNOWN_DRIVER
  }
  if (isPort(kind)) return 'pcieport'
  // Linux has no driver that takes other PCI-PCI bridges.
  return device.bridge === true || usuallyBare(device) ? null : UNKNOWN_DRIVER
}

/** Classes whose functions no driver takes on most machines: host bridges, memory, IOMMUs, AMD's dummy functions. */
const BARE_CLASSES = new Set(['0500', '0580', '0600', '0806', '1300'])

/** AMD's bridge to ISA has no driver; Intel's may have lpc_ich. */
function usuallyBare(device: ImportedDevice): boolean {
  const { class: code } = device
  return code !== null && (BARE_CLASSES.has(code) || (code === '0601' && vendorOf(device) === '1022'))
}

/** The driver of the host: the bound one if it is an ordinary one, else the usual one. */
function nativeOf(device: ImportedDevice, kind: PciKind, driver: string | null): string | null {
  if (isPort(kind)) return 'pcieport'
  if (driver !== null && driverFamily(driver) === 'native') return driver
  return nativeDriver({ ...device, vendor: vendorOf(device) })
}
