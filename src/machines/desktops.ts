import { machineFromNotation } from './notation.ts'

/**
 * Real machines, from listings that people published (src/import/fixtures, named at each). The listings tell
 * addresses, ids and groups; port types and ACS are what makes Linux form those groups, and drivers are the usual ones.
 */
export const DESKTOPS = [
  // one-line-ryzen3900x-b550-before-acs-bios-01, with the functions its author left out as in the -after- listing of the
  // same board. Root ports of slots 1 and 3 have no ACS: all that is behind the chipset is one group.
  machineFromNotation(
    'desktop-ryzen',
    'Ryzen desktop: one GPU on the processor, one behind the chipset',
    `
00:01.0 pci  1022:1482 060000 -  AMD Starship/Matisse PCIe Dummy Host Bridge
00:01.1 rp  1022:1483 060400 pcieport  AMD Starship/Matisse GPP Bridge
  01:00.0 ep  1987:5012 010802 nvme  Phison E12 NVMe Controller
00:01.2 rp  1022:1483 060400 pcieport  AMD Starship/Matisse GPP Bridge
  02:00.0 legep  1022:43ee 0c0330 xhci_hcd  AMD 500 Series Chipset USB 3.1 XHCI Controller
  02:00.1 legep  1022:43eb 010601 ahci  AMD 500 Series Chipset SATA Controller
  02:00.2 usp  1022:43e9 060400 pcieport  AMD 500 Series Chipset Switch Upstream Port
    03:00.0 dsp  1022:43ea 060400 pcieport  AMD 500 Series Chipset Switch Downstream Port
      04:00.0 legep  1002:699f 030000 amdgpu  Lexa PRO [Radeon 540/540X/550/550X / RX 540X/550/550X]
      04:00.1 ep  1002:aae0 040300 snd_hda_intel  Baffin HDMI/DP Audio [Radeon RX 550 640SP / RX 560/560X]
    03:06.0 dsp  1022:43ea 060400 pcieport  AMD 500 Series Chipset Switch Downstream Port
    03:07.0 dsp  1022:43ea 060400 pcieport  AMD 500 Series Chipset Switch Downstream Port
    03:08.0 dsp  1022:43ea 060400 pcieport  AMD 500 Series Chipset Switch Downstream Port
      07:00.0 ep  10ec:8125 020000 r8169  Realtek RTL8125 2.5GbE Controller
    03:09.0 dsp  1022:43ea 060400 pcieport  AMD 500 Series Chipset Switch Downstream Port
00:02.0 pci  1022:1482 060000 -  AMD Starship/Matisse PCIe Dummy Host Bridge
00:03.0 pci  1022:1482 060000 -  AMD Starship/Matisse PCIe Dummy Host Bridge
00:03.1 rp  1022:1483 060400 pcieport  AMD Starship/Matisse GPP Bridge
  09:00.0 usp  1022:1470 060400 pcieport  AMD Vega 10 PCIe Bridge
    0a:00.0 dsp  1022:1471 060400 pcieport  AMD Vega 10 PCIe Bridge
      0b:00.0 legep  1002:687f 030000 amdgpu  Vega 10 XL/XT [Radeon RX Vega 56/64]
      0b:00.1 ep  1002:aaf8 040300 snd_hda_intel  Vega 10 HDMI Audio [Radeon Vega 56/64]
00:04.0 pci  1022:1482 060000 -  AMD Starship/Matisse PCIe Dummy Host Bridge
00:05.0 pci  1022:1482 060000 -  AMD Starship/Matisse PCIe Dummy Host Bridge
00:07.0 pci  1022:1482 060000 -  AMD Starship/Matisse PCIe Dummy Host Bridge
00:07.1 rp+  1022:1484 060400 pcieport  AMD Starship/Matisse Internal PCIe GPP Bridge 0 to bus[E:B]
  0c:00.0 ep  1022:148a 130000 -  AMD Starship/Matisse PCIe Dummy Function
00:08.0 pci  1022:1482 060000 -  AMD Starship/Matisse PCIe Dummy Host Bridge
00:08.1 rp+  1022:1484 060400 pcieport  AMD Starship/Matisse Internal PCIe GPP Bridge 0 to bus[E:B]
  0d:00.0 ep+  1022:1485 130000 -  AMD Starship/Matisse Reserved SPP
  0d:00.1 ep+  1022:1486 108000 ccp  AMD Starship/Matisse Cryptographic Coprocessor PSPCPP
  0d:00.3 ep+  1022:149c 0c0330 xhci_hcd  AMD Matisse USB 3.0 Host Controller
  0d:00.4 ep+  1022:1487 040300 snd_hda_intel  AMD Starship/Matisse HD Audio Controller
00:14.0 pci  1022:790b 0c0500 piix4_smbus  AMD FCH SMBus Controller
00:14.3 pci  1022:790e 060100 -  AMD FCH LPC Bridge
00:18.0 pci  1022:1440 060000 -  AMD Matisse Device 24: Function 0
00:18.1 pci  1022:1441 060000 -  AMD Matisse Device 24: Function 1
00:18.2 pci  1022:1442 060000 -  AMD Matisse Device 24: Function 2
00:18.3 pci  1022:1443 060000 k10temp  AMD Matisse Device 24: Function 3
00:18.4 pci  1022:1444 060000 -  AMD Matisse Device 24: Function 4
00:18.5 pci  1022:1445 060000 -  AMD Matisse Device 24: Function 5
00:18.6 pci  1022:1446 060000 -  AMD Matisse Device 24: Function 6
00:18.7 pci  1022:1447 060000 -  AMD Matisse Device 24: Function 7`,
  ),
  // arch-style-intel-z170-itx-01. The processor's root port has no ACS, so GPU, its audio and the port are one group;
  // the chipset's ports and its network function isolate by quirks of the kernel (pci_quirk_intel_spt_pch_acs,
  // pci_quirk_mf_endpoint_acs).
  machineFromNotation(
    'desktop-intel',
    'Intel desktop: GPU, its audio and its root port in one group',
    `
00:00.0 pci  8086:191f 060000 -  Skylake Host Bridge/DRAM Registers
00:01.0 rp  8086:1901 060400 pcieport  Skylake PCIe Controller (x16)
  01:00.0 legep  10de:1401 030000 nvidia  GM206 [GeForce GTX 960]
  01:00.1 ep  10de:0fba 040300 snd_hda_intel  GM206 High Definition Audio Controller
00:02.0 pci  8086:1912 030000 i915  HD Graphics 530
00:14.0 pci  8086:a12f 0c0330 xhci_hcd  100 Series/C230 Series Chipset Family USB 3.0 xHCI Controller
00:14.2 pci  8086:a131 118000 intel_pch_thermal  100 Series/C230 Series Chipset Family Thermal Subsystem
00:16.0 pci  8086:a13a 078000 mei_me  100 Series/C230 Series Chipset Family MEI Controller #1
00:17.0 pci  8086:a102 010601 ahci  Z170 Chipset SATA Controller [AHCI Mode]
00:1c.0 rp!  8086:a110 060400 pcieport  100 Series/C230 Series Chipset Family PCI Express Root Port #1
00:1c.4 rp!  8086:a114 060400 pcieport  100 Series/C230 Series Chipset Family PCI Express Root Port #5
  03:00.0 legep  1b21:1242 0c0330 xhci_hcd  ASM1142 USB 3.1 Host Controller
00:1c.6 rp!  8086:a116 060400 pcieport  100 Series/C230 Series Chipset Family PCI Express Root Port #7
  04:00.0 ep  8086:08b1 028000 iwlwifi  Wireless 7260
00:1d.0 rp!  8086:a118 060400 pcieport  100 Series/C230 Series Chipset Family PCI Express Root Port #9
00:1f.0 pci  8086:a145 060100 -  Z170 Chipset LPC/eSPI Controller
00:1f.2 pci  8086:a121 058000 -  100 Series/C230 Series Chipset Family Power Management Controller
00:1f.3 pci  8086:a170 040300 snd_hda_intel  100 Series/C230 Series Chipset Family HD Audio Controller
00:1f.4 pci  8086:a123 0c0500 i801_smbus  100 Series/C230 Series Chipset Family SMBus
00:1f.6 pci!  8086:15b8 020000 e1000e  Ethernet Connection (2) I219-V`,
  ),
  // one-line-xeon-e2100-suprox-01: a two-port card whose ports and root port are one group, and a display controller
  // behind a conventional bridge.
  machineFromNotation(
    'server-i350',
    'Small server: two-port network card in one group with its root port',
    `
00:00.0 pci  8086:3e1f 060000 skl_uncore  Coffee Lake S Host Bridge/DRAM Registers
00:01.0 rp  8086:1901 060400 pcieport  Coffee Lake PCIe Controller (x16)
  01:00.0 ep+  8086:1521 020000 igb  I350 Gigabit Network Connection
  01:00.1 ep+  8086:1521 020000 igb  I350 Gigabit Network Connection
00:08.0 pci  8086:1911 088000 -  Gaussian Mixture Model
00:12.0 pci  8086:a379 118000 intel_pch_thermal  Cannon Lake PCH Thermal Controller
00:14.0 pci  8086:a36d 0c0330 xhci_hcd  Cannon Lake PCH USB 3.1 xHCI Host Controller
00:14.2 pci  8086:a36f 050000 -  Cannon Lake PCH Shared SRAM
00:15.0 pci  8086:a368 0c8000 intel-lpss  Cannon Lake PCH Serial IO I2C Controller #0
00:15.1 pci  8086:a369 0c8000 intel-lpss  Cannon Lake PCH Serial IO I2C Controller #1
00:16.0 pci  8086:a360 078000 mei_me  Cannon Lake PCH HECI Controller
00:16.4 pci  8086:a364 078000 -  Cannon Lake PCH HECI Controller #2
00:17.0 pci  8086:a352 010601 ahci  Cannon Lake PCH SATA AHCI Controller
00:1b.0 rp+  8086:a32d 060400 pcieport  Cannon Lake PCH PCI Express Root Port #22
  02:00.0 ep  8086:1533 020000 igb  I210 Gigabit Network Connection
00:1b.6 rp+  8086:a32e 060400 pcieport  Cannon Lake PCH PCI Express Root Port #23
  03:00.0 ep  8086:1533 020000 igb  I210 Gigabit Network Connection
00:1c.0 rp+  8086:a338 060400 pcieport  Cannon Lake PCH PCI Express Root Port #1
00:1c.1 rp+  8086:a339 060400 pcieport  Cannon Lake PCH PCI Express Root Port #2
  05:00.0 pcie2pci  1a03:1150 060400 -  AST1150 PCI-to-PCI Bridge
    06:00.0 pci  1a03:2000 030000 ast  ASPEED Graphics Family
00:1d.0 rp+  8086:a330 060400 pcieport  Cannon Lake PCH PCI Express Root Port #9
  07:00.0 ep  15b7:5009 010802 nvme  WD Blue SN550 NVMe SSD
00:1e.0 pci  8086:a328 078000 intel-lpss  Cannon Lake PCH Serial IO UART Host Controller
00:1f.0 pci  8086:a30a 060100 -  Cannon Lake PCH LPC/eSPI Controller
00:1f.4 pci  8086:a323 0c0500 i801_smbus  Cannon Lake PCH SMBus Controller
00:1f.5 pci  8086:a324 0c8000 intel-spi  Cannon Lake PCH SPI Controller`,
  ),
] as const
