/**
 * What a driver is to the kernels. `vfio`: registers its devices with VFIO; `stub`: does nothing; `port`: the PCIe port
 * driver; `uio`: hands devices to userspace without an IOMMU; `native`: an ordinary driver; `unknown`: the listing did
 * not say which driver is bound, so it is taken for an ordinary one; `absent`: no such driver in this kernel.
 */
export type DriverFamily = 'none' | 'vfio' | 'stub' | 'port' | 'uio' | 'native' | 'unknown' | 'absent'

/** Stands in for a driver that a listing does not tell. */
export const UNKNOWN_DRIVER = '?'

const FAMILIES: Readonly<Record<string, DriverFamily>> = {
  [UNKNOWN_DRIVER]: 'unknown',
  'vfio-pci': 'vfio',
  mlx5_vfio_pci: 'vfio',
  hisi_acc_vfio_pci: 'vfio',
  'pci-stub': 'stub',
  pcieport: 'port',
  uio_pci_generic: 'uio',
}

/** Drivers that every simulated kernel has, beside the native ones of the machine. */
export const COMMON_DRIVERS = ['vfio-pci', 'pci-stub', 'uio_pci_generic', 'pcieport'] as const

/** The family of a driver by its name; names that no list has are native drivers. */
export function driverFamily(name: string): DriverFamily {
  return Object.hasOwn(FAMILIES, name) ? (FAMILIES[name] ?? 'native') : 'native'
}
