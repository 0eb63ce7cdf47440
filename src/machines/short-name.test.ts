import { expect, test } from 'vitest'
import { shortName } from './short-name.ts'

// prettier-ignore
test.each([
  ['0300', 'NVIDIA Corporation GP106 [GeForce GTX 1060 6GB]', 'VGA · GeForce GTX 1060 6GB'],
  ['0300', 'NVIDIA Corporation GP106 [GeForce GTX 1060 6GB] (rev a1) (prog-if 00 [VGA controller])', 'VGA · GeForce GTX 1060 6GB'],
  ['0300', 'Advanced Micro Devices, Inc. [AMD/ATI] Baffin [Radeon RX 550 640SP / RX 560/560X]', 'VGA · Radeon RX 550 640SP'],
  ['0300', 'Intel Corporation HD Graphics 530', 'VGA · HD Graphics 530'],
  [null, 'Intel Corporation Alder Lake-S GT1 [UHD Graphics 770]', 'UHD Graphics 770'],
  ['0403', 'NVIDIA Corporation GP106 High Definition Audio Controller', 'Audio · GP106 HD Audio'],
  ['0403', 'Advanced Micro Devices, Inc. [AMD/ATI] Ellesmere HDMI Audio [Radeon RX 470/480]', 'Audio · Ellesmere HDMI Audio'],
  ['0200', 'Realtek Semiconductor Co., Ltd. RTL8111/8168/8411 PCI Express Gigabit Ethernet Controller', 'Ethernet · RTL8111/8168/8411 Gigabit'],
  ['0200', 'Intel Corporation Ethernet Connection (2) I219-V', 'Ethernet · I219-V'],
  ['0200', 'Broadcom Inc. and subsidiaries NetXtreme BCM57766 Gigabit Ethernet PCIe', 'Ethernet · NetXtreme BCM57766 Gigabit Ethernet PCIe'],
  ['0108', 'Sandisk Corp WD Black SN850X NVMe SSD', 'NVMe · WD Black SN850X'],
  ['0106', 'Intel Corporation Alder Lake-S PCH SATA Controller [AHCI Mode]', 'SATA · Alder Lake-S PCH'],
  ['0c03', 'Fresco Logic FL1100 USB 3.0 Host Controller', 'USB · FL1100 USB 3.0'],
  ['0600', 'Intel Corporation 4th Gen Core Processor Host Bridge/DRAM Registers', 'Host bridge · 4th Gen Core Processor'],
  ['1300', 'Advanced Micro Devices, Inc. [AMD] Starship/Matisse PCIe Dummy Function', 'Dummy function · Starship/Matisse PCIe Dummy Function'],
  ['0604', 'Advanced Micro Devices, Inc. [AMD] Starship/Matisse Internal PCIe GPP Bridge 0 to bus[E:B]', 'PCI bridge · Starship/Matisse Internal PCIe GPP Bridge 0 to bus[E:B]'],
  ['0604', 'Advanced Micro Devices, Inc. [AMD/ATI]', 'PCI bridge'],
  ['0200', '', 'Ethernet'],
  [null, '', 'unnamed'],
])('%s %s', (code, name, short) => {
  expect(shortName({ class: code, name, bridge: code === '0604' })).toBe(short)
})

test('ids stand in for a name', () => {
  expect(shortName({ class: '0302', vendor: '10de', device: '2684' })).toBe('3D · 10de:2684')
})

test.each([
  ['rp', 'Root port · Intel'],
  ['usp', 'Switch, upstream · Intel'],
  ['dsp', 'Switch port · Intel'],
  ['pcie2pci', 'PCIe-to-PCI bridge · Intel'],
] as const)('a bridge by its kind: %s', (kind, short) => {
  expect(shortName({ class: '0604', bridge: true, kind, name: 'Intel' })).toBe(short)
})
