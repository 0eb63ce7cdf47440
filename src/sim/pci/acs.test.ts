import { describe, expect, test } from 'vitest'
import { machine } from '../kernels/play.test-helper.ts'
import type { PciFunction } from '../machine.ts'
import { acsEnabled, acsGap, acsPath, acsReason, missingAcs, parseAcsOverride } from './acs.ts'
import { hasPortQuirk, isPchPort, mayHaveQuirk } from './quirks.ts'
import { REQUIRED_ACS, topologyOf } from './topology.ts'

/** A function alone in its slot, without an ACS capability, and whatever is said of it. */
function pci(change: Partial<PciFunction>): PciFunction {
  return {
    bdf: '0000:00:01.0',
    kind: 'rp',
    parent: null,
    bridge: false,
    multifunction: false,
    acsCap: null,
    driver: null,
    native: null,
    ...change,
  }
}

describe('what decides whether a function isolates:', () => {
  const ALL = { acsCap: [...REQUIRED_ACS], acsCtrl: [...REQUIRED_ACS] }
  // prettier-ignore
  test.each<[title: string, f: Partial<PciFunction>, override: string, reason: string, isolates: boolean]>([
    ['a quirk', { kind: 'rp', acsQuirk: true }, '', 'quirk', true],
    ['a quirk that says no, before its registers', { kind: 'rp', acsQuirk: false, ...ALL }, 'downstream', 'quirk-denies', false],
    ['Intel’s integrated endpoints', { kind: 'rciep', vendor: '8086', multifunction: true }, '', 'integrated-quirk', true],
    ['... of somebody else', { kind: 'rciep', vendor: '1022', multifunction: true }, '', 'no-capability', false],
    ['... and another function of Intel', { kind: 'ep', vendor: '8086', multifunction: true }, '', 'no-capability', false],
    ['an override of ports', { kind: 'rp' }, 'downstream', 'override', true],
    ['an override of downstream ports', { kind: 'dsp' }, ' Downstream ,multifunction', 'override', true],
    ['an override, where there is a capability', { kind: 'rp', acsCap: ['SV'], acsCtrl: [] }, 'downstream', 'off', false],
    ['an override of cards, on a port', { kind: 'rp' }, 'multifunction', 'no-capability', false],
    ['an override of ports, on a card', { kind: 'ep', multifunction: true }, 'downstream', 'no-capability', false],
    ['an override of cards', { kind: 'ep', multifunction: true }, 'multifunction', 'override', true],
    ['... of old ones', { kind: 'legep', multifunction: true }, 'multifunction', 'override', true],
    ['... of integrated ones', { kind: 'rciep', multifunction: true }, 'multifunction', 'override', true],
    ['... of upstream ports', { kind: 'usp', multifunction: true }, 'multifunction', 'override', true],
    ['... of a card with one function', { kind: 'ep' }, 'multifunction', 'alone', true],
    ['an override of one device', { kind: 'pcie2pci', vendor: '8086', device: '1901' }, 'id:8086:1901', 'override', true],
    ['... of another one', { kind: 'pcie2pci', vendor: '8086', device: '1902' }, 'id:8086:1901', 'bridge', false],
    ['no override is for conventional PCI', { kind: 'pci', vendor: '8086', device: '1901' }, 'id:8086:1901', 'conventional', false],
    ['a bridge from PCI', { kind: 'pci2pcie' }, '', 'bridge', false],
    ['an event collector', { kind: 'rcec' }, 'multifunction', 'event-collector', false],
    ['a port without the capability', { kind: 'dsp' }, '', 'no-capability', false],
    ['all that is asked for is on', { kind: 'dsp', ...ALL }, '', 'on', true],
    ['what the port does not offer counts as built in', { kind: 'dsp', acsCap: [], acsCtrl: [] }, '', 'on', true],
    ['all of the capability counts as on where nobody tells', { kind: 'dsp', acsCap: [...REQUIRED_ACS] }, '', 'on', true],
    ['one bit is off', { kind: 'dsp', acsCap: [...REQUIRED_ACS], acsCtrl: REQUIRED_ACS.slice(1) }, '', 'off', false],
  ])('%s', (_, f, option, reason, isolates) => {
    const override = parseAcsOverride(option)
    expect(acsReason(pci(f), override)).toBe(reason)
    expect(acsEnabled(pci(f), override)).toBe(isolates)
  })

  test('the bits that are missing are named', () => {
    const off = pci({ acsCap: [...REQUIRED_ACS], acsCtrl: REQUIRED_ACS.slice(1) })
    expect(missingAcs(off)).toEqual(REQUIRED_ACS.slice(0, 1))
    expect(missingAcs(pci({}))).toEqual([])
  })
})

test.each([
  [undefined, false, false, []],
  ['downstream', true, false, []],
  [' MULTIFUNCTION, nonsense', false, true, []],
  ['id:8086:1901,downstream,id:10DE:0001', true, false, ['8086:1901', '10de:0001']],
])('pcie_acs_override=%s', (option, downstream, multifunction, ids) => {
  expect(parseAcsOverride(option)).toEqual({ downstream, multifunction, ids })
})

test('a path is as good as the first function that does not isolate', () => {
  const { devices } = machine('00:01.0rp+[01:00.0usp+[02:00.0dsp-[03:00.0ep]]]')
  const topology = topologyOf(devices)
  const at = (bdf: string): number => topology.byBdf.get(`0000:${bdf}`) ?? -1
  expect(acsGap(topology, at('03:00.0'))).toBe(at('02:00.0'))
  expect(acsGap(topology, at('01:00.0'))).toBe(-1)
  expect(acsPath(topology, at('03:00.0'))).toBe(false)
  expect(acsPath(topology, at('01:00.0'))).toBe(true)
  expect(acsPath(topology, -1)).toBe(true)
  expect(acsPath(topology, at('03:00.0'), parseAcsOverride('downstream'))).toBe(true)
})

describe('quirks of Intel’s ports:', () => {
  // prettier-ignore
  test.each([
    ['3b41', false, false], ['3b42', true, true], ['3b51', true, true], ['3b52', false, false],
    ['1c10', true, true], ['1e1f', true, true], ['8c10', true, true], ['9c1b', true, true], ['9c1c', false, false],
    ['9c90', true, true], ['1d1f', true, true], ['8d10', true, true], ['8c9f', true, true],
    ['a110', false, true], ['a16a', false, true], ['a29f', false, true], ['a2e7', false, true], ['9d1b', false, true],
    ['a120', false, false], ['1901', false, false],
  ])('%s', (device, pch, any) => {
    const f = pci({ kind: 'rp', vendor: '8086', device })
    expect([isPchPort(f), hasPortQuirk(f)]).toEqual([pch, any])
    expect(hasPortQuirk(pci({ kind: 'rp', vendor: '1022', device }))).toBe(false)
    expect(hasPortQuirk(pci({ kind: 'dsp', vendor: '8086', device }))).toBe(false)
  })

  test.each([
    ['Intel Corporation 8 Series/C220 Series Chipset Family PCI Express Root Port #1', true],
    ['Intel Corporation Sunrise Point-LP PCI Express Root Port #5', true],
    ['Intel Corporation C610/X99 series chipset PCI Express Root Port #1', true],
    ['Intel Corporation 4 Series Chipset PCI Express Root Port', false],
    ['Intel Corporation 8 Series/C220 Series Chipset Family SMBus Controller', false],
  ])('by name, where a listing has no ids: %s', (name, expected) => {
    const { device: _, ...unnamed } = pci({ kind: 'rp', vendor: '8086', name })
    expect(hasPortQuirk(unnamed)).toBe(expected)
  })
})

describe('functions that may have a quirk:', () => {
  test.each<[title: string, f: Partial<PciFunction>, expected: boolean]>([
    ['who made it is not known', { kind: 'rp' }, true],
    ['a port of Intel with one', { kind: 'rp', vendor: '8086', device: '3b42' }, true],
    ['a port of Intel without', { kind: 'rp', vendor: '8086', device: '1901' }, false],
    ['a port of Intel without ids or name', { kind: 'rp', vendor: '8086' }, true],
    ['a port of Intel by its name only', { kind: 'rp', vendor: '8086', name: 'Xeon E3 PCIe Controller' }, false],
    ['a port of Cavium', { kind: 'dsp', vendor: '177d', device: '0001' }, true],
    ['a port of NVIDIA', { kind: 'dsp', vendor: '10de', device: '0001' }, false],
    ['a network card of Intel', { kind: 'ep', vendor: '8086', class: '0200', device: '10d3' }, true],
    ['another card of Intel', { kind: 'ep', vendor: '8086', class: '0108', device: '0001' }, false],
    ['a card of Intel of a class that nobody tells', { kind: 'ep', vendor: '8086', device: '0001' }, true],
    ['an integrated function of Intel', { kind: 'rciep', vendor: '8086', class: '0403', device: '0001' }, true],
    ['a southbridge of AMD', { kind: 'ep', vendor: '1002', device: '4385' }, true],
    ['another function of AMD', { kind: 'ep', vendor: '1022', device: '1485' }, false],
    ['a function of AMD that nobody tells', { kind: 'ep', vendor: '1022' }, true],
    ['a card of Solarflare', { kind: 'ep', vendor: '1924', device: '0903' }, true],
    ['a card of NVIDIA', { kind: 'ep', vendor: '10de', device: '0001' }, false],
  ])('%s', (_, f, expected) => expect(mayHaveQuirk(pci(f))).toBe(expected))

  const portVendors = ['177d', '10e8', '1def', '17cb', '1dbf', '1957', '1c36', '14e4', '0014', '1d17']
  test.each(portVendors)('ports of %s', (vendor) => {
    expect(mayHaveQuirk(pci({ kind: 'rp', vendor, device: '0001' }))).toBe(true)
  })
  const functionVendors = ['1924', '19a2', '177d', '17cb', '1dbf', '14e4', '8088', '1d17', '1106', '1c36']
  test.each(functionVendors)('functions of %s', (vendor) => {
    expect(mayHaveQuirk(pci({ kind: 'ep', vendor, device: '0001' }))).toBe(true)
  })
  test.each(['780f', '7809', '4385', '439c', '4383', '439d', '4384', '4399'])('AMD’s %s', (device) => {
    expect(mayHaveQuirk(pci({ kind: 'ep', vendor: '1022', device }))).toBe(true)
  })
})
