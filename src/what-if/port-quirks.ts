import type { PciFunction } from '../sim/machine.ts'

/**
 * Intel's root ports in chipsets that isolate though their ACS registers do not say so: those without the capability
 * (pci_quirk_intel_pch_acs_ids) and those whose registers stand where the standard does not have them
 * (pci_quirk_intel_spt_pch_acs_match), as ranges of device ids.
 */
const PORTS: readonly (readonly [from: number, to: number])[] = [
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

/** Whether Linux has such a quirk for a port. */
export function hasPortQuirk({ kind, vendor, device, name = '' }: PciFunction): boolean {
  if (kind !== 'rp' || vendor !== '8086') return false
  if (device === undefined) return NAMES.test(name)
  const id = Number.parseInt(device, 16)
  return PORTS.some(([from, to]) => id >= from && id <= to)
}
