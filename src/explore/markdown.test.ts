import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { tableMarkdown, wordsMarkdown } from './markdown.ts'

/** The rows of all tables of a text, without the spaces that align them. */
function rowsOf(text: string): string[] {
  return text
    .split('\n')
    .filter((line) => line.startsWith('|'))
    .map((line) => line.replace(/\s*\|\s*/g, '|').replace(/-{3,}/g, '---'))
}

const DOCUMENT = rowsOf(readFileSync(new URL('../../docs/explore.md', import.meta.url), 'utf8'))

test.each([
  ['words', wordsMarkdown],
  ['table', () => tableMarkdown(() => performance.now())],
])('docs/explore.md holds the %s as they are computed now; npm run explore-table makes them', (_, compute) => {
  const rows = rowsOf(compute())
  expect(rows.length).toBeGreaterThan(10)
  const from = DOCUMENT.indexOf(rows[0] ?? '')
  expect(DOCUMENT.slice(from, from + rows.length)).toEqual(rows)
})
