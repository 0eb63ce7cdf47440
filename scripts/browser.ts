/**
 * Finds a Chromium to test with, so that `npm test` needs no set-up.
 */
import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import path from 'node:path'
import { chromium } from '@playwright/test'

/** Programs looked for along PATH. */
const programs = ['chromium', 'google-chrome', 'google-chrome-stable', 'chromium-browser', 'microsoft-edge']

/** Places outside PATH where installers of the three systems put a browser. */
function usualPlaces(): string[] {
  const windows = [process.env['ProgramFiles'], process.env['ProgramFiles(x86)'], process.env['LOCALAPPDATA']]
  return [
    '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
    '/Applications/Chromium.app/Contents/MacOS/Chromium',
    '/Applications/Microsoft Edge.app/Contents/MacOS/Microsoft Edge',
    '/snap/bin/chromium',
    ...windows.flatMap((folder) =>
      folder === undefined
        ? []
        : [
            path.join(folder, 'Google', 'Chrome', 'Application', 'chrome.exe'),
            path.join(folder, 'Chromium', 'Application', 'chrome.exe'),
            path.join(folder, 'Microsoft', 'Edge', 'Application', 'msedge.exe'),
          ],
    ),
  ]
}

/**
 * The browser's absolute path: what APP_CHROMIUM names, else Playwright's own, else one of the system's; undefined when
 * there is none.
 * @throws when APP_CHROMIUM names a file that is not there
 */
export function findBrowser(): string | undefined {
  const named = process.env['APP_CHROMIUM']
  if (named !== undefined && named !== '') {
    if (!existsSync(named)) throw new Error(`APP_CHROMIUM names ${named}, which does not exist`)
    return named
  }
  const folders = (process.env['PATH'] ?? '').split(path.delimiter).filter((folder) => folder !== '')
  const onPath = programs.flatMap((program) => folders.map((folder) => path.join(folder, program)))
  return [chromium.executablePath(), ...onPath, ...usualPlaces()].find((file) => existsSync(file))
}

const advice = `No Chromium was found to run the page's tests in. Any one of these helps:
  - install Chromium, Chrome or Edge as usual on your system (Debian: apt-get install chromium)
  - npx playwright install chromium
  - APP_CHROMIUM=/path/to/chromium npm test`

/**
 * Like `findBrowser`, but on Debian as root (a build container, usually) it installs one first.
 * @throws with advice for the person at the keyboard when there is no browser and none could be installed
 */
export function provideBrowser(): string {
  const found = findBrowser()
  if (found !== undefined) return found
  if (process.getuid?.() === 0 && existsSync('/usr/bin/apt-get')) {
    console.log('No Chromium here yet: installing it with apt-get (a minute or two)')
    aptGet('update')
    aptGet('install', '-y', '--no-install-recommends', 'chromium')
    const installed = findBrowser()
    if (installed !== undefined) return installed
  }
  throw new Error(advice)
}

/** Waits for its turn when another apt-get is at work; what went wrong shows in the output and in the missing browser. */
function aptGet(...args: string[]): void {
  spawnSync('apt-get', ['-q', '-o', 'DPkg::Lock::Timeout=240', ...args], {
    stdio: ['ignore', 'ignore', 'inherit'],
    env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' },
    timeout: 5 * 60_000,
  })
}
