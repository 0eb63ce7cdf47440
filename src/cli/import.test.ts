import path from 'node:path'
import { describe, expect, test } from 'vitest'
import { surroundings } from './command.test-helper.ts'
import { run } from './import.ts'

describe('import', () => {
  const { out, err, file } = surroundings()

  test('prints what a listing tells, and on stderr what it lacks', async () => {
    expect(await run([file('IOMMU Group 7:\n\t01:00.0 VGA compatible controller [0300]: X [10de:2204]\n')])).toBe(0)
    expect(JSON.parse(out.join('\n'))).toMatchObject({ format: 'arch-multiline', groups: { '7': ['0000:01:00.0'] } })
    expect(err.join('\n')).toContain('does not tell drivers')
  })

  test('an error alone is something read', async () => {
    expect(await run([file('vfio 0000:01:00.0: group 1 is not viable')])).toBe(0)
    expect(JSON.parse(out.join('\n'))).toMatchObject({ errors: [{ bdf: '0000:01:00.0', group: '1' }] })
  })

  test.each([
    ['nothing', '', /nothing in .*given$/],
    ['white space', ' \n\t\n', /nothing in .*given$/],
    ['prose', 'My card is 01:00.0, in IOMMU group 5.\nThanks\n', /no listing found in .*given$/],
    ['a heading alone', 'IOMMU Group 5:\n', /no listing found/],
    ['the head of a table', '│ class │ id │ iommugroup │\n', /no listing found/],
    ['a program', '/* 00:1f.3: fallback */\nchar *n[] = { "0000:00:1f.0", "00:02.0" };\n', /no listing found/],
    ['no text', Uint8Array.from({ length: 3000 }, (_, i) => (i * 7919) % 251), /no listing found/],
  ])('%s: exit code 1 and one line', async (_, text, message) => {
    expect(await run([file(text)])).toBe(1)
    expect(out).toEqual([])
    expect(err).toHaveLength(1)
    expect(err[0]).toMatch(message)
  })

  test.each(['none-such', ''])('no file: %j', async (name) => {
    expect(await run([path.join(path.dirname(file('')), name)])).toBe(1)
    expect(err).toHaveLength(1)
    expect(err[0]).toMatch(/^import: .*command-.*: /)
  })
})
