import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { plain } from '../explain/words.ts'
import { machineFromImport } from '../import/from-import.ts'
import { importListing } from '../import/index.ts'
import { adviceFor } from './advice.ts'
import { questionsAtLarge, questionsFor, type Question } from './questions.ts'
import { SITUATIONS } from './situations.test-helper.ts'

function situation(number: number): string {
  return SITUATIONS.find((each) => each.number === number)?.text ?? ''
}

function fixture(name: string): string {
  return readFileSync(new URL(`../import/fixtures/${name}.txt`, import.meta.url), 'utf8')
}

function ask(text: string, device: string): Question[] {
  const imported = importListing(text)
  const before = imported.alternatives?.['before']
  const advice = adviceFor(machineFromImport(imported, 'x'), `0000:${device}`, before === undefined ? {} : { before })
  if (advice === null) throw new Error('no such device')
  return questionsFor(advice, 'linux-6.1')
}

/** Number, listing, wanted device, where the answer stands, and what it has to say. */
const TABLE: readonly (readonly [number, string, string, string, RegExp])[] = [
  [1, situation(1), '01:00.0', 'member 0000:01:00.1', /01:00\.1 must not keep snd_hda_intel/],
  [2, situation(12), '01:00.0', 'member 0000:00:01.0', /pcieport and pci-stub say/],
  [3, situation(2), '0a:00.0', 'answer', /0a:00\.1 by snd_hda_intel, 0a:00\.2 by xhci_hcd/],
  [4, situation(1), '01:00.0', 'commands', /nvidia.*softdep lines, rebuild the initramfs/],
  [5, situation(4), '04:00.0', 'answer', /giving up 02:00\.0, 02:00\.1 and 2a:00\.0 on the host/],
  [6, situation(5), '01:00.0', 'member 0000:02:00.0', /one owner at a time/],
  [7, situation(5), '01:00.0', 'alternatives', /could still reach .*02:00\.0/],
  [8, situation(3), '04:00.0', 'member 0000:04:00.1', /let go of its driver/],
  [9, situation(8), '05:10.0', 'causes', /00:07\.0 above is in the group too, which means: no ACS/],
  [10, situation(6), '00:1f.3', 'answer', /shares its group with 00:1f\.0, 00:1f\.2 and 00:1f\.4/],
  [11, situation(9), '04:00.0', 'member 0000:00:02.0', /No: 00:02\.0 has no driver/],
  [12, situation(7), '06:00.0', 'causes', /05:00\.0 uses one requester ID/],
  [13, situation(10), '07:00.0', 'causes', /members? before and has/],
  [14, situation(1), '01:00.0', 'answer', /VT-d, AMD-Vi, SMMU/],
  [15, fixture('find-skylake-two-r7-240-01'), '01:00.0', 'commands', /vfio-pci ids= would take both/],
]

test.each(TABLE)('question %i stands where one asks it', (number, text, device, place, says) => {
  const question = ask(text, device).find((each) => each.number === number)
  expect([question?.place, question?.bdf].filter((part) => part !== undefined).join(' ')).toBe(place)
  expect(plain(question?.answer ?? [])).toMatch(says)
})

describe('all fifteen have an answer everywhere', () => {
  test.each(SITUATIONS.map((each) => [each.number, each] as const))('situation %i', (_, { text, device }) => {
    const questions = ask(text, device)
    expect(questions.map(({ number }) => number)).toEqual(Array.from({ length: 15 }, (__, index) => index + 1))
    for (const { question, answer, source } of questions) {
      expect([question, plain(answer), source].join(' ')).not.toMatch(/undefined|\[object|null|\?\?|  /)
      expect(question.endsWith('?')).toBe(true)
    }
  })
})

test('where there is no device, all stand in the list', () => {
  expect(questionsAtLarge('linux-5.10').map(({ place }) => place)).toEqual(Array.from({ length: 15 }, () => 'more'))
})
