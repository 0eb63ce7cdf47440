/**
 * Importers against 200,000 damaged and made-up texts, against pastes of 10 MB and against lines made to be slow. Each
 * must give an answer, within a second per megabyte; each line with an address is read or listed as passed over; a
 * machine must come of what was read, and advice on each of its devices that keeps what `faultsOf` asks (no yes that
 * rests on something unknown, nothing bound that must stay). Deterministic: the same numbers make the same texts.
 * `node scripts/run.mjs bench/fuzz-import.ts [INPUTS [FIRST SEED]] [texts]`, with `texts` without the large ones; exit code 1 if a text breaks something or takes too long.
 */
import { readdirSync, readFileSync } from 'node:fs'
import { adviceFor } from '../src/adviser/advice.ts'
import { candidatesOf } from '../src/adviser/kinds.ts'
import { readPastes } from '../src/adviser/reading.ts'
import { settingOf } from '../src/adviser/setting.ts'
import { faultsOf } from '../src/adviser/sound.test-helper.ts'
import { adviceWords } from '../src/adviser/words.ts'
import { machineFromImport } from '../src/import/from-import.ts'
import { importListing } from '../src/import/index.ts'
import { mutated, randomNumbers, SNIPPETS } from '../src/import/mutate.test-helper.ts'
import { MAX_FACTS, MAX_PASSED_OVER, type ImportResult } from '../src/import/result.ts'
import { silentLines } from '../src/import/silent.test-helper.ts'

const words = process.argv.slice(2)
const [inputs = 200_000, firstSeed = 0] = words.filter((word) => /^\d+$/.test(word)).map(Number)
const onlyTexts = words.includes('texts')
const LARGE = 10_000_000
/** Milliseconds per megabyte. */
const LIMIT = 1000
/** Below this size a pause of the machine weighs more than the text. */
const TIMED_FROM = 20_000
/** A heap of 10 MB is no machine, and nobody asks for advice on one. */
const MOST_DEVICES = 5000
const MOST_ADVISED = 300
/** Advice takes far longer than reading: it is asked for on every device of one text in so many. */
const ADVISED = 8
/** Lines of longer texts are not looked for: the lists of the result are full. */
const MOST_CHECKED = 100_000
const KERNEL = 'linux-6.12'

const FOLDERS = ['../src/import/fixtures/', '../src/adviser/reports/'].map((path) => new URL(path, import.meta.url))
const fixtures = FOLDERS.flatMap((folder) =>
  readdirSync(folder)
    .filter((file) => file.endsWith('.txt'))
    .map((file) => {
      const text = readFileSync(new URL(file, folder), 'utf8')
      return { text, family: importListing(text).format }
    }),
)
const texts = fixtures.map(({ text }) => text)

let broken = 0
let slow = 0
let devices = 0
let advised = 0
let used = 0
let slowest = { rate: 0, label: '' }

/** Reads a text, and tells how many milliseconds of processor time it took: others may want the processor as well. */
function timed(text: string): { result: ImportResult; milliseconds: number } {
  const start = process.cpuUsage()
  const result = importListing(text)
  const { user, system } = process.cpuUsage(start)
  return { result, milliseconds: (user + system) / 1000 }
}

/** Lines that are lost in silence, where no list of the result is full. */
function expectNothingLost(text: string, result: ImportResult): void {
  if (result.facts.length >= MAX_FACTS || result.passedOver.length >= MAX_PASSED_OVER) return
  const [lost] = silentLines(text, result)
  if (lost !== undefined) throw new Error(`lost without a word: ${lost.slice(0, 200)}`)
}

/** What the page does with a text: a machine, and advice on every device that may be handed over, in words. */
function adviseOn(text: string, result: ImportResult): void {
  const found = Object.keys(result.devices).length
  devices += found
  if (found === 0 || found > MOST_DEVICES) return
  machineFromImport(result, 'fuzz')
  if (found > MOST_ADVISED || used++ % ADVISED > 0) return
  const reading = readPastes([text], 'fuzz')
  const { machine } = reading
  if (machine === null) return
  const setting = settingOf(reading)
  const { usual, rest } = candidatesOf(machine)
  for (const { bdf } of [...usual, ...rest]) {
    const advice = adviceFor(machine, bdf, { reading })
    if (advice === null) throw new Error(`no advice on ${bdf}`)
    adviceWords(advice, KERNEL, setting)
    const [fault] = faultsOf(reading, bdf)
    if (fault !== undefined) throw new Error(fault)
    advised++
  }
}

/** Returns milliseconds per megabyte, 0 for texts that are too short to tell. */
function attempt(text: string, label: string): number {
  try {
    const first = timed(text)
    if (text.length <= MOST_CHECKED) expectNothingLost(text, first.result)
    adviseOn(text, first.result)
    if (text.length < TIMED_FROM) return 0
    const megabytes = text.length / 1e6
    let { milliseconds } = first
    // Each machine of a text is read by itself, and what comes before and after the place where they part twice.
    const limit = LIMIT * (1 + (first.result.others?.length ?? 0))
    // What seems slow is read again: a collection of garbage or another process may have fallen on it.
    for (let again = 0; again < 8 && milliseconds / megabytes > limit; again++) {
      milliseconds = Math.min(milliseconds, timed(text).milliseconds)
    }
    const rate = milliseconds / megabytes
    if (rate > limit) {
      slow++
      console.log(`SLOW ${label}: ${rate.toFixed(0)} ms per megabyte`)
    }
    if (rate > slowest.rate) slowest = { rate, label }
    return rate
  } catch (error) {
    broken++
    console.log(`BROKEN ${label}: ${error instanceof Error ? error.stack : String(error)}`)
    return 0
  }
}

const began = performance.now()
for (let seed = firstSeed; seed < firstSeed + inputs; seed++) {
  if (seed > firstSeed && (seed - firstSeed) % 20_000 === 0) console.log(`${seed - firstSeed} texts tried`)
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

/** A text that is one thing over and over, the worst case for whatever searches on from each place. */
const repeated = (piece: string, size: number): string => piece.repeat(Math.ceil(size / piece.length)).slice(0, size)

const families = new Map<string, string>()
for (const { text, family } of onlyTexts ? [] : fixtures) families.set(family, `${families.get(family) ?? ''}${text}\n`)
const rates = [...families].map(([family, text]) => ({
  family,
  rate: attempt(repeated(text, LARGE), `10 MB of ${family}`),
}))
for (let seed = 0; seed < 10 && !onlyTexts; seed++) {
  const below = randomNumbers(seed)
  const block = Array.from({ length: 20_000 }, () => SNIPPETS[below(SNIPPETS.length)] ?? '').join('')
  attempt(repeated(block, LARGE), `10 MB heap ${seed}`)
}
for (const piece of onlyTexts ? [] : SNIPPETS) attempt(repeated(piece, LARGE), `10 MB of ${JSON.stringify(piece)}`)

/** Beginnings without end, and ends that come only after many beginnings: what makes a pattern search again and again. */
const ATTACKS: readonly string[] = [
  ...SNIPPETS.filter((piece) => piece.length < 40),
  'a',
  'A ',
  '0:',
  ':0',
  '[0300',
  '[10de:2204] [R] ',
  '(rev a1) (prog-if ',
  '00:01.0/',
  '/01:00.0/01:00.0',
  '├── ',
  '| ',
  '+-',
  '\\-',
  '-[01]-',
  '<b ',
  '<font color=',
  '[color=',
  '[URL=x',
  '&#',
  '&amp;',
  '\u001b[0;',
  '\u001b]',
  '[01;31m',
  '\\[\\]',
  '{',
  '[{"',
  '{"a":',
  '{"id":"0000:01:00.0"}',
  '"\\',
  '../',
  '/sys/',
  'readlink devices/0000:01:00.0/',
  'devices/0000:01:00.0/driver -> ',
  "0000:01:00.0 '",
  'host=01:00.0,',
  'open /dev/vfio/1',
  'group 1 is not ',
  'vfio 0000:01:00.0: group ',
  'no iommu_group ',
  'IOMMU group 1: 00:',
  'Removing device 0000:01:00.0 from ',
  'Express (v2) ',
  'secondary=01, ',
  'Driver: x   ',
  '<device><name>',
  "<address domain='",
  '</',
  '│',
]
const LINES = 1900
for (const piece of onlyTexts ? [] : ATTACKS) {
  const name = JSON.stringify(piece)
  const line = repeated(piece.replaceAll('\n', ' '), LINES)
  const forms: readonly (readonly [string, string])[] = [
    ['one line of', repeated(piece.replaceAll('\n', ' '), 1_000_000)],
    ['long lines of', repeated(`${line}\n`, 1_000_000)],
    ['devices named', repeated(`01:00.0 VGA compatible controller [0300]: ${line}\n`, 1_000_000)],
    ['members named', repeated(`IOMMU Group 1 01:00.0 VGA compatible controller [0300]: ${line}\n`, 1_000_000)],
    ['short lines of', repeated(`${piece}\n`, 1_000_000)],
  ]
  for (const [form, text] of forms) attempt(text, `${form} ${name}`)
}

console.log(
  `${inputs} texts in ${seconds.toFixed(0)} s (${((seconds * 1e6) / inputs).toFixed(0)} µs each), ${devices} functions read, ${advised} advised on`,
)
console.log('milliseconds per megabyte, 10 MB of each family:')
for (const { family, rate } of rates.sort((a, b) => b.rate - a.rate)) {
  console.log(`  ${rate.toFixed(0).padStart(4)}  ${family}`)
}
console.log(
  `slowest of all texts over ${TIMED_FROM / 1000} kB: ${slowest.rate.toFixed(0)} ms per megabyte (${slowest.label})`,
)
console.log(`broken: ${broken}, over a second per megabyte: ${slow}`)
if (broken + slow > 0) process.exitCode = 1
