import { describe, expect, test } from 'vitest'
import type { Machine, PciFunction } from '../sim/machine.ts'
import { parseTopology } from '../sim/pci/notation.test-helper.ts'
import { scanOrder } from '../sim/pci/scan-order.ts'
import { compileWorld, type World } from '../sim/world.ts'
import { acsMark } from './acs.ts'
import { groupChangeWords } from './group-changes.ts'
import { formationWords } from './group-formation.ts'
import { plain } from './words.ts'

function worldOf(notation: string, acsOverride = ''): World {
  const machine: Machine = { id: 'x', title: 'x', devices: scanOrder(parseTopology(notation)) }
  const boot = { iommu: 'nopt' as const, ...(acsOverride === '' ? {} : { acsOverride }) }
  return compileWorld({ machine, boot, processes: [{ name: 'qemu', user: 'root' }] }, [])
}

/** The steps that were reached, the last line before the decision, and the result. */
function why(notation: string, bdf: string, option?: string): string {
  const world = worldOf(notation, option)
  const { steps, result, short } = formationWords(world, world.deviceIndex.get(`0000:${bdf}`) ?? -1)
  const last = steps.at(-1)
  expect(steps.filter(({ decides }) => decides)).toEqual([last])
  expect(plain(short)).not.toBe('')
  return `${steps.map(({ step }) => step).join('')} ${plain(last?.lines.at(-1) ?? [])} ${plain(result)}`
}

describe('why a function is in its group', () => {
  test.each([
    [
      'a function of its slot',
      '00:01.0rp+[01:00.0ep- 01:00.1ep-]',
      '01:00.1',
      '1234 01:00.1 and 01:00.0 are functions of one device, and neither isolates: DMA may pass between them inside it. The group of 01:00.0 is taken. 01:00.1 joins the group of 01:00.0.',
    ],
    [
      'the port above',
      '00:01.0rp-[01:00.0ep-]',
      '01:00.0',
      '12 00:01.0 does not isolate (no ACS): DMA may turn round there to a neighbour, past the IOMMU. The group of 00:01.0 is taken. 01:00.0 joins the group of 00:01.0.',
    ],
    [
      'a bridge to PCI',
      '00:01.0rp+[01:00.0pcie2pci[02:01.0pci]]',
      '02:01.0',
      '1 On the way up 01:00.0 puts another requester ID in its place, and 01:00.0 has a group: it is taken. 02:01.0 joins the group of 01:00.0.',
    ],
    [
      'a DMA alias',
      '00:01.0rp+[01:00.0ep+=00.1 01:00.1ep+]',
      '01:00.1',
      '123 01:00.1 and 01:00.0 use one requester ID: a quirk says so. The group of 01:00.0 is taken. 01:00.1 joins the group of 01:00.0.',
    ],
    [
      'nobody',
      '00:01.0rp+[01:00.0ep-]',
      '01:00.0',
      '12345 Nobody was found to share with: it gets a group of its own. 01:00.0 gets a group of its own; others may join it.',
    ],
  ])('%s', (_, notation, bdf, expected) => {
    expect(why(notation, bdf)).toBe(expected)
  })
})

describe('ACS in a word', () => {
  const f = (notation: string, more: Partial<PciFunction> = {}): PciFunction => {
    const [first] = parseTopology(notation)
    if (first === undefined) throw new Error(notation)
    return { ...first, ...more }
  }
  const override = { downstream: true, multifunction: true, ids: [] }
  test.each<[string, PciFunction, string | null]>([
    ['a port with ACS', f('00:01.0rp+'), '✓ isolates'],
    ['a port without', f('00:01.0rp-'), '✗ no ACS'],
    ['one bit off', f('00:01.0rp+', { acsCtrl: ['SV', 'RR', 'CR'] }), '◐ ACS off'],
    ['a quirk', f('00:01.0rp-!'), '✓ by quirk'],
    ['what no listing told', f('00:01.0rp+', { assumed: ['acs'] }), '? ACS unknown'],
    ['conventional', f('00:01.0pci'), '✗ PCI, no ACS'],
    ['a lone endpoint', f('00:01.0ep-'), null],
  ])('%s', (_, target, expected) => {
    const mark = acsMark(target)
    expect(mark === null ? null : `${mark.glyph} ${mark.word}`).toBe(expected)
  })
  test('what an override makes of it', () => {
    expect(acsMark(f('00:01.0rp-'), override)).toMatchObject({ glyph: '⚠', word: 'pretended' })
    expect(acsMark(f('00:01.0rp-', { assumed: ['acs'] }), override)).toMatchObject({ word: 'pretended' })
    expect(acsMark(f('00:01.0rp+'), override)).toMatchObject({ word: 'isolates' })
  })
})

test.each([
  [[], 'Groups stay as they are.'],
  [
    [
      {
        kind: 'split' as const,
        before: 14,
        parts: [
          { group: 14, members: ['0000:00:1c.0', '0000:02:00.0'] },
          { group: 15, members: ['0000:03:00.0'] },
        ],
      },
    ],
    'Group 14 split: 00:1c.0 and 02:00.0 in group 14; 03:00.0 now alone in group 15.',
  ],
  [
    [{ kind: 'merged' as const, before: [1, 3], group: 1, members: ['a', 'b', 'c', 'd', 'e'] }],
    'Groups 1 and 3 merged: 5 functions are together in group 1 now.',
  ],
  [
    [
      { kind: 'moved' as const, from: '0000:01:00.0', to: '0000:02:00.0', group: 4, others: [] },
      { kind: 'moved' as const, from: '0000:02:00.0', to: '0000:01:00.0', group: 3, others: ['0000:00:01.0'] },
    ],
    '01:00.0 is 02:00.0 now, alone in group 4. 02:00.0 is 01:00.0 now, with 00:01.0 in group 3.',
  ],
])('changes in words', (changes, expected) => {
  expect(groupChangeWords(changes).join(' ')).toBe(expected)
})
