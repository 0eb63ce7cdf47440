import { expect, test } from 'vitest'
import { parseGoal, QUESTIONS } from './goals.ts'
import { questionWords } from './words.ts'

function wordsOf(text: string): string {
  const reading = parseGoal(text)
  return reading.ok ? questionWords(reading.goal) : `${reading.column}: ${reading.words}`
}

test.each([
  ['!bug', 'the kernel does not stop itself'],
  ['blocked:unbind@01:00.0', 'unbind on 01:00.0 does not return at once'],
  ['errno:EBUSY:open_group@qemu', 'open_group of qemu is refused with EBUSY'],
  ['device-fd@0000:01:00.0', 'a process holds a file that drives 01:00.0'],
  ['!device-fd@3', 'no process holds a file that drives a device of group 3'],
  ['!group-fd@qemu', 'qemu does not hold a file of the group'],
  ['!driver:vfio-pci@01:00.0', '01:00.0 is not bound to vfio-pci'],
  ['!driver:vfio-pci@3', 'no device of group 3 is bound to vfio-pci'],
  ['viable@3 & !isolated@3', 'the kernel calls group 3 viable, and group 3 is not isolated'],
  [
    'container & (waiting | !viable)',
    'of one and the same group: the group is in a container, and (a call about the group is waiting, or the kernel does not call the group viable)',
  ],
  // What the search looks for under "always" is the contrary.
  ['always viable@3', 'the kernel does not call group 3 viable'],
])('%s', (text, words) => {
  expect(wordsOf(text)).toBe(words)
})

test.each(QUESTIONS.map(({ goal, that }) => [goal, that]))('%s has a sentence of its own', (goal, that) => {
  expect(wordsOf(goal)).toBe(that)
  expect(wordsOf(`never ${goal}`)).toBe(that)
})

test('questions to offer have ids and titles of their own', () => {
  for (const texts of [QUESTIONS.map(({ id }) => id), QUESTIONS.map(({ title }) => title)]) {
    expect(texts).not.toContain('')
    expect(new Set(texts).size).toBe(QUESTIONS.length)
  }
})
