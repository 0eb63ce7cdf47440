/**
 * Pictures of the real page for the documents: `npm run screenshots` builds nothing, so build first. Each state in both
 * themes, at three widths, into docs/screenshots/; a state is visited once and then looked at in each. `npm run screenshots -- bug iommufd` takes only these states.
 */
import { mkdirSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { chromium, type Page } from '@playwright/test'
import { Playground } from '../e2e/playground.ts'
import { provideBrowser } from './browser.ts'
import { serveBuild } from './served.ts'

const folder = path.join(import.meta.dirname, '..', 'docs', 'screenshots')
const listing = readFileSync(
  path.join(import.meta.dirname, '..', 'src', 'import', 'fixtures', 'arch-style-ryzen-b550m-mortar-01.txt'),
  'utf8',
)

async function scenario(page: Page, play: Playground, id: string, steps: number): Promise<void> {
  await play.place('Scenarios')
  await page.locator(`[data-scenario="${id}"]`).click()
  const first = Number((await play.position().textContent())?.split('/')[0])
  const button = page.getByRole('button', { name: steps < first ? 'One step back' : 'One step on' })
  for (let at = first; at !== steps; at += steps < first ? -1 : 1) await button.click()
}

/** What is shown, and how to get there. */
const STATES: Readonly<Record<string, (page: Page, play: Playground) => Promise<void>>> = {
  'first-visit': () => Promise.resolve(),
  isolated: async (page, play) => {
    await page.getByRole('button', { name: 'Play this' }).click()
    await play.selectGroup(3)
  },
  bug: async (page, play) => {
    await page.getByRole('button', { name: 'Play this' }).click()
    await play.offer(/^Bind 01:00.0 to e1000e/).click()
  },
  'not-viable': async (page, play) => {
    await scenario(page, play, 'sibling-not-viable', 5)
    await play.selectGroup(3)
  },
  'viable-not-isolated': async (page, play) => {
    await scenario(page, play, 'stub-under-pt', 7)
    await play.selectGroup(3)
  },
  'unbind-waits': (page, play) => scenario(page, play, 'unbind-open-device', 10),
  'two-groups': (page, play) => scenario(page, play, 'two-groups', 12),
  iommufd: async (page, play) => {
    await scenario(page, play, 'siblings-follow', 14)
    await play.selectGroup(3)
  },
  compare: async (page, play) => {
    await scenario(page, play, 'bug-device-open', 12)
    await play.place('Compare')
    await page.getByRole('table').waitFor()
  },
  scenarios: (_, play) => play.place('Scenarios'),
  'my-machine': async (page, play) => {
    await play.place('My machine')
    await page.getByLabel('Listing of the machine').fill(listing)
    await page.getByTestId('import-result').waitFor()
  },
  topology: async (page, play) => {
    await page.getByRole('button', { name: 'Play this' }).click()
    await play.selectGroup(3)
    await page.keyboard.press('t')
    await page.locator('.tree-hull').first().waitFor()
  },
  legend: async (page) => {
    await page.getByRole('button', { name: 'Legend' }).click()
    await page.getByTestId('legend').waitFor()
  },
  explore: async (page, play) => {
    await play.place('Explore')
    await page.getByRole('button', { name: 'Search', exact: true }).click()
    await page.getByText('The shortest run').waitFor()
  },
}

const asked = process.argv.slice(2)
const unknown = asked.filter((name) => STATES[name] === undefined)
if (unknown.length > 0) throw new Error(`no such state: ${unknown.join(', ')}`)
const states = Object.entries(STATES).filter(([name]) => asked.length === 0 || asked.includes(name))

const SIZES = [
  [1440, 900],
  [1024, 768],
  [390, 844],
] as const

mkdirSync(folder, { recursive: true })
const served = await serveBuild()
const browser = await chromium.launch({ executablePath: provideBrowser(), args: ['--disable-gpu'] })
try {
  for (const [name, visit] of states) {
    const context = await browser.newContext({
      baseURL: served.url,
      viewport: { width: 1440, height: 900 },
      reducedMotion: 'reduce',
      serviceWorkers: 'block',
    })
    const page = await context.newPage()
    const play = new Playground(page)
    await play.open()
    await visit(page, play)
    for (const [width, height] of SIZES) {
      await page.setViewportSize({ width, height })
      // Below the canvas of a narrow screen the keyboard may be in the list of actions: the picture is what is shown.
      await page.evaluate(() => document.getElementById('canvas')?.scrollIntoView({ block: 'nearest' }))
      if (name === 'legend') {
        // It stands where its button stood when it was opened.
        await page.keyboard.press('Escape')
        await page.getByTestId('legend').waitFor({ state: 'hidden' })
        await visit(page, play)
      }
      for (const colorScheme of ['dark', 'light'] as const) {
        await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' })
        // What was arranged for another width is arranged anew.
        await page.waitForTimeout(600)
        await page.screenshot({ path: path.join(folder, `${name}-${width}-${colorScheme}.png`) })
      }
    }
    await context.close()
  }
} finally {
  await browser.close()
  await served.stop()
}
