import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { surroundings } from './command.test-helper.ts'
import { run } from './replay.ts'

const SCRIPT = `machine dual-e1000e
kernel linux-5.10
unbind 01:00.0
unbind 01:00.1
bind 01:00.1 vfio-pci
g = open_group 3
c = open_container
group_set_container g c
set_iommu c type1v2
map_dma c 0 4096
d = group_get_device_fd g 01:00.1
unbind 01:00.1
close d
close g
bind 01:00.0 none-such
`

describe('replay', () => {
  const { out, err, file } = surroundings()

  test('a line for each step', async () => {
    expect(await run([file(SCRIPT)])).toBe(0)
    const lines = out.join('\n').split('\n')
    expect(lines).toHaveLength(13)
    expect(lines[0]).toMatch(/^ 1 {2}unbind 0000:01:00\.0 +ok$/)
    expect(lines[9]).toMatch(/^10 {2}unbind 0000:01:00\.1 +blocked$/)
    expect(lines[11]).toMatch(/^12 {2}close g +ok; step 10: ok$/)
    expect(lines[12]).toMatch(/ENOENT$/)
  })

  test('everything as JSON', async () => {
    expect(await run(['--json', file(SCRIPT)])).toBe(0)
    const document: unknown = JSON.parse(out.join('\n'))
    expect(document).toMatchObject({ machine: 'dual-e1000e', kernel: 'linux-5.10', boot: { iommu: 'nopt' } })
    expect(document).toHaveProperty(['steps', 11, 'completes'], [{ step: 10, result: { ok: true } }])
    expect(document).toHaveProperty(
      ['steps', 6, 'trace'],
      expect.arrayContaining([
        { event: 'check', code: 'L.SI.1', ok: true, subject: { container: 0 } },
        {
          event: 'effect',
          code: 'hw.context',
          subject: { context: { kind: 'domain', domain: 0 }, device: '0000:01:00.0' },
        },
      ]),
    )
  })

  test.each([
    ['a fault in the script', `${SCRIPT}unbind nonsense\n`, /:16:\d+: /],
    ['an unknown machine', SCRIPT.replace('dual-e1000e', 'none'), /none/],
  ])('%s is named', async (_, text, message) => {
    expect(await run([file(text)])).toBe(1)
    expect(err.join('\n')).toMatch(message)
  })

  const EXPECTS = SCRIPT.replace('unbind 01:00.1\nclose d', 'unbind 01:00.1\nexpect blocked\nclose d')

  test('what the scenario expects holds', async () => {
    expect(await run([file(`${EXPECTS}expect ENOENT\nexpect !device-fd@01:00.1\n`)])).toBe(0)
    expect(out.at(-1)).toBe('expectations: 3 hold, 0 do not')
  })

  test('an expectation that does not hold is said with its line, what was expected and what came', async () => {
    const path = file(`${EXPECTS}expect EBUSY\nexpect device-fd@01:00.1 # a comment\nexpect viable@99\n`)
    const report = `${path}.xml`
    expect(await run([path, '--junit', report])).toBe(1)
    expect(err).toEqual([
      `${path}:17: expected EBUSY: it does not hold; step 13 (bind) ended with ENOENT`,
      `${path}:18: expected device-fd@01:00.1: it does not hold; step 13 (bind) ended with ENOENT`,
      expect.stringMatching(/:19: expected viable@99: it cannot be asked: .*99/),
    ])
    const xml = readFileSync(report, 'utf8')
    expect(xml).toContain('tests="4" failures="3"')
    expect(xml).toContain('<testcase name="step 10: expect blocked" classname="')
    expect(xml).toContain('line="17">\n    <failure message="it does not hold; step 13')
  })

  test('an expectation with a fault in its form is a fault of the script', async () => {
    expect(await run([file(`${SCRIPT}expect viabel@3\nexpect\n`)])).toBe(1)
    expect(err[0]).toMatch(/:16:8: /)
    expect(err[1]).toMatch(/:17:7: expected ok, an errno/)
  })

  test('the example of docs/script.md does what it says', async () => {
    const page = readFileSync(new URL('../../docs/script.md', import.meta.url), 'utf8')
    const [, example = ''] = /\n((?: {4}#: Words.*\n)(?:(?: {4}.*)?\n)+)/.exec(page) ?? []
    expect(await run([file(example.replaceAll(/^ {4}/gm, ''))])).toBe(0)
    expect(out.at(-1)).toBe('expectations: 3 hold, 0 do not')
  })

  test('no file, no such file', async () => {
    expect(await run([])).toBe(2)
    expect(await run([`${file('')}-none`])).toBe(1)
  })
})
