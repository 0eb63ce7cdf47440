import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { expect, type Page, test } from '@playwright/test'

test.use({ serviceWorkers: 'allow' })

/** Opens the page and waits until the service worker has stored a whole release and answers for the page. */
async function openAndStore(page: Page, address: string): Promise<void> {
  await page.goto(address)
  const stored = () =>
    page.evaluate(
      async () => navigator.serviceWorker.controller !== null && (await caches.match('/assets.json')) !== undefined,
    )
  await expect.poll(stored).toBe(true)
}

/** A server of this test's own, which can be ended: the surest way to have no network. */
async function startServer(): Promise<{ address: string; server: ChildProcess }> {
  const server = spawn(process.execPath, ['scripts/serve.mjs'], {
    env: { ...process.env, PORT: '0' },
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  for await (const line of createInterface(server.stdout)) {
    const address = /http:\S+/.exec(line)?.[0]
    if (address !== undefined) return { address, server }
  }
  throw new Error('the server ended before it said its address')
}

test('the page opens without a network, also at a place inside it', async ({ page }) => {
  const { address, server } = await startServer()
  try {
    await openAndStore(page, address)
  } finally {
    server.kill()
    await once(server, 'exit')
  }
  for (const place of ['', 'lesson/first']) {
    await page.goto(address + place)
    await expect(page.getByRole('heading', { level: 1 })).toBeVisible()
  }
})

test('a stored page never stands in for the released one', async ({ page }) => {
  await openAndStore(page, '/')
  await page.evaluate(async () => {
    const cache = await caches.open('iommu-playground')
    const headers = { 'Content-Type': 'text/html' }
    await cache.put('/', new Response('<title>old release</title>', { headers }))
  })
  await page.goto('/')
  await expect(page).toHaveTitle(/IOMMU Playground/)
})
