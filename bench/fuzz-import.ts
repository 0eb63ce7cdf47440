/**
 * Importers against 200,000 damaged and made-up texts, and against pastes of 10 MB. Each must give an answer, within a
 * second per megabyte. Deterministic: the same numbers make the same texts. `node scripts/run.mjs bench/fuzz-import.ts
 * [INPUTS [FIRST SEED]]`; exit code 1 if a text breaks an importer or takes too long.
 */
import { readdirSync, readFileSync } from 'node:fs'
import { machineFromImport } from '../src/machines/from-import.ts'
import { importListing } from '../src/machines/import/index.ts'
import { mutated, randomNumbers, SNIPPETS } from '../src/machines/import/mutate.test-helper.ts'

const [inputs = 200_000, firstSeed = 0] = process.argv.slice(2).map(Number)
const LARGE = 10_000_000
/** Below this size a pause of the machine weighs more than the text. */
const TIMED_FROM = 20_000

const folder = new URL('../src/machines/fixtures/', import.meta.url)
const texts = readdirSync(folder)
  .filter((file) => file.endsWith('.txt'))
  .map((file) => readFileSync(new URL(file, folder), 'utf8'))

let broken = 0
let slow = 0
let devices = 0
let slowest = { rate: 0, label: '' }

/**
 * Milliseconds of processor time per megabyte: others may want the processor at the same time. A text that seems slow is
 * read again, for a collection of garbage may have fallen on it.
 */
function rateOf(text: string): number {
  let best = Infinity
  for (let run = 0; run < 3 && best > 1000; run++) {
    const start = process.cpuUsage()
    importListing(text)
    const { user, system } = process.cpuUsage(start)
    best = Math.min(best, (user + system) / 1000 / (text.length / 1e6))
  }
  return best
}

function attempt(text: string, label: string): void {
  try {
    const result = importListing(text)
    const found = Object.keys(result.devices).length
    devices += found
    // The page makes a machine of what was read; of a heap of 10 MB nobody does.
    if (found > 0 && found < 5000) machineFromImport(result, 'fuzz')
    if (text.length < TIMED_FROM) return
    const rate = rateOf(text)
    if (rate > 1000) {
      slow++
      console.log(`SLOW ${label}: ${rate.toFixed(0)} ms per megabyte`)
    }
    if (rate > slowest.rate) slowest = { rate, label }
  } catch (error) {
    broken++
    console.log(`BROKEN ${label}: ${error instanceof Error ? error.stack : String(error)}`)
  }
}

const began = performance.now()
for (let seed = firstSeed; seed < firstSeed + inputs; seed++) {
  const below = randomNumbers(seed)
  const kind = below(10)
  if (kind < 7) attempt(mutated(texts[below(texts.length)] ?? '', texts, seed), `mutation ${seed}`)
  else if (kind < 9) {
    const pieces = Array.from({ length: below(200) }, () => SNIPPETS[below(SNIPPETS.length)] ?? '')
    attempt(pieces.join(''), `heap ${seed}`)
  } else {
    const most = [128, 256, 65536][below(3)] ?? 128
    attempt(String.fromCharCode(...Array.from({ length: below(600) }, () => below(most))), `noise ${seed}`)
  }
}
const seconds = (performance.now() - began) / 1000

/** A paste of 10 MB that is one thing over and over, the worst case for whatever searches on from each place. */
const repeated = (piece: string): string => piece.repeat(Math.ceil(LARGE / piece.length)).slice(0, LARGE)
for (const piece of SNIPPETS) attempt(repeated(piece), `10 MB of ${JSON.stringify(piece)}`)
for (const [index, text] of texts.entries()) attempt(repeated(`${text}\n`), `10 MB of fixture ${index}`)
for (let seed = 0; seed < 10; seed++) {
  const below = randomNumbers(seed)
  const block = Array.from({ length: 20_000 }, () => SNIPPETS[below(SNIPPETS.length)] ?? '').join('')
  attempt(repeated(block), `10 MB heap ${seed}`)
}

console.log(
  `${inputs} texts in ${seconds.toFixed(0)} s (${((seconds * 1e6) / inputs).toFixed(0)} µs each), ${devices} functions read`,
)
console.log(
  `slowest of the texts over ${TIMED_FROM / 1000} kB: ${slowest.rate.toFixed(0)} ms per megabyte (${slowest.label})`,
)
console.log(`broken: ${broken}, over a second per megabyte: ${slow}`)
if (broken + slow > 0) process.exitCode = 1
