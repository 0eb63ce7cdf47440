import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { FORM_IDS } from '../export/run/forms.ts'
import { surroundings } from './command.test-helper.ts'
import { run } from './export.ts'

const SCRIPT = `title A run
machine dual-e1000e
kernel linux-5.10
unbind 01:00.1
bind 01:00.1 vfio-pci
g = open_group 3
`

describe('export', () => {
  const { out, err, file } = surroundings()

  // prettier-ignore
  const forms = [
    ['c', /static void step_3\(struct answer \*a\) \{\n {2}open_file\(a, &fd_g, "\/dev\/vfio\/3"\);/],
    ['shell', /^echo 0000:01:00\.1 > \/sys\/bus\/pci\/drivers\/vfio-pci\/bind$/m],
    ['mail', /^ ?3 {2}qemu: g = open \/dev\/vfio\/3 +ok$/m],
    ['markdown', /^\| 3 \| qemu \| `g = open \/dev\/vfio\/3` \| `ok` \| {2}\|$/m],
    ['mermaid', /^ {2}p1->>k: 3 g = open \/dev\/vfio\/3$/m],
    ['script', /^g = open_group 3$/m],
    ['json', /"as": "g"/],
    ['link', /^#1\./],
  ] as const
  test.each(forms)('as %s', async (form, expected) => {
    expect(await run([file(SCRIPT), '--as', form])).toBe(0)
    expect(out.join('\n')).toMatch(expected)
    expect(err).toEqual([])
  })

  test('with the address of a page there is a link in it', async () => {
    expect(await run([file(SCRIPT), '--as', 'mail', '--page', 'https://example.org/play/#1.old'])).toBe(0)
    expect(out.join('\n')).toMatch(/\n\nhttps:\/\/example\.org\/play\/#1\.[\w-]+$/)
  })

  test('into a file', async () => {
    const name = file(SCRIPT)
    expect(await run([name, '--as', 'json', '--out', `${name}.json`])).toBe(0)
    expect(out).toEqual([])
    expect(JSON.parse(readFileSync(`${name}.json`, 'utf8'))).toMatchObject({ title: 'A run' })
  })

  // prettier-ignore
  const refusals = [
    ['a run that no guest makes', SCRIPT, ['--as', 'qemu'], 1, /^export: No process of this run gets a device/],
    ['a proposal', SCRIPT.replace('linux-5.10', 'ioasid-t'), ['--as', 'c'], 1, /^export: Proposal T is a proposal/],
    ['a script with a fault', `${SCRIPT}nonsense\n`, ['--as', 'c'], 1, /given:7:1: /],
    ['no form', SCRIPT, [], 2, /^usage: export FILE --as FORM/],
    ['a form that is none', SCRIPT, ['--as', 'pdf'], 2, /^export: there is no form "pdf"\nusage: /],
    ['an option that is none', SCRIPT, ['--as', 'c', '--fast'], 2, /--fast/],
    ['a page without an address', SCRIPT, ['--as', 'link', '--page', 'here'], 2, /^export: "here" is no address/],
    ['a folder that is not there', SCRIPT, ['--as', 'c', '--out', '/no/such/folder/run.c'], 1, /^export: ENOENT/],
  ] as const
  test.each(refusals)('%s', async (_, script, options, code, expected) => {
    expect(await run([file(script), ...options])).toBe(code)
    expect(err.join('\n')).toMatch(expected)
    expect(out).toEqual([])
  })

  test('a file that is not there', async () => {
    expect(await run(['/no/such/file', '--as', 'c'])).toBe(1)
    expect(err.join('\n')).toMatch(/^export: ENOENT/)
  })

  test('the usage names every form', async () => {
    expect(await run([])).toBe(2)
    for (const form of FORM_IDS) expect(err.join('\n')).toContain(form)
  })
})
