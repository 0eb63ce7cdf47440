/** Class codes and the names that lspci prints for them, as in pci.ids; names that older versions printed after a `/`. */
const TABLE = `
0000 Non-VGA unclassified device
0001 VGA compatible unclassified device
0005 Image coprocessor
0100 SCSI storage controller
0101 IDE interface
0102 Floppy disk controller
0103 IPI bus controller
0104 RAID bus controller
0105 ATA controller
0106 SATA controller
0107 Serial Attached SCSI controller
0108 Non-Volatile memory controller
0109 Universal Flash Storage controller
0180 Mass storage controller / Unknown mass storage controller
0200 Ethernet controller
0201 Token ring network controller
0202 FDDI network controller
0203 ATM network controller
0204 ISDN controller
0205 WorldFip controller
0206 PICMG controller
0207 Infiniband controller / InfiniBand controller
0208 Fabric controller
0280 Network controller
0300 VGA compatible controller
0301 XGA compatible controller
0302 3D controller
0380 Display controller
0400 Multimedia video controller
0401 Multimedia audio controller
0402 Computer telephony device
0403 Audio device
0480 Multimedia controller
0500 RAM memory
0501 FLASH memory
0502 CXL
0580 Memory controller
0600 Host bridge
0601 ISA bridge
0602 EISA bridge
0603 MicroChannel bridge
0604 PCI bridge
0605 PCMCIA bridge
0606 NuBus bridge
0607 CardBus bridge
0608 RACEway bridge
0609 Semi-transparent PCI-to-PCI bridge
060a InfiniBand to PCI host bridge
0680 Bridge
0700 Serial controller
0701 Parallel controller
0702 Multiport serial controller
0703 Modem
0704 GPIB controller
0705 Smard Card controller / Smart Card controller
0780 Communication controller
0800 PIC
0801 DMA controller
0802 Timer
0803 RTC
0804 PCI Hot-plug controller
0805 SD Host controller
0806 IOMMU
0807 Generic system peripheral
0880 System peripheral
0899 Timing Card
0900 Keyboard controller
0901 Digitizer Pen
0902 Mouse controller
0903 Scanner controller
0904 Gameport controller
0980 Input device controller
0a00 Generic Docking Station
0a80 Docking Station
0b00 386
0b01 486
0b02 Pentium
0b10 Alpha
0b20 Power PC
0b30 MIPS
0b40 Co-processor
0c00 FireWire (IEEE 1394)
0c01 ACCESS Bus
0c02 SSA
0c03 USB controller / USB Controller
0c04 Fibre Channel
0c05 SMBus
0c06 InfiniBand
0c07 IPMI Interface / IPMI SMIC interface
0c08 SERCOS interface
0c09 CANBUS
0c80 Serial bus controller
0d00 IRDA controller
0d01 Consumer IR controller
0d10 RF controller
0d11 Bluetooth
0d12 Broadband
0d20 802.1a controller
0d21 802.1b controller
0d80 Wireless controller
0e00 I2O
0f01 Satellite TV controller
0f02 Satellite audio communication controller
0f03 Satellite voice communication controller
0f04 Satellite data communication controller
1000 Network and computing encryption device
1010 Entertainment encryption device
1080 Encryption controller
1100 DPIO module
1101 Performance counters
1110 Communication synchronizer
1120 Signal processing management
1180 Signal processing controller
1200 Processing accelerators
1201 SNIA Smart Data Accelerator Interface (SDXI) controller
1300 Non-Essential Instrumentation
4000 Coprocessor
ff00 Unassigned class`

const CODES = new Map<string, string>()
for (const line of TABLE.trim().split('\n')) {
  const code = line.slice(0, 4)
  const names = line.slice(5).split(' / ')
  for (const name of names) CODES.set(name.toLowerCase(), code)
}

/** Class code of a name that lspci prints. A bare `Bridge` or `Network controller` has one too: its `80` subclass. */
export function codeOfClass(name: string): string | undefined {
  return CODES.get(name.toLowerCase())
}

/** Whether a text is how the name of a class begins: what a line shows that ends within the name. */
export function beginsClassName(text: string): boolean {
  const start = text.toLowerCase()
  return start.length > 2 && [...CODES.keys()].some((name) => name.startsWith(start))
}

/**
 * Whether a class makes a function a PCI-to-PCI bridge (PCI-PCI, CardBus, semi-transparent): header type not "normal".
 * Host and ISA bridges are ordinary functions. Null if the class is unknown.
 */
export function bridgeByClass(code: string | null, name: string | undefined): boolean | null {
  const known = code ?? (name === undefined ? null : (codeOfClass(name) ?? (name === '' ? null : '')))
  return known === null ? null : known === '0604' || known === '0607' || known === '0609'
}
