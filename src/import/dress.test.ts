import { readdirSync, readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { importListing } from './index.ts'
import type { ImportResult } from './result.ts'

const folder = new URL('./fixtures/', import.meta.url)
const names = readdirSync(folder).filter((file) => file.endsWith('.txt'))

/** What editors, mailers, forums and web pages make of a text on its way. */
const DRESSES: Readonly<Record<string, (text: string) => string>> = {
  quoted: (text) => text.replaceAll(/^/gm, '> '),
  'quoted twice': (text) => text.replaceAll(/^/gm, '>> '),
  'line ends of DOS': (text) => text.replaceAll(/\r?\n/g, '\r\n'),
  'line ends of old Macs': (text) => text.replaceAll(/\r?\n/g, '\r'),
  'byte order mark': (text) => `\ufeff${text}`,
  'UTF-16 read as UTF-8': (text) => text.split('').join('\u0000'),
  'spaces that do not break': (text) => text.replaceAll(' ', '\u00a0'),
  'spaces at the ends': (text) => text.replaceAll(/$/gm, '  '),
  'tabs lost': (text) => text.replaceAll('\t', '        '),
  'entities of HTML': (text) => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;'),
  'line breaks of HTML': (text) => text.replaceAll('\n', '<br>\n'),
  'escaped brackets': (text) => text.replaceAll(/[[\]]/g, '\\$&'),
  'bold headings': (text) => text.replaceAll(/^(.*roup.*)$/gm, '**$1**'),
  'a fence that folds': (text) => `<details>\n<summary>out</summary>\n\n\`\`\`\n${text}\n\`\`\`\n</details>`,
  'forum tags': (text) => `[CODE]\n${text}\n[/CODE]`,
  'colours of grep': (text) =>
    text.replaceAll(/\b(?:Group|group|PCI|VGA)\b/g, '\u001b[01;31m\u001b[K$&\u001b[m\u001b[K'),
  'a blank line below each': (text) => text.replaceAll('\n', '\n\n'),
  'added by a diff': (text) => text.replaceAll(/^/gm, '+'),
  'prose around': (text) => `My GPU is 01:00.0:\n\n${text}\n\nWhy? My 01:00.0 is nvidia.\n`,
  'prompts around': (text) => `user@host:~$ ./list\n${text}\nuser@host:~$ `,
}

/** All but names, warnings and the format. */
function substance({ devices, ...result }: ImportResult): unknown {
  const { groups, parents, nonPciMembers, unnumberedGroups, alternatives, errors } = result
  const bare = Object.entries(devices).map(([bdf, { name: _, className: __, ...device }]) => [bdf, device])
  return { bare, groups, parents, nonPciMembers, unnumberedGroups, alternatives, errors }
}

test.each(Object.entries(DRESSES))('%s', (_, dress) => {
  const changed = names.filter((name) => {
    const text = readFileSync(new URL(name, folder), 'utf8')
    return JSON.stringify(substance(importListing(dress(text)))) !== JSON.stringify(substance(importListing(text)))
  })
  expect(changed).toEqual([])
})
