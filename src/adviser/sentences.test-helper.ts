/** Texts in which each sentence of the adviser arises with one, two and many devices. */
const DRIVERS: Readonly<Record<string, string>> = { known: 'e1000e', none: '', vfio: 'vfio-pci' }

/** How the passengers of the group are held: `unknown`: no line says. */
export type Held = 'known' | 'unknown' | 'none' | 'vfio'

/** A group of a graphics card with so many network cards in it, and another of the same kind elsewhere. */
export function crowdedGroup(passengers: number, held: Held, more: readonly string[] = []): string {
  const driver = (name: string): string =>
    held === 'unknown' ? '' : name === '' ? '\t\tSubsystem: x\n' : `\t\tKernel driver in use: ${name}\n`
  const network = Array.from(
    { length: passengers },
    (_, index) =>
      `\t0${index + 2}:00.0 Ethernet controller [0200]: Intel Corporation 82574L Gigabit Network Connection [8086:10d3]\n${driver(DRIVERS[held] ?? '')}`,
  )
  return [
    ...more,
    'IOMMU Group 0:\n\t00:00.0 Host bridge [0600]: Intel Corporation Host Bridge [8086:3ec2]',
    'IOMMU Group 1:',
    '\t00:01.0 PCI bridge [0604]: Intel Corporation PCIe Controller (x16) [8086:1901] (rev 07)',
    `\t01:00.0 VGA compatible controller [0300]: NVIDIA Corporation GA106 [GeForce RTX 3060] [10de:2504] (rev a1)\n${driver(held === 'known' ? 'nvidia' : (DRIVERS[held] ?? ''))}`.trimEnd(),
    ...network.map((line) => line.trimEnd()),
    'IOMMU Group 2:\n\t00:02.0 VGA compatible controller [0300]: Intel Corporation UHD Graphics 630 [8086:3e92]',
    `${driver('i915')}`.trimEnd(),
    '',
  ]
    .filter((line) => line !== '')
    .join('\n')
}
