/**
 * Links against 1,000,000 mutations: of the characters of a link, and of the document inside. Each must be played or
 * refused with words, in less than a second, and nothing may leak into what all objects share. Deterministic: the same
 * numbers make the same links. `node scripts/run.mjs bench/fuzz-links.ts [LINKS [FIRST SEED]]`; exit code 1 if a link
 * breaks something or takes too long.
 */
import { readdirSync, readFileSync } from 'node:fs'
import { machineOf, setupOf, type Scenario } from '../src/scenario/document/scenario.ts'
import { readScenario } from '../src/scenario/document/read.ts'
import { LIBRARY } from '../src/scenario/library/index.ts'
import { decodeLink, encodeLink } from '../src/scenario/link/link.ts'
import { randomNumbers } from '../src/import/mutate.test-helper.ts'
import { KERNEL_IDS } from '../src/sim/kernels/list.ts'
import { kernelById } from '../src/sim/kernels/registry.ts'
import { replay } from '../src/sim/replay.ts'

const [links = 1_000_000, firstSeed = 0] = process.argv.slice(2).map(Number)
/** Milliseconds of processor time that a link may take, from its characters to the state at its middle. */
const LIMIT = 1000
const CHARACTERS = 'ABCXYZabcxyz0189-_.#%=+/ \u0000ü'

const folder = new URL('../src/scenario/link/hostile/', import.meta.url)
const hostile = readdirSync(folder).map((name) => readFileSync(new URL(name, folder), 'utf8').trim())
const scenarios: readonly Scenario[] = [
  ...LIBRARY.map(({ scenario }) => scenario),
  ...hostile.flatMap((hash) => {
    const link = decodeLink(hash)
    return link.ok && link.scenario.ops.length < 500 ? [link.scenario] : []
  }),
]
const hashes = [...scenarios.map((scenario) => encodeLink(scenario) ?? ''), ...hostile.filter((h) => h.length < 4000)]

/** Values that have broken something somewhere. */
const ODD: readonly unknown[] = [
  null,
  0,
  -1,
  0.5,
  2 ** 31,
  2 ** 53,
  1e308,
  '',
  'root',
  '__proto__',
  'constructor',
  '0000:01:00.0',
  '\u001b[31m',
  '\u202e',
  'x'.repeat(3000),
  [],
  {},
  [[[[[[]]]]]],
  true,
  'vfio-pci',
  'c1',
  4096,
  ...KERNEL_IDS,
]

let broken = 0
let slow = 0
let played = 0
let slowest = 0

/** One place of a document changed: a value replaced, left out, doubled or moved, however deep it lies. */
function changed(value: unknown, below: (limit: number) => number): unknown {
  const odd = (): unknown => ODD[below(ODD.length)]
  if (Array.isArray(value) && value.length > 0) {
    const items: readonly unknown[] = value
    const at = below(items.length)
    switch (below(6)) {
      case 0:
        return items.toSpliced(at, 1)
      case 1:
        return items.toSpliced(at, 0, items[below(items.length)])
      case 2:
        return items.toSpliced(at, 0, ...Array.from({ length: 1 + below(300) }, () => items[at]))
      case 3:
        return items.with(at, odd())
      default:
        return items.with(at, changed(items[at], below))
    }
  }
  if (typeof value === 'object' && value !== null && Object.keys(value).length > 0) {
    const entries: [string, unknown][] = Object.entries(value)
    const at = below(entries.length)
    const [key, inner] = entries[at] ?? ['', null]
    switch (below(6)) {
      case 0:
        return Object.fromEntries(entries.toSpliced(at, 1))
      case 1:
        return Object.fromEntries([...entries, [String(odd()), inner]])
      case 2:
        return Object.fromEntries(entries.with(at, [key, odd()]))
      default:
        return Object.fromEntries(entries.with(at, [key, changed(inner, below)]))
    }
  }
  return odd()
}

function mutatedHash(hash: string, below: (limit: number) => number): string {
  let text = hash
  for (let times = 1 + below(4); times > 0; times--) {
    const at = below(text.length + 1)
    const character = CHARACTERS[below(CHARACTERS.length)] ?? ''
    const kind = below(4)
    if (kind === 0) text = text.slice(0, at)
    else if (kind === 1) text = text.slice(0, at) + character + text.slice(at)
    else if (kind === 2) text = text.slice(0, at) + character + text.slice(at + 1)
    else text = text.slice(0, at) + text.slice(below(text.length + 1))
  }
  return text
}

function play(scenario: Scenario): void {
  const machine = machineOf(scenario)
  if (machine === undefined) throw new Error('a scenario without its machine was read')
  const run = replay(kernelById(scenario.kernel), setupOf(scenario, machine), scenario.ops)
  run.snapshotAt(Math.floor(run.steps.length / 2))
  played++
}

function attempt(seed: number): void {
  const below = randomNumbers(seed)
  const start = process.cpuUsage()
  try {
    if (below(2) === 0) {
      const link = decodeLink(mutatedHash(hashes[below(hashes.length)] ?? '', below))
      if (link.ok) play(link.scenario)
      else if (link.words === '') throw new Error('refused without words')
    } else {
      let document: unknown = scenarios[below(scenarios.length)]
      for (let times = 1 + below(3); times > 0; times--) document = changed(document, below)
      const reading = readScenario(JSON.parse(JSON.stringify(document)))
      if (reading.ok) play(reading.scenario)
      else if (reading.problems.length === 0) throw new Error('refused without words')
    }
    if (Object.keys(Object.prototype).length > 0) throw new Error('the prototype of all objects has been changed')
  } catch (error) {
    broken++
    console.log(`BROKEN ${seed}: ${error instanceof Error ? error.stack : String(error)}`)
  }
  const { user, system } = process.cpuUsage(start)
  const milliseconds = (user + system) / 1000
  slowest = Math.max(slowest, milliseconds)
  if (milliseconds <= LIMIT) return
  slow++
  console.log(`SLOW ${seed}: ${milliseconds.toFixed(0)} ms`)
}

for (let seed = firstSeed; seed < firstSeed + links; seed++) attempt(seed)
console.log(`links: ${links} tried, ${played} played, ${broken} broken, ${slow} slow; slowest ${slowest.toFixed(0)} ms`)
process.exitCode = broken + slow > 0 ? 1 : 0
