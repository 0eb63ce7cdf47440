import { describe, expect, test } from 'vitest'
import type { PciFunction } from '../machine.ts'
import { parseTopology } from '../pci/notation.test-helper.ts'
import { scanOrder } from '../pci/scan-order.ts'
import { parseAlgorithm, type GroupAlgorithm } from './algorithm.ts'
import { formAs, formKnown, possibilitiesOf } from './form.ts'

function algorithm(name: string): GroupAlgorithm {
  const parsed = parseAlgorithm(name)
  if (typeof parsed === 'string') throw new Error(`${name}: ${parsed}`)
  return parsed
}

/** Groups in number order, as `a b | c`; addresses without the segment. */
function grouped(functions: readonly PciFunction[], name: string): string {
  const groups: string[][] = []
  formAs(functions, algorithm(name)).groups.forEach((group, index) => {
    const members = (groups[group] ??= [])
    members.push(functions[index]?.bdf.slice(5) ?? '')
  })
  return groups.map((members) => members.join(' ')).join(' | ')
}

const machine = (notation: string): PciFunction[] => scanOrder(parseTopology(notation))

const pair = (a: string, b: string): string => `00:01.0rp+[01:00.0ep${a} 01:00.1ep${b}]`
const below = (port: string): string => `00:01.0rp${port}[01:00.0ep+ 01:00.1ep+]`
const roots = (a: string, b: string): string => `00:01.0rp${a}[01:00.0ep-] 00:01.1rp${b}[02:00.0ep-]`
const ports = (root: string, a: string, b: string, second = '02:01.0'): string =>
  `00:01.0rp${root}[01:00.0usp-[02:00.0dsp${a}[03:00.0ep-] ${second}dsp${b}[04:00.0ep-]]]`
const APART = '00:01.0 | 01:00.0 | 02:00.0 | 02:01.0 | 03:00.0 | 04:00.0'
const bridge = (own: string): string => `00:01.0rp+[01:00.0pcie2pci${own}[02:01.0pci 02:01.1pci]]`

// Expected values worked out by hand from the patches as posted; numbers are those of the check vectors of Linux as it is.
describe('machine by machine: Linux as it is, ACS switched on late, the series v2 and v3', () => {
  test.each<[string, string, linux: string, late: string, v2: string, v3: string]>([
    [
      '1 two functions without ACS',
      pair('-', '-'),
      '00:01.0 | 01:00.0 01:00.1',
      '00:01.0 01:00.0 01:00.1',
      '=',
      '00:01.0 | 01:00.0 | 01:00.1',
    ],
    ['2 two functions with ACS', pair('+', '+'), '00:01.0 | 01:00.0 | 01:00.1', '00:01.0 01:00.0 01:00.1', '=', '='],
    ['2 the same, switched off', pair('%', '%'), '00:01.0 | 01:00.0 01:00.1', '00:01.0 01:00.0 01:00.1', '=', '='],
    ['3 root port without ACS', '00:01.0rp-[01:00.0ep-]', '00:01.0 01:00.0', '=', '=', '00:01.0 | 01:00.0'],
    ['3 root port with ACS off', '00:01.0rp%[01:00.0ep-]', '00:01.0 01:00.0', '=', '=', '='],
    [
      '4 root port without ACS, two functions',
      below('-'),
      '00:01.0 01:00.0 01:00.1',
      '=',
      '=',
      '00:01.0 | 01:00.0 | 01:00.1',
    ],
    ['5 switch with ACS', ports('+', '+', '+'), APART, '00:01.0 01:00.0 02:00.0 02:01.0 03:00.0 04:00.0', '=', '='],
    [
      '6 switch without ACS',
      ports('+', '-', '-'),
      '00:01.0 | 01:00.0 | 02:00.0 03:00.0 | 02:01.0 04:00.0',
      '00:01.0 01:00.0 02:00.0 02:01.0 03:00.0 04:00.0',
      '00:01.0 | 01:00.0 02:00.0 02:01.0 03:00.0 04:00.0',
      '00:01.0 | 01:00.0 02:00.0 02:01.0 03:00.0 04:00.0',
    ],
    [
      '6 switch with ACS off',
      ports('+', '%', '%'),
      '00:01.0 | 01:00.0 | 02:00.0 03:00.0 | 02:01.0 04:00.0',
      '00:01.0 01:00.0 02:00.0 02:01.0 03:00.0 04:00.0',
      '00:01.0 | 01:00.0 | 02:00.0 02:01.0 03:00.0 04:00.0',
      '00:01.0 | 01:00.0 | 02:00.0 02:01.0 03:00.0 04:00.0',
    ],
    [
      '6 one port without ACS',
      ports('+', '+', '-'),
      '00:01.0 | 01:00.0 | 02:00.0 | 02:01.0 04:00.0 | 03:00.0',
      '00:01.0 01:00.0 02:00.0 02:01.0 03:00.0 04:00.0',
      '00:01.0 | 01:00.0 02:00.0 02:01.0 03:00.0 04:00.0',
      '00:01.0 | 01:00.0 02:00.0 02:01.0 03:00.0 04:00.0',
    ],
    [
      '6 the first port that lacks ACS decides',
      ports('+', '%', '-'),
      '00:01.0 | 01:00.0 | 02:00.0 03:00.0 | 02:01.0 04:00.0',
      '00:01.0 01:00.0 02:00.0 02:01.0 03:00.0 04:00.0',
      '00:01.0 | 01:00.0 | 02:00.0 02:01.0 03:00.0 04:00.0',
      '00:01.0 | 01:00.0 | 02:00.0 02:01.0 03:00.0 04:00.0',
    ],
    [
      '7 switch below a root port without ACS',
      ports('-', '+', '+'),
      '00:01.0 01:00.0 02:00.0 02:01.0 03:00.0 04:00.0',
      '=',
      '=',
      APART,
    ],
    [
      '8 ports of one slot without ACS',
      ports('+', '-', '-', '02:00.1'),
      '00:01.0 | 01:00.0 | 02:00.0 02:00.1 03:00.0 04:00.0',
      '00:01.0 01:00.0 02:00.0 02:00.1 03:00.0 04:00.0',
      '00:01.0 | 01:00.0 02:00.0 02:00.1 03:00.0 04:00.0',
      '00:01.0 | 01:00.0 02:00.0 02:00.1 03:00.0 04:00.0',
    ],
    [
      '9 root ports of one slot without ACS',
      roots('-', '-'),
      '00:01.0 00:01.1 01:00.0 02:00.0',
      '=',
      '=',
      '00:01.0 | 00:01.1 | 01:00.0 | 02:00.0',
    ],
    [
      '10 root ports of one slot with ACS',
      roots('+', '+'),
      '00:01.0 | 00:01.1 | 01:00.0 | 02:00.0',
      '00:01.0 00:01.1 01:00.0 02:00.0',
      '=',
      '=',
    ],
    [
      '11 one of them without',
      roots('+', '-'),
      '00:01.0 | 00:01.1 02:00.0 | 01:00.0',
      '00:01.0 00:01.1 01:00.0 02:00.0',
      '00:01.0 00:01.1 01:00.0 02:00.0',
      '00:01.0 | 00:01.1 | 01:00.0 | 02:00.0',
    ],
    [
      '11 one of them off',
      roots('+', '%'),
      '00:01.0 | 00:01.1 02:00.0 | 01:00.0',
      '00:01.0 00:01.1 01:00.0 02:00.0',
      '00:01.0 00:01.1 01:00.0 02:00.0',
      '00:01.0 00:01.1 01:00.0 02:00.0',
    ],
    [
      '12 PCIe-to-PCI bridge',
      bridge(''),
      '00:01.0 | 01:00.0 02:01.0 02:01.1',
      '00:01.0 01:00.0 02:01.0 02:01.1',
      '00:01.0 | 01:00.0 | 02:01.0 02:01.1',
      '00:01.0 | 01:00.0 | 02:01.0 02:01.1',
    ],
    [
      '12 the bridge has memory of its own',
      bridge('*'),
      '00:01.0 | 01:00.0 02:01.0 02:01.1',
      '00:01.0 01:00.0 02:01.0 02:01.1',
      '=',
      '=',
    ],
    ['13 conventional bridge', '00:1e.0pci[05:01.0pci 05:02.0pci]', '00:1e.0 05:01.0 05:02.0', '=', '=', '='],
    ['13 PCI-to-PCIe bridge', '00:1e.0pci2pcie[05:00.0ep-]', '00:1e.0 05:00.0', '=', '=', '='],
    ['14 conventional, two slots', '00:03.0pci 00:04.0pci', '00:03.0 | 00:04.0', '=', '=', '='],
    ['15 conventional, one slot', '00:1f.0pci 00:1f.2pci', '00:1f.0 00:1f.2', '=', '=', '00:1f.0 | 00:1f.2'],
    [
      '16 alias of the other function',
      pair('+=00.1', '+'),
      '00:01.0 | 01:00.0 01:00.1',
      '00:01.0 01:00.0 01:00.1',
      '=',
      '=',
    ],
    ['17 alias of nobody', '00:01.0rp+[01:00.0ep-=00.1]', '00:01.0 | 01:00.0', '00:01.0 01:00.0', '=', '='],
    [
      '18 integrated endpoints',
      '00:02.0rciep- 00:03.0rciep- 00:03.1rciep-',
      '00:02.0 | 00:03.0 00:03.1',
      '=',
      '=',
      '00:02.0 | 00:03.0 | 00:03.1',
    ],
    [
      '19 one function with ACS',
      pair('-', '+'),
      '00:01.0 | 01:00.0 | 01:00.1',
      '00:01.0 01:00.0 01:00.1',
      '00:01.0 | 01:00.0 01:00.1',
      '=',
    ],
    [
      '20 a quirk for one function',
      pair('-!', '-'),
      '00:01.0 | 01:00.0 | 01:00.1',
      '00:01.0 01:00.0 01:00.1',
      '=',
      '=',
    ],
    [
      '21 a virtual function',
      '00:01.0rp+[01:00.0ep-~ 01:00.1ep-~]',
      '00:01.0 | 01:00.0 | 01:00.1',
      '00:01.0 01:00.0 01:00.1',
      '=',
      '=',
    ],
    [
      '21 beside two physical functions',
      '00:01.0rp+[01:00.0ep+ 01:00.1ep+ 01:00.2ep-~]',
      '00:01.0 | 01:00.0 | 01:00.1 | 01:00.2',
      '00:01.0 01:00.0 01:00.1 01:00.2',
      '00:01.0 | 01:00.0 01:00.1 01:00.2',
      '=',
    ],
    [
      '22 bridge behind a bridge',
      '00:01.0rp+[01:00.0pcie2pci[02:01.0pci[03:00.0pci]]]',
      '00:01.0 | 01:00.0 02:01.0 03:00.0',
      '00:01.0 01:00.0 02:01.0 03:00.0',
      '00:01.0 | 01:00.0 | 02:01.0 03:00.0',
      '00:01.0 | 01:00.0 | 02:01.0 03:00.0',
    ],
    [
      'an endpoint inside a switch',
      '00:01.0rp+[01:00.0usp-[02:00.0dsp+[03:00.0ep-] 02:01.0ep-]]',
      '00:01.0 | 01:00.0 | 02:00.0 | 02:01.0 | 03:00.0',
      '00:01.0 01:00.0 02:00.0 02:01.0 03:00.0',
      '00:01.0 | 01:00.0 02:00.0 02:01.0 03:00.0',
      '00:01.0 | 01:00.0 02:00.0 02:01.0 03:00.0',
    ],
    [
      'a downstream port with an alias',
      '00:01.0rp+[01:00.0usp-[02:00.0dsp+=1f.0[03:00.0ep-]]]',
      '00:01.0 | 01:00.0 | 02:00.0 | 03:00.0',
      '00:01.0 01:00.0 02:00.0 03:00.0',
      '00:01.0 | 01:00.0 02:00.0 03:00.0',
      '00:01.0 | 01:00.0 02:00.0 03:00.0',
    ],
    [
      'an upstream port of two functions without ACS',
      '00:01.0rp+[01:00.0usp-[02:00.0dsp+[03:00.0ep-]] 01:00.1ep-]',
      '00:01.0 | 01:00.0 01:00.1 02:00.0 03:00.0',
      '00:01.0 01:00.0 01:00.1 02:00.0 03:00.0',
      '=',
      '00:01.0 | 01:00.0 | 01:00.1 | 02:00.0 | 03:00.0',
    ],
  ])('%s', (_, notation, linux, late, v2, v3) => {
    const functions = machine(notation)
    const found = ['linux', 'acs-late', 'series-v2', 'series-v3'].map((name) => grouped(functions, name))
    // `=`: as Linux has it.
    expect(found).toEqual([linux, late, v2, v3].map((groups) => (groups === '=' ? linux : groups)))
  })
})

describe('what is not in a function’s kind and ACS', () => {
  const dummy = (memory: boolean): PciFunction[] =>
    machine('00:01.0pci 00:01.1rp+[01:00.0ep-]').map((f) =>
      f.kind === 'pci' ? { ...f, class: '060000', ...(memory ? { memory } : {}) } : f,
    )
  test('v2: a host bridge without memory holds nobody in its slot, one with memory does', () => {
    expect(grouped(dummy(false), 'v2')).toBe('00:01.0 | 00:01.1 | 01:00.0')
    expect(grouped(dummy(true), 'v2')).toBe('00:01.0 00:01.1 01:00.0')
    expect(grouped(dummy(true), 'v3')).toBe('00:01.0 | 00:01.1 | 01:00.0')
  })

  const quirked = (device: string): PciFunction[] =>
    machine('00:1c.0rp-![01:00.0ep-]').map((f) => (f.kind === 'rp' ? { ...f, vendor: '8086', device } : f))
  test.each([
    ['a quirk that needs no switching on', '0000', 'acs-late', '00:1c.0 | 01:00.0'],
    ['Sunrise Point: the kernel switches its registers on', 'a110', 'acs-late', '00:1c.0 01:00.0'],
    ['Lynx Point: the kernel switches it on', '8c10', 'acs-late', '00:1c.0 01:00.0'],
    ['Lynx Point: its quirk lacks a bit that v2 asks for', '8c10', 'v2', '00:1c.0 01:00.0'],
    ['Sunrise Point: its registers have no such bit', 'a110', 'v2', '00:1c.0 | 01:00.0'],
    ['Lynx Point: no capability', '8c10', 'v3', '00:1c.0 | 01:00.0'],
  ])('quirks of root ports: %s', (_, device, name, expected) => {
    expect(grouped(quirked(device), name)).toBe(expected)
  })

  test('a quirk that denies isolation: v3 asks it of ports of a switch and of who has the capability', () => {
    const denied = (notation: string, kind: string): PciFunction[] =>
      machine(notation).map((f) => (f.kind === kind ? { ...f, acsQuirk: false } : f))
    expect(grouped(denied('00:01.0rp-[01:00.0ep-]', 'rp'), 'v3')).toBe('00:01.0 | 01:00.0')
    expect(grouped(denied('00:01.0rp+[01:00.0ep-]', 'rp'), 'v3')).toBe('00:01.0 01:00.0')
    expect(grouped(denied('00:01.0rp+[01:00.0usp-[02:00.0dsp+]]', 'dsp'), 'v3')).toBe('00:01.0 | 01:00.0 02:00.0')
  })

  test('the bridge at which the IOMMU sits has a group of its own', () => {
    const sits = machine('00:01.0rp-[01:00.0pci2pcie[02:00.0ep-]]').map((f) =>
      f.kind === 'pci2pcie' ? { ...f, xlateRoot: true } : f,
    )
    expect(grouped(sits, 'v2')).toBe('00:01.0 | 01:00.0 02:00.0')
  })

  test('a bridge that is in truth PCIe-to-PCI stays out of the group', () => {
    const inTruth = machine('00:1e.0pci[05:01.0pci]').map((f) => (f.bridge ? { ...f, bridgeAlias: true } : f))
    expect(grouped(inTruth, 'v2')).toBe('00:1e.0 | 05:01.0')
    expect(
      grouped(
        inTruth.map((f) => ({ ...f, memory: true })),
        'v2',
      ),
    ).toBe('00:1e.0 05:01.0')
  })
})

describe('pcie_acs_override', () => {
  const named = machine(roots('-', '-')).map((f) => ({ ...f, vendor: '8086', device: `190${f.bdf.at(-1) ?? ''}` }))
  test.each([
    ['pcie_acs_override=downstream', machine(ports('+', '-', '-')), APART],
    ['pcie_acs_override=downstream', machine(pair('-', '-')), '00:01.0 | 01:00.0 01:00.1'],
    ['pcie_acs_override=multifunction', machine(pair('-', '-')), '00:01.0 | 01:00.0 | 01:00.1'],
    ['pcie_acs_override=multifunction', machine(pair('%', '%')), '00:01.0 | 01:00.0 01:00.1'],
    ['pcie_acs_override', machine(below('-').replaceAll('+', '-')), '00:01.0 | 01:00.0 | 01:00.1'],
    ['pcie_acs_override', machine('00:1f.0pci 00:1f.2pci'), '00:1f.0 00:1f.2'],
    ['pcie_acs_override', machine(bridge('')), '00:01.0 | 01:00.0 02:01.0 02:01.1'],
    ['pcie_acs_override=id:8086:1901', named, '00:01.0 01:00.0 | 00:01.1 | 02:00.0'],
    ['pcie_acs_override=id:8086:1900,id:8086:1901', named, '00:01.0 | 00:01.1 | 01:00.0 | 02:00.0'],
  ])('%s', (name, functions, expected) => {
    expect(grouped(functions, name)).toBe(expected)
  })
})

describe('names', () => {
  test.each([
    ['linux', 'linux', ''],
    ['today', 'linux', ''],
    ['7.3', 'linux', ''],
    ['linux-6.12', 'linux', ''],
    ['6.12.74', 'linux', ''],
    ['6.12.75', 'acs-late', ''],
    ['v6.12.82', 'acs-late', ''],
    ['6.12.83', 'linux', ''],
    ['6.12.75-amd64', 'acs-late', ''],
    ['5.10.252', 'acs-late', ''],
    ['5.10.253', 'linux', ''],
    ['5.15.202', 'acs-late', ''],
    ['6.1.168', 'acs-late', ''],
    ['6.1.169', 'linux', ''],
    ['6.6.134', 'acs-late', ''],
    ['6.6.135', 'linux', ''],
    ['acs-late', 'acs-late', ''],
    ['V2', 'series-v2', ''],
    ['series-v3', 'series-v3', ''],
    ['pcie_acs_override', 'override', 'downstream,multifunction'],
    ['override=downstream', 'override', 'downstream'],
    ['pcie_acs_override=id:10de:1B80', 'override', 'id:10de:1b80'],
  ])('%s', (name, id, option) => {
    expect(parseAlgorithm(name)).toEqual({ id, option })
  })

  test.each([
    ['', 'unknown-name'],
    ['v4', 'unknown-name'],
    ['linux=x', 'unknown-name'],
    ['constructor', 'unknown-name'],
    ['pcie_acs_override=', 'unknown-option'],
    ['pcie_acs_override=upstream', 'unknown-option'],
    ['5.15.203', 'unknown-release'],
  ])('%s: %s', (name, fault) => {
    expect(parseAlgorithm(name)).toBe(fault)
  })
})

describe('what a listing does not tell', () => {
  const guessed = (notation: string, ...kinds: string[]): PciFunction[] =>
    machine(notation).map((f) => (kinds.includes(f.kind) ? { ...f, assumed: ['acs'] } : f))
  /** Addresses whose group is not known. */
  const unknown = (functions: readonly PciFunction[], reported: boolean, name: string): string => {
    const { unknown: open } = formKnown(possibilitiesOf(functions, reported), algorithm(name))
    return [...open].map((index) => functions[index]?.bdf.slice(5) ?? '').join(' ')
  }
  test.each<[string, PciFunction[], reported: boolean, name: string, expected: string]>([
    ['everything told', machine(below('+')), false, 'v3', ''],
    ['a root port, no groups', guessed('00:01.0rp+[01:00.0ep-]', 'rp'), false, 'linux', '00:01.0 01:00.0'],
    ['a root port whose groups show that it isolates', guessed('00:01.0rp+[01:00.0ep-]', 'rp'), true, 'linux', ''],
    [
      'the same: by its capability, or by a quirk?',
      guessed('00:01.0rp+[01:00.0ep-]', 'rp'),
      true,
      'acs-late',
      '00:01.0 01:00.0',
    ],
    ['a root port whose groups show that it does not', guessed('00:01.0rp-[01:00.0ep-]', 'rp'), true, 'v2', ''],
    ['v3 takes any root port that Linux switches on', guessed('00:01.0rp-[01:00.0ep-]', 'rp'), false, 'v3', ''],
    [
      'v3 does not so with ports of a switch',
      guessed('00:01.0rp+[01:00.0usp-[02:00.0dsp+[03:00.0ep-]]]', 'dsp'),
      false,
      'v3',
      '01:00.0 02:00.0 03:00.0',
    ],
    ['a port that nothing hangs on', guessed('00:01.0rp+', 'rp'), true, 'acs-late', ''],
    [
      'functions of one slot in a group each: one of them may lack ACS',
      guessed(pair('+', '+'), 'ep'),
      true,
      'v2',
      '01:00.0 01:00.1',
    ],
  ])('%s', (_, functions, reported, name, expected) => {
    expect(unknown(functions, reported, name)).toBe(expected)
  })
})
