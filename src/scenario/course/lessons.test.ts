import { fileURLToPath } from 'node:url'
import { describe, expect, test } from 'vitest'
import { lessonFaults, lessonFiles } from '../../../scripts/lessons.ts'
import { momentOf } from '../condition/moment.ts'
import { checkLesson, isReached, rightChoices } from './lesson-check.ts'
import { plainText, readInline } from './lesson-words.ts'
import { parseLesson } from './lesson.ts'
import { readLessons } from './lessons/index.ts'
import { machineOf, setupOf } from '../document/scenario.ts'
import { kernelById } from '../../sim/kernels/registry.ts'
import { replay } from '../../sim/replay.ts'

const root = fileURLToPath(new URL('../../..', import.meta.url))
const LESSONS = readLessons()

describe('the lessons that ship', () => {
  test('have no fault, and the page has each of them', () => {
    const files = lessonFiles(root)
    expect(lessonFaults(files)).toEqual([])
    expect(LESSONS.map(({ file }) => file)).toEqual([...files.keys()])
    expect(LESSONS.length).toBeGreaterThanOrEqual(14)
  })

  test('stand in chapters that are not torn apart, numbered one after the other', () => {
    const chapters = LESSONS.map((lesson) => lesson.chapter)
    const starts = chapters.filter((chapter, index) => chapter !== chapters[index - 1])
    expect(new Set(starts).size).toBe(starts.length)
    expect(LESSONS.map((lesson) => Number(lesson.file.slice(0, 2)))).toEqual(LESSONS.map((_, index) => index + 1))
  })

  test.each(LESSONS.map((lesson) => [lesson.slug, lesson] as const))(
    '%s: each solution reaches its goal',
    (_, lesson) => {
      expect(checkLesson(lesson)).toEqual([])
      const parts = lesson.cards.flatMap((card) => card.parts)
      // Nothing but words would be a page, not a lesson.
      expect(parts.some((part) => part.kind === 'goal' || part.kind === 'predict')).toBe(true)
      for (const part of parts) {
        if (part.kind === 'predict') expect(rightChoices(part)).toHaveLength(1)
        if (part.kind !== 'goal') continue
        const kernel = kernelById(part.after.kernel)
        const machine = machineOf(part.after)
        if (kernel === undefined || machine === undefined) throw new Error('runs on nothing that ships')
        const run = replay(kernel, setupOf(part.after, machine), part.after.ops)
        expect(isReached(part, momentOf(run, part.after.cursor))).toBe(true)
        expect(isReached(part, momentOf(run, part.before.cursor))).toBe(false)
      }
    },
  )

  test('links between them lead somewhere', () => {
    const slugs = LESSONS.map((lesson) => lesson.slug)
    for (const text of lessonFiles(root).values()) {
      for (const [, slug = ''] of text.matchAll(/\(\/lesson\/([^)]+)\)/g)) expect(slugs).toContain(slug)
    }
  })
})

/** A sound lesson; `faulty` replaces one thing in it. */
const SOUND = `---
chapter: Groups
summary: To try things.
---
# A lesson

## A card

Words with **weight** and \`code\`.

\`\`\`setup
machine dual-e1000e
kernel linux-5.10

unbind 01:00.0
\`\`\`

\`\`\`predict
What now?
try:
bind 01:00.0 e1000e
- [answer ok] It works
- [answer EBUSY] It does not
\`\`\`

\`\`\`goal
Make a file.
- [node 3] the file is there
solution:
unbind 01:00.1
bind 01:00.1 vfio-pci
\`\`\`
`

function faultsOf(text: string, file = '01-try.md'): string[] {
  return lessonFaults(new Map([[file, text]])).map((fault) => fault.replace('src/scenario/course/lessons/', ''))
}

function faulty(from: string, to: string): string[] {
  expect(SOUND).toContain(from)
  return faultsOf(SOUND.replace(from, to))
}

describe('a faulty lesson fails with file and line', () => {
  test('a sound one does not', () => expect(faultsOf(SOUND)).toEqual([]))

  test.each([
    ['a wrong script', 'unbind 01:00.1', 'unbindd 01:00.1', /^01-try\.md:30: column 1: expected an operation/],
    [
      'an unknown device',
      'unbind 01:00.1',
      'unbind 05:00.1',
      /^01-try\.md:30: column 8: the machine has no device 0000:05:00\.1$/,
    ],
    [
      'an unknown device in the setup',
      'unbind 01:00.0',
      'unbind 05:00.0',
      /^01-try\.md:15: column 8: the machine has no device/,
    ],
    ['an unknown machine', 'dual-e1000e', 'quad', /^01-try\.md:12: column 9: no machine/],
    ['an unknown kernel', 'linux-5.10', 'linux-9', /^01-try\.md:13: column 8: expected a kernel/],
    [
      'an unknown group in a condition',
      'node 3',
      'node 33',
      /^01-try\.md:28: in \[node 33\], column 6: "33" is no group of the scenario/,
    ],
    [
      'an unknown word in a condition',
      'node 3',
      'noode 3',
      /^01-try\.md:28: in \[noode 3\], column 1: expected one of bug, blocked/,
    ],
    [
      'a goal that is not reached',
      'bind 01:00.1 vfio-pci',
      'bind 01:00.1 pci-stub',
      /^01-try\.md:26: its solution does not reach the goal: what line 28 wants/,
    ],
    [
      'a goal that is reached at once',
      '[node 3]',
      '[!node 3]',
      /^01-try\.md:26: the goal is reached before anything is done$/,
    ],
    [
      'a goal that is reached early',
      'bind 01:00.1 vfio-pci',
      'bind 01:00.1 vfio-pci\nunbind 01:00.0',
      /^01-try\.md:26: the solution reaches the goal 1 steps before its end$/,
    ],
    ['a goal without a solution', 'solution:\n', '', /^01-try\.md:2\d: /],
    ['no choice that holds', 'answer ok', 'answer EINVAL', /^01-try\.md:18: no choice holds$/],
    [
      'two choices that hold',
      'answer EBUSY',
      '!bug',
      /^01-try\.md:18: more than one choice holds: those of lines 22 and 23$/,
    ],
    [
      'an answer that is not as written',
      'unbind 01:00.1\n',
      'unbind 01:00.1 #= EBUSY\n',
      /^01-try\.md:30: is answered ok, not EBUSY/,
    ],
    [
      'an answer that is not written',
      'unbind 01:00.1\n',
      'unbind 01:00.1\nunbind 01:00.1\n',
      /^01-try\.md:31: is answered ENODEV, not ok/,
    ],
    [
      'a block of another kind',
      '```goal',
      '```gaol',
      /^01-try\.md:26: expected ```setup, ```script, ```predict, ```goal, ```picture, not ```gaol$/,
    ],
    ['a mark without its end', '`code`', '`code', /^01-try\.md:9: a ` without its end$/],
    ['no title', '# A lesson', 'A lesson', /^01-try\.md:5: expected the title/],
    ['no summary', 'summary: To try things.\n', '', /^01-try\.md:\d: expected a line "summary: …"/],
    ['words before a card', '## A card', '', /^01-try\.md:9: expected "## …"/],
    ['one choice only', '- [answer EBUSY] It does not\n', '', /^01-try\.md:18: expected at least two choices/],
  ] as const)('%s', (_, from, to, expected) => {
    expect(faulty(from, to)[0]).toMatch(expected)
  })

  test('one fault is said once, where it is', () => {
    expect(faulty('unbind 01:00.0', 'unbind 05:00.0')).toEqual([
      '01-try.md:15: column 8: the machine has no device 0000:05:00.0',
    ])
    const script = SOUND.replace('```predict', '```script\nopn_group 3\n```\n\n```predict')
    expect(faultsOf(script)).toEqual(['01-try.md:19: column 1: expected an operation, not "opn_group"'])
  })
  test('a block that is not closed', () => {
    expect(faultsOf(SOUND.replace(/```\n$/, ''))[0]).toMatch(/^01-try\.md:26: a block that is not closed/)
  })
  test('a block before any machine', () => {
    expect(faultsOf(SOUND.replace(/```setup[^`]*```/, ''))[0]).toMatch(/^01-try\.md:\d+: expected a ```setup before it/)
  })
  test('a name that is no address', () => {
    expect(faultsOf(SOUND, 'Try.md')[0]).toMatch(/^Try\.md:1: expected a file name/)
  })
  test('never throws, whatever is left out', () => {
    const lines = SOUND.split('\n')
    const problems = lines.flatMap((_, index) => {
      const reading = parseLesson('01-try.md', lines.toSpliced(index, 1).join('\n'))
      return reading.ok ? [] : reading.problems
    })
    expect(problems.length).toBeGreaterThan(10)
    expect(problems.filter((problem) => problem.line < 1 || problem.words === '')).toEqual([])
  })
})

test('marks within a line', () => {
  const faults: string[] = []
  const words = readInline({ line: 1, text: 'a `b` **c `d`** *e* 2 * 3 [f](https://example.org)' }, (_, fault) =>
    faults.push(fault),
  )
  expect(words).toEqual([
    'a ',
    { kind: 'code', text: 'b' },
    ' ',
    { kind: 'strong', words: ['c ', { kind: 'code', text: 'd' }] },
    ' ',
    { kind: 'em', words: ['e'] },
    ' 2 * 3 ',
    { kind: 'link', href: 'https://example.org', words: ['f'] },
  ])
  expect(plainText(words)).toBe('a b c d e 2 * 3 f')
  expect(faults).toEqual([])
})
