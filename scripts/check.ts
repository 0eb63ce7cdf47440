/**
 * `npm run check`: everything that can be said about the project without opening a browser.
 *
 * The short checks run side by side, as many as there are cores, and print one line each, and their output when they
 * fail. The unit tests come last and alone, so that their summary closes the output.
 */
import { spawn } from 'node:child_process'
import { availableParallelism } from 'node:os'
import path from 'node:path'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('..', import.meta.url))
const own = (name: string) => ['scripts/run.mjs', `scripts/${name}.ts`]
/** A package's program is started through its file: the shims in node_modules/.bin differ on Windows. */
const tool = (file: string, ...args: string[]) => [path.join('node_modules', file), ...args]

const checks: readonly (readonly [name: string, nodeArguments: readonly string[]])[] = [
  // Remembers what it has checked: a second check reads only what has changed since.
  [
    'types',
    tool(
      'typescript/bin/tsc',
      '--noEmit',
      '-p',
      '.',
      '--incremental',
      '--tsBuildInfoFile',
      'node_modules/.cache/types.json',
    ),
  ],
  ['types without browser or Node in the lower floors', tool('typescript/bin/tsc', '-p', 'tsconfig.pure.json')],
  ['lint', tool('oxlint/bin/oxlint', '--type-aware', '--deny-warnings')],
  // Looks again only at files whose content has changed since it last found them well formatted.
  [
    'format',
    tool('prettier/bin/prettier.cjs', '--check', '--log-level', 'warn', '--cache', '--cache-strategy', 'content', '.'),
  ],
  ['arrows', own('check-arrows')],
  ['lockfile', own('check-lockfile')],
  ['paths', own('check-paths')],
  ['dead code', tool('knip/bin/knip.js', '--no-progress')],
]
const unitTests = tool('vitest/vitest.mjs', 'run')

/** Runs Node with the arguments and resolves to whether it ended well; `print` shares this process's output. */
async function node(args: readonly string[], print: boolean): Promise<{ ok: boolean; output: string }> {
  const child = spawn(process.execPath, args, { cwd: root, stdio: ['ignore', print ? 'inherit' : 'pipe', 'pipe'] })
  let output = ''
  child.stdout?.on('data', (data: Buffer) => (output += data.toString()))
  child.stderr?.on('data', (data: Buffer) => (print ? process.stderr.write(data) : (output += data.toString())))
  const ok = await new Promise<boolean>((resolve) => {
    child.on('close', (code) => resolve(code === 0))
  })
  return { ok, output }
}

const failed: string[] = []
const waiting = [...checks]
async function work(): Promise<void> {
  for (let next = waiting.shift(); next; next = waiting.shift()) {
    const [name, args] = next
    const began = performance.now()
    const { ok, output } = await node(args, false)
    const seconds = ((performance.now() - began) / 1000).toFixed(1)
    console.log(`${ok ? 'ok    ' : 'FAILED'} ${name} (${seconds} s)`)
    if (ok) continue
    failed.push(name)
    console.log(output.trimEnd().replaceAll(/^/gm, '       '))
  }
}
await Promise.all(Array.from({ length: availableParallelism() }, work))

if (!(await node(unitTests, true)).ok) failed.push('unit tests')
if (failed.length > 0) {
  console.log(`check failed: ${failed.join(', ')}`)
  process.exitCode = 1
}
