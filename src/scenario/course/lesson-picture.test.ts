import { describe, expect, test } from 'vitest'
import { parseLesson, type Lesson } from './lesson.ts'
import { pictureAt } from './lesson-picture.ts'
import { readLessons } from './lessons/index.ts'

const lessonWith = (picture: string): string => `---
chapter: Groups
summary: To try things.
---
# A lesson

## One

\`\`\`setup
machine dual-e1000e
kernel linux-5.10
\`\`\`

\`\`\`picture
${picture}
\`\`\`

## Two

\`\`\`predict
What now?
try:
unbind 01:00.0
- [answer ok] Yes
- [answer EBUSY] No
\`\`\`

\`\`\`picture
unfold 3
\`\`\`
`

const read = (text: string): Lesson => {
  const reading = parseLesson('01-try.md', text)
  if (!reading.ok) throw new Error(reading.problems.map(({ line, words }) => `${line}: ${words}`).join('\n'))
  return reading.lesson
}

const firstFault = (text: string): string => {
  const reading = parseLesson('01-try.md', text)
  const [problem] = reading.ok ? [] : reading.problems
  return problem === undefined ? '' : `${problem.line}: ${problem.words}`
}

test('what a block hides stays hidden over cards until the next question is answered', () => {
  const lesson = read(lessonWith('lens topology\nhide groups dma\nhighlight 01:00.0 3\npath 01:00.0 01:00.1'))
  const at = (card: number, part: number) => pictureAt(lesson, card, part)
  expect(at(0, 1)).toEqual({
    lens: 'topology',
    unfold: [],
    highlight: ['0000:01:00.0', 3],
    path: ['0000:01:00.0', '0000:01:00.1'],
    hidden: new Set(['groups', 'dma']),
  })
  expect([...at(1, 0).hidden]).toEqual(['groups', 'dma'])
  expect([...at(1, 1).hidden]).toEqual([])
  expect(at(1, 0)).toMatchObject({ lens: 'topology', unfold: [], path: null })
  expect(at(1, 1)).toMatchObject({ lens: 'ownership', unfold: [3] })
})

describe('a faulty block is named with its line', () => {
  test.each<readonly [string, string, RegExp]>([
    ['another directive', 'zoom 3', /^15: expected lens, unfold, highlight, path, hide, not "zoom"$/],
    ['nothing', '', /^14: expected lines such as/],
    ['another lens', 'lens wide', /^15: expected "lens ownership" or "lens topology"$/],
    ['two lenses', 'lens topology ownership', /^15: expected "lens ownership"/],
    ['an unknown group', 'unfold 3 77', /^15: the machine has no group 77$/],
    ['no group', 'unfold', /^15: expected numbers of groups/],
    ['an unknown device', 'highlight 05:00.0', /^15: the machine has no device 05:00\.0$/],
    ['half a path', 'path 01:00.0', /^15: expected two functions behind "path"/],
    ['another aspect', 'hide colours', /^15: expected groups, viability, isolation, dma, not "colours"$/],
  ])('%s', (_, picture, expected) => expect(firstFault(lessonWith(picture))).toMatch(expected))

  test('something hidden that no question shows again', () => {
    const text = lessonWith('lens topology').replace('unfold 3', 'hide dma')
    expect(firstFault(text)).toMatch(/^28: no question follows/)
  })
  test('a block before any machine', () => {
    expect(firstFault(lessonWith('lens topology').replace(/```setup[^`]*```/, ''))).toMatch(
      /expected a ```setup before/,
    )
  })
})

test('every question of the course that asks of the state as it is hides what it asks of', () => {
  const hiding = readLessons().flatMap((lesson) =>
    lesson.cards.flatMap(({ parts }, card) =>
      parts.flatMap((part, index) =>
        part.kind === 'predict' && part.steps.length === 0
          ? [`${lesson.slug} ${[...pictureAt(lesson, card, index).hidden].join(' ')}`]
          : [],
      ),
    ),
  )
  expect(hiding.filter((words) => words.endsWith(' '))).toEqual([])
  expect(hiding.length).toBeGreaterThan(5)
})
