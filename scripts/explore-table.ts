/**
 * Makes what docs/explore.md and docs/conditions.md hold that is computed: `npm run explore-table`. Tests compute it again
 * and fail when the documents say otherwise.
 */
import { readFileSync, writeFileSync } from 'node:fs'
import { format, resolveConfig } from 'prettier'
import { tableMarkdown } from '../src/explore/markdown.ts'
import { conditionsMarkdown } from '../src/scenario/condition/markdown.ts'

/** Puts a table between its marks in a document. */
async function put(file: string, name: string, content: string): Promise<void> {
  const text = readFileSync(file, 'utf8')
  const begin = `<!-- ${name}: npm run explore-table -->`
  const from = text.indexOf(begin)
  const to = text.indexOf(`<!-- end of ${name} -->`)
  if (from < 0 || to < from) throw new Error(`${file} has no place for the ${name}`)
  const changed = `${text.slice(0, from)}${begin}\n\n${content}\n\n${text.slice(to)}`
  writeFileSync(file, await format(changed, { ...(await resolveConfig(file)), parser: 'markdown' }))
  console.log(`${file}: the ${name} are new`)
}

await put('docs/conditions.md', 'terms', conditionsMarkdown())
await put(
  'docs/explore.md',
  'table',
  tableMarkdown(() => performance.now()),
)
