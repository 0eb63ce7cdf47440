import type { PciFunction } from '../machine.ts'

type IdRange = readonly [from: number, to: number]

/** Intel's root ports in chipsets that isolate without an ACS capability (pci_quirk_intel_pch_acs_ids), as device ids. */
const PCH_PORTS: readonly IdRange[] = [
  // Ibex Peak, Cougar Point, Panther Point.
  [0x3b42, 0x3b51],
  [0x1c10, 0x1c1f],
  [0x1e10, 0x1e1f],
  // Lynx Point and its low-power form, Wildcat Point.
  [0x8c10, 0x8c1f],
  [0x9c10, 0x9c1b],
  [0x9c90, 0x9c9b],
  // Patsburg, Wellsburg, 9 series.
  [0x1d10, 0x1d1f],
  [0x8d10, 0x8d1f],
  [0x8c90, 0x8c9f],
]

/** Those whose ACS registers stand where the standard does not have them (pci_quirk_intel_spt_pch_acs_match). */
const SPT_PORTS: readonly IdRange[] = [
  // Sunrise Point, Union Point, and their low-power forms.
  [0xa110, 0xa11f],
  [0xa167, 0xa16a],
  [0xa290, 0xa29f],
  [0xa2e7, 0xa2ee],
  [0x9d10, 0x9d1b],
]

/** What lspci calls them, for listings without ids. */
const NAMES =
  /\b(?:[5-9] Series|100 Series|200 Series|Sunrise Point-LP|Wildcat Point-LP|C600|C610)\b.*PCI Express Root Port/

function isIn(ranges: readonly IdRange[], { kind, vendor, device = '' }: PciFunction): boolean {
  if (kind !== 'rp' || vendor !== '8086') return false
  const id = Number.parseInt(device, 16)
  return ranges.some(([from, to]) => id >= from && id <= to)
}

/**
 * Whether Linux has such a quirk for a port. All of these ask whether the kernel has switched the port's own registers on
 * (pci_dev_specific_enable_acs), so before that they do not isolate.
 */
export function hasPortQuirk(f: PciFunction): boolean {
  if (f.kind === 'rp' && f.vendor === '8086' && f.device === undefined) return NAMES.test(f.name ?? '')
  return isPchPort(f) || isIn(SPT_PORTS, f)
}

/** Whether it is one of Intel's ports that isolate without an ACS capability. */
export function isPchPort(f: PciFunction): boolean {
  return isIn(PCH_PORTS, f)
}

/**
 * Vendors of ports, and of other functions, that Linux has an ACS quirk for (pci_dev_acs_enabled), beside Intel, AMD and
 * ATI, whose quirks are for few devices.
 */
const PORT_VENDORS = new Set(['177d', '10e8', '1def', '17cb', '1dbf', '1957', '1c36', '14e4', '0014', '1d17'])
const FUNCTION_VENDORS = new Set(['1924', '19a2', '177d', '17cb', '1dbf', '14e4', '8088', '1d17', '1106', '1c36'])

/** AMD's southbridge functions with a quirk (pci_quirk_amd_sb_acs). */
const AMD_SOUTHBRIDGE = new Set(['780f', '7809', '4385', '439c', '4383', '439d', '4384', '4399'])

/** Whether Linux may have an ACS quirk for a function that makes it isolate; true as well where nobody tells who made it. */
export function mayHaveQuirk(f: PciFunction): boolean {
  const { kind, vendor, device } = f
  if (vendor === undefined) return true
  if (kind === 'rp' || kind === 'dsp') {
    if (vendor === '8086') return hasPortQuirk(f) || (device === undefined && f.name === undefined)
    return PORT_VENDORS.has(vendor)
  }
  // Intel's are network cards, and all integrated endpoints (pci_quirk_rciep_acs).
  if (vendor === '8086') return f.class === undefined || f.class.startsWith('02') || kind === 'rciep'
  if (vendor === '1022' || vendor === '1002') return device === undefined || AMD_SOUTHBRIDGE.has(device)
  return FUNCTION_VENDORS.has(vendor)
}
