import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { COVERAGE_FILE, coverageDocument, NO_REASON } from './coverage.ts'
import { reasonFor } from './coverage-reasons.ts'

test('conformance/COVERAGE.md is what `npm run coverage-of-recordings` makes, and gives every reason', async () => {
  const made = await coverageDocument()
  expect(made).not.toContain(NO_REASON)
  expect(readFileSync(COVERAGE_FILE, 'utf8'), 'run npm run coverage-of-recordings').toBe(made)
}, 600_000)

test('an outcome that no rule is about has no reason', () => {
  expect(reasonFor('bind', 'EIO')).toBeUndefined()
  expect(reasonFor('open_group', 'EACCES')).toContain('root')
})
