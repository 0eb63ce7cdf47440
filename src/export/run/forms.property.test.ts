/** With every release: words that try to get out of where they stand, in every form. */
import { spawnSync } from 'node:child_process'
import fc from 'fast-check'
import { fromMarkdown } from 'mdast-util-from-markdown'
import { describe, expect, test } from 'vitest'
import { LIBRARY } from '../../scenario/library/index.ts'
import type { Scenario } from '../../scenario/document/scenario.ts'
import { FORMS } from './forms.ts'
import { columnsOf } from './plain-text.ts'
import { LINK, made, played, shipped } from './played.test-helper.ts'

/** Titles, notes and users that try to get out of where they stand. A document's gate refuses some of them. */
const hostile = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 60 }),
  fc
    .array(
      fc.constantFrom(
        '`',
        '"',
        "'",
        '\n',
        '\r',
        '*/',
        '/*',
        '-->',
        '?>',
        '$(x)',
        '|',
        '](',
        '<b>',
        ';',
        '#',
        '\\',
        '%%',
        '汉',
        'end',
        ' ',
        'a',
        '\u2028',
      ),
      { maxLength: 40 },
    )
    .map((parts) => parts.join('')),
)
const scenarios = fc
  .record({ title: hostile, note: hostile, name: hostile, user: hostile, long: fc.nat(200) })
  .map(({ title, note, name, user, long }): Scenario => {
    const { ops } = shipped('unbind-open-device')
    return {
      ...shipped('unbind-open-device'),
      title: title + 'x'.repeat(long),
      notes: { '0': note, '2': note, '5': title },
      processes: [
        { name, user },
        { name: 'other', user: 'root' },
      ],
      ops: [{ op: 'chown_group', group: '3', user }, ...ops],
      cursor: 0,
    }
  })

describe('hostile words stay where they are', () => {
  test('no line of a mail but the link is longer than 72 columns', () => {
    fc.assert(
      fc.property(scenarios, (scenario) => {
        const lines = made('mail', scenario).split('\n')
        expect(lines.filter((line) => columnsOf(line) > 72 && line !== LINK)).toEqual([])
        expect(lines[0]).toMatch(/^Subject: /)
        expect(lines.join('')).not.toMatch(/[\p{Cc}\p{Zl}\p{Zp}]/u)
      }),
      { numRuns: 60 },
    )
  })

  test('a shell takes the script for the commands of the run and nothing else', () => {
    const commands = made('shell', shipped('unbind-open-device')).match(/^(?:echo|chown|modprobe|for) /gm) ?? []
    fc.assert(
      fc.property(scenarios, (scenario) => {
        const script = made('shell', scenario)
        const own = script.split('\n').filter((line) => line !== '' && !line.startsWith('#'))
        expect(own.filter((line) => /^(?:echo|modprobe) /.test(line))).toHaveLength(commands.length)
      }),
      { numRuns: 60 },
    )
  })

  test('a shell can read every script of the library', () => {
    for (const { id, scenario } of LIBRARY) {
      for (const form of ['shell', 'qemu', 'proxmox'] as const) {
        const exported = FORMS[form].make(played(scenario))
        // What Proxmox gets holds files as well as commands.
        if (!exported.ok || form === 'proxmox') continue
        const { status, stderr, error } = spawnSync('sh', ['-n'], { input: exported.text, encoding: 'utf8' })
        if (error !== undefined) return
        expect(`${id} ${form} ${status} ${stderr}`).toBe(`${id} ${form} 0 `)
      }
    }
  })

  test('Markdown has the same parts, and rows the same cells, whatever the words are', () => {
    const shape = (text: string): string[] => fromMarkdown(text).children.map(({ type }) => type)
    const usual = shape(made('markdown', { ...shipped('unbind-open-device'), notes: { '0': 'a note' } }))
    fc.assert(
      fc.property(scenarios, (scenario) => {
        const text = made('markdown', scenario)
        const said = scenario.notes?.['0']?.trim() ?? ''
        const expected = said === '' ? usual.filter((type) => type !== 'blockquote') : usual
        expect(shape(text).filter((type) => said !== '' || type !== 'blockquote')).toEqual(expected)
        const rows = text.split('\n').filter((line) => line.startsWith('| '))
        for (const row of rows) expect(row.replaceAll(/\\\\|\\\|/g, '').match(/\|/g)).toHaveLength(6)
        expect(text.match(/^\[Open this run/gm)).toHaveLength(1)
      }),
      { numRuns: 60 },
    )
  })

  test('every line of a Mermaid diagram is one that it knows', () => {
    fc.assert(
      fc.property(scenarios, (scenario) => {
        const lines = made('mermaid', scenario).trimEnd().split('\n')
        for (const line of lines) {
          expect(line).toMatch(
            /^(?:sequenceDiagram|  accTitle: .*|  participant (?:p\d+|k) as .*|  Note over [pk\d,]+: .*|  [pk]\d*(?:->>|-->>|--x)[pk]\d*: .*|  %% https:.*)$/,
          )
          if (!line.startsWith('  %%'))
            expect(line.replaceAll(/#\d+;/g, '').replaceAll('<br/>', '')).not.toMatch(/[;#<"`[\]{}]/)
        }
      }),
      { numRuns: 60 },
    )
  })

  test('comments of XML do not end early', () => {
    fc.assert(
      fc.property(scenarios, (scenario) => {
        // As root, because what may not open the group's file gets no device.
        const processes = scenario.processes.map(({ name }) => ({ name, user: 'root' }))
        const text = made('libvirt', { ...scenario, processes })
        const rest = text.replaceAll(/<!--(?:(?!--).)*-->/gs, '').replace(/<\?link .*?\?>/s, '')
        expect(rest.replaceAll(/<\/?(?:hostdev|source|address)[^<>]*>/g, '').trim()).toBe('')
      }),
      { numRuns: 60 },
    )
  })
})
