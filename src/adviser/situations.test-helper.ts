/**
 * The twelve situations in which people meet "group N is not viable", each as a listing that somebody could paste, the
 * device that they want to hand to a guest, and what the advice must come to. For the unit tests and the browser's.
 */
import { readFileSync } from 'node:fs'
import type { Alternative, Cause, Verdict } from './advice-types.ts'

export interface ExampleSituation {
  readonly number: number
  readonly name: string
  readonly text: string
  /** Short address. */
  readonly device: string
  readonly verdict: Verdict
  readonly causes: readonly Cause['code'][]
  readonly alternatives: readonly Alternative['code'][]
  /** What the advice has to say somewhere. */
  readonly says: readonly RegExp[]
  /** Short addresses that the plan binds to vfio-pci, in order. */
  readonly binds: readonly string[]
}

function fixture(name: string): string {
  return readFileSync(new URL(`../import/fixtures/${name}.txt`, import.meta.url), 'utf8')
}

export const SITUATIONS: readonly ExampleSituation[] = [
  {
    number: 1,
    name: 'the GPU is still held by its normal driver',
    text: fixture('lspci-nnk-laptop-gtx1650-nvidia-bound-01'),
    device: '01:00.0',
    // No groups, and nothing that shows that the IOMMU works: what would be done is told, but not that it can go.
    verdict: 'unknown',
    causes: [],
    alternatives: [],
    says: [/01:00\.0 by nvidia and 01:00\.1 by snd_hda_intel/, /estimated from the tree/, /only graphics device/],
    binds: ['01:00.0', '01:00.1'],
  },
  {
    number: 2,
    name: 'the other functions of the card are still bound',
    text: `IOMMU Group 14:
	0a:00.0 VGA compatible controller [0300]: NVIDIA Corporation TU106 [GeForce RTX 2070] [10de:1f02] (rev a1)
	Kernel driver in use: vfio-pci
	0a:00.1 Audio device [0403]: NVIDIA Corporation TU106 High Definition Audio Controller [10de:10f9] (rev a1)
	Kernel driver in use: snd_hda_intel
	0a:00.2 USB controller [0c03]: NVIDIA Corporation TU106 USB 3.1 Host Controller [10de:1ada] (rev a1)
	Kernel driver in use: xhci_hcd
	0a:00.3 Serial bus controller [0c80]: NVIDIA Corporation TU106 USB Type-C UCSI Controller [10de:1adb] (rev a1)
	Kernel driver in use: nvidia-gpu
`,
    device: '0a:00.0',
    verdict: 'yes',
    causes: ['functions-of-card'],
    alternatives: [],
    says: [
      /with the other 3 functions of its card/,
      /0a:00\.1 by snd_hda_intel, 0a:00\.2 by xhci_hcd and 0a:00\.3 by nvidia-gpu/,
    ],
    binds: ['0a:00.1', '0a:00.2', '0a:00.3'],
  },
  {
    number: 3,
    name: 'only one port of a multi-port card is given away',
    text: `IOMMU group 15
04:00.0 Ethernet controller [0200]: Intel Corporation I350 Gigabit Network Connection [8086:1521] (rev 01)
	Kernel driver in use: vfio-pci
04:00.1 Ethernet controller [0200]: Intel Corporation I350 Gigabit Network Connection [8086:1521] (rev 01)
	Kernel driver in use: igb
IOMMU group 16
05:00.0 Ethernet controller [0200]: Intel Corporation I210 Gigabit Network Connection [8086:1533] (rev 03)
	Kernel driver in use: igb
`,
    device: '04:00.0',
    verdict: 'with-others',
    causes: ['twins-of-card'],
    alternatives: ['virtual-functions', 'other-device', 'together'],
    says: [/04:00\.1 by igb/, /host’s network on 04:00\.1/, /SR-IOV/],
    binds: ['04:00.1'],
  },
  {
    number: 4,
    name: 'the card sits behind the chipset',
    text: fixture('arch-style-ryzen-b550m-mortar-01'),
    device: '04:00.0',
    verdict: 'against',
    causes: ['port-without-acs', 'chipset', 'functions-of-card'],
    alternatives: ['other-slot', 'firmware-acs', 'override', 'other-device'],
    says: [/hangs off the chipset/, /slot whose port isolates/, /update the firmware/, /past the IOMMU/],
    binds: ['02:00.0', '02:00.1', '04:00.0', '04:00.1', '2a:00.0'],
  },
  {
    number: 5,
    name: 'two cards under ports of the processor without ACS',
    text: `IOMMU Group 1 00:01.0 PCI bridge [0604]: Intel Corporation Xeon E3-1200 v5 PCIe Controller (x16) [8086:1901] (rev 07)
IOMMU Group 1 00:01.1 PCI bridge [0604]: Intel Corporation Xeon E3-1200 v5 PCIe Controller (x8) [8086:1905] (rev 07)
IOMMU Group 1 01:00.0 VGA compatible controller [0300]: NVIDIA Corporation GM204 [GeForce GTX 970] [10de:13c2] (rev a1)
IOMMU Group 1 01:00.1 Audio device [0403]: NVIDIA Corporation GM204 High Definition Audio Controller [10de:0fbb] (rev a1)
IOMMU Group 1 02:00.0 VGA compatible controller [0300]: NVIDIA Corporation GP107 [GeForce GTX 1050] [10de:1c81] (rev a1)
IOMMU Group 1 02:00.1 Audio device [0403]: NVIDIA Corporation GP107GL High Definition Audio Controller [10de:0fb9] (rev a1)
IOMMU Group 2 00:14.0 USB controller [0c03]: Intel Corporation 200 Series PCH USB 3.0 xHCI Controller [8086:a2af]
IOMMU Group 9 00:1c.0 PCI bridge [0604]: Intel Corporation 200 Series PCH PCI Express Root Port #1 [8086:a290] (rev f0)
`,
    device: '01:00.0',
    verdict: 'with-others',
    causes: ['ports-of-one-slot', 'functions-of-card'],
    alternatives: ['other-slot', 'firmware-acs', 'override', 'together'],
    says: [/00:01\.0 and 00:01\.1 do not isolate from each other/, /Two guests cannot share it/, /00:1c\.0 isolate/],
    binds: ['01:00.0', '01:00.1', '02:00.0', '02:00.1'],
  },
  {
    number: 6,
    name: 'the wanted device is part of the chipset',
    text: fixture('arch-style-intel-z170-itx-01'),
    device: '00:1f.3',
    verdict: 'against',
    causes: ['part-of-chipset'],
    alternatives: ['usb-sound', 'emulated'],
    says: [/one function of the chipset itself/, /USB sound device/, /No slot, firmware setting or kernel option/],
    binds: ['00:1f.3', '00:1f.4'],
  },
  {
    number: 7,
    name: 'devices behind a conventional PCI bridge',
    text: `IOMMU Group 11:
	05:00.0 PCI bridge [0604]: ASMedia Technology Inc. ASM1083/1085 PCIe to PCI Bridge [1b21:1080] (rev 03)
	06:00.0 Multimedia audio controller [0401]: C-Media Electronics Inc CMI8788 [13f6:8788]
	Kernel driver in use: snd_virtuoso
	06:01.0 Ethernet controller [0200]: Realtek Semiconductor Co., Ltd. RTL-8100/8101L/8139 [10ec:8139] (rev 10)
	Kernel driver in use: 8139too
IOMMU Group 12:
	00:1c.0 PCI bridge [0604]: Intel Corporation 7 Series Chipset PCI Express Root Port 1 [8086:1e10]
	Kernel driver in use: pcieport
IOMMU Group 13:
	03:00.0 Ethernet controller [0200]: Realtek Semiconductor Co., Ltd. RTL8111 PCI Express Gigabit Ethernet Controller [10ec:8168]
	Kernel driver in use: r8169
`,
    device: '06:00.0',
    verdict: 'with-others',
    causes: ['conventional-bridge'],
    alternatives: ['other-slot', 'emulated'],
    says: [/own requester ID/, /no override splits this group/],
    binds: ['06:00.0', '06:01.0'],
  },
  {
    number: 8,
    name: 'virtual functions share a group',
    text: `IOMMU Group 29:
	05:10.0 Ethernet controller [0200]: Intel Corporation 82576 Virtual Function [8086:10ca] (rev 01)
	Kernel driver in use: vfio-pci
	05:10.2 Ethernet controller [0200]: Intel Corporation 82576 Virtual Function [8086:10ca] (rev 01)
	Kernel driver in use: igbvf
	05:00.0 Ethernet controller [0200]: Intel Corporation 82576 Gigabit Network Connection [8086:10c9] (rev 01)
	Kernel driver in use: igb
	00:07.0 PCI bridge [0604]: Intel Corporation 5520/5500/X58 I/O Hub PCI Express Root Port 7 [8086:340e] (rev 22)
	Kernel driver in use: pcieport
`,
    device: '05:10.0',
    verdict: 'with-others',
    causes: ['port-without-acs', 'virtual-functions'],
    alternatives: ['firmware-acs', 'override', 'together'],
    says: [/Virtual functions get groups of their own only where/, /05:00\.0 by igb/],
    binds: ['05:00.0', '05:10.2'],
  },
  {
    number: 9,
    name: 'all ports of a small board are one group',
    text: `IOMMU Group 1:
	00:02.0 Host bridge [0600]: Advanced Micro Devices, Inc. [AMD] Device [1022:1439]
	00:02.2 PCI bridge [0604]: Advanced Micro Devices, Inc. [AMD] Family 16h Processor Functions 5:1 [1022:1439]
	00:02.3 PCI bridge [0604]: Advanced Micro Devices, Inc. [AMD] Family 16h Processor Functions 5:1 [1022:1439]
	00:02.4 PCI bridge [0604]: Advanced Micro Devices, Inc. [AMD] Family 16h Processor Functions 5:1 [1022:1439]
	00:02.5 PCI bridge [0604]: Advanced Micro Devices, Inc. [AMD] Family 16h Processor Functions 5:1 [1022:1439]
	01:00.0 Ethernet controller [0200]: Intel Corporation I210 Gigabit Network Connection [8086:1539] (rev 03)
	02:00.0 Ethernet controller [0200]: Intel Corporation I210 Gigabit Network Connection [8086:1539] (rev 03)
	03:00.0 Ethernet controller [0200]: Intel Corporation I210 Gigabit Network Connection [8086:1539] (rev 03)
	04:00.0 Network controller [0280]: Qualcomm Atheros QCA986x/988x 802.11ac Wireless Network Adapter [168c:003c]
qemu-system-x86_64: -device vfio-pci,host=04:00.0,id=hostdev0: vfio error: 0000:04:00.0: group 1 is not viable
`,
    device: '04:00.0',
    verdict: 'against',
    causes: ['all-ports'],
    alternatives: ['firmware-acs', 'emulated'],
    says: [/Nearly all ports of this machine/, /lacks a quirk/],
    binds: ['01:00.0', '02:00.0', '03:00.0', '04:00.0'],
  },
  {
    number: 10,
    name: 'the groups changed after an update',
    text: `Before the update:
${fixture('one-line-ryzen3900x-b550-after-acs-bios-01')}
After it:
${fixture('one-line-ryzen3900x-b550-before-acs-bios-01')}`,
    device: '07:00.0',
    verdict: 'against',
    causes: ['changed', 'ports-of-one-slot'],
    alternatives: ['older-kernel', 'other-slot', 'firmware-acs'],
    says: [/Earlier in the same text its group had only/, /lose or add a quirk/, /Boot the kernel or firmware/],
    binds: ['01:00.0', '02:00.0', '02:00.1', '04:00.0', '04:00.1', '07:00.0'],
  },
  {
    number: 11,
    name: 'the host still uses the GPU',
    text: `IOMMU Group 16:
	0b:00.0 VGA compatible controller [0300]: Advanced Micro Devices, Inc. [AMD/ATI] Navi 23 [Radeon RX 6600] [1002:73ff] (rev c7)
	Kernel driver in use: amdgpu
	Kernel modules: amdgpu
IOMMU Group 17:
	0b:00.1 Audio device [0403]: Advanced Micro Devices, Inc. [AMD/ATI] Navi 21/23 HDMI/DP Audio Controller [1002:ab28]
	Kernel driver in use: snd_hda_intel
	Kernel modules: snd_hda_intel
IOMMU Group 18:
	0c:00.0 Ethernet controller [0200]: Intel Corporation I211 Gigabit Network Connection [8086:1539] (rev 03)
	Kernel driver in use: igb
`,
    device: '0b:00.0',
    verdict: 'yes',
    causes: [],
    alternatives: [],
    says: [/only graphics device in the listing: the host goes dark/, /Stop the display manager first/],
    binds: ['0b:00.0'],
  },
  {
    number: 12,
    name: 'only a bridge seems to be in the way',
    text: `IOMMU Group 1:
	00:01.0 PCI bridge [0604]: Intel Corporation 6th-10th Gen Core Processor PCIe Controller (x16) [8086:1901] (rev 07)
	Kernel driver in use: pcieport
	01:00.0 Ethernet controller [0200]: Intel Corporation 82574L Gigabit Network Connection [8086:10d3]
	Kernel driver in use: vfio-pci
`,
    device: '01:00.0',
    verdict: 'ready',
    causes: ['port-without-acs'],
    alternatives: [],
    says: [/nothing is left to do/, /A tool that wants a bridge bound to vfio-pci asks for too much/, /leave alone/],
    binds: [],
  },
]
