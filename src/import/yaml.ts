/** Listings in YAML: pvesh, KubeVirt, Harvester, the SR-IOV operator. Their objects are read like those of JSON. */
import { parseAllDocuments } from 'yaml'
import { BDF } from './address.ts'
import type { Reader } from './context.ts'
import { readValue } from './json.ts'
import type { Line } from './lines.ts'

const LINE = /^(?:(?:- )*["'\w./~-]{1,60}["']?:(?: .*)?|- .*|---.*|#.*|\.\.\.)$/
const ADDRESS = new RegExp(`^(?:- )*(?:["'\\w./-]{1,40}["']?: )?["']?(?:pci_)?${BDF}["']?(?: #.*)?$`, 'i')
/** No listing is longer. */
const MAX_LINES = 20_000

export const readYaml: Reader = (lines, at, context) => {
  const first = lines[at]
  if (first === undefined || at < context.yamlFrom || !LINE.test(first.bare) || first.bare.startsWith('#')) return 0
  let end = at
  let found = false
  for (let line = lines[end]; line !== undefined && end - at < MAX_LINES; line = lines[++end]) {
    if (line.fence) break
    if (line.bare === '') continue
    // Values that are folded or written in blocks are indented deeper than their key.
    if (!LINE.test(line.bare) && line.indent <= first.indent) break
    found ||= ADDRESS.test(line.bare)
  }
  context.yamlFrom = end
  if (!found) return 0
  const run = lines.slice(at, end)
  const place = run.find(({ bare }) => ADDRESS.test(bare)) ?? first
  const documents = parse(run)
  const count = documents.reduce(
    (sum: number, document) => sum + readValue(document, place, 'yaml', run, context.machine),
    0,
  )
  if (count === 0) return 0
  for (const line of run) context.machine.passOver('document', line)
  return end - at
}

/** The documents of a text, all scalars as they are written: `1e84` is an id and `0300` a class. */
function parse(run: readonly Line[]): unknown[] {
  try {
    const documents = parseAllDocuments(run.map(({ text }) => text).join('\n'), {
      schema: 'failsafe',
      logLevel: 'silent',
    })
    if (!Array.isArray(documents)) return []
    return documents.flatMap((document): unknown[] => {
      const value: unknown = document.errors.length > 0 ? null : document.toJS({ maxAliasCount: 20 })
      return [value]
    })
  } catch {
    return []
  }
}
