/**
 * `npm test`: the checks and unit tests, the production build with its weight, and the page in a real browser.
 *
 * A part that fails does not keep the others from running: one run says all that is wrong.
 */
import { spawnSync } from 'node:child_process'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { provideBrowser } from './browser.ts'

const root = fileURLToPath(new URL('..', import.meta.url))
/** The budget of issue 1: what a visitor downloads before anything is opened. */
const firstLoadBytes = '250000'

function node(...args: string[]): boolean {
  return spawnSync(process.execPath, args, { cwd: root, stdio: 'inherit' }).status === 0
}

const failed: string[] = []
function part(name: string, passes: () => boolean): boolean {
  const passed = passes()
  if (!passed) failed.push(name)
  return passed
}

// The check leaves the long tests out; here everything counts.
process.env['LONG_TESTS'] = '1'
part('checks', () => node('scripts/run.mjs', 'scripts/check.ts'))
const built = part('build', () =>
  node(path.join('node_modules', 'vite', 'bin', 'vite.js'), 'build', '--logLevel', 'warn'),
)
if (built) {
  part('first load', () => node('scripts/run.mjs', 'scripts/size.ts', '--max', firstLoadBytes))
  part('browser', () => {
    try {
      process.env['APP_CHROMIUM'] = provideBrowser()
    } catch (error) {
      console.error(error instanceof Error ? error.message : error)
      return false
    }
    process.env['APP_BUILT'] = '1'
    return node(path.join('node_modules', '@playwright', 'test', 'cli.js'), 'test')
  })
}

if (failed.length > 0) {
  console.error(`failed: ${failed.join(', ')}`)
  process.exitCode = 1
}
