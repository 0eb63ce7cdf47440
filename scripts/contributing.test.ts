/** Holds the lists of CONTRIBUTING ("Adding things") to the compiler: in a copy of the project, with a toy of each thing. */
import { spawnSync } from 'node:child_process'
import { cpSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { ADDITIONS, PROBE, type Edit } from './contributing/additions.ts'
import { projectFiles } from './files.ts'

const root = fileURLToPath(new URL('..', import.meta.url))
const copy = path.join(root, 'node_modules', '.cache', `contributing-${process.pid}`)
const all = Object.values(ADDITIONS)
/** Milliseconds for the copy on a busy machine. */
const PATIENCE = 600_000

beforeAll(() => {
  for (const file of projectFiles(root)) {
    if (!/^(?:src|e2e|bench|scripts|recorder)\/|^tsconfig|^package\.json$|\.config\.ts$/.test(file)) continue
    if (/\.(?:gz|txt|png)$/.test(file)) continue
    mkdirSync(path.dirname(path.join(copy, file)), { recursive: true })
    cpSync(path.join(root, file), path.join(copy, file))
  }
}, PATIENCE)
afterAll(() => rmSync(copy, { recursive: true, force: true }), PATIENCE)

function apply({ file, at, text }: Edit): void {
  const whole = path.join(copy, file)
  if (at === undefined) {
    if (existsSync(whole)) throw new Error(`${file} is there already`)
    mkdirSync(path.dirname(whole), { recursive: true })
    writeFileSync(whole, text)
    return
  }
  const source = readFileSync(whole, 'utf8')
  if (!source.includes(at)) throw new Error(`${file}: no "${at}"`)
  writeFileSync(
    whole,
    source.replace(at, () => text + at),
  )
}

/** What the compiler says of the copy, a line a fault. */
function faults(): string[] {
  const compiler = path.join(root, 'node_modules', 'typescript', 'bin', 'tsc')
  const { stdout } = spawnSync(process.execPath, [compiler, '--noEmit', '--pretty', 'false', '-p', '.'], {
    cwd: copy,
    encoding: 'utf8',
  })
  return stdout.split('\n').filter((line) => /error TS/.test(line))
}

test('the compiler asks for what CONTRIBUTING names, and for nothing else', () => {
  all.flatMap(({ begin }) => begin).forEach(apply)
  const files = new Set(faults().map((line) => line.replace(/\(.*/, '')))
  expect([...files].sort()).toEqual(all.flatMap(({ asked }) => asked).sort())
})

test('what CONTRIBUTING names is enough: a kernel, an operation, an importer, a place, a command and a term work', () => {
  all.flatMap(({ finish }) => finish).forEach(apply)
  expect(faults()).toEqual([])
  writeFileSync(path.join(copy, 'src', 'probe.ts'), PROBE)
  const { stdout, stderr } = spawnSync(process.execPath, ['scripts/run.mjs', path.join(copy, 'src', 'probe.ts')], {
    cwd: root,
    encoding: 'utf8',
  })
  expect(stderr).toBe('')
  expect(JSON.parse(stdout)).toEqual({
    kernel: 'toy-kernel',
    answer: { ok: true, value: 42 },
    words: 'Play with c',
    term: [true, 'one file is open'],
    imported: ['0000:01:00.0'],
    place: true,
    command: true,
  })
})
