import { describe, expect, test } from 'vitest'
import { parseAcsOverride } from './acs.ts'
import { dmaAliases, formatRid } from './aliases.ts'
import { formGroups } from './groups.ts'
import { parseTopology } from './notation.test-helper.ts'
import { scanOrder } from './scan-order.ts'
import { topologyOf } from './topology.ts'

/** Groups in number order, as `a b | c`; addresses without the segment. */
function grouped(notation: string, override?: string): string {
  const topology = topologyOf(scanOrder(parseTopology(notation)))
  const groups: string[][] = []
  formGroups(topology, override === undefined ? undefined : parseAcsOverride(override)).groups.forEach(
    (group, index) => {
      const members = (groups[group] ??= [])
      members.push(topology.functions[index]?.bdf.slice(5) ?? '')
    },
  )
  return groups.map((members) => members.join(' ')).join(' | ')
}

/** Requester IDs of a function in the kernel's order. */
function rids(notation: string, bdf: string): string {
  const topology = topologyOf(parseTopology(notation))
  const index = topology.byBdf.get(`0000:${bdf}`) ?? -1
  return dmaAliases(topology, index)
    .map(({ rid }) => formatRid(rid).slice(5))
    .join(' ')
}

const twoFunctions = '00:01.0rp+[01:00.0ep- 01:00.1ep-]'
const bridged = '00:01.0rp+[01:00.0pcie2pci[02:01.0pci 02:01.1pci]]'
const nested = '00:01.0rp+[01:00.0pcie2pci[02:01.0pci[03:00.0pci]]]'
const conventional = '00:1e.0pci[05:01.0pci 05:01.1pci 05:02.0pci]'
const aliased = '00:01.0rp+[01:00.0ep+=00.1 01:00.1ep+]'
const phantom = '00:01.0rp+[01:00.0ep-=00.1]'
const oneSlotRoots = (a: string, b: string): string => `00:01.0rp${a}[01:00.0ep-] 00:01.1rp${b}[02:00.0ep-]`
const twoPorts = (rp: string, dsp: string, second = '02:01.0'): string =>
  `00:01.0rp${rp} [01:00.0usp- [02:00.0dsp${dsp}[03:00.0ep-] ${second}dsp${dsp}[04:00.0ep-]]]`

describe('groups', () => {
  test.each([
    [1, 'two functions without ACS', twoFunctions, '00:01.0 | 01:00.0 01:00.1'],
    [2, 'two functions with ACS', '00:01.0rp+[01:00.0ep+ 01:00.1ep+]', '00:01.0 | 01:00.0 | 01:00.1'],
    [3, 'root port without ACS', '00:01.0rp-[01:00.0ep-]', '00:01.0 01:00.0'],
    [4, 'the same, two functions', '00:01.0rp-[01:00.0ep+ 01:00.1ep+]', '00:01.0 01:00.0 01:00.1'],
    [5, 'switch', twoPorts('+', '+'), '00:01.0 | 01:00.0 | 02:00.0 | 02:01.0 | 03:00.0 | 04:00.0'],
    [6, 'switch without ACS: the gap', twoPorts('+', '-'), '00:01.0 | 01:00.0 | 02:00.0 03:00.0 | 02:01.0 04:00.0'],
    [7, 'switch below a port without ACS', twoPorts('-', '+'), '00:01.0 01:00.0 02:00.0 02:01.0 03:00.0 04:00.0'],
    [8, 'ports of one slot', twoPorts('+', '-', '02:00.1'), '00:01.0 | 01:00.0 | 02:00.0 02:00.1 03:00.0 04:00.0'],
    [9, 'root ports of one slot', oneSlotRoots('-', '-'), '00:01.0 00:01.1 01:00.0 02:00.0'],
    [10, 'the same with ACS', oneSlotRoots('+', '+'), '00:01.0 | 00:01.1 | 01:00.0 | 02:00.0'],
    [11, 'the same, one with ACS', oneSlotRoots('+', '-'), '00:01.0 | 00:01.1 02:00.0 | 01:00.0'],
    [12, 'PCIe-to-PCI bridge', bridged, '00:01.0 | 01:00.0 02:01.0 02:01.1'],
    [13, 'conventional bridge', conventional, '00:1e.0 05:01.0 05:01.1 05:02.0'],
    [14, 'conventional, two slots', '00:03.0pci 00:04.0pci', '00:03.0 | 00:04.0'],
    [15, 'conventional, one slot', '00:1f.0pci 00:1f.2pci 00:1f.3pci', '00:1f.0 00:1f.2 00:1f.3'],
    [16, 'alias of the other function', aliased, '00:01.0 | 01:00.0 01:00.1'],
    [17, 'alias of nobody', phantom, '00:01.0 | 01:00.0'],
    [18, 'integrated endpoints', '00:02.0rciep- 00:03.0rciep- 00:03.1rciep-', '00:02.0 | 00:03.0 00:03.1'],
    [19, 'one function with ACS', '00:01.0rp+[01:00.0ep- 01:00.1ep+]', '00:01.0 | 01:00.0 | 01:00.1'],
    [20, 'quirk', '00:01.0rp+[01:00.0ep-! 01:00.1ep-!]', '00:01.0 | 01:00.0 | 01:00.1'],
    [21, 'physical and virtual function', '00:01.0rp+[01:00.0ep-~ 01:00.1ep-~]', '00:01.0 | 01:00.0 | 01:00.1'],
    [22, 'bridge behind a bridge', nested, '00:01.0 | 01:00.0 02:01.0 03:00.0'],
  ])('vector %i: %s', (_, __, notation, expected) => {
    expect(grouped(notation)).toBe(expected)
  })

  test.each([
    ['multifunction', twoFunctions, '00:01.0 | 01:00.0 | 01:00.1'],
    ['downstream', '00:01.0rp-[01:00.0ep-]', '00:01.0 | 01:00.0'],
    ['downstream', '00:01.0rp-[01:00.0ep- 01:00.1ep-]', '00:01.0 | 01:00.0 01:00.1'],
    ['downstream,multifunction', '00:01.0rp-[01:00.0ep- 01:00.1ep-]', '00:01.0 | 01:00.0 | 01:00.1'],
    ['downstream,multifunction', conventional, '00:1e.0 05:01.0 05:01.1 05:02.0'],
    ['', twoFunctions, '00:01.0 | 01:00.0 01:00.1'],
  ])('pcie_acs_override=%s on %s', (override, notation, expected) => {
    expect(grouped(notation, override)).toBe(expected)
  })

  test('an override by id is for that device alone', () => {
    const functions = parseTopology(oneSlotRoots('-', '-')).map((f) => ({
      ...f,
      vendor: '8086',
      device: f.bdf.slice(8, 10),
    }))
    const split = formGroups(topologyOf(functions), parseAcsOverride('id:8086:01'))
    expect(new Set(split.groups).size).toBe(4)
    const kept = formGroups(topologyOf(functions), parseAcsOverride('id:8086:99'))
    expect(new Set(kept.groups).size).toBe(1)
  })

  test('a capability whose required bits are not switched on does not isolate', () => {
    const functions = parseTopology('00:01.0rp+[01:00.0ep-]')
    const off = functions.map((f) => (f.kind === 'rp' ? { ...f, acsCtrl: [] } : f))
    expect(formGroups(topologyOf(off)).groups).toEqual([0, 0])
    const without = functions.map((f) => (f.kind === 'rp' ? { ...f, acsCap: [] } : f))
    expect(formGroups(topologyOf(without)).groups, 'bits that are missing count as built in').toEqual([0, 1])
  })

  test('reasons name the step that decided', () => {
    const reasons = (notation: string): string[] =>
      formGroups(topologyOf(parseTopology(notation))).reasons.map(({ step }) => step)
    expect(reasons(twoFunctions)).toEqual(['new', 'new', 'function'])
    expect(reasons(bridged)).toEqual(['new', 'new', 'alias', 'alias'])
    expect(reasons('00:01.0rp-[01:00.0ep-]')).toEqual(['new', 'peer-to-peer'])
    expect(reasons(aliased)).toEqual(['new', 'new', 'alias-mask'])
  })

  test("functions that are each other's parent do not hang it", () => {
    const [a, b] = parseTopology('00:01.0rp- 00:02.0rp-')
    if (a === undefined || b === undefined) throw new Error('two functions')
    const knot = [
      { ...a, parent: b.bdf },
      { ...b, parent: a.bdf },
    ]
    expect(formGroups(topologyOf(knot)).groups).toHaveLength(2)
  })
})

// prettier-ignore
test.each([
  ['a bus before the buses below', '00:01.0rp+[01:00.0ep+] 00:02.0pci', '00:01.0 00:02.0 01:00.0'],
  ['bridge by bridge, each to the bottom', '00:02.0rp+[07:00.0usp+[08:00.0dsp+]] 00:01.0rp+[09:00.0ep+]', '00:01.0 00:02.0 09:00.0 07:00.0 08:00.0'],
  ['functions by number', '00:01.1ep+ 00:01.0ep+', '00:01.0 00:01.1'],
])('scan order: %s', (_, notation, expected) => {
  expect(
    scanOrder(parseTopology(notation))
      .map((f) => f.bdf.slice(5))
      .join(' '),
  ).toBe(expected)
})

describe('requester IDs', () => {
  test.each([
    ['own', twoFunctions, '01:00.1', '01:00.1'],
    ['12', bridged, '02:01.0', '02:01.0 02:00.0'],
    ['12', bridged, '02:01.1', '02:01.1 02:00.0'],
    ['13', conventional, '05:02.0', '05:02.0 00:1e.0'],
    ['16', aliased, '01:00.0', '01:00.0 01:00.1'],
    ['17', phantom, '01:00.0', '01:00.0 01:00.1'],
    ['22', nested, '03:00.0', '03:00.0 02:01.0 02:00.0'],
    ['PCI-to-PCIe bridge', '00:1e.0pci2pcie[05:00.0ep-]', '05:00.0', '05:00.0 00:1e.0'],
    ['mask in ascending order', '00:01.0rp+[01:00.0ep-=00.7,00.3]', '01:00.0', '01:00.0 01:00.3 01:00.7'],
  ])('%s: %s, %s', (_, notation, bdf, expected) => {
    expect(rids(notation, bdf)).toBe(expected)
  })

  test('a bridge that is in truth PCIe-to-PCI stands in with its secondary bus', () => {
    const functions = parseTopology(conventional).map((f) => (f.bridge ? { ...f, bridgeAlias: true } : f))
    expect(dmaAliases(topologyOf(functions), 3).map(({ rid }) => formatRid(rid))).toEqual([
      '0000:05:02.0',
      '0000:05:00.0',
    ])
  })

  test('the walk ends below the bridge at which the IOMMU sits', () => {
    const functions = parseTopology(bridged).map((f) => (f.kind === 'pcie2pci' ? { ...f, xlateRoot: true } : f))
    expect(dmaAliases(topologyOf(functions), 2).map(({ rid }) => formatRid(rid))).toEqual(['0000:02:01.0'])
  })
})
