import { readFile } from 'node:fs/promises'
import { expect, test, type Locator, type Page } from '@playwright/test'
import { axeFindsNothingIn } from './axe.ts'
import { Playground } from './playground.ts'

async function openExports(page: Page): Promise<Locator> {
  await new Playground(page).open()
  await page.getByRole('button', { name: 'Share' }).click()
  await page.getByTestId('other-forms').getByRole('button').click()
  const exports = page.getByTestId('exports')
  await expect(exports).toBeVisible()
  return exports
}

test('a run as a C program, a mail and a diagram: preview, copy, download', async ({ page, context, browserName }) => {
  if (browserName === 'chromium') await context.grantPermissions(['clipboard-read', 'clipboard-write'])
  const exports = await openExports(page)
  const preview = exports.getByRole('region')
  await expect(preview).toContainText('static void step_1(struct answer *a) {')
  // The link of the run stands in what is exported.
  await expect(preview).toContainText(/http\S+#1\.[\w-]+/)

  const waiting = page.waitForEvent('download')
  await exports.getByRole('button', { name: 'Download' }).click()
  const file = await waiting
  expect(file.suggestedFilename()).toMatch(/\.c$/)
  expect(await readFile(await file.path(), 'utf8')).toBe(await preview.textContent())

  await exports.getByLabel('As').selectOption('Mail')
  await expect(preview).toContainText(/^Subject: /)
  await exports.getByLabel('As').selectOption('Mermaid')
  await expect(preview).toContainText(/^sequenceDiagram/)
  if (browserName !== 'chromium') return
  await exports.getByRole('button', { name: 'Copy' }).click()
  await expect(exports.getByRole('button', { name: 'Copied' })).toBeVisible()
  expect(await page.evaluate(() => navigator.clipboard.readText())).toMatch(/^sequenceDiagram/)
})

test('where a run has no such form a sentence says why', async ({ page }) => {
  const play = new Playground(page)
  await play.open()
  await play.openMachine('dual-e1000e')
  await page.getByRole('button', { name: 'Share' }).click()
  await page.getByTestId('other-forms').getByRole('button').click()
  const exports = page.getByTestId('exports')
  await exports.getByLabel('As').selectOption('QEMU')
  await expect(exports).toContainText('No process of this run gets a device')
  await expect(exports.getByRole('button', { name: 'Download' })).toBeHidden()
})

axeFindsNothingIn('the other forms of a run', async (page) => {
  await openExports(page)
})
