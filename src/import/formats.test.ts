import { describe, expect, test } from 'vitest'
import { importListing, importPastes } from './index.ts'
import { COMPLETE_COMMAND, missingFrom } from './missing.ts'
import type { ImportedDevice } from './result.ts'

/** Groups in one line, `1: 00:01.0 01:00.0 | 2: 02:00.0`; domain 0000 is left out. */
function groups(text: string): string {
  return Object.entries(importListing(text).groups)
    .map(([group, members]) => `${group}: ${members.map(short).join(' ')}`)
    .join(' | ')
}

/** Drivers in one line, `01:00.0 nvidia`, `01:00.1 none` if none is bound, `01:00.2 ?` if unknown. */
function drivers(text: string): string {
  return Object.entries(importListing(text).devices)
    .map(([bdf, { driver, driverKnown }]) => `${short(bdf)} ${driver ?? (driverKnown === true ? 'none' : '?')}`)
    .join(', ')
}

function parents(text: string): string {
  return Object.entries(importListing(text).parents ?? {})
    .map(([bdf, parent]) => `${short(bdf)}<${parent === null ? 'root' : short(parent)}`)
    .join(' ')
}

/** Class and ids, `0300 10de:2204`. */
function what(device: ImportedDevice | undefined): string {
  return `${device?.class ?? '?'} ${device?.vendor ?? '?'}:${device?.device ?? '?'}`
}

function short(bdf: string): string {
  return bdf.startsWith('0000:') ? bdf.slice(5) : bdf
}

const GPU = '01:00.0 VGA compatible controller [0300]: NVIDIA Corporation GA102 [GeForce RTX 3090] [10de:2204] (rev a1)'
const AUDIO =
  '01:00.1 Audio device [0403]: NVIDIA Corporation GA102 High Definition Audio Controller [10de:1aef] (rev a1)'
const PORT = '00:01.0 PCI bridge [0604]: Intel Corporation PCIe Controller (x16) [8086:1901] (rev 05)'
const DISK = '02:00.0 Non-Volatile memory controller [0108]: Samsung Electronics Co Ltd NVMe SSD [144d:a808]'

describe('listings by group', () => {
  const ALL = '1: 00:01.0 01:00.0 01:00.1 | 14: 02:00.0'
  const multi = (head: (group: number) => string, indent: string): string =>
    `${head(1)}\n${[PORT, GPU, AUDIO].map((line) => indent + line).join('\n')}\n${head(14)}\n${indent}${DISK}\n`
  const each = (prefix: (group: number) => string): string =>
    `${[PORT, GPU, AUDIO].map((line) => prefix(1) + line).join('\n')}\n${prefix(14)}${DISK}\n`

  // prettier-ignore
  test.each([
    ['wiki', multi((n) => `IOMMU Group ${n}:`, '\t')],
    ['no colon', multi((n) => `IOMMU Group ${n}`, '    ')],
    ['lower case', multi((n) => `IOMMU group ${n}:`, '  ')],
    ['upper case', multi((n) => `IOMMU GROUP ${n}`, '  ')],
    ['no indent', multi((n) => `IOMMU Group ${n}:`, '')],
    ['non-breaking indent', multi((n) => `IOMMU Group ${n}:`, '\u00a0\u00a0 \u00a0')],
    ['group alone', multi((n) => `Group ${n}:`, '\t')],
    ['right-aligned', multi((n) => `Group: ${String(n).padStart(3)}`, '\t')],
    ['iommu_group', multi((n) => `iommu_group ${n}:`, '\t')],
    ['hash', multi((n) => `### Group ${n} ###`, '    ')],
    ['star', multi((n) => `*IOMMU Group ${n} :`, '    ')],
    ['with a comment', multi((n) => `IOMMU Group ${n}: <--- this one`, '\t')],
    ['with the type', multi((n) => `IOMMU Group ${n} (DMA-FQ):`, '\t')],
    ['list', multi((n) => `* IOMMU Group ${n}:`, '  - ')],
    ['tree', multi((n) => `IOMMU Group ${n}:`, '├── ')],
    ['blank lines between all', multi((n) => `IOMMU Group ${n}:`, '\t').replaceAll('\n', '\n\n')],
    ['one line', each((n) => `IOMMU Group ${n} `)],
    ['one line with a colon', each((n) => `IOMMU Group ${n}: `)],
    ['one line, right-aligned', each((n) => `IOMMU Group ${String(n).padStart(3)}: `)],
    ['one line, no space', each((n) => `IOMMU Group ${n}:`)],
    ['one line, group alone', each((n) => `Group:  ${n}   `)],
    ['one line, leading zeros', each((n) => `Group ${String(n).padStart(3, '0')} 0000:`)],
    ['introduced', multi((n) => `Devices in IOMMU group ${n}:`, '\t')],
    ['drawn', multi((n) => `┌ IOMMU group ${n}`, '├ ')],
    ['underlined', multi((n) => `IOMMU Group ${n}\n--------------`, '')],
    ['in brackets', each((n) => `[IOMMU ${n}] `)],
    ['wrapped by mail', multi((n) => `IOMMU Group ${n}:`, '\t').replaceAll(/(.{50,70}) (?=\S)/g, '$1\n')],
    ['one line, wrapped by mail', each((n) => `IOMMU Group ${n} `).replaceAll(/(.{50,70}) (?=\S)/g, '$1\n')],
    ['quoted and wrapped', multi((n) => `> > IOMMU Group ${n}:`, '> > \t').replaceAll(/(.{45,60}) (?=\S)/g, '$1\n> > ')],
    ['with the mark of a reset', multi((n) => `IOMMU group ${n}`, '[RESET]\t')],
    ['numbered', multi((n) => `IOMMU Group ${n}:`, '    ').replaceAll(/^(?=.)/gm, '  7. ')],
    ['with remarks below', multi((n) => `IOMMU Group ${n}:`, '\t').replaceAll(/\[10de:.*$/gm, '$&\n\t\treset: flr bus')],
    ['drawn as a tree', `IOMMU\n├── 1\n│   ├── ${PORT}\n│   ├── ${GPU}\n│   └── ${AUDIO}\n└── 14\n    └── ${DISK}\n`],
    ['fence below each heading', multi((n) => `IOMMU Group ${n}:\n\`\`\``, '').replaceAll('\nIOMMU', '\n```\nIOMMU')],
    ['comments of a script', multi((n) => `IOMMU Group ${n}:`, '    ').replaceAll(/^/gm, '# ')],
    ['part of a diff', multi((n) => `IOMMU Group ${n}:`, '        ').replaceAll(/^/gm, '+')],
    [
      'group behind the function',
      [PORT, GPU, AUDIO].map((line) => `${line} (IOMMU group 1)`).join('\n') + `\n${DISK} IOMMU group: 14`,
    ],
    ['quoted', multi((n) => `> IOMMU Group ${n}:`, '> \t')],
    ['quoted twice', multi((n) => `> > IOMMU Group ${n}:`, '>> \t')],
    ['lazily quoted', `> ${multi((n) => `IOMMU Group ${n}:`, '\t')}`],
    ['CRLF', multi((n) => `IOMMU Group ${n}:`, '\t').replaceAll('\n', '\r\n')],
    [
      'UTF-16 taken for UTF-8',
      multi((n) => `IOMMU Group ${n}:`, '\t')
        .split('')
        .join('\u0000'),
    ],
    ['old Mac line ends', multi((n) => `IOMMU Group ${n}:`, '\t').replaceAll('\n', '\r')],
    ['byte order mark', `\ufeff${multi((n) => `IOMMU Group ${n}:`, '\t')}`],
    ['escaped brackets', multi((n) => `IOMMU Group ${n}:`, '\t').replaceAll(/[[\]]/g, '\\$&')],
    ['bold', multi((n) => `**IOMMU Group ${n}:**`, '\t')],
    ['HTML', `<pre>${multi((n) => `<strong>IOMMU Group ${n}:</strong>`, '&nbsp;&nbsp;')}</pre>`],
    ['HTML with entities', multi((n) => `<b>IOMMU Group ${n}:</b>`, '&#9;').replaceAll('\n', '<br/>')],
    ['HTML line breaks', multi((n) => `IOMMU Group ${n}:`, '\t').replaceAll('\n', '<br>')],
    ['forum tags', `[CODE]\n${multi((n) => `[B]IOMMU Group ${n}:[/B]`, '\t')}[/CODE]`],
    ['fence', `\`\`\`text\n${multi((n) => `IOMMU Group ${n}:`, '\t')}\`\`\``],
    ['colours', multi((n) => `IOMMU \u001b[01;31m\u001b[KGroup\u001b[m\u001b[K ${n}:`, '\t')],
    ['colours that lost their escape', multi((n) => `IOMMU [01;31m[KGroup[m[K ${n}:`, '\t')],
    ['collapsed', multi((n) => `IOMMU Group ${n}:`, ' ').replaceAll('\n', ' ')],
    ['collapsed one-line', each((n) => `IOMMU Group ${n} `).replaceAll('\n', ' ')],
    ['other order', multi((n) => `IOMMU Group ${n === 1 ? 14 : 1}:`, '\t').replace(/$/, '') && each((n) => `IOMMU Group ${n} `)],
    ['members repeated', multi((n) => `IOMMU Group ${n}:`, '\t').replace(GPU, `${GPU}\n\t${GPU}`)],
    ['USB lines between', multi((n) => `IOMMU Group ${n}:`, '\t').replace(AUDIO, `USB:\t\t[1d6b:0002]\t\t Bus 001\n\t${AUDIO}`)],
    ['an error message between', multi((n) => `IOMMU Group ${n}:`, '\t').replace(AUDIO, `pcilib: Cannot open x\n\t${AUDIO}`)],
  ])('%s', (_, text) => {
    expect(groups(text)).toBe(ALL)
    const { devices } = importListing(text)
    expect(what(devices['0000:01:00.0'])).toBe('0300 10de:2204')
    expect(what(devices['0000:00:01.0'])).toBe('0604 8086:1901')
    expect(devices['0000:00:01.0']?.bridge).toBe(true)
    expect(Object.keys(devices)).toHaveLength(4)
  })

  test('what has something below it is a bridge, whatever class a later text gives it', () => {
    const path =
      '/sys/kernel/iommu_groups/1/devices/0000:09:01.0 -> ../../../../devices/pci0000:00/0000:08:00.0/0000:09:01.0'
    const { devices } = importListing(`${path}\n\n08:00.0 VGA compatible controller [0300]: NVIDIA [10de:1b80]\n`)
    expect(devices['0000:08:00.0']).toMatchObject({ bridge: true, class: '0300' })
  })

  test('ids before the address, the first member beside the heading', () => {
    const text =
      'IOMMU group 1:\t[8086:1901] 00:01.0 PCI bridge: Intel PCIe Controller (rev 07)\n\t[10de:1b80] 01:00.0 VGA compatible controller: NVIDIA GP104\n'
    expect(importListing(text).format).toBe('unraid-system-devices')
    expect(groups(text)).toBe('1: 00:01.0 01:00.0')
  })

  test('group and address without a space between', () => {
    expect(groups(`IOMMU Group 3:00:06.0 PCI bridge [0604]: Intel [8086:464d]`)).toBe('3: 00:06.0')
    expect(groups(`IOMMU Group 12:0001:00:06.0 PCI bridge [0604]: Intel [8086:464d]`)).toBe('12: 0001:00:06.0')
  })

  test('the other scripts', () => {
    expect(groups(`Group:  1   0000:${GPU}   Driver: nvidia\nGroup:  1   0000:${AUDIO}   Driver: snd_hda_intel`)).toBe(
      '1: 01:00.0 01:00.1',
    )
    expect(
      groups(
        'Group 001 0000:01:00.0 Class 0300: Vendor 10de Device 2204 [10de:2204] (rev a1)\nGroup 002 0000:00:1f.0 N/A',
      ),
    ).toBe('1: 01:00.0 | 2: 00:1f.0')
    expect(
      groups(
        'Group 7:\t[10de:2204] [R] 01:00.0  VGA compatible controller                GA102\n\t\t[10de:1aef]     01:00.1  Audio device                             GA102',
      ),
    ).toBe('7: 01:00.0 01:00.1')
    expect(
      groups(
        'IOMMU: dmar3\n  IOMMU Group: 4\n    Group Device: 0000:6a:00.4 - System peripheral [0880]: Intel Corporation Device [8086:0b23]\n    Group Device: 0000:6a:00.4 - System peripheral [0880]: Intel Corporation Device [8086:0b23]',
      ),
    ).toBe('4: 6a:00.4')
    expect(
      groups(
        'IOMMU group 1:\n\t[8086:1901] 00:01.0 PCI bridge: Intel Corporation (rev 03)\n\t[10de:1f82] 01:00.0 VGA compatible controller: NVIDIA (rev a1)',
      ),
    ).toBe('1: 00:01.0 01:00.0')
  })

  test('Unraid: ids first, what is attached between', () => {
    const text = `IOMMU group 1:\t\t\t\t[8086:a3ef] 00:14.0 USB controller: Intel Corporation 400 series xHCI
Bus 001 Device 002 Port 1-3\t\t ID 0781:5571 SanDisk Corp. Cruzer Fit
\t\t\t\t[8086:a3b1] 00:14.2 Signal processing controller: Intel Corporation Device a3b1
IOMMU group 13:\t\t\t\t[8086:a382] 00:17.0 SATA controller: Intel Corporation Device a382
[2:0:0:0]    disk    ATA      Disk  0A82  /dev/sdb   4.00TB
[R] [1b21:1242] 06:00.0 USB controller: ASMedia Technology Inc. ASM1142
This controller is bound to vfio, connected USB devices are not visible.
[10de:10fa] 01:00.1 Audio device: NVIDIA Corporation Device 10fa (rev a1)`
    expect(groups(text)).toBe('1: 00:14.0 00:14.2 | 13: 00:17.0 01:00.1 06:00.0')
    expect(importListing(text).format).toBe('unraid-system-devices')
  })

  test('addresses alone, elided groups, a driver in brackets', () => {
    const text = `Group 0: 0000:00:00.0\nGroup 1: 0000:00:01.0, 0000:01:00.0\nGroup 2\n00:02.0 00:03.0\n00:04.0\nIOMMU Group 3 ...\nIOMMU Group 4 ${DISK} (driver: nvme)`
    expect(groups(text)).toBe('0: 00:00.0 | 1: 00:01.0 01:00.0 | 2: 00:02.0 00:03.0 00:04.0 | 4: 02:00.0')
    expect(drivers(text)).toContain('02:00.0 nvme')
    expect(importListing(text)).toMatchObject({ warnings: [{ line: 6, code: 'elided' }] })
  })

  test('names alone, wrapped', () => {
    const text = `### Group 0 ###
    00:00.0 Host bridge: Intel Corporation Xeon E3-1200 v6/7th Gen Core
Processor Host Bridge/DRAM Registers (rev 05)
    00:01.0 PCI bridge: Intel Corporation Xeon E3-1200 v5/E3-1500 v5/6th
Gen Core Processor PCIe Controller (x16) (rev 05)`
    expect(groups(text)).toBe('0: 00:00.0 00:01.0')
    expect(importListing(text).format).toBe('hash-group')
  })

  test('records and bare addresses with their group', () => {
    const slot = (n: string): string => `Slot:\t${n}\nClass:\t0300\nVendor:\t10de\nDevice:\t2204\n\n`
    expect(groups(`IOMMU Group 0 \n-----\n${slot('00:02.0')}IOMMU Group 1 \n-----\n${slot('01:00.0')}`)).toBe(
      '0: 00:02.0 | 1: 01:00.0',
    )
    expect(groups(`IOMMU Group 0:\n\t${GPU}\n\n${slot('00:02.0')}`)).toBe('0: 01:00.0')
    expect(groups('0000:00:01.0 IOMMU group 1\n0000:01:00.0 -> iommu_group 2')).toBe('1: 00:01.0 | 2: 01:00.0')
  })

  test('a script that found no groups prints a star', () => {
    const text = `IOMMU Group * ${PORT}\n${GPU}`
    expect(importListing(text)).toMatchObject({ groups: {}, format: 'lspci-nn' })
    expect(Object.keys(importListing(text).devices)).toHaveLength(2)
  })

  test('headings without members are no listing', () => {
    expect(importListing('IOMMU Group 7:\nWhat do I do?\n').format).toBe('')
    expect(importListing(`${PORT}\nIOMMU Group 2 01:0`).groups).toEqual({})
  })

  test.each([
    `I think 01:00.0 is my nvidia card.\n01:00.0 is my nvidia`,
    `IOMMU Group 5 is the one with my card, and group 6 as well`,
    `Group 5 people like 01:00.0`,
    'group 1 00:99.9 VGA compatible controller [0300]: x [10de:2204]',
    'The VM has host=01:00.0',
  ])('prose is not data: %s', (text) => {
    const { groups: found, devices } = importListing(text)
    expect(found).toEqual({})
    expect(devices).toEqual({})
  })

  test('a listing that is followed by lspci, without a word between', () => {
    const text = `IOMMU Group 1:\n\t${PORT}\n\n${PORT}\n\tKernel driver in use: pcieport\n${DISK}\n\tSubsystem: x\n\tKernel driver in use: nvme`
    expect(groups(text)).toBe('1: 00:01.0')
    expect(drivers(text)).toBe('00:01.0 pcieport, 02:00.0 nvme')
  })

  test('a cut end leaves ids unknown', () => {
    const { devices } = importListing(
      `IOMMU Group 1:\n\t${PORT}\n\t01:00.0 VGA compatible controller [0300]: NVIDIA Corp`,
    )
    expect(what(devices['0000:01:00.0'])).toBe('0300 ?:?')
    expect(importListing(`${PORT}\n01:00.0 VGA compatible controller [0300]: NVIDIA Corp`).warnings).toMatchObject([
      { line: 2, code: 'cut' },
    ])
    const cut = importListing(`IOMMU Group 1:\n\t${PORT}\n\t01:00.0 VGA comp`)
    expect(cut.groups).toEqual({ '1': ['0000:00:01.0', '0000:01:00.0'] })
    expect(cut.warnings).toMatchObject([{ line: 3, code: 'cut' }])
    const within = importListing(`IOMMU Group 1 ${PORT}\nIOMMU Group 1 01:00.0 VGA compatible controller [03`)
    expect(what(within.devices['0000:01:00.0'])).toBe('0300 ?:?')
    expect(within.devices['0000:01:00.0']?.bridge).toBe(false)
  })
})

describe('drivers', () => {
  // prettier-ignore
  test.each([
    ['bound', `${GPU}\n\tSubsystem: x\n\tKernel driver in use: nvidia\n\tKernel modules: nouveau`, '01:00.0 nvidia'],
    ['none bound', `${GPU}\n\tSubsystem: x\n\tKernel modules: nouveau`, '01:00.0 none'],
    ['not asked', `${GPU}\n${AUDIO}`, '01:00.0 ?, 01:00.1 ?'],
    ['another without', `${GPU}\n\tSubsystem: x\n\tKernel driver in use: nvidia\n${AUDIO}\n\tSubsystem: x`, '01:00.0 nvidia, 01:00.1 none'],
    ['grepped', `$ lspci -k | grep -E "vfio|NVIDIA"\n${GPU}\n\tKernel driver in use: vfio-pci\n${AUDIO}`, '01:00.0 vfio-pci, 01:00.1 ?'],
    ['grepped, command not shown', `${GPU}\n\tKernel driver in use: vfio-pci\n${AUDIO}`, '01:00.0 vfio-pci, 01:00.1 ?'],
    ['grep with context', `${GPU}\n\tSubsystem: x\n\tKernel driver in use: nvidia\n--\n${DISK}\n\tSubsystem: x`, '01:00.0 nvidia, 02:00.0 ?'],
    ['shortened', `${GPU}\n\tSubsystem: x\n\tKernel driver in use: nvidia\n${AUDIO}\n(...)\n${DISK}\n\tKernel driver in use: nvme`, '01:00.0 nvidia, 01:00.1 ?, 02:00.0 nvme'],
    ['cut', `${GPU}\n\tSubsystem: x\n\tKernel driver in use: nvidia\n01:00.1 Audio device [0403]: NVIDIA Corporation GA`, '01:00.0 nvidia, 01:00.1 ?'],
    ['within a listing by group', `IOMMU Group 1:\n\t${GPU}\n\t\tSubsystem: x\n\t\tKernel driver in use: nvidia\n\t${AUDIO}\n\t\tSubsystem: x`, '01:00.0 nvidia, 01:00.1 none'],
    ['indentation lost', `${GPU}\nSubsystem: x\nKernel driver in use: nvidia\nKernel modules: nouveau\n${AUDIO}\nSubsystem: y\nKernel driver in use: snd_hda_intel`, '01:00.0 nvidia, 01:00.1 snd_hda_intel'],
    ['in a column', `Group:  1   0000:${GPU}   Driver: nvidia\nGroup:  1   0000:${AUDIO}   Driver:`, '01:00.0 nvidia, 01:00.1 none'],
    ['driverctl', `0000:00:1f.3 snd_hda_intel\n0000:01:00.0 vfio-pci [*]\n0000:01:00.1 (none)`, '00:1f.3 snd_hda_intel, 01:00.0 vfio-pci, 01:00.1 none'],
    ['links', `lrwxrwxrwx 1 root root 0 Jun 12 13:05 /sys/bus/pci/devices/0000:01:00.0/driver -> ../../../../bus/pci/drivers/nvidia`, '01:00.0 nvidia'],
    ['directory of a driver', `/sys/bus/pci/drivers/vfio-pci/0000:01:00.0`, '01:00.0 vfio-pci'],
    ['verbose records without any driver; the last may be cut', `${GPU}\n\tFlags: fast devsel\n\tCapabilities: [60] MSI\n\n${AUDIO}\n\tFlags: fast devsel`, '01:00.0 none, 01:00.1 ?'],
    ['readlink', '$ readlink /sys/bus/pci/devices/0000:01:00.0/driver\n../../../../bus/pci/drivers/nvidia', '01:00.0 nvidia'],
    ['no proof in the log', `[ 1.0] xhci_hcd 0000:00:10.0: Adding to iommu group 5`, '00:10.0 ?'],
  ])('%s', (_, text, expected) => {
    expect(drivers(text)).toBe(expected)
  })

  test('dpdk-devbind', () => {
    const text = `Network devices using DPDK-compatible driver
============================================
0000:44:00.0 'Ethernet Controller X710 for 10GbE SFP+ 1572' drv=vfio-pci unused=i40e,uio_pci_generic

Network devices using kernel driver
===================================
0000:01:00.0 'I350 Gigabit Network Connection 1521' if=eno1 drv=igb unused=vfio-pci *Active*

Other Network devices
=====================
0000:81:00.0 'Ethernet Controller XL710 for 40GbE QSFP+ 1583' unused=i40e,vfio-pci

No 'Baseband' devices detected
==============================`
    expect(drivers(text)).toBe('01:00.0 igb, 44:00.0 vfio-pci, 81:00.0 none')
    expect(importListing(text).devices['0000:44:00.0']?.device).toBe('1572')
  })
})

test('dpdk-devbind, wrapped by mail', () => {
  const text = `0000:61:00.0 '82599ES 10-Gigabit SFI/SFP+ Network Connection 10fb'
drv=vfio-pci unused=ixgbe
0000:64:00.0 'I210 Gigabit Network Connection 1533' if=enp100s0 drv=igb
unused=vfio-pci
# 0000:6b:00.1 'Device 4941' drv=vfio-pci unused=`
  expect(drivers(text)).toBe('61:00.0 vfio-pci, 64:00.0 igb, 6b:00.1 vfio-pci')
})

describe('sysfs', () => {
  // prettier-ignore
  test.each([
    ['find', '/sys/kernel/iommu_groups/1/devices/0000:01:00.1\n/sys/kernel/iommu_groups/1/devices/0000:01:00.0', '1: 01:00.0 01:00.1'],
    ['find, line ends lost', '/sys/kernel/iommu_groups/1/devices/0000:01:00.1/sys/kernel/iommu_groups/2/devices/0000:02:00.0', '1: 01:00.1 | 2: 02:00.0'],
    ['find, in the directory', './13/devices/0000:00:1f.0\n./2/devices/0000:00:02.0', '2: 00:02.0 | 13: 00:1f.0'],
    ['find with remarks', '/sys/kernel/iommu_groups/1/devices/0000:01:00.1 # my card', '1: 01:00.1'],
    ['find without symbolic links', '/sys/kernel/iommu_groups/1\n/sys/kernel/iommu_groups/1/devices\n/sys/kernel/iommu_groups/1/devices/0000:01:00.1\n/sys/kernel/iommu_groups/1/reserved_regions', '1: 01:00.1'],
    ['ls', '$ ls /sys/kernel/iommu_groups/6/devices/\n0000:86:00.0  0000:86:00.1', '6: 86:00.0 86:00.1'],
    ['ls of all', '/sys/kernel/iommu_groups/0/devices:\n0000:00:00.0\n\n/sys/kernel/iommu_groups/10/devices:\n0000:00:1f.0@  0000:00:1f.2@', '0: 00:00.0 | 10: 00:1f.0 00:1f.2'],
    ['ls -l of all', '/sys/kernel/iommu_groups/0/devices:\ntotal 0\nlrwxrwxrwx 1 root root 0 Feb 4 10:29 0000:00:00.0 -> ../../../../devices/pci0000:00/0000:00:00.0\n', '0: 00:00.0'],
    ['ls -l of the links', 'lrwxrwxrwx 1 root root 0 Feb 4 10:29 /sys/kernel/iommu_groups/7/devices/0000:03:00.0 -> ../../../../devices/pci0000:00/0000:00:1c.6/0000:03:00.0', '7: 03:00.0'],
    ['ls after cd', '$ cd /sys/kernel/iommu_groups/6/devices\n$ ls -1\n0000:86:00.0\n0000:86:00.1', '6: 86:00.0 86:00.1'],
    ['readlink', '$ readlink /sys/bus/pci/devices/0000:01:00.0/iommu_group\n../../../../kernel/iommu_groups/17', '17: 01:00.0'],
    ['basename', '$ basename $(readlink /sys/bus/pci/devices/0000:01:00.0/iommu_group)\n17', '17: 01:00.0'],
    ['tree', '/sys/kernel/iommu_groups/\n├── 0\n│   ├── devices\n│   │   └── 0000:00:00.0 -> ../../../../devices/pci0000:00/0000:00:00.0\n│   └── type\n└── 12\n    └── devices\n        └── 0000:00:1f.0 -> ../../../../devices/pci0000:00/0000:00:1f.0\n\n12 directories, 3 files', '0: 00:00.0 | 12: 00:1f.0'],
    ['tree in ASCII', '/sys/kernel/iommu_groups/\n|-- 0\n|   `-- devices\n|       `-- 0000:00:00.0 -> ../../../../devices/pci0000:00/0000:00:00.0\n`-- 12\n    `-- devices\n        `-- 0000:00:1f.0 -> ../../../../devices/pci0000:00/0000:00:1f.0', '0: 00:00.0 | 12: 00:1f.0'],
    ['in the prompt', 'root@host:/sys/kernel/iommu_groups/6/devices# ls\n0000:86:00.0  0000:86:00.1', '6: 86:00.0 86:00.1'],
    ['group links of devices', 'lrwxrwxrwx 1 root root 0 Jun 12 13:05 /sys/bus/pci/devices/0000:01:00.0/iommu_group -> ../../../../kernel/iommu_groups/17', '17: 01:00.0'],
    ['the typed loop', 'for d in /sys/kernel/iommu_groups/*/devices/*; do echo $d; done\n/sys/kernel/iommu_groups/1/devices/0000:01:00.1', '1: 01:00.1'],
  ])('%s', (_, text, expected) => {
    expect(groups(text)).toBe(expected)
  })

  test('links tell the bridges', () => {
    const link = '0000:03:00.0 -> ../../../../devices/pci0000:00/0000:00:1c.6/0000:03:00.0'
    expect(parents(`$ ls -l /sys/kernel/iommu_groups/7/devices\nlrwxrwxrwx 1 root root 0 Feb 4 10:29 ${link}`)).toBe(
      '00:1c.6<root 03:00.0<00:1c.6',
    )
  })

  test('behind a volume management device a domain of its own begins', () => {
    const path = '../../../../devices/pci0000:00/0000:00:0e.0/pci10000:e0/10000:e0:06.0/10000:e1:00.0'
    const text = `lrwxrwxrwx 1 root root 0 Feb 4 10:29 /sys/kernel/iommu_groups/8/devices/10000:e1:00.0 -> ${path}`
    expect(groups(text)).toBe('8: 10000:e1:00.0')
    expect(parents(text)).toBe('00:0e.0<root 10000:e0:06.0<root 10000:e1:00.0<10000:e0:06.0')
  })

  test('a group without number', () => {
    const text = '$ ls /sys/bus/pci/devices/0000:61:00.0/iommu_group/devices\n0000:61:00.0  0000:61:00.1'
    expect(importListing(text)).toMatchObject({ groups: {}, unnumberedGroups: [['0000:61:00.0', '0000:61:00.1']] })
  })
})

describe('kernel log', () => {
  // prettier-ignore
  test.each([
    ['new', '[    0.551524] pci 0000:00:01.0: Adding to iommu group 1', '1: 00:01.0'],
    ['old', '[    0.711256] iommu: Adding device 0000:01:00.0 to group 1', '1: 01:00.0'],
    ['the last line counts', 'pci 0000:00:01.0: Adding to iommu group 1\nvfio-pci 0000:00:01.0: Adding to iommu group 9', '9: 00:01.0'],
    ['removed', 'pci 0000:00:01.0: Adding to iommu group 1\npci 0000:00:01.0: Removing from iommu group 1', ''],
    ['removed, old', 'iommu: Adding device 0000:01:00.0 to group 1\niommu: Removing device 0000:01:00.0 from group 1', ''],
    ['date', '[Tue Jan 2 10:53:00 2019] pci 0000:00:01.0: Adding to iommu group 1', '1: 00:01.0'],
    ['journal', 'May 30 17:32:17 host kernel: [    2.5] pci 0000:00:01.0: Adding to iommu group 1', '1: 00:01.0'],
    ['journal, ISO date', '2024-05-30T17:32:17+0200 host kernel: pci 0000:00:01.0: Adding to iommu group 1', '1: 00:01.0'],
    ['wrapped', '[ 0.5] pci 0000:00:01.0: Adding to iommu\ngroup 1', '1: 00:01.0'],
    ['old, wrapped', 'host kernel: iommu: Adding device 0000:00:01.0 to\ngroup 1', '1: 00:01.0'],
    ['log file named', '/var/log/kern.log:May 30 17:32:17 h kernel: [ 2.5] pci 0000:00:01.0: Adding to iommu group 1', '1: 00:01.0'],
    ['other lines do not count', '[ 1.0] pci 0000:00:02.0: BAR 0: assigned\n[ 1.1] pci 0000:00:01.0: Adding to iommu group 1', '1: 00:01.0'],
  ])('%s', (_, text, expected) => {
    expect(groups(text)).toBe(expected)
  })

  test('ids, class and buses from the lines of enumeration', () => {
    const { devices } = importListing(`[ 0.1] pci 0000:00:01.0: [8086:1901] type 01 class 0x060400 PCIe Root Port
[ 0.2] pci 0000:01:00.0: [10de:2204] type 00 class 0x030000 PCIe Legacy Endpoint
[ 0.2] pci 0000:02:00.0: [8086:1533] type 00 class 0x020000
[ 0.3] pci 0000:00:01.0: PCI bridge to [bus 01-02]
[ 1.0] pci 0000:00:01.0: Adding to iommu group 1
[ 1.0] pci 0000:01:00.0: Adding to iommu group 1`)
    expect(devices).toMatchObject({
      '0000:00:01.0': {
        class: '0604',
        vendor: '8086',
        bridge: true,
        pcieType: 'Root Port',
        secondary: '01',
        subordinate: '02',
      },
      '0000:01:00.0': { class: '0300', device: '2204', bridge: false, pcieType: 'Legacy Endpoint' },
    })
    expect(Object.keys(devices)).toHaveLength(2)
  })

  test('what a listing shows outweighs the log', () => {
    expect(groups(`pci 0000:01:00.0: Adding to iommu group 3\n\nIOMMU Group 5:\n\t${GPU}`)).toBe('5: 01:00.0')
  })
})

describe('lspci', () => {
  // prettier-ignore
  test.each([
    ['-n', '01:00.0 0300: 10de:2204 (rev a1)', '0300 10de:2204'],
    ['-n, old', '01:00.0 Class 0300: 10de:2204 (rev a1)', '0300 10de:2204'],
    ['-nn', GPU, '0300 10de:2204'],
    ['-nnD', `0000:${GPU}`, '0300 10de:2204'],
    ['rev ff', GPU.replace('rev a1', 'rev ff'), '0300 10de:2204'],
    ['extra brackets', '01:00.0 SATA controller [0106]: AMD [1022] bus[E:B] [6:0] [AHCI mode] [1022:7901]', '0106 1022:7901'],
    ['class with brackets in its name', '01:00.0 FireWire (IEEE 1394) [0c00]: VIA VT6306 [1106:3044]', '0c00 1106:3044'],
    ['class without a name', '01:00.0 Unassigned class [ff00]: Realtek RTS525A [10ec:525a]', 'ff00 10ec:525a'],
    ['wrapped by mail', '01:00.0 VGA compatible controller [0300]: NVIDIA Corporation GA102 [GeForce\nRTX 3090] [10de:2204] (rev a1)', '0300 10de:2204'],
    ['-mm', '01:00.0 "VGA compatible controller [0300]" "NVIDIA Corporation [10de]" "GA102 [GeForce RTX 3090] [2204]" -ra1 "" ""', '0300 10de:2204'],
    ['-vmm', 'Slot:\t01:00.0\nClass:\tVGA compatible controller [0300]\nVendor:\tNVIDIA Corporation [10de]\nDevice:\tGA102 [GeForce RTX 3090] [2204]', '0300 10de:2204'],
    ['-vmm, tabs lost', 'Slot: 01:00.0\nClass: VGA compatible controller [0300]\nVendor: NVIDIA [10de]\nDevice: GA102 [2204]', '0300 10de:2204'],
    ['-tvn', '-[0000:00]-+-01.0-[01]--+-00.0  10de:2204\n           |            \\-00.1  10de:1aef', '? 10de:2204'],
    ['-tvnn', '-[0000:00]-+-01.0-[01]--+-00.0  NVIDIA Corporation GA102 [GeForce RTX 3090] [10de:2204]\n           |            \\-00.1  NVIDIA\n           \\-1f.0  Intel', '? 10de:2204'],
  ])('%s', (_, text, expected) => {
    expect(what(importListing(text).devices['0000:01:00.0'])).toBe(expected)
  })

  // prettier-ignore
  test.each([
    ['the revision', `${GPU.replace(' (rev a1)', '')}\n (rev a1)\n\tFlags: fast devsel, IOMMU group 4\n`],
    ['bytes', `${PORT}\n\tFlags: fast devsel\n00: 86 80 01 19 06 00 90 20 07 00 00 06 00 00 00 00\n\n${GPU}\n\tFlags: x, IOMMU group 4`],
  ])('%s within records', (_, text) => {
    expect(groups(text)).toBe('4: 01:00.0')
    expect(importListing(text).format).toMatch(/^lspci-v-(?:nn|wrapped)$/)
  })

  test('the subsystem is another device', () => {
    expect(
      what(
        importListing(`${GPU}\n\tSubsystem: Lenovo Device [17aa:225f]\n\tKernel driver in use: x`).devices[
          '0000:01:00.0'
        ],
      ),
    ).toBe('0300 10de:2204')
  })

  // prettier-ignore
  test.each([
    ['-PP', `${PORT}\n00:01.0/${GPU}`, '00:01.0<root 01:00.0<00:01.0'],
    ['-P, the bus from the bridge above', `${PORT}\n\tBus: primary=00, secondary=01, subordinate=01, sec-latency=0\n00:01.0/00.0 VGA compatible controller [0300]: NVIDIA [10de:2204]`, '00:01.0<root 01:00.0<00:01.0'],
    ['-t', '-[0000:00]-+-00.0\n           \\-01.0-[01-02]----00.0-[02]--+-00.0\n                                        \\-00.1', '00:00.0<root 00:01.0<root 01:00.0<00:01.0 02:00.0<01:00.0 02:00.1<01:00.0'],
    ['-t, old', '-[00]-+-00.0\n      \\-01.0-[01]----00.0', '00:00.0<root 00:01.0<root 01:00.0<00:01.0'],
    ['-t, several roots', '-+-[0000:80]---00.0-[81]----00.0\n +-[0000:40]-\n \\-[0000:00]-+-00.0\n             \\-01.0', '00:00.0<root 00:01.0<root 80:00.0<root 81:00.0<80:00.0'],
    ['-t, quoted', '> -[0000:00]-+-00.0\n>            \\-01.0-[01]--', '00:00.0<root 00:01.0<root'],
    ['-t, only the first line quoted', '> -[0000:00]-+-00.0\n           \\-01.0-[01]--', '00:00.0<root 00:01.0<root'],
    ['-t, non-breaking spaces', '-[0000:00]-+-00.0\n\u00a0\u00a0\u00a0\u00a0\u00a0\u00a0\u00a0\u00a0\u00a0\u00a0\u00a0\\-01.0-[01]--', '00:00.0<root 00:01.0<root'],
    ['-t, columns lost', '-[0000:00]-+-00.0 Intel\n+-01.0-[01]--+-00.0 NVIDIA\n| \\-00.1 Audio\n+-1c.0-[02]----00.0\n\\-1f.3 Audio', '00:00.0<root 00:01.0<root 00:1c.0<root 00:1f.3<root 01:00.0<00:01.0 01:00.1<00:01.0 02:00.0<00:1c.0'],
    ['-tv, a name wrapped', '-[0000:00]-+-00.0  Intel Corporation Host\nBridge\n           \\-01.0-[01]--', '00:00.0<root 00:01.0<root'],
  ])('%s', (_, text, expected) => {
    expect(parents(text)).toBe(expected)
  })

  test('records', () => {
    const text = `${PORT} (prog-if 00 [Normal decode])
\tControl: I/O+ Mem+ BusMaster+
\tStatus: Cap+ 66MHz-
\tIOMMU group: 12
\tBus: primary=00, secondary=05, subordinate=0a, sec-latency=0
\tCapabilities: [40] Express (v2) Root Port (Slot+), IntMsgNum 0
\tCapabilities: [220 v1] Access Control Services
\t\tACSCap:\tSrcValid+ TransBlk+ ReqRedir+ CmpltRedir+ UpstreamFwd+ EgressCtrl- DirectTrans-
\t\tACSCtl:\tSrcValid+ TransBlk- ReqRedir+ CmpltRedir+ UpstreamFwd+ EgressCtrl- DirectTrans-
\tKernel driver in use: pcieport

${GPU}
\tFlags: bus master, fast devsel, latency 0, IRQ 16, IOMMU group 13
\tCapabilities: <access denied>`
    expect(groups(text)).toBe('12: 00:01.0 | 13: 01:00.0')
    expect(importListing(text).devices).toMatchObject({
      '0000:00:01.0': {
        pcieType: 'Root Port',
        secondary: '05',
        subordinate: '0a',
        capabilities: 'read',
        driver: 'pcieport',
        acs: {
          cap: 'SrcValid+ TransBlk+ ReqRedir+ CmpltRedir+ UpstreamFwd+ EgressCtrl- DirectTrans-',
          ctl: 'SrcValid+ TransBlk- ReqRedir+ CmpltRedir+ UpstreamFwd+ EgressCtrl- DirectTrans-',
        },
      },
      '0000:01:00.0': { capabilities: 'denied', driver: null, driverKnown: true },
    })
  })

  test.each(['Flags: bus master, IRQ 16, IOMMU\ngroup 6', 'Flags: bus master, IRQ 16, IOMMU group\n6'])(
    '%j',
    (flags) => {
      expect(groups(`${GPU}\n\t${flags}`)).toBe('6: 01:00.0')
    },
  )
})

describe('other tools', () => {
  test('JSON of lsiommu and pvesh', () => {
    expect(
      groups(
        '{"iommu_groups":[{"id":7,"devices":[{"address":"0000:01:00.0","class":"030000","vendor":"10de","device":"2204"}]}]}',
      ),
    ).toBe('7: 01:00.0')
    const text =
      '[{"class":"0x030000","device":"0x2204","id":"0000:01:00.0","iommugroup":12,"vendor":"0x10de"},{"id":"0000:02:00.0","iommugroup":-1}]'
    expect(groups(text)).toBe('12: 01:00.0')
    expect(what(importListing(text).devices['0000:01:00.0'])).toBe('0300 10de:2204')
    expect(Object.keys(importListing(text).devices)).toHaveLength(2)
  })

  test('JSON below its command, beside other output, one document to a line, keyed', () => {
    const one = '{"group":1,"bdf":"0000:01:00.0","driver":"vfio-pci"}\n{"group":1,"bdf":"0000:01:00.1","driver":null}'
    const text = `# pvesh get /nodes/pve/hardware/pci --output-format json\n${one}\n\nIOMMU Group 2:\n\t${DISK}`
    expect(groups(text)).toBe('1: 01:00.0 01:00.1 | 2: 02:00.0')
    expect(drivers(text)).toBe('01:00.0 vfio-pci, 01:00.1 none, 02:00.0 ?')
    expect(importListing(`${one}\nx 0000:05:00.0 y`).warnings).toMatchObject([{ line: 3, code: 'unread' }])
    expect(groups('{"7": {"0000:01:00.0": {"class": "0300"}}}')).toBe('7: 01:00.0')
  })

  test('pvesh without borders', () => {
    const text = `class    device id           iommugroup vendor device_name
0x010802 0xa808 0000:02:00.0         12 0x144d NVMe SSD Controller SM981
0x030000 0x5912 0000:00:02.0         -1 0x8086 HD Graphics 630`
    expect(groups(text)).toBe('12: 02:00.0')
    expect(what(importListing(text).devices['0000:00:02.0'])).toBe('0300 8086:5912')
  })

  test('node devices of libvirt on one line, and old ones', () => {
    const xml = `<device><name>pci_0000_8e_00_0</name><path>/sys/devices/pci0000:8d/0000:8d:01.0/0000:8e:00.0</path><capability type='pci'><domain>0</domain><bus>142</bus><slot>0</slot><function>0</function><product id='0x1521'>I350</product><vendor id='0x8086'>Intel</vendor><capability type='virt_functions' maxCount='7'><address domain='0x0000' bus='0x8f' slot='0x10' function='0x0'/></capability><iommuGroup number='12'><address domain='0x0000' bus='0x8e' slot='0x00' function='0x0'/></iommuGroup></capability></device>`
    expect(groups(xml)).toBe('12: 8e:00.0')
    expect(drivers(xml)).toBe('8d:01.0 ?, 8e:00.0 none')
    expect(parents(xml)).toBe('8d:01.0<root 8e:00.0<8d:01.0')
    expect(importListing(xml).devices['0000:8e:00.0']?.bridge).toBeNull()
    const bridge = xml
      .replace('<iommuGroup', "<capability type='pci-bridge'/><iommuGroup")
      .replace(/<path>.*<\/path>/, '')
    expect(importListing(bridge).devices['0000:8e:00.0']?.bridge).toBe(true)
    expect(parents(bridge.replace('<capability', '<parent>pci_0000_8d_01_0</parent><capability'))).toBe(
      '8e:00.0<8d:01.0',
    )
    expect(groups(xml.replaceAll('<', '&lt;').replaceAll('>', '&gt;'))).toBe('12: 8e:00.0')
  })
})

describe('errors', () => {
  // prettier-ignore
  test.each([
    ['QEMU 3.1', 'vfio 0000:01:00.0: group 1 is not viable', '0000:01:00.0', '1'],
    ['QEMU 2.8', 'vfio error: 0000:01:00.0: group 1 is not viable', '0000:01:00.0', '1'],
    ['older', 'vfio: error, group 1 is not viable, please ensure all devices', null, '1'],
    ['older with the command', '-device vfio-pci,host=01:00.0,id=x: vfio: error, group 1 is not viable', '0000:01:00.0', '1'],
    ['JSON command', '-device {"driver":"vfio-pci","host":"0000:09:00.0","id":"x"}: vfio: error, group 14 is not viable', '0000:09:00.0', '14'],
    ['DPDK', 'EAL: 0000:44:00.3 VFIO group is not viable! Not all devices in IOMMU group bound to VFIO or unbound', '0000:44:00.3', null],
  ])('%s', (_, text, bdf, group) => {
    expect(importListing(text).errors).toEqual([{ bdf, group, kind: 'not-viable' }])
  })
})

describe('several outputs', () => {
  test('are merged by address', () => {
    const result = importPastes([
      '/sys/kernel/iommu_groups/1/devices/0000:00:01.0\n/sys/kernel/iommu_groups/1/devices/0000:01:00.0',
      `${GPU}\n\tSubsystem: x\n\tKernel driver in use: nvidia`,
      '-[0000:00]-+-00.0\n           \\-01.0-[01]----00.0',
    ])
    expect(result.groups).toEqual({ '1': ['0000:00:01.0', '0000:01:00.0'] })
    expect(result.devices['0000:01:00.0']).toMatchObject({ driver: 'nvidia', class: '0300', bridge: false })
    expect(result.devices['0000:00:01.0']).toMatchObject({ bridge: true, secondary: '01' })
    expect(result.parents).toMatchObject({ '0000:01:00.0': '0000:00:01.0' })
    expect(result.format).toBe('sysfs-find+lspci-nnk+lspci-t')
  })

  test('of two states the later counts, the earlier is kept', () => {
    const before = `IOMMU Group 1:\n\t${PORT}\n\t${GPU}\n\t${DISK}`
    const after = `IOMMU Group 1:\n\t${PORT}\nIOMMU Group 2:\n\t${GPU}\nIOMMU Group 3:\n\t${DISK}`
    const result = importListing(`${before}\n\nAfter the BIOS update:\n${after}`)
    expect(result.groups).toEqual({ '1': ['0000:00:01.0'], '2': ['0000:01:00.0'], '3': ['0000:02:00.0'] })
    expect(result.alternatives).toEqual({ before: { '1': ['0000:00:01.0', '0000:01:00.0', '0000:02:00.0'] } })
    expect(result.warnings).toMatchObject([{ code: 'moved' }])
  })

  // prettier-ignore
  test.each([
    [`IOMMU Group 1 ${PORT}\nIOMMU Group 1 ${GPU}\nIOMMU Group 1 ${DISK}`, `IOMMU Group 1 ${PORT}\nIOMMU Group 2 ${GPU}\nIOMMU Group 3 ${DISK}`],
    [`IOMMU Group 1:\n\t${PORT}\n\t${GPU}\n\t${DISK}`, `IOMMU Group 1:\n\t${PORT}\nIOMMU Group 2:\n\t${GPU}\nIOMMU Group 3:\n\t${DISK}`],
  ])('two states with nothing between them', (before, after) => {
    expect(importListing(`${before}\n\n${after}`)).toMatchObject({
      groups: { '1': ['0000:00:01.0'], '2': ['0000:01:00.0'], '3': ['0000:02:00.0'] },
      alternatives: { before: { '1': ['0000:00:01.0', '0000:01:00.0', '0000:02:00.0'] } },
    })
  })

  test('the later output counts, also if it shows no driver', () => {
    const record = `${GPU}\n\tSubsystem: x\n\tKernel modules: nouveau\n`
    const bound = record.replace('x\n', 'x\n\tKernel driver in use: nvidia\n')
    expect(drivers(`${bound}\nafter unbinding:\n${record}`)).toBe('01:00.0 none')
    expect(drivers(`${record}\nafter binding:\n${bound}`)).toBe('01:00.0 nvidia')
  })

  test('with and without domain are the same function', () => {
    expect(groups(`IOMMU Group 1:\n\t${GPU}\n\t0000:${GPU}`)).toBe('1: 01:00.0')
    expect(groups(`IOMMU Group 1:\n\t${GPU}\n\t0001:${GPU}`)).toBe('1: 01:00.0 0001:01:00.0')
  })
})

describe('the command that the page offers', () => {
  test('prints all that there is to know, and nothing of it is lost', () => {
    const text = `COMMAND
/sys/kernel/iommu_groups/1/devices/0000:00:01.0
/sys/kernel/iommu_groups/1/devices/0000:01:00.0
/sys/kernel/iommu_groups/1/devices/0000:01:00.1
/sys/kernel/iommu_groups/0/devices/0000:00:00.0
[sudo] password for me: 
0000:00:00.0 Host bridge [0600]: Intel Corporation Device [8086:4660] (rev 02)
	Subsystem: ASUSTeK Computer Inc. Device [1043:8882]
	Control: I/O- Mem+ BusMaster+ SpecCycle- MemWINV- VGASnoop- ParErr- Stepping- SERR- FastB2B- DisINTx-
	Status: Cap+ 66MHz- UDF- FastB2B+ ParErr- DEVSEL=fast >TAbort- <TAbort- <MAbort+ >SERR- <PERR- INTx-
	Latency: 0
	IOMMU group: 0
	Capabilities: [e0] Vendor Specific Information: Intel Capabilities v1
		CapA: Peg60Dis- Peg12Dis+
	Kernel driver in use: igen6_edac
	Kernel modules: igen6_edac

0000:00:01.0 PCI bridge [0604]: Intel Corporation 12th Gen Core Processor PCI Express x16 Controller #1 [8086:460d] (rev 02) (prog-if 00 [Normal decode])
	Control: I/O+ Mem+ BusMaster+ SpecCycle- MemWINV- VGASnoop- ParErr- Stepping- SERR- FastB2B- DisINTx+
	Latency: 0, Cache Line Size: 64 bytes
	Interrupt: pin A routed to IRQ 121
	IOMMU group: 1
	Bus: primary=00, secondary=01, subordinate=01, sec-latency=0
	I/O behind bridge: 5000-5fff [size=4K] [16-bit]
	Capabilities: [40] Express (v2) Root Port (Slot+), IntMsgNum 0
		DevCap:	MaxPayload 256 bytes, PhantFunc 0
			ExtTag- RBE+
	Capabilities: [100 v1] Null
	Capabilities: [220 v1] Access Control Services
		ACSCap:	SrcValid+ TransBlk+ ReqRedir+ CmpltRedir+ UpstreamFwd+ EgressCtrl- DirectTrans-
		ACSCtl:	SrcValid+ TransBlk- ReqRedir+ CmpltRedir+ UpstreamFwd+ EgressCtrl- DirectTrans-
	Kernel driver in use: pcieport

0000:01:00.0 VGA compatible controller [0300]: NVIDIA Corporation GA104 [GeForce RTX 3070] [10de:2484] (rev a1) (prog-if 00 [VGA controller])
	Subsystem: ASUSTeK Computer Inc. Device [1043:87b8]
	Control: I/O+ Mem+ BusMaster+ SpecCycle- MemWINV- VGASnoop- ParErr- Stepping- SERR- FastB2B- DisINTx+
	IOMMU group: 1
	Region 0: Memory at a2000000 (32-bit, non-prefetchable) [size=16M]
	Capabilities: [60] Power Management version 3
		Flags: PMEClk- DSI- D1- D2- AuxCurrent=375mA PME(D0+,D1-,D2-,D3hot+,D3cold+)
	Capabilities: [78] Express (v2) Legacy Endpoint, IntMsgNum 0
	Kernel driver in use: nvidia
	Kernel modules: nouveau, nvidia_drm, nvidia

0000:01:00.1 Audio device [0403]: NVIDIA Corporation GA104 High Definition Audio Controller [10de:228b] (rev a1)
	Subsystem: ASUSTeK Computer Inc. Device [1043:87b8]
	Control: I/O- Mem+ BusMaster+ SpecCycle- MemWINV- VGASnoop- ParErr- Stepping- SERR- FastB2B- DisINTx-
	IOMMU group: 1
	Capabilities: [78] Express (v2) Endpoint, IntMsgNum 0
	Kernel modules: snd_hda_intel
`
    const result = importListing(text.replace('COMMAND', `$ ${COMPLETE_COMMAND}`))
    expect(result.warnings).toEqual([])
    expect(missingFrom(result)).toEqual([])
    expect(groups(text)).toBe('0: 00:00.0 | 1: 00:01.0 01:00.0 01:00.1')
    expect(drivers(text)).toBe('00:00.0 igen6_edac, 00:01.0 pcieport, 01:00.0 nvidia, 01:00.1 none')
    expect(result.devices['0000:00:01.0']).toMatchObject({
      pcieType: 'Root Port',
      secondary: '01',
      acs: {
        cap: 'SrcValid+ TransBlk+ ReqRedir+ CmpltRedir+ UpstreamFwd+ EgressCtrl- DirectTrans-',
        ctl: 'SrcValid+ TransBlk- ReqRedir+ CmpltRedir+ UpstreamFwd+ EgressCtrl- DirectTrans-',
      },
    })
  })
})

describe('other ways to print groups', () => {
  test('tree', () => {
    const text = `/sys/kernel/iommu_groups/
├── 0
│   ├── devices
│   │   └── 0000:00:00.0 -> ../../../../devices/pci0000:00/0000:00:00.0
│   ├── reserved_regions
│   └── type
└── 1
    ├── devices
    │   ├── 0000:00:01.0 -> ../../../../devices/pci0000:00/0000:00:01.0
    │   └── 0000:01:00.0 -> ../../../../devices/pci0000:00/0000:00:01.0/0000:01:00.0
    ├── reserved_regions
    └── type

4 directories, 7 files
`
    expect(groups(text)).toBe('0: 00:00.0 | 1: 00:01.0 01:00.0')
    expect(parents(text)).toBe('00:00.0<root 00:01.0<root 01:00.0<00:01.0')
    const ascii = text.replaceAll('├──', '|--').replaceAll('└──', '`--').replaceAll('│', '|')
    expect(groups(ascii)).toBe('0: 00:00.0 | 1: 00:01.0 01:00.0')
    // Pasted from below the root.
    expect(groups(text.slice(text.indexOf('\n') + 1))).toBe('0: 00:00.0 | 1: 00:01.0 01:00.0')
  })

  test('quoted fields under a heading', () => {
    const text = `IOMMU Group 14:\n\t01:00.0 "VGA compatible controller [0300]" "NVIDIA [10de]" "GA104 [2484]" -ra1 "" ""\n\t01:00.1 "Audio device [0403]" "NVIDIA [10de]" "GA104 [228b]"\nIOMMU Group 15:\n\t02:00.0 "Ethernet controller [0200]" "Intel [8086]" "I210 [1533]"\n`
    expect(groups(text)).toBe('14: 01:00.0 01:00.1 | 15: 02:00.0')
  })
})

describe('what was left of longer records', () => {
  test('details without those that lspci always prints', () => {
    const text = `${PORT}\n\tBus: primary=00, secondary=01, subordinate=01\n\tIOMMU group: 1\n\tCapabilities: [40] Express (v2) Root Port (Slot+)\n\t\tDevCap:\tMaxPayload 256 bytes\n\tKernel driver in use: pcieport\n\n10000:e1:00.0 Non-Volatile memory controller [0108]: Samsung [144d:a808]\n\tIOMMU group: 12\n\tKernel driver in use: nvme\n`
    expect(groups(text)).toBe('1: 00:01.0 | 12: 10000:e1:00.0')
    expect(drivers(text)).toBe('00:01.0 pcieport, 10000:e1:00.0 nvme')
    expect(importListing(text).devices['0000:00:01.0']).toMatchObject({ pcieType: 'Root Port', secondary: '01' })
  })

  test('first lines and groups only', () => {
    const text = `${GPU}\n\tIOMMU group: 14\n${AUDIO}\n\tIOMMU group: 14\n${DISK}\n\tIOMMU group: 15\n`
    expect(groups(text)).toBe('14: 01:00.0 01:00.1 | 15: 02:00.0')
  })

  test('an indented heading stays one', () => {
    expect(groups(`  ${PORT}\n  IOMMU group: 14\n    ${GPU}\n    ${AUDIO}\n`)).toBe('14: 01:00.0 01:00.1')
  })

  test('a record for machines without its device', () => {
    const text =
      'Slot:\t02:00.0\nClass:\tNon-Volatile memory controller [0108]\nVendor:\tSamsung [144d]\nDriver:\tnvme\n'
    expect(what(importListing(text).devices['0000:02:00.0'])).toBe('0108 144d:?')
  })
})

describe('what is missing', () => {
  // prettier-ignore
  test.each([
    ['', 'groups drivers'],
    ['/sys/kernel/iommu_groups/1/devices/0000:01:00.0', 'drivers ids tree'],
    [`IOMMU Group 1:\n\t${PORT}\n\t\tKernel driver in use: pcieport\n\t${GPU}\n\t\tSubsystem: x\n\t\tKernel driver in use: nvidia`, 'tree acs'],
    [`${PORT}\n\tControl: x\n\tIOMMU group: 1\n\tBus: primary=00, secondary=01, subordinate=01\n\tCapabilities: [40] Express (v2) Root Port\n\tKernel driver in use: pcieport\n\n${GPU}\n\tControl: x\n\tCapabilities: [40] Express (v2) Endpoint`, ''],
  ])('%#', (text, expected) => {
    expect(
      missingFrom(importListing(text))
        .map(({ what: lacking }) => lacking)
        .join(' '),
    ).toBe(expected)
  })
})

describe('warnings', () => {
  test('say where', () => {
    expect(importListing(`hello\n${GPU}\nmy card 0000:05:00.0 fails\n...\n`).warnings).toEqual([
      { line: 3, code: 'unread', text: 'my card 0000:05:00.0 fails' },
      { line: 4, code: 'elided', text: '...' },
    ])
    expect(importPastes(['x', `\n${'x 01:00.0 '.repeat(400)}`]).warnings).toMatchObject([
      { line: 2, paste: 1, code: 'long' },
    ])
  })
})
