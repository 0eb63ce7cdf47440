/**
 * Mutation testing: plants small faults in source files, one at a time, and sees whether a test fails.
 *
 *   npm run mutate -- FOLDER_OR_FILE... [--sample N] [--seed S] [--tests FOLDER_OR_FILE]... [--patience SECONDS] [--killed]
 *
 * The tests are the short ones of the targets' own floors (`src/sim` for `src/sim/pci`), or what `--tests` names; with
 * LONG_TESTS=1 also the long ones. `--sample` tries that many mutants, chosen at random by the seed. Prints the score of
 * each folder and the survivors; `--killed` also says which test killed each of the others. Quick tests come first; a mutant
 * that outlives those that take `--patience` seconds together (10) counts as a survivor.
 *
 * All mutants are built into the modules at once and switched on one after the other in a process that lives on, so that
 * thousands take minutes: what a mutant costs is the tests that come by it, up to the first that fails. A mutant that
 * acts while modules load gets a process of its own. One that hangs or ends the process counts as killed.
 */
import { setMaxListeners } from 'node:events'
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { createVitest, type Vitest } from 'vitest/node'
import { projectFiles } from './files.ts'
import { instrument, mutantsOf, type Mutant } from './mutate/mutants.ts'
import { readNotes, type Note, type Plan } from './mutate/plan.ts'

const root = fileURLToPath(new URL('..', import.meta.url))
const notesFile = path.join(root, 'node_modules', '.cache', 'mutate', `notes-${process.pid}.jsonl`)
const usage =
  'usage: npm run mutate -- FOLDER_OR_FILE... [--sample N] [--seed S] [--tests FOLDER_OR_FILE]... [--patience SECONDS] [--killed]'

const { values: options, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    sample: { type: 'string' },
    seed: { type: 'string', default: '1' },
    tests: { type: 'string', multiple: true },
    patience: { type: 'string', default: '10' },
    killed: { type: 'boolean', default: false },
  },
})
const targets = positionals.map((target) => path.posix.normalize(target).replace(/\/$/, ''))

const files = projectFiles(root).filter(
  (file) =>
    /^src\/.*\.tsx?$/.test(file) &&
    !/\.test[-\w]*\.tsx?$|\.d\.ts$/.test(file) &&
    targets.some((one) => isIn(file, one)),
)
if (files.length === 0) {
  console.error(targets.length === 0 ? usage : `no source file in ${targets.join(', ')}`)
  process.exit(2)
}

const sources = new Map(files.map((file) => [file, readFileSync(path.join(root, file), 'utf8')]))
const all = [...sources].flatMap(([file, source]) => mutantsOf(file, source)).map((mutant, id) => ({ ...mutant, id }))
const mutants = options.sample === undefined ? all : sampled(all, Number(options.sample), Number(options.seed))
console.log(
  `${files.length} files, ${all.length} mutants${mutants.length < all.length ? `, ${mutants.length} tried` : ''}`,
)

// Vitest listens for the end of each of its processes, and there are many.
setMaxListeners(1000)
const vitest = await createVitest(
  'test',
  {
    watch: false,
    root,
    runner: path.join(root, 'scripts', 'mutate', 'runner.ts'),
    pool: 'forks',
    maxWorkers: 1,
    reporters: [{}],
  },
  {
    plugins: [
      {
        name: 'mutants',
        enforce: 'pre',
        transform(code, id) {
          const file = path.relative(root, id.replace(/\?.*/, '')).split(path.sep).join('/')
          if (sources.get(file) !== code) return
          return {
            code: instrument(
              file,
              code,
              mutants.filter((mutant) => mutant.file === file),
            ),
            map: null,
          }
        },
      },
    ],
  },
)
const outcome = new Map<number, Note>()
/** Milliseconds of each test, by its name with those of its suites. */
const times: Record<string, number> = {}
try {
  const tests = await testFiles(vitest)
  const began = performance.now()
  const progress = setInterval(() => {
    const tried = new Set(existsSync(notesFile) ? readNotes(notesFile).map(({ id }) => id) : []).size
    const minutes = ((performance.now() - began) / 60_000).toFixed(1)
    console.error(`${minutes} min: ${outcome.size} of ${mutants.length} done, ${tried} in this run`)
  }, 30_000)
  await tryInOneProcess(vitest, tests)
  await tryFromTheStart(vitest, tests)
  clearInterval(progress)
} finally {
  await vitest.close()
  rmSync(notesFile, { force: true })
}
print(mutants, outcome)

function isIn(file: string, target: string): boolean {
  return file === target || file.startsWith(`${target}/`)
}

/** @returns absolute paths */
async function testFiles(runner: Vitest): Promise<string[]> {
  const wanted = options.tests ?? [...new Set(targets.map((target) => target.split('/').slice(0, 2).join('/')))]
  const specifications = await runner.globTestSpecifications()
  return specifications
    .map(({ moduleId }) => moduleId)
    .filter((file) => wanted.some((one) => isIn(path.relative(root, file).split(path.sep).join('/'), one)))
}

/** Runs the tests in a process of their own and returns what it noted, also when it ended before its time. */
async function run(runner: Vitest, plan: Omit<Plan, 'count' | 'notes' | 'patience' | 'times'>): Promise<Note[]> {
  mkdirSync(path.dirname(notesFile), { recursive: true })
  writeFileSync(notesFile, '')
  runner.provide('mutationPlan', {
    ...plan,
    patience: 1000 * Number(options.patience),
    times,
    count: all.length,
    notes: notesFile,
  })
  const session = runner.getRootProject().createSpecification(path.join(root, 'scripts', 'mutate', 'session.ts'))
  await runner.runTestSpecifications([session])
  return readNotes(notesFile)
}

async function tryInOneProcess(runner: Vitest, tests: string[]): Promise<void> {
  let left = mutants.map(({ id }) => id)
  while (left.length > 0) {
    const notes = await run(runner, { tests, candidates: left, active: -1 })
    for (const note of notes) {
      if (note.state === 'timed') times[note.by ?? ''] = note.milliseconds ?? 0
      else if (note.state === 'broken') console.error(`fails without a mutant and is left out: ${note.by ?? ''}`)
      else outcome.set(note.id, note)
    }
    if (notes.every(({ state }) => state === 'broken' || state === 'timed'))
      throw new Error('no test passes without a mutant')
    left = left.filter((id) => !outcome.has(id))
  }
}

/** Each in a process of its own: with the tests beside the file first, as importing all of them takes most of the time. */
async function tryFromTheStart(runner: Vitest, tests: string[]): Promise<void> {
  const again = [...outcome.values()].filter(({ state }) => state === 'reload')
  for (const { id } of again) {
    const folder = path.dirname(path.join(root, all[id]?.file ?? ''))
    const beside = tests.filter((file) => path.dirname(file) === folder)
    for (const some of beside.length > 0 ? [beside, tests] : [tests]) {
      const [note] = await run(runner, { tests: some, candidates: [], active: id })
      outcome.set(id, note ?? { id, state: 'killed', by: 'the end of the process' })
      if (outcome.get(id)?.state === 'killed') break
    }
  }
}

function sampled(from: readonly Mutant[], size: number, seed: number): Mutant[] {
  if (!Number.isInteger(size) || size < 1 || !Number.isInteger(seed)) throw new Error(usage)
  let state = seed
  // mulberry32
  const random = (): number => {
    state = (state + 0x6d2b79f5) | 0
    let t = Math.imul(state ^ (state >>> 15), 1 | state)
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296
  }
  return from
    .map((mutant) => ({ mutant, key: random() }))
    .sort((a, b) => a.key - b.key)
    .slice(0, size)
    .map(({ mutant }) => mutant)
    .sort((a, b) => a.id - b.id)
}

function print(tried: readonly Mutant[], notes: ReadonlyMap<number, Note>): void {
  const survives = ({ id }: Mutant): boolean => ['survived', 'uncovered'].includes(notes.get(id)?.state ?? '')
  const change = (mutant: Mutant): string => {
    const { file, start, end, replacement, kind } = mutant
    const short = (text: string): string =>
      (text.length > 60 ? `${text.slice(0, 57)}...` : text).replaceAll(/\s+/g, ' ')
    const before = short((sources.get(file) ?? '').slice(start, end).trim())
    return kind === 'skip' ? `left out: ${before}` : `${before}  →  ${short(replacement)}`
  }
  const list = (mutant: Mutant, word: string): void =>
    console.log(`${mutant.file}:${mutant.line}: ${word}: ${change(mutant)}`)
  if (options.killed) {
    for (const mutant of tried) {
      const by = notes.get(mutant.id)?.by ?? 'a loop that does not end'
      if (!survives(mutant)) list(mutant, `killed by "${by}"`)
    }
  }
  for (const mutant of tried) {
    if (survives(mutant)) list(mutant, notes.get(mutant.id)?.state === 'uncovered' ? 'no test comes by' : 'survived')
  }
  const score = (name: string, of: readonly Mutant[]): void => {
    const killed = of.filter((mutant) => !survives(mutant)).length
    console.log(`${((100 * killed) / of.length).toFixed(1).padStart(6)} %  ${killed}/${of.length}  ${name}`)
  }
  const names = new Set(tried.flatMap(({ file }) => [path.posix.dirname(file), file]))
  console.log('')
  for (const name of [...names].sort())
    score(
      name,
      tried.filter(({ file }) => isIn(file, name)),
    )
  score('all', tried)
}
