/**
 * Writes conformance/COVERAGE.md, what the recordings of real kernels cover: `npm run coverage-of-recordings`. A test makes
 * it again and fails when the file says otherwise.
 */
import { readdirSync, writeFileSync } from 'node:fs'
import { format, resolveConfig } from 'prettier'
import { readRecordings } from '../src/cli/recordings.ts'
import {
  coverageTable,
  OutcomeCounter,
  outcomeOf,
  RECORDABLE,
  recordedOutcomes,
  uncovered,
  type Counts,
} from '../src/scenario/recording/coverage.ts'
import { kernelById } from '../src/sim/kernels/registry.ts'
import { alphabetFor, PLAIN, walk } from '../src/sim/kernels/walk.test-helper.ts'
import { isMain } from './is-main.ts'
import { reasonFor } from './coverage-reasons.ts'

const folder = new URL('../conformance/', import.meta.url)
export const COVERAGE_FILE = new URL('COVERAGE.md', folder)

/** Steps of the random walks in which outcomes of the simulated kernels are looked for, for each kernel and each seed. */
const STEPS = 15_000
const SEEDS = [1, 2]

/** Stands where nobody has said why; a test refuses it. */
export const NO_REASON = '**nobody has said why**'

function recorded(): Counts {
  const files = readdirSync(folder).filter((file) => file.endsWith('.jsonl.gz') || file === 'dma-facts.json')
  return recordedOutcomes(files.sort().flatMap((file) => readRecordings(new URL(file, folder))))
}

/** Outcomes of the simulated kernels in random walks. */
function simulated(): Counts {
  const counter = new OutcomeCounter()
  for (const id of RECORDABLE) {
    const kernel = kernelById(id)
    if (kernel === undefined) continue
    for (const seed of SEEDS) {
      walk(kernel, PLAIN, alphabetFor(PLAIN, kernel.abi), STEPS, seed, (_, op, { result }) =>
        counter.add(id, op.op, outcomeOf(result)),
      )
    }
  }
  return counter.counts
}

/** The document as Markdown, formatted as the project does. */
export async function coverageDocument(): Promise<string> {
  const counts = recorded()
  const { empty, unseen } = uncovered(counts, simulated())
  const kernels = (ids: readonly string[]): string =>
    ids.length === RECORDABLE.length ? 'all' : ids.map((id) => id.replace('linux-', '')).join(', ')
  const text = [
    '# What the recordings cover',
    `Made by \`npm run coverage-of-recordings\` from the files of this folder. A number is how often an operation had that outcome
    in a recording of that kernel, as its answer or as the answer that it got later, after it had waited; \`·\`: the kernel does not
    have the operation.`,
    coverageTable(counts),
    '## Operations that are in no recording',
    empty.length === 0
      ? 'None: every operation of every kernel is in one.'
      : empty.map(({ op, kernels: ids }) => `- \`${op}\`: ${kernels(ids)}`).join('\n'),
    '## Outcomes that the simulated kernels give and no recording shows',
    `Found by random walks of ${STEPS * SEEDS.length} steps a kernel on a machine with two processes, the second of a user that is not root.`,
    ['| operation | outcome | kernels | why it is in no recording |', '| --- | --- | --- | --- |']
      .concat(
        unseen.map(
          ({ op, outcome, kernels: ids }) =>
            `| \`${op}\` | ${outcome} | ${kernels(ids)} | ${reasonFor(op, outcome) ?? NO_REASON} |`,
        ),
      )
      .join('\n'),
  ].join('\n\n')
  return format(text, { ...(await resolveConfig(COVERAGE_FILE)), parser: 'markdown' })
}

if (isMain(import.meta.url)) {
  writeFileSync(COVERAGE_FILE, await coverageDocument())
  console.log('conformance/COVERAGE.md is new')
}
