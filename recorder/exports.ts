/**
 * `npm run real -- --exports [--kernel NAME] [SCENARIO...]`: is an exported C program right? Each shipped scenario's program is
 * compiled, run in a guest on the kernel that it is for, and says itself whether all was as expected. A run that ends in
 * a BUG is judged by the guest's log as well. The results go into the table of docs/exports.md.
 */
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { format, resolveConfig } from 'prettier'
import { cProgram } from '../src/export/run/c/program.ts'
import { LIBRARY } from '../src/scenario/library/index.ts'
import { machineOf, setupOf, type Scenario } from '../src/scenario/document/scenario.ts'
import { recordOf } from '../src/sim/kernels/list.ts'
import { kernelById } from '../src/sim/kernels/registry.ts'
import { replay, type Run } from '../src/sim/replay.ts'
import type { Bug } from '../src/sim/result.ts'
import { CACHE } from './host/cache.ts'
import { greet } from './host/guest.ts'
import { fetchedKernel } from './host/kernels.ts'
import { runProgram, type ProgramRun } from './host/program.ts'
import { TOPOLOGIES } from './host/topologies.ts'

const TABLE = path.join(import.meta.dirname, '..', 'docs', 'exports.md')
const [BEGIN, END] = ['<!-- results: npm run real -- --exports -->', '<!-- end of results -->']

/** A scenario's line of the table. */
interface Row {
  readonly id: string
  readonly kernel: string
  readonly steps: number
  readonly outcome: string
}

/**
 * Runs the programs and writes the table; the rows of scenarios that are not run stay.
 * @param only kernel of the guest; undefined: each scenario's own
 * @param ids scenarios; none: all
 * @returns 0: each was as expected
 */
export async function runExports(only: string | undefined, ids: readonly string[]): Promise<number> {
  const rows = new Map(readRows().map((row) => [row.id, row]))
  let wrong = 0
  for (const { id, scenario } of LIBRARY) {
    const name = scenario.kernel.replace(/^linux-/, '')
    if ((only !== undefined && only !== name) || (ids.length > 0 && !ids.includes(id))) continue
    const { row, good, lines } = await tried(id, scenario, name)
    if (!good) for (const line of lines) console.log(`    ${line}`)
    console.log(`${good ? 'ok' : '≠ '}  ${id.padEnd(28)} ${row.kernel.padEnd(28)} ${row.outcome}`)
    if (!good) wrong++
    rows.set(id, row)
    await writeRows(rows)
  }
  return wrong > 0 ? 1 : 0
}

interface Tried {
  readonly row: Row
  readonly good: boolean
  readonly lines: readonly string[]
}

async function tried(id: string, scenario: Scenario, name: string): Promise<Tried> {
  const row = { id, kernel: scenario.kernel, steps: scenario.ops.length }
  const failed = (outcome: string): Tried => ({ row: { ...row, outcome }, good: false, lines: [] })
  const machine = machineOf(scenario)
  const kernel = kernelById(scenario.kernel)
  const topology = TOPOLOGIES.get(typeof scenario.machine === 'string' ? scenario.machine : '')
  if (machine === undefined || kernel === undefined || topology === undefined)
    return failed('QEMU cannot be this machine')
  const run = replay(kernel, setupOf(scenario, machine), scenario.ops)
  const program = cProgram({ scenario, run })
  if (!program.ok) return { ...failed(program.words), good: recordOf(scenario.kernel).family === 'proposal' }
  if (!existsSync(path.join(CACHE, 'kernels', name))) return failed('not run: this kernel is not there')
  const task = { kernel: fetchedKernel(name), topology, boot: scenario.boot }
  const { release } = await greet(task)
  const played = await runProgram(task, program.text)
  const fault = faultOf(played, bugOf(run))
  const outcome = fault ?? (played.bug === null ? 'all as expected' : `all as expected; the log: ${played.bug.text}`)
  return {
    row: { ...row, kernel: `${scenario.kernel} (${release})`, outcome },
    good: fault === null,
    lines: played.lines,
  }
}

/** Where the simulator says that the kernel stops; null: nowhere. */
function bugOf(run: Run): Bug | null {
  for (const { result, completes } of run.steps) {
    for (const answer of [result, ...completes.map((late) => late.result)]) if ('bug' in answer) return answer.bug
  }
  return null
}

/** What is wrong; null: all as expected. */
function faultOf({ lines, exit, bug, trouble }: ProgramRun, expected: Bug | null): string | null {
  if (trouble !== null) return trouble
  if (bug?.text !== expected?.text) {
    return `the log says ${bug?.text ?? 'nothing of a BUG'}, the simulator ${expected?.text ?? 'nothing of a BUG'}`
  }
  const last = lines.at(-1) ?? 'it printed nothing'
  if (last === 'all as expected' && exit === 0) return null
  return exit === null ? `did not end: ${last}` : last
}

function readRows(): Row[] {
  const table = readFileSync(TABLE, 'utf8').split(BEGIN)[1]?.split(END)[0] ?? ''
  return [...table.matchAll(/^\| +`(.*?)` +\| +(.*?) +\| +(\d+) +\| +(.*?) +\|$/gm)].map(
    ([, id = '', kernel = '', steps, outcome = '']) => ({
      id,
      kernel,
      steps: Number(steps),
      outcome,
    }),
  )
}

async function writeRows(rows: ReadonlyMap<string, Row>): Promise<void> {
  const [before = '', rest = ''] = readFileSync(TABLE, 'utf8').split(BEGIN)
  const after = rest.split(END)[1] ?? ''
  const lines = LIBRARY.flatMap(({ id }) => {
    const row = rows.get(id)
    return row === undefined ? [] : [`| \`${id}\` | ${row.kernel} | ${row.steps} | ${row.outcome} |`]
  })
  const good = [...rows.values()].filter(({ outcome }) => outcome.startsWith('all as expected')).length
  const sum = `${good} of the ${LIBRARY.length} programs say that all is as expected.`
  const table = [sum, '', '| scenario | kernel | steps | result |', '| --- | --- | --: | --- |', ...lines].join('\n')
  const changed = `${before}${BEGIN}\n\n${table}\n\n${END}${after}`
  writeFileSync(TABLE, await format(changed, { ...(await resolveConfig(TABLE)), parser: 'markdown' }))
}
