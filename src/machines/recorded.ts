import { machineFromNotation } from './notation.ts'

/**
 * The machines on which the recordings in conformance/ were made: QEMU's q35 board with an emulated VT-d. Groups are not
 * written down: they form as recorded, numbers included, which the tests check.
 */
const CHIPSET = `
00:1f.0 pci  8086:2918 060100 -  82801IB (ICH9) LPC Interface Controller
00:1f.2 pci  8086:2922 010601 -  82801IR/IO/IH (ICH9R/DO/DH) SATA Controller [AHCI mode]
00:1f.3 pci  8086:2930 0c0500 -  82801I (ICH9 Family) SMBus Controller`

const BOARD = `
00:00.0 pci  8086:29c0 060000 -  82G33/G31/P35/P31 Express DRAM Controller${CHIPSET}`

export const RECORDED = [
  machineFromNotation(
    'dual-e1000e',
    'Two-function PCIe network card',
    `${BOARD}
00:02.0 rp+  1b36:000c 060400 pcieport  QEMU PCIe Root port
  01:00.0 ep  8086:10d3 020000 e1000e  82574L Gigabit Network Connection
  01:00.1 ep  8086:10d3 020000 e1000e  82574L Gigabit Network Connection`,
  ),
  machineFromNotation(
    'dual-e1000',
    'Two-function card behind a PCIe-to-PCI bridge',
    `${BOARD}
00:02.0 rp+  1b36:000c 060400 pcieport  QEMU PCIe Root port
  01:00.0 pcie2pci  1b36:000e 060400 -  QEMU PCIe-PCI bridge
    02:01.0 pci  8086:100e 020000 e1000  82540EM Gigabit Ethernet Controller
    02:01.1 pci  8086:100e 020000 e1000  82540EM Gigabit Ethernet Controller`,
  ),
  machineFromNotation(
    'port-no-acs',
    'Network card behind a root port without ACS',
    `${BOARD}
00:02.0 rp  1b36:000c 060400 pcieport  QEMU PCIe Root port
  01:00.0 ep  8086:10d3 020000 e1000e  82574L Gigabit Network Connection`,
  ),
  machineFromNotation(
    'switch',
    'PCIe switch with a network card behind each port',
    `${BOARD}
00:02.0 rp+  1b36:000c 060400 pcieport  QEMU PCIe Root port
  01:00.0 usp  104c:8232 060400 pcieport  XIO3130 PCI Express Switch (Upstream)
    02:00.0 dsp  104c:8233 060400 pcieport  XIO3130 PCI Express Switch (Downstream)
      03:00.0 ep  8086:10d3 020000 e1000e  82574L Gigabit Network Connection
    02:01.0 dsp  104c:8233 060400 pcieport  XIO3130 PCI Express Switch (Downstream)
      04:00.0 ep  8086:10d3 020000 e1000e  82574L Gigabit Network Connection`,
  ),
  machineFromNotation(
    'two-singletons',
    'Two network cards, a group each',
    `${BOARD}
00:02.0 rp+  1b36:000c 060400 pcieport  QEMU PCIe Root port
  01:00.0 ep  8086:10d3 020000 e1000e  82574L Gigabit Network Connection
00:03.0 rp+  1b36:000c 060400 pcieport  QEMU PCIe Root port
  02:00.0 ep  8086:10d3 020000 e1000e  82574L Gigabit Network Connection`,
  ),
  machineFromNotation(
    'mixed',
    'A two-function card and a single one',
    `${BOARD}
00:02.0 rp+  1b36:000c 060400 pcieport  QEMU PCIe Root port
  01:00.0 ep  8086:10d3 020000 e1000e  82574L Gigabit Network Connection
  01:00.1 ep  8086:10d3 020000 e1000e  82574L Gigabit Network Connection
00:03.0 rp+  1b36:000c 060400 pcieport  QEMU PCIe Root port
  02:00.0 ep  8086:10d3 020000 e1000e  82574L Gigabit Network Connection`,
  ),
  machineFromNotation(
    'edu',
    'Two functions with a DMA engine (QEMU edu)',
    `${BOARD}
00:04.0 pci  1234:11e8 00ff00 -  QEMU edu
00:04.1 pci  1234:11e8 00ff00 -  QEMU edu`,
  ),
] as const
