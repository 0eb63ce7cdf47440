/**
 * Runs benchmarks by name: `npm run bench` lists and runs all, `npm run bench -- apply replay` runs two.
 *
 * A benchmark is a file of this folder that prints its own table. Benchmarks inform and never fail a test run.
 */
import { spawnSync } from 'node:child_process'
import { readdirSync } from 'node:fs'
import path from 'node:path'

const here = import.meta.dirname
const all = readdirSync(here)
  .filter((file) => file.endsWith('.ts') && file !== 'run.ts')
  .map((file) => path.basename(file, '.ts'))
  .toSorted()
const asked = process.argv.slice(2)
const unknown = asked.filter((name) => !all.includes(name))

if (unknown.length > 0) {
  console.error(`no benchmark named ${unknown.join(', ')}; there are: ${all.join(', ') || 'none yet'}`)
  process.exitCode = 2
} else {
  for (const name of asked.length > 0 ? asked : all) {
    console.log(`\n# ${name}`)
    const script = path.join(here, '..', 'scripts', 'run.mjs')
    const run = spawnSync(process.execPath, [script, path.join(here, `${name}.ts`)], { stdio: 'inherit' })
    if (run.status !== 0) process.exitCode = 1
  }
}
