import { readdirSync, readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { readScenario } from '../scenario/document/read.ts'
import type { Machine, PciFunction } from '../sim/machine.ts'
import { machineFromImport } from './from-import.ts'
import { importListing } from './index.ts'
import type { ImportResult } from './result.ts'
import { nativeDriver } from './native.ts'

const folder = new URL('./fixtures/', import.meta.url)
const imported = readdirSync(folder)
  .filter((file) => file.endsWith('.txt'))
  .map((file) => [file.slice(0, -4), importListing(readFileSync(new URL(file, folder), 'utf8'))] as const)
  .filter(([, { devices }]) => Object.keys(devices).length > 0)

function fixture(name: string): ImportResult {
  const found = imported.find(([file]) => file === name)
  if (found === undefined) throw new Error(name)
  return found[1]
}

function play(text: string): Machine {
  return machineFromImport(importListing(text), 'My machine')
}

function device(machine: Machine, bdf: string): PciFunction | undefined {
  return machine.devices.find((f) => f.bdf === bdf)
}

describe.each(imported)('%s', (_, result) => {
  const machine = machineFromImport(result, 'My machine')

  test('makes a machine that a scenario can hold', () => {
    const reading = readScenario({ title: '', machine, kernel: 'linux-5.10', ops: [], cursor: 0 })
    expect(reading).toMatchObject({ ok: true })
  })

  test('keeps every function, every listed group and every bridge above', () => {
    expect(machine.devices.map(({ bdf }) => bdf).sort()).toEqual(Object.keys(result.devices).sort())
    expect(machine.groups ?? {}).toMatchObject(result.groups)
    for (const [bdf, parent] of Object.entries(result.parents ?? {})) expect(device(machine, bdf)?.parent).toBe(parent)
  })

  test('never makes none of an unknown driver, save where Linux usually has none', () => {
    for (const { bdf, driver, assumed = [] } of machine.devices) {
      const told = result.devices[bdf]
      if (told?.driverKnown === true) expect(driver).toBe(told.driver)
      else {
        expect(assumed).toContain('driver')
        const bare = /^(?:05[08]0|060[01]|0806|1300)/.test(told?.class ?? '')
        expect(told?.bridge === true || driver === 'pcieport' || driver === '?' || bare).toBe(true)
      }
    }
  })
})

describe('guessed trees', () => {
  /** How many of the bridges that a listing tells would be guessed wrongly from addresses and classes alone. */
  function wrong(result: ImportResult): number {
    const { parents = {}, ...rest } = result
    const devices = Object.fromEntries(
      Object.entries(result.devices).map(([bdf, { secondary: _, subordinate: __, pcieType: ___, ...more }]) => [
        bdf,
        more,
      ]),
    )
    const machine = machineFromImport({ ...rest, devices }, 'x')
    return Object.entries(parents).filter(([bdf, parent]) => device(machine, bdf)?.parent !== parent).length
  }

  test.each([
    ['dmesg-arm-d05-multidomain-01', 0],
    ['lspci-tv-alderlake-raptorpch-quoted-01', 0],
    ['lspci-tv-genoa-esc8000a-01', 0],
    ['lspci-tv-laptop-zbook-g5-truncated-01', 0],
    ['nodedev-xml-rx470-with-root-port-01', 0],
    // An empty Thunderbolt port before the one in use: addresses cannot tell them apart.
    ['lspci-vvnn-imac-titanridge-root-01', 1],
    // An excerpt: the ports before the first are not in it.
    ['acs-path-alderlake-raptorpch-01', 3],
    // Bus numbers kept free for hot-plugging.
    ['lspci-t-yellowcarp-usb4-01', 13],
  ])('%s: %i wrong', (name, count) => {
    expect(wrong(fixture(name))).toBe(count)
  })

  test("a chipset's switch, found by numbers and groups", () => {
    const machine = machineFromImport(fixture('arch-style-ryzen-b450m-mortar-01'), 'x')
    const parents = ['10:00.0', '15:00.2', '16:01.0', '18:00.0', '2e:00.0', '38:00.0', '39:00.0'].map(
      (bdf) => device(machine, `0000:${bdf}`)?.parent,
    )
    expect(parents).toEqual([
      '0000:00:01.1',
      '0000:00:01.2',
      '0000:15:00.2',
      '0000:16:01.0',
      '0000:00:01.6',
      '0000:00:08.1',
      '0000:00:08.2',
    ])
    expect(['00:01.2', '15:00.2', '16:01.0', '18:00.0'].map((bdf) => device(machine, `0000:${bdf}`)?.kind)).toEqual([
      'rp',
      'usp',
      'dsp',
      'ep',
    ])
  })

  test('loops and towers in a told tree are cut', () => {
    const loop = { '0000:01:00.0': '0000:02:00.0', '0000:02:00.0': '0000:01:00.0' }
    const base = importListing('01:00.0 PCI bridge [0604]: x [1:1]\n02:00.0 PCI bridge [0604]: x [1:1]')
    expect(machineFromImport({ ...base, parents: loop }, 'x').devices).toHaveLength(2)
    const many = Object.keys(
      importListing(
        Array.from({ length: 90 }, (_, n) => `${(n + 16).toString(16)}:00.0 PCI bridge [0604]: x`).join('\n'),
      ).devices,
    )
    const tower = Object.fromEntries(many.map((bdf, index) => [bdf, many[index - 1] ?? null]))
    const { devices } = importListing(many.map((bdf) => `${bdf} PCI bridge [0604]: x`).join('\n'))
    const machine = machineFromImport({ ...importListing(''), devices, parents: tower }, 'x')
    expect(readScenario({ title: '', machine, kernel: 'linux-5.10', ops: [], cursor: 0 }).ok).toBe(true)
  })
})

describe('what is guessed is marked', () => {
  const GPU = '01:00.0 VGA compatible controller [0300]: NVIDIA Corporation GA102 [10de:2204]'
  const PORT = '00:01.0 PCI bridge [0604]: Intel Corporation PCIe Controller (x16) [8086:1901]'

  test('from a listing by group', () => {
    const machine = play(`IOMMU Group 1:\n\t${PORT}\n\t${GPU}`)
    expect(machine).toMatchObject({ id: 'my-machine', groups: { '1': ['0000:00:01.0', '0000:01:00.0'] } })
    expect(machine.devices).toMatchObject([
      { bdf: '0000:00:01.0', kind: 'rp', bridge: true, parent: null, secondary: 1, acsCap: null, driver: 'pcieport' },
      { bdf: '0000:01:00.0', kind: 'ep', parent: '0000:00:01.0', driver: '?', native: 'nvidia' },
    ])
    expect(machine.devices.map(({ assumed }) => assumed)).toEqual([
      ['kind', 'acs', 'driver'],
      ['kind', 'parent', 'acs', 'driver'],
    ])
  })

  test('a listing without groups leaves them to be formed', () => {
    const machine = play(
      `${PORT}\n\tSubsystem: x\n\tKernel driver in use: pcieport\n${GPU}\n\tSubsystem: x\n\tKernel modules: nouveau`,
    )
    expect(machine.groups).toBeUndefined()
    expect(machine.devices).toMatchObject([{ driver: 'pcieport' }, { driver: null, native: 'nvidia' }])
  })

  test('a group without number gets one', () => {
    const listing = '$ ls /sys/bus/pci/devices/0000:61:00.0/iommu_group/devices\n0000:61:00.0  0000:61:00.1'
    expect(play(`IOMMU Group 7:\n\t${GPU}\n\n${listing}`).groups).toEqual({
      '7': ['0000:01:00.0'],
      '8': ['0000:61:00.0', '0000:61:00.1'],
    })
  })

  test('told kinds and ACS are not marked', () => {
    const machine = machineFromImport(fixture('lspci-vvnn-imac-titanridge-root-01'), 'x')
    expect(device(machine, '0000:00:01.0')).toMatchObject({ kind: 'rp', acsCap: null })
    expect(device(machine, '0000:08:04.0')).toMatchObject({ kind: 'dsp', acsCap: ['SV', 'UF'], acsCtrl: ['SV', 'UF'] })
    expect(device(machine, '0000:08:04.0')?.assumed).toBeUndefined()
  })

  test('behind a conventional bridge', () => {
    const machine = machineFromImport(fixture('one-line-xeon-e2100-suprox-01'), 'x')
    expect(device(machine, '0000:05:00.0')).toMatchObject({ kind: 'pcie2pci', driver: null })
    expect(device(machine, '0000:06:00.0')).toMatchObject({ kind: 'pci', parent: '0000:05:00.0' })
  })

  test('virtual functions are not multifunction', () => {
    const machine = play(
      '01:00.0 Ethernet controller [0200]: Intel Corporation 82576 [8086:10c9]\n01:10.0 Ethernet controller [0200]: Intel Corporation 82576 Virtual Function [8086:10ca]\n01:10.2 Ethernet controller [0200]: Intel Corporation 82576 Virtual Function [8086:10ca]',
    )
    expect(machine.devices.map(({ multifunction }) => multifunction)).toEqual([false, false, false])
  })
})

test.each([
  ['0300', '10de', '2204', '', 'nvidia'],
  ['0300', '1002', '73df', '', 'amdgpu'],
  ['0300', '8086', '4680', '', 'i915'],
  ['0403', '10de', '1aef', '', 'snd_hda_intel'],
  ['0c03', '8086', 'a36d', 'Cannon Lake PCH USB 3.1 xHCI Host Controller', 'xhci_hcd'],
  ['0c03', '8086', '8c26', 'USB EHCI #1', 'ehci-pci'],
  ['0c0330', '1b21', '1242', '', 'xhci_hcd'],
  ['0106', '8086', 'a352', '', 'ahci'],
  ['010802', '144d', 'a808', '', 'nvme'],
  ['0200', '8086', '10d3', '', 'e1000e'],
  ['0200', '8086', '100e', '', 'e1000'],
  ['0200', '8086', '1521', '', 'igb'],
  ['0200', '8086', '10fb', '', 'ixgbe'],
  ['0200', '8086', '1572', '', 'i40e'],
  ['0200', '8086', '1592', '', 'ice'],
  ['0200', '8086', '15f3', '', 'igc'],
  ['0200', '10ec', '8168', '', 'r8169'],
  ['0280', '8086', '2725', '', 'iwlwifi'],
  ['0200', '15b3', '1018', '', 'mlx5_core'],
  ['0c05', '8086', 'a323', '', 'i801_smbus'],
  ['0600', '8086', '191f', '', null],
  ['0601', '8086', 'a145', '', null],
])('usual driver of %s %s:%s %s is %s', (code, vendor, id, name, driver) => {
  expect(nativeDriver({ class: code, vendor, device: id, name })).toBe(driver)
})
