/** Forms of tools that name functions in their own way, in variants that nobody posted. */
import { describe, expect, test } from 'vitest'
import { importListing } from './index.ts'

/** Facts in a line each: kind, function without its domain, value. */
function facts(text: string): string[] {
  return importListing(text).facts.map(({ kind, bdf = '', value = '' }) =>
    `${kind} ${bdf.replace(/^0000:/, '')} ${value}`.trim(),
  )
}

describe('libvirt’s configuration of a guest', () => {
  const source = "<address domain='0x0000' bus='0x0a' slot='0x00' function='0x1'/>"
  test.each([
    ['a device', `<hostdev mode='subsystem' type='pci'>\n<source>\n${source}\n</source>\n</hostdev>`, 'hostdev'],
    ['on one line', `<hostdev mode="subsystem" type="pci"><source>${source}</source></hostdev>`, 'hostdev'],
    [
      'decimal numbers in another order',
      `<hostdev managed='yes' type='pci'>\n<source>\n<address function="1" slot="0" bus="10"/>\n</source>\n</hostdev>`,
      'hostdev',
    ],
    [
      'a network card',
      `<interface type='hostdev' managed='yes'>\n<source>\n${source}\n</source>\n</interface>`,
      'interface',
    ],
    [
      'the guest’s own address below it',
      `<hostdev type='pci'>\n<source>\n${source}\n</source>\n<address type='pci' domain='0x0000' bus='0x05' slot='0x00' function='0x0'/>\n</hostdev>`,
      'hostdev',
    ],
    ['cut off', `<hostdev type='pci'>\n<source>\n${source}`, 'hostdev'],
  ])('%s', (_, text, kind) => {
    expect(facts(text)).toEqual([`assigned 0a:00.1 ${kind}`])
  })

  test('a USB device is none', () => {
    expect(facts("<hostdev mode='subsystem' type='usb'>\n<source>\n<address bus='1' device='2'/>\n</source>")).toEqual(
      [],
    )
  })
})

describe('lshw -xml', () => {
  const node = (inner: string, attributes = 'claimed="true" class="display" handle="PCI:0000:01:00.0"'): string =>
    `<node id="display" ${attributes}>\n${inner}\n</node>`
  const card =
    '<description>VGA compatible controller</description>\n<product>GP107 [GeForce GTX 1050 Ti]</product>\n<vendor>NVIDIA Corporation</vendor>\n<businfo>pci@0000:01:00.0</businfo>'
  const driver = '<configuration><setting id="driver" value="nouveau" /></configuration>'

  test('a card with its driver, below its port', () => {
    const port = `<node id="pci:0" claimed="true" class="bridge" handle="PCIBUS:0000:01">\n<description>PCI bridge</description>\n<businfo>pci@0000:00:01.0</businfo>\n${node(`${card}\n${driver}`)}\n</node>`
    const { devices, parents, format } = importListing(`<list>\n${port}\n</list>`)
    expect(format).toBe('lshw-xml')
    expect(devices['0000:01:00.0']).toMatchObject({
      class: '0300',
      driver: 'nouveau',
      driverKnown: true,
      bridge: false,
    })
    expect(parents?.['0000:01:00.0']).toBe('0000:00:01.0')
  })

  test.each([
    ['not claimed', node(card, 'class="display" handle="PCI:0000:01:00.0"')],
    ['all on one line', node(card, 'class="display" handle="PCI:0000:01:00.0"').replaceAll('\n', ' ')],
    [
      'the address in the handle only',
      node(card.replace(/<businfo>.*/, ''), 'class="display" handle="PCI:0000:01:00.0"'),
    ],
  ])('%s: no driver', (_, text) => {
    expect(importListing(text).devices['0000:01:00.0']).toMatchObject({ driver: null, driverKnown: true })
  })
})

describe('forms without addresses', () => {
  test('lshw -short is known, and names nothing', () => {
    const text = 'H/W path        Device   Class     Description\n====\n/0/100/2/0               display   Oland XT\n'
    expect(importListing(text)).toMatchObject({
      format: 'lshw-short',
      devices: {},
      passedOver: [{ line: 3, why: 'address', text: '/0/100/2/0               display   Oland XT' }],
    })
  })

  test('lshw -short -businfo has addresses', () => {
    const text =
      'H/W path     Bus info          Device   Class     Description\n====\n/0/100/3     pci@0000:00:03.0           bridge    GPP Bridge\n/0/100/3/0   pci@0000:26:00.0  /dev/fb0 display   Navi 10\n/0/100/4/0   pci@0000:27:00.0  enp39s0  network   I211\n/0/1         usb@1:2                    input     Mouse\n'
    const { devices } = importListing(text)
    expect(Object.keys(devices)).toEqual(['0000:00:03.0', '0000:26:00.0', '0000:27:00.0'])
    expect(devices['0000:26:00.0']).toMatchObject({ name: 'Navi 10', bridge: false })
    expect(facts(text)).toEqual(['network 27:00.0 enp39s0'])
  })

  test.each([
    ['\tGPU0\tGPU1\tCPU Affinity\nGPU0\t X \tPIX\t0-31\nGPU1\tPIX\t X \t0-31\n', ['topology  GPU0 GPU1 PIX']],
    [
      '        GPU0    NIC0    CPU Affinity    NUMA Affinity\nGPU0     X      PXB     0-9      0\nNIC0    PXB      X\n',
      ['topology  GPU0 NIC0 PXB'],
    ],
    ['\tGPU0\tGPU1\nGPU0\t X \tNV12\nGPU1\tNV12\t X \n', []],
  ])('the matrix of nvidia-smi: %#', (text, expected) => {
    const { format, passedOver } = importListing(text)
    expect(format).toBe('nvidia-smi-topo')
    expect(passedOver.every(({ why }) => why === 'address')).toBe(true)
    expect(facts(text)).toEqual(expected)
  })
})

describe('variables of a shell', () => {
  test.each([
    'BDF="0000:3d:00.0"\nreadlink -e /sys/bus/pci/devices/$BDF/iommu_group\n/sys/kernel/iommu_groups/40',
    "$ export GPU='0000:3d:00.0'\n$ readlink /sys/bus/pci/devices/${GPU}/iommu_group\n../../../kernel/iommu_groups/40",
    'BDF=0000:3d:00.0\nDEV="/sys/bus/pci/devices/$BDF"\nreadlink $DEV/iommu_group\n/sys/kernel/iommu_groups/40',
  ])('%#', (text) => {
    expect(importListing(text).groups).toEqual({ '40': ['0000:3d:00.0'] })
  })

  test('one that is not assigned stays as it is', () => {
    expect(importListing('readlink /sys/bus/pci/devices/$BDF/iommu_group\n/sys/kernel/iommu_groups/40').groups).toEqual(
      {},
    )
  })
})

test('two plain listings of different machines are kept apart', () => {
  const one = '00:00.0 Host bridge: Intel Corporation A\n01:00.0 Ethernet controller: Intel Corporation I350\n'
  const two =
    '00:00.0 Host bridge: Advanced Micro Devices, Inc. [AMD] B\n01:00.0 VGA compatible controller: NVIDIA Corporation C\n'
  expect(importListing(`${one}\nthe other one:\n\n${two}`).others).toMatchObject([{ kind: 'machine' }])
  expect(importListing(`${one}\nagain:\n\n${one}`).others).toBeUndefined()
})

test('virtual functions that are switched on', () => {
  const record =
    '05:00.0 Ethernet controller: Intel Corporation X540\n\tCapabilities: [160 v1] Single Root I/O Virtualization (SR-IOV)\n\t\tInitial VFs: 64, Total VFs: 64, Number of VFs: 4, Function Dependency Link: 00\n'
  expect(facts(record)).toContain('sriov 05:00.0 4/64')
})
