import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { tableMarkdown } from './markdown.ts'

/** The rows of all tables of a text, without the spaces that align them. */
function rowsOf(text: string): string[] {
  return text
    .split('\n')
    .filter((line) => line.startsWith('|'))
    .map((line) => line.replace(/\s*\|\s*/g, '|').replace(/-{3,}/g, '---'))
}

const DOCUMENT = rowsOf(readFileSync(new URL('../../docs/explore.md', import.meta.url), 'utf8'))

test('docs/explore.md holds the table as it is computed now; npm run explore-table makes it', () => {
  const rows = rowsOf(tableMarkdown(() => performance.now()))
  expect(rows.length).toBeGreaterThan(10)
  const from = DOCUMENT.indexOf(rows[0] ?? '')
  expect(DOCUMENT.slice(from, from + rows.length)).toEqual(rows)
})
