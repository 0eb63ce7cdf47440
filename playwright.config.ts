import { createServer } from 'node:net'
import { defineConfig } from '@playwright/test'
import { findBrowser } from './scripts/browser.ts'

// Each worker reads this file again and must come to the same port as the first reading: the environment tells it.
process.env['APP_PORT'] ??= String(await freePort())
const port = process.env['APP_PORT']
const browser = findBrowser()

export default defineConfig({
  testDir: 'e2e',
  outputDir: 'test-results',
  fullyParallel: true,
  forbidOnly: process.env['CI'] !== undefined,
  workers: 2,
  retries: 0,
  // Tests wait for what the page shows. These limits only end what hangs: on a busy machine all takes many times as long.
  timeout: 300_000,
  expect: { timeout: 60_000 },
  reporter: [['list'], ['./e2e/closing-line.ts']],
  projects: [{ name: 'chromium' }],
  use: {
    baseURL: `http://localhost:${port}`,
    viewport: { width: 1440, height: 900 },
    trace: 'off',
    // A test that wants the page from a worker's cache says so; the others must see the build.
    serviceWorkers: 'block',
    launchOptions: {
      ...(browser === undefined ? {} : { executablePath: browser }),
      args: ['--disable-gpu', '--disable-quic', '--disable-component-update', '--disable-background-networking'],
    },
  },
  webServer: {
    // `npm test` has just built the page; anybody else's dist/ may be old.
    command: process.env['APP_BUILT'] === '1' ? 'node scripts/serve.mjs' : 'npm run -s build && node scripts/serve.mjs',
    env: { PORT: port },
    url: `http://localhost:${port}/`,
    timeout: 300_000,
  },
})

async function freePort(): Promise<number> {
  const probe = createServer()
  await new Promise<void>((resolve) => {
    probe.listen(0, '127.0.0.1', resolve)
  })
  const address = probe.address()
  await new Promise((resolve) => {
    probe.close(resolve)
  })
  if (typeof address !== 'object' || address === null) throw new Error('the system gave no free port')
  return address.port
}
