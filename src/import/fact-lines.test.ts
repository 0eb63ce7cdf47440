import { describe, expect, test } from 'vitest'
import { importListing, importPastes } from './index.ts'

/** Facts of a text in one line each: kind, function without its domain, value. */
function facts(text: string): string[] {
  return importListing(text).facts.map(({ kind, bdf, value }) =>
    [kind, bdf?.replace(/^0000:/, ''), value].filter((part) => part !== undefined).join(' '),
  )
}

describe('facts of single lines', () => {
  test.each([
    [
      '[    0.000000] Command line: BOOT_IMAGE=/vmlinuz root=/dev/sda1 ro intel_iommu=on',
      'command-line BOOT_IMAGE=/vmlinuz root=/dev/sda1 ro intel_iommu=on',
    ],
    ['[    0.000000] Kernel command line: root=/dev/sda1 amd_iommu=on', 'command-line root=/dev/sda1 amd_iommu=on'],
    [
      'BOOT_IMAGE=/boot/vmlinuz-6.8.12-pve root=/dev/mapper/pve-root ro quiet',
      'command-line BOOT_IMAGE=/boot/vmlinuz-6.8.12-pve root=/dev/mapper/pve-root ro quiet',
    ],
    ['GRUB_CMDLINE_LINUX_DEFAULT="quiet intel_iommu=on"', 'command-line quiet intel_iommu=on'],
    ['Linux version 6.8.12-4-pve (build@proxmox) (gcc 12)', 'kernel 6.8.12-4-pve'],
    ['Linux host 6.1.0-18-amd64 #1 SMP PREEMPT_DYNAMIC Debian 6.1.76-1 x86_64 GNU/Linux', 'kernel 6.1.0-18-amd64'],
    ['| Kernel | 6.17.9-76061709-generic |', 'kernel 6.17.9-76061709-generic'],
    ['  Host: x Kernel: 5.15.0-91-generic x86_64 bits: 64', 'kernel 5.15.0-91-generic'],
    ['| OS | Pop!_OS 22.04 (Jammy) |', 'distribution ubuntu'],
    ['PRETTY_NAME="NixOS 24.11 (Vicuna)"', 'distribution nixos'],
    [
      '[    0.0] DMI: Gigabyte Technology Co., Ltd. X570/X570, BIOS F30',
      'board Gigabyte Technology Co., Ltd. X570/X570, BIOS F30',
    ],
    [
      '[    0.0] Warning: PCIe ACS overrides enabled; This may allow non-IOMMU protected peer-to-peer DMA',
      'acs-override',
    ],
    ['[    0.0] DMAR: IOMMU enabled', 'iommu-on'],
    ['[    0.4] AMD-Vi: Found IOMMU cap 0x40', 'iommu-on'],
    ['[    0.0] DMAR: IOMMU disabled', 'iommu-off DMAR: IOMMU disabled'],
    ['[    0.2] DMAR-IR: Enabled IRQ remapping in x2apic mode', 'remapping-on'],
    ['vfio_iommu_type1_attach_group: No interrupt remapping support. Use the module param', 'remapping-off'],
    [
      "[  7.1] vfio-pci 0000:01:00.0: BAR 1: can't reserve [mem 0x90000000-0x9fffffff 64bit pref]",
      'bar-reserved 01:00.0 mem 0x90000000-0x9fffffff 64bit pref',
    ],
    ['[  7.1] vfio-pci 0000:01:00.0: not ready 65535ms after FLR; giving up', 'reset-failed 01:00.0'],
    ['vfio-pci 0000:0a:00.0: Unable to change power state from D3cold to D0, device inaccessible', 'dead 0a:00.0'],
    ['[   26.2] uhci_hcd: probe of 0000:01:00.4 failed with error -16', 'probe-failed 01:00.4 uhci_hcd -16'],
    ['[   26.2] nvidia 0000:01:00.0: probe with driver nvidia failed with error -1', 'probe-failed 01:00.0 nvidia -1'],
    ['pci 10000:80:01.0: Failed to add to iommu group 42: -16', 'group-failed 10000:80:01.0 -16'],
    ['pci 0000:05:00.0: DMAR: Failed to get a private domain.', 'group-failed 05:00.0 Failed to get a private domain'],
    ['[    0.4] pci 0000:00:02.0: vgaarb: setting as boot VGA device', 'boot-display 00:02.0'],
    ['[    1.4] nvme nvme0: pci function 0000:02:00.0', 'disk 02:00.0 nvme0'],
    ['[    1.4] e1000e 0000:00:1f.6 eno1: renamed from eth0', 'network 00:1f.6 eno1'],
    ['DMAR: [DMA Read] Request device [01:00.0] fault addr 0x1000', 'fault 01:00.0'],
    ['options vfio-pci ids=10de:2204,10de:1aef', 'configuration options vfio-pci ids=10de:2204,10de:1aef'],
  ])('%s', (text, fact) => {
    expect(facts(text)).toContain(fact)
  })

  test('a record of lspci whose function answers with ones only', () => {
    const text =
      '02:00.0 VGA compatible controller: AMD Device 67ef (rev ff) (prog-if ff)\n\t!!! Unknown header type 7f\n\tKernel driver in use: vfio-pci\n'
    expect(facts(text)).toEqual(['dead 02:00.0', 'dead 02:00.0'])
  })

  test('names of classes are no interfaces', () => {
    expect(facts('03:00.0 Ethernet controller [0200]: Realtek RTL8111 [10ec:8168]')).toEqual([])
  })
})

describe('where it was read', () => {
  test('each function names its lines', () => {
    const text =
      'x\n01:00.0 VGA compatible controller [0300]: NVIDIA [10de:2204]\n\tSubsystem: y\n\tKernel driver in use: nvidia\n'
    const group = '/sys/kernel/iommu_groups/1/devices/0000:01:00.0'
    expect(importPastes([text, group]).sources).toEqual({
      '0000:01:00.0': [
        { line: 2, tells: ['name', 'class', 'ids'] },
        { line: 4, tells: ['driver'] },
        { line: 1, paste: 1, tells: ['group'] },
      ],
    })
  })

  test.each([
    ['my card 01:00.0 fails', 'prose'],
    ['$ lspci -s 01:00.0 -vv', 'command'],
    ['[ 1.0] pci 0000:01:00.0: enabling Extended Tags', 'log'],
    [`01:00.0 x ${'y '.repeat(1100)}`, 'long'],
    ['it is in IOMMU group 12', 'prose'],
    ['Kernel driver in use: nvidia', 'prose'],
  ])('%s is passed over: %s', (text, why) => {
    expect(importListing(`\n${text}\n`).passedOver).toMatchObject([{ line: 2, why }])
  })

  test('what has nothing to lose is passed over in silence', () => {
    expect(importListing('Hello,\nI have a card.\nAt 12:00 it broke.\n').passedOver).toEqual([])
  })
})
