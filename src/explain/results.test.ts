import { expect, test } from 'vitest'
import { BLOCKED, OK, refuse, type Result } from '../sim/result.ts'
import { describeResult } from './results.ts'

const cases: readonly (readonly [Result, string])[] = [
  [OK, '✓ ok ok'],
  [{ ok: true, value: 1 }, '✓ ok, 1 ok'],
  [{ ok: true, id: 3 }, '✓ ok, id 3 ok'],
  [{ ok: true, value: { viable: true, container_set: false } }, '✓ viable ok'],
  [{ ok: true, value: { viable: false, container_set: true } }, '• not viable, in a container info'],
  [{ ok: true, value: { unmapped: 2097152 } }, '✓ ok, 2M unmapped ok'],
  [{ ok: true, value: { unmapped: 0 } }, '✓ ok, 0 unmapped ok'],
  [{ ok: true, value: { physical: 'blocked', iova: 'blocked' } }, '• faults info'],
  [{ ok: true, value: { physical: 'ok', iova: 'blocked' } }, '• reaches host memory info'],
  [{ ok: true, value: { physical: 'blocked', iova: 'ok' } }, '✓ reaches the mapped page ok'],
  [{ ok: true, value: { flags: 3, num_regions: 9, num_irqs: 5 } }, '✓ ok ok'],
  [refuse('EINVAL'), '✗ EINVAL bad'],
  [BLOCKED, '… waits wait'],
  [{ bug: { file: 'a.c', line: 1, text: 'kernel BUG at a.c:1!' } }, '☠ BUG bug'],
]

test.each(cases)('%j', (result, expected) => {
  const { glyph, word, tone } = describeResult(result)
  expect(`${glyph} ${word} ${tone}`).toBe(expected)
})
