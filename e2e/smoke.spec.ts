import { expect, test } from '@playwright/test'
import { expectNoViolations } from './axe.ts'

test('the page opens, without a fault in the console', async ({ page }) => {
  const faults: string[] = []
  page.on('pageerror', (error) => faults.push(error.message))
  page.on('console', (message) => {
    if (message.type() === 'error') faults.push(message.text())
  })
  await page.goto('/')
  await expect(page.getByRole('heading', { level: 1 })).toBeVisible()
  expect(faults).toEqual([])
})

for (const colorScheme of ['dark', 'light'] as const) {
  test(`axe finds nothing on the first screen, ${colorScheme}`, async ({ page }) => {
    await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' })
    await page.goto('/')
    await expect(page.getByRole('heading', { level: 1 })).toBeVisible()
    await expectNoViolations(page)
  })
}

test('a place inside the page has an address of its own; a file that is not there has none', async ({ request }) => {
  expect((await request.get('/lesson/first')).headers()['content-type']).toContain('text/html')
  expect((await request.get('/assets/none.js')).status()).toBe(404)
})
