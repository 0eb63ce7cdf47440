/** What a listing tells of a function that decides which driver of the host takes it. */
export interface Ids {
  /** Four hexadecimal digits, or six with the programming interface. */
  readonly class?: string | null
  readonly vendor?: string | null
  readonly device?: string | null
  readonly name?: string
}

/** The first row that fits decides. Class and ids as beginnings or ranges of hexadecimal digits, `*`: any. */
type Row = readonly [classes: string, vendors: string, devices: string | RegExp, driver: string]

// prettier-ignore
const ROWS: readonly Row[] = [
  // Paravirtual devices of every class.
  ['*', '1af4', '*', 'virtio-pci'],
  // Storage.
  ['0108', '*', '*', 'nvme'],
  ['0106', '*', '*', 'ahci'],
  ['0104', '8086', '201d,28c0,467f,4c3d,7d0b,9a0b,a77f,ad0b', 'vmd'],
  ['0104', '8086', '2822-282a', 'ahci'],
  ['0104,0107', '1000', '0014-0017,005b-005f,10e0-10e7', 'megaraid_sas'],
  ['0100,0107', '1000', '*', 'mpt3sas'],
  ['0104,0107', '9005', '*', 'smartpqi'],
  ['0101', '8086', '*', 'ata_piix'],
  ['0101', '*', '*', 'pata_acpi'],
  // Network.
  ['0200', '8086', '1000-1001,1004,1008-101e,1026-1028,1075-107c,1107,1112,100e-100f', 'e1000'],
  ['0200', '8086', '10a7,10a9,10c9,10d6,10e6-10e8,1501,150a-1511,1518,1521-1524,1526,1533,1536-1539,157b-157c,1f40-1f45', 'igb'],
  ['0200', '8086', '10ca,1520', 'igbvf'],
  ['0200', '8086', '0d9f,125b-125f,15f2-15f3,3100-3102,5502', 'igc'],
  ['0200', '8086', '10b6,10c6-10c8,10dd,10e1,10ec,10f1,10f4,10f7-10fc,1507,1508,150b,1514,1517,151c,1528-152a,154a,154d,1557-1560,1563,15aa-15ae,15c2-15c8,15ce,15e4-15e5', 'ixgbe'],
  ['0200', '8086', '10ed,1515,1565,15a8,15c5', 'ixgbevf'],
  ['0200', '8086', '1572,1574,1580-158b,37ce-37d3,0cf8,0d58', 'i40e'],
  ['0200', '8086', '154c,1571,1889', 'iavf'],
  ['0200', '8086', '124c-124f,151d,1591-159b,188a-188e,1890-1899', 'ice'],
  ['0200', '8086', '*', 'e1000e'],
  ['0200', '10ec', '*', 'r8169'],
  ['0200', '14e4', '1604-1606,1609,1614,16c0-16ce,16d0-16dc,16e1-16ee,1750-1752,1800-1809,d800-d804', 'bnxt_en'],
  ['0200', '14e4', '164e-1650,1662-1663,168a,168d-168e,16a1-16a5,16ab,16ad', 'bnx2x'],
  ['0200', '14e4', '*', 'tg3'],
  ['0200,0207', '15b3', '1002-1010', 'mlx4_core'],
  ['0200,0207,0800', '15b3', '*', 'mlx5_core'],
  ['0200', '1d6a', '*', 'atlantic'],
  ['0200', '1969', '*', 'alx'],
  ['0200', '15ad', '07b0', 'vmxnet3'],
  ['0200', '1077', '*', 'qede'],
  ['0200', '19ee', '*', 'nfp'],
  ['0280', '8086', '*', 'iwlwifi'],
  ['0280', '168c', '003e,0041-0042,0050', 'ath10k_pci'],
  ['0280', '168c', '*', 'ath9k'],
  ['0280', '17cb', '*', 'ath11k_pci'],
  ['0280', '14c3', '*', 'mt7921e'],
  ['0280', '14e4', '*', 'brcmfmac'],
  // Display and sound.
  ['0300,0302,0380', '10de', '*', 'nvidia'],
  ['0300,0302,0380,1200', '1002', '*', 'amdgpu'],
  ['0300,0302,0380', '8086', '*', 'i915'],
  ['0300', '1a03', '*', 'ast'],
  ['0300', '102b', '*', 'mgag200'],
  ['0300', '1b36', '*', 'qxl'],
  ['0300', '1234', '*', 'bochs-drm'],
  ['0300', '15ad', '*', 'vmwgfx'],
  ['0401,0403', '*', '*', 'snd_hda_intel'],
  ['0480', '1022', '*', 'snd_pci_acp3x'],
  // Serial buses.
  ['0c0340,0c03', '*', /NHI|USB4 Host|Thunderbolt .*NHI/i, 'thunderbolt'],
  ['0c0330', '*', '*', 'xhci_hcd'],
  ['0c0320', '*', '*', 'ehci-pci'],
  ['0c0310', '*', '*', 'ohci-pci'],
  ['0c0300', '*', '*', 'uhci_hcd'],
  ['0c03', '*', /EHCI|Enhanced Host|USB ?2\.0/i, 'ehci-pci'],
  ['0c03', '*', /OHCI/i, 'ohci-pci'],
  ['0c03', '*', /UHCI/i, 'uhci_hcd'],
  ['0c03', '*', '*', 'xhci_hcd'],
  ['0c00', '*', '*', 'firewire_ohci'],
  ['0c04', '1077', '*', 'qla2xxx'],
  ['0c04', '10df', '*', 'lpfc'],
  ['0c05', '8086', '*', 'i801_smbus'],
  ['0c05', '1022,1002', '*', 'piix4_smbus'],
  ['0c80', '10de', '*', 'nvidia-gpu'],
  ['0c80', '8086', /SPI \(flash\)|SPI Controller|Flash/i, 'intel-spi'],
  ['0c80', '8086', '*', 'intel-lpss'],
  // Chipset.
  ['0780', '8086', /UART|I2C|Serial IO/i, 'intel-lpss'],
  ['0780', '8086', /MEI|HECI|Management Engine/i, 'mei_me'],
  ['0700', '*', '*', 'serial'],
  ['0880,0c03', '8086', /Thunderbolt|NHI/i, 'thunderbolt'],
  ['0880', '8086', '0b25', 'idxd'],
  ['0805', '*', '*', 'sdhci-pci'],
  ['1080', '1022', '*', 'ccp'],
  ['1180', '8086', /PCH Thermal|Thermal Subsystem|Thermal Controller/i, 'intel_pch_thermal'],
  ['1180', '8086', /Platform Monitoring|Telemetry/i, 'intel_vsec'],
  ['1180', '8086', /Thermal|Innovation Platform/i, 'proc_thermal_pci'],
  ['0b40', '8086', '4940-4945', '4xxx'],
  ['0b40', '8086', '37c8', 'c6xx'],
  ['ff00', '10ec', '*', 'rtsx_pci'],
  ['0807', '15b3', '*', 'mlx5_core'],
]

/**
 * The driver that a usual Linux distribution binds to a function, by class and vendor; for network cards by device too.
 * Null where none is usual: host and ISA bridges, memory controllers, dummy functions, and what this table lacks.
 */
export function nativeDriver(ids: Ids): string | null {
  const { class: code, vendor, device, name = '' } = ids
  if (typeof code !== 'string') return null
  const row = ROWS.find(
    ([classes, vendors, devices]) =>
      classes.split(',').some((prefix) => prefix === '*' || code.startsWith(prefix)) &&
      (vendors === '*' || (typeof vendor === 'string' && vendors.split(',').includes(vendor))) &&
      (devices instanceof RegExp ? devices.test(name) : inRanges(device, devices)),
  )
  return row?.[3] ?? null
}

function inRanges(device: string | null | undefined, ranges: string): boolean {
  if (ranges === '*') return true
  if (typeof device !== 'string') return false
  return ranges.split(',').some((range) => {
    const [from = '', to = from] = range.split('-')
    return from <= device && device <= to
  })
}
