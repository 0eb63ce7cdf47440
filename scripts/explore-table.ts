/**
 * Makes what docs/explore.md holds that is computed: `npm run explore-table`. A test computes it again and fails when the
 * document says otherwise.
 */
import { readFileSync, writeFileSync } from 'node:fs'
import { format, resolveConfig } from 'prettier'
import { tableMarkdown, wordsMarkdown } from '../src/explore/markdown.ts'

const FILE = 'docs/explore.md'

function put(text: string, name: string, content: string): string {
  const begin = `<!-- ${name}: npm run explore-table -->`
  const from = text.indexOf(begin)
  const to = text.indexOf(`<!-- end of ${name} -->`)
  if (from < 0 || to < from) throw new Error(`${FILE} has no place for the ${name}`)
  return `${text.slice(0, from)}${begin}\n\n${content}\n\n${text.slice(to)}`
}

const table = tableMarkdown(() => performance.now())
const text = put(put(readFileSync(FILE, 'utf8'), 'table', table), 'words', wordsMarkdown())
writeFileSync(FILE, await format(text, { ...(await resolveConfig(FILE)), parser: 'markdown' }))
console.log(`${FILE}: table and words are new`)
