import { expect, test } from 'vitest'
import type { Op } from '../../sim/op.ts'
import { verdictWords, type Found } from './verdict-words.ts'

const exit: Op = { op: 'exit' }
const impossible: Found = {
  verdict: 'impossible',
  limit: null,
  form: 'possible',
  path: null,
  states: 12,
  frontier: 0,
  depth: 3,
}
const reached: Found = { ...impossible, verdict: 'reached', path: [exit, exit] }
const limited: Found = { ...impossible, verdict: 'limit', limit: 'depth', frontier: 4 }

// prettier-ignore
test.each<readonly [string, Found | null, string]>([
  ['stopped', null, '‖ Stopped'],
  ['a limit', limited, '… Not decided: stopped at a limit'],
  ['never, a limit', { ...limited, form: 'never' }, '… Not decided: stopped at a limit'],
  ['reached', reached, '➜ Possible, in 2 operations'],
  ['reached by nothing', { ...reached, path: [] }, '➜ It holds already'],
  ['never, reached', { ...reached, form: 'never' }, '✗ No: it happens after 2 operations'],
  ['always, the contrary reached', { ...reached, form: 'always' }, '✗ No: it happens after 2 operations'],
  ['not reached', impossible, '∅ Impossible: all 12 states examined'],
  ['never, not reached', { ...impossible, form: 'never' }, '✓ Never: all 12 states examined'],
  ['always, the contrary not reached', { ...impossible, form: 'always' }, '✓ Never: all 12 states examined'],
])('the verdict of a search: %s', (_, result, expected) => {
  const { glyph, title } = verdictWords(result, null)
  expect(`${glyph} ${title}`).toBe(expected)
})
