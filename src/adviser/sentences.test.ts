/** Every sentence of the adviser, for one, two and many, with and without its optional parts. */
import { describe, expect, test } from 'vitest'
import { plain } from '../explain/words.ts'
import type { PciFunction } from '../sim/machine.ts'
import { adviceFor, type DoubtCode } from './advice.ts'
import { LESSONS } from './message-lessons.ts'
import { messageWords } from './message-words.ts'
import type { Message } from './messages.ts'
import { readPastes } from './reading.ts'
import { crowdedGroup, type Held } from './sentences.test-helper.ts'
import { NO_SETTING, settingOf, type Setting } from './setting.ts'
import { doubtWords, troubleWords } from './trouble-words.ts'
import type { Trouble, TroubleCode } from './troubles.ts'
import { adviceWords } from './words.ts'

/** What no sentence has: holes, doubled marks, a space before a mark, a plural after one. */
const FAULTS =
  /undefined|\[object|\bnull\b|\bNaN\b|\?\?|\.\.|,,| {2}|\s[.,;:!?](?:\s|$)|\(\)|^[a-z](?![a-z-]*\d|fio|cie|md\b)|\band and\b|\b(?:1|one) (?:devices|functions|ports|groups)\b/

/** The texts that are no whole sentences. */
function faulty(texts: readonly string[]): string[] {
  return texts.filter((text) => FAULTS.test(text) || (text !== '' && !/[.?)”]$/.test(text)))
}

/** All that is said of 01:00.0 in a text. */
function said(text: string): { readonly title: string; readonly all: readonly string[] } {
  const reading = readPastes([text], 'x')
  const advice = reading.machine === null ? null : adviceFor(reading.machine, '0000:01:00.0', { reading })
  if (advice === null) throw new Error('no advice')
  const words = adviceWords(advice, 'linux-6.12', settingOf(reading))
  return {
    title: words.title,
    all: [
      plain(words.answer),
      ...[...words.losses, ...words.causes, ...words.notes].map(plain),
      ...words.members.map(({ why }) => plain(why)),
      ...words.alternatives.map((other) => plain(other.words)),
      ...[...words.doubts, ...words.troubles].map((other) => plain(other.words)),
    ],
  }
}

const HELD: readonly Held[] = ['known', 'unknown', 'none', 'vfio']

describe.each([0, 1, 2, 3, 8])('a group with %i more', (count) => {
  test.each(HELD)('held: %s', (held) => {
    expect(faulty(said(crowdedGroup(count, held)).all)).toEqual([])
  })

  test('with troubles beside it', () => {
    const troubles = [
      'BOOT_IMAGE=/vmlinuz root=/dev/sda1 ro quiet intel_immou=on vfio-pci.ids=10de:2504',
      'vfio-pci 0000:01:00.0: not ready 65535ms after FLR; giving up',
      'Warning: PCIe ACS overrides enabled; This may allow non-IOMMU protected peer-to-peer DMA',
    ]
    expect(faulty(said(crowdedGroup(count, 'known', troubles)).all)).toEqual([])
  })
})

test.each([
  [1, 'Only together with another device', /also holds 02:00\.0 \([^)]*\)\. .*the host cannot use it\./],
  [2, 'Only together with other devices', /02:00\.0 \([^)]*\) and 03:00\.0 .*can use neither of them\./],
  [3, 'Only together with other devices', /, 03:00\.0 \([^)]*\) and 04:00\.0 .*can use none of them\./],
  [8, 'Only together with other devices', /07:00\.0 \([^)]*\) and 2 more\. .*can use none of them\./],
])('%i others leave the host', (count, title, answer) => {
  const words = said(crowdedGroup(count, 'known'))
  expect(words.title).toBe(title)
  expect(words.all[0]).toMatch(answer)
})

const SETTINGS: readonly Setting[] = [
  NO_SETTING,
  { release: '5.15.0-91-generic', asked: true, table: false, vendor: 'intel', groups: false, framebuffer: 'efifb' },
  { release: '6.8.12-4-pve', asked: true, table: true, vendor: 'intel', groups: true, framebuffer: null },
  { release: null, asked: null, table: true, vendor: null, groups: false, framebuffer: 'simpledrm' },
  { release: '6.12.1', asked: false, table: false, vendor: 'intel', groups: false, framebuffer: null },
  { release: '6.12.1', asked: false, table: false, vendor: 'amd', groups: false, framebuffer: null },
]
const VALUES = [
  undefined,
  'resume',
  'BAR 1',
  '-22',
  '-16',
  '-19',
  '-12',
  '-5',
  'Input/output error',
  'Invalid argument',
]
const DRIVERS = [undefined, 'vfio-pci', 'vfio_pci', 'amdgpu']

describe.each(Object.keys(LESSONS).flatMap((code) => (isCode(code) ? [code] : [])))('message %s', (code) => {
  test('with and without a device, a group, a value, a driver', () => {
    const found: string[] = []
    for (const bdf of [null, '0000:01:00.0'])
      for (const group of [null, '12'])
        for (const value of VALUES)
          for (const driver of DRIVERS) {
            const message: Message = {
              code,
              bdf,
              group,
              line: 1,
              ...(value === undefined ? {} : { value }),
              ...(driver === undefined ? {} : { driver }),
            }
            for (const setting of SETTINGS) {
              const { title, meaning, purpose } = messageWords(message, null, setting)
              // One expectation for thousands of texts: asking each by itself takes most of the time.
              found.push(...[title, purpose].filter((text) => FAULTS.test(text)), ...faulty([plain(meaning)]))
            }
          }
    expect(found).toEqual([])
  })
})

function isCode(code: string): code is Message['code'] {
  return code in LESSONS
}

function functions(count: number): PciFunction[] {
  const { machine } = readPastes([crowdedGroup(count, 'known')], 'x')
  return machine?.devices.filter(({ name = '' }) => name.includes('82574L')) ?? []
}

describe.each([1, 2, 8])('%i functions', (count) => {
  const about = functions(count)
  test.each(['iommu', 'group', 'members', 'kind', 'two-machines', 'guest-listing'] satisfies DoubtCode[])(
    'doubt: %s',
    (code) => {
      for (const group of [null, '12'])
        for (const setting of SETTINGS) {
          const words = doubtWords({ code, about }, group, setting)
          expect(words.title).not.toMatch(/undefined|\[object|null| {2}/)
          expect(faulty([plain(words.words)])).toEqual([])
        }
    },
  )

  test.each([
    'removed',
    'platform-groups',
    'xen',
    'raspberry-pi-5',
    'power',
    'vmd',
    'two-states',
    'scanned',
    'ids-catch-others',
    'ids-not-taken',
  ] satisfies TroubleCode[])('trouble: %s', (code) => {
    const [first] = about
    const troubles: readonly Trouble[] = [
      { code, stops: true },
      { code, stops: false, ...(first === undefined ? {} : { about: first }), others: about },
    ]
    for (const trouble of troubles) {
      const words = troubleWords(trouble, NO_SETTING)
      expect(words.title).not.toMatch(/undefined|\[object|null| {2}/)
      if (trouble.about !== undefined) expect(faulty([plain(words.words)])).toEqual([])
    }
  })
})
