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

  test('no file, no such file', async () => {
    expect(await run([])).toBe(2)
    expect(await run([`${file('')}-none`])).toBe(1)
  })
})
