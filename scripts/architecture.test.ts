/** Holds the walks of ARCHITECTURE.md to the code: each file is there, and each name beside it stands in it. */
import { existsSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'

const root = fileURLToPath(new URL('..', import.meta.url))
const text = readFileSync(path.join(root, 'ARCHITECTURE.md'), 'utf8')
const section = text.slice(text.indexOf('### Four ways'), text.indexOf('### Decisions'))
/** `| file | words |` of each step of a walk. */
const steps = section.split('\n').flatMap((line) => {
  const match = /^\| `(src\/[^`]+)` \| (.*) \|$/.exec(line)
  return match === null ? [] : [[match[1] ?? '', match[2] ?? ''] as const]
})

test('there are four walks of several steps', () => {
  expect(section.match(/^\*\*An? \w+\*\*/gm)).toHaveLength(4)
  expect(steps.length).toBeGreaterThan(18)
})

test.each(steps)('%s is what the walk says', (file, words) => {
  const files = [file, ...[...words.matchAll(/`(src\/[^`]+)`/g)].map((match) => match[1] ?? '')]
  for (const each of files) expect(existsSync(path.join(root, each)), each).toBe(true)
  const sources = [...files, ...neighbours(file)].map((each) => readFileSync(path.join(root, each), 'utf8')).join('\n')
  for (const [, name = ''] of words.matchAll(/`([A-Za-z_]+)`/g)) {
    expect(new RegExp(`\\b${name}\\b`).test(sources), `${file}: ${name}`).toBe(true)
  }
})

/** Files of the same folder that a step imports: a name may come from there. */
function neighbours(file: string): string[] {
  const source = readFileSync(path.join(root, file), 'utf8')
  const names = [...source.matchAll(/from '(\.{1,2}\/[^']+)'/g)].map((match) => match[1] ?? '')
  return names
    .map((name) => path.posix.join(path.posix.dirname(file), name))
    .filter((each) => existsSync(path.join(root, each)))
}
