import { readdirSync, readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { run as advise } from './advise.ts'
import { surroundings } from './command.test-helper.ts'
import { run as explore } from './explore.ts'
import { run as groups } from './groups.ts'
import { run as importListing } from './import.ts'
import { run as replay } from './replay.ts'
import { printable } from './terminal.ts'

const here = surroundings()

test.each([
  ['\u001b]0;title\u0007', '\\u001b]0;title\\u0007'],
  ['\u009b31m', '\\u009b31m'],
  ['a\u202eb', 'a\\u202eb'],
  ['back\rward\b', 'back\\u000dward\\u0008'],
  ['tab\tand\nline, “quotes”, 组', 'tab\tand\nline, “quotes”, 组'],
])('%j', (text, expected) => {
  expect(printable(text)).toBe(expected)
  expect(JSON.parse(printable(JSON.stringify({ text })))).toEqual({ text })
})

/** ESC, C1, marks of direction, carriage return. */
const ACTING = '\u001b[2J\u009b5m\u202e\u2066\r'
const NAMED = `01:00.0 VGA compatible controller [0300]: NVIDIA${ACTING}card [10de:2204]\n\tKernel driver in use: x${ACTING}\nmy ${ACTING} 02:00.0\n`

describe.each([
  ['import', importListing],
  ['advise', advise],
  ['replay', replay],
  ['explore', explore],
  ['groups', groups],
])('%s prints nothing that a terminal acts upon', (_, run) => {
  test.each([
    ['a listing', NAMED],
    ['a broken document', `{"title":"${ACTING}","machine":"${ACTING}"}`],
    ['a document that is no JSON', `{"a": ${ACTING}`],
    ['a script', `machine ${ACTING}\nopen ${ACTING}\n`],
  ])('%s', async (__, text) => {
    await run([here.file(text)])
    await run([`/nowhere/${ACTING}`])
    await run([`--${ACTING}`])
    for (const line of [...here.out, ...here.err]) expect(printable(line)).toBe(line)
  })
})

test('nothing prints past it', () => {
  const folder = new URL('.', import.meta.url)
  const past = readdirSync(folder).filter(
    (file) =>
      /^[a-z-]+\.ts$/.test(file) &&
      file !== 'terminal.ts' &&
      /console\.|process\.std(?:out|err)/.test(readFileSync(new URL(file, folder), 'utf8')),
  )
  expect(past).toEqual([])
})
