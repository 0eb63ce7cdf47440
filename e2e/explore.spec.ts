import { readFileSync } from 'node:fs'
import { expect, test, type Page } from '@playwright/test'
import { decodeLink, encodeLink } from '../src/scenario/link/link.ts'
import { START } from '../src/scenario/library/first-visit.ts'
import { KERNELS } from '../src/sim/kernels/registry.ts'
import { axeFindsNothingIn } from './axe.ts'
import { Playground } from './playground.ts'

declare global {
  interface Window {
    /** Durations of tasks above 50 ms on the main thread. */
    tasks: number[]
  }
}

/** The cells of the first question of the documented table. */
const DOCUMENTED =
  readFileSync('docs/explore.md', 'utf8')
    .split('\n')
    .find((line) => line.startsWith('| Device fd in hand'))
    ?.split('|') ?? []

async function openExplore(page: Page, query = ''): Promise<Playground> {
  const play = new Playground(page)
  await page.emulateMedia({ reducedMotion: 'reduce' })
  await page.goto(`/explore${query}`)
  await expect(page.getByRole('heading', { name: 'Explore' })).toBeVisible()
  return play
}

const verdict = (page: Page) => page.getByTestId('verdict')
const search = (page: Page) => page.getByRole('button', { name: 'Search' }).click()

/** A search of millions of states: two processes, symmetry off. */
const LARGE = `/explore?ask=never+(bug+%26+!bug)&from=boot&symmetry=off&names=device%3D2,ioas%3D2#${
  encodeLink({
    title: '',
    machine: START.machine,
    boot: START.boot,
    kernel: 'linux-6.12-iommufd',
    ops: [],
    cursor: 0,
    processes: [
      { name: 'qemu', user: 'root' },
      { name: 'other', user: 'alice' },
    ],
  }) ?? ''
}`

test('asked by one click: the shortest run, opened in the timeline, undone, and shared', async ({ page, context }) => {
  await context.grantPermissions(['clipboard-read', 'clipboard-write'])
  const play = await openExplore(page)
  await search(page)
  await expect(verdict(page)).toContainText('Possible, in 7 operations')
  const path = page.getByTestId('path')
  await expect(path.getByRole('listitem')).toHaveCount(7)
  await expect(path.getByRole('listitem').last()).toContainText('BUG')
  await path.getByRole('button', { name: 'Copy link' }).click()
  await expect(path.getByRole('button', { name: 'Copied' })).toBeVisible()
  const link = await page.evaluate(() => navigator.clipboard.readText())
  const opened = decodeLink(new URL(link).hash)
  expect(opened.ok && [opened.scenario.ops.length, opened.scenario.cursor]).toEqual([7, 7])

  await path.getByRole('button', { name: 'Open in the timeline' }).click()
  await expect(play.position()).toHaveText('7 / 7')
  await expect(play.bug()).toBeVisible()
  await page.keyboard.press('Control+z')
  await expect(play.position()).toHaveText(`${START.cursor} / ${START.ops.length}`)
  // The answer is still there.
  await play.place('Explore')
  await expect(verdict(page)).toContainText('Possible, in 7 operations')
  await path.getByRole('listitem').nth(2).getByRole('button').click()
  await expect(play.position()).toHaveText('3 / 7')
  await page.goBack()
  await expect(verdict(page)).toContainText('Possible, in 7 operations')
  await expect(play.position()).toBeHidden()
})

test('a question as a link asks itself, and says what its proof holds for', async ({ page }) => {
  await openExplore(page)
  await page.getByRole('button', { name: 'Does it never happen?' }).click()
  await page.getByRole('combobox', { name: 'Kernel' }).selectOption('linux-6.1')
  await expect.poll(() => page.url()).toContain('ask=never+bug&from=boot#1.')
  // The kernel comes into the address a moment after the question.
  const addressed = () => JSON.stringify(decodeLink(new URL(page.url()).hash))
  await expect.poll(addressed).toContain('"kernel":"linux-6.1"')
  await page.reload()
  await expect(verdict(page)).toContainText('Never: all 243 states examined')
  await page.getByTestId('assumed').getByRole('button').click()
  await expect(page.getByTestId('assumed')).toContainText('0000:01:00.0'.slice(5))
  // Few states are drawn, and each opens.
  const graph = page.getByTestId('graph')
  await expect(graph.getByRole('button', { name: /^State / })).toHaveCount(243)
  await graph.getByRole('button', { name: /^State 1,/ }).focus()
  await page.keyboard.press('ArrowRight')
  await page.keyboard.press('ArrowRight')
  await expect(page.getByTestId('chosen-state')).toContainText('after 2 operations')
  await graph.getByRole('button', { name: 'Open this state' }).click()
  await expect(new Playground(page).position()).toHaveText('2 / 2')
})

test('a question put together from conditions, and a fault that names its column', async ({ page }) => {
  await openExplore(page)
  const typed = page.getByLabel('The question, as text')
  await page.getByTestId('builder').getByRole('button').first().click()
  await page.getByLabel('Condition 1: term').selectOption('viable')
  await page.getByLabel('Condition 1: of what').selectOption('3')
  await page.getByRole('button', { name: 'condition', exact: true }).click()
  await page.getByLabel('Condition 2: term').selectOption('isolated')
  await page.getByLabel('Condition 2: is or is not').selectOption('not')
  await expect(typed).toHaveValue('viable@3 & !isolated')
  await expect(page.getByRole('region', { name: 'The question' })).toContainText('group 3 viable')
  await typed.fill('viable@3 & bgu')
  await expect(page.getByTestId('question')).toContainText('Column 12:')
  await expect(page.getByRole('button', { name: 'Search' })).toBeDisabled()
  await typed.fill('viable@99')
  await search(page)
  await expect(verdict(page)).toContainText('This cannot be asked')
  await page.getByRole('button', { name: 'An error from a call' }).click()
  await page.getByLabel('Error', { exact: true }).selectOption('EINVAL')
  await page.getByLabel('Call', { exact: true }).selectOption('group_get_device_fd')
  await expect(typed).toHaveValue('errno:EINVAL:group_get_device_fd')
  await search(page)
  await expect(page.getByTestId('path').getByRole('listitem').last()).toContainText('EINVAL')
})

test('a limit is no proof, and can be raised', async ({ page }) => {
  await openExplore(page, '?ask=never+shared&from=boot&states=100')
  await expect(verdict(page)).toContainText('Not decided: stopped at a limit')
  await expect(verdict(page)).not.toContainText(/Never|Impossible/)
  await page.getByRole('button', { name: 'Continue, up to 400 states' }).click()
  await expect(verdict(page)).toContainText('Never: all 385 states examined')
})

test('a million states: the page answers meanwhile; stopped and continued', async ({ page }) => {
  await page.addInitScript(() => {
    window.tasks = []
    const observer = new PerformanceObserver((list) => {
      window.tasks.push(...list.getEntries().map((entry) => entry.duration))
    })
    observer.observe({ type: 'longtask' })
  })
  await page.goto(LARGE)
  const found = async (): Promise<number> =>
    Number((await page.locator('[data-number="states"]').innerText()).replaceAll(',', ''))
  await expect.poll(found).toBeGreaterThan(1000)
  // From here on the page only shows numbers and does what a person asks.
  const began = Date.now()
  await page.evaluate(() => {
    window.tasks.length = 0
  })
  const typed = page.getByLabel('The question, as text')
  for (let round = 0, shown = await found(); shown < 1_000_000; round++, shown = await found()) {
    await typed.fill(`never bug@`.slice(0, 1 + (round % 9)))
    await expect.poll(found).toBeGreaterThan(shown)
  }
  await typed.fill('never (bug & !bug)')
  const long = await page.evaluate(() => window.tasks)
  const elapsed = Date.now() - began
  await page.getByRole('button', { name: 'Stop' }).click()
  await expect(verdict(page)).toContainText('Stopped')
  const stopped = await found()
  expect(stopped).toBeGreaterThan(1_000_000)
  await expect(page.getByRole('button', { name: 'Continue' })).toBeVisible()
  await typed.fill('never bug')
  expect(await found()).toBe(stopped)
  await page.getByRole('button', { name: 'Continue' }).click()
  await expect.poll(found).toBeGreaterThan(stopped)
  await page.getByRole('button', { name: 'Stop' }).click()
  console.log(`long tasks while a million states were searched: ${long.map(Math.round).join(', ') || 'none'}`)
  // With no core to spare a task may take longer than its work; a search on the main thread would take all of the time.
  expect(long.reduce((sum, task) => sum + task, 0)).toBeLessThan(elapsed / 5)
})

test('one question under every kernel: cells fill in, and a cell opens its run', async ({ page }) => {
  const play = await openExplore(page)
  const policies = page.getByTestId('policies')
  await policies.getByRole('button', { name: 'Ask every kernel' }).click()
  await expect(page.getByTestId('table-status')).toHaveText(`${KERNELS.length} searches done.`)
  await expect(policies.locator('[data-cell="this linux-5.10"]')).toContainText('7 operations')
  await expect(policies.locator('[data-cell="this linux-6.1"]')).toContainText('impossible')
  await expect(policies.locator('[data-cell="this linux-6.1"]')).toContainText('all 243 states')
  // The questions of the document come out as it says; the rest of them is a test of their own.
  await policies.getByRole('button', { name: /^All \d+ questions/ }).click()
  await policies.getByRole('button', { name: 'Ask every kernel' }).click()
  for (const [index, { id }] of KERNELS.entries()) {
    const [, length = '', states = ''] = /\*\*(\d+)\*\* \((\d+)\)/.exec(DOCUMENTED[index + 2] ?? '') ?? []
    const cell = policies.locator(`[data-cell="device-fd ${id}"]`)
    await expect(cell).toHaveText(`➜ ${length} operations${states} states`)
  }
  await policies.getByRole('button', { name: 'Stop' }).click()
  await policies.getByRole('button', { name: 'This question' }).click()
  await policies.getByRole('button', { name: 'Ask every kernel' }).click()
  await policies.locator('[data-cell="this ioasid-g"]').click()
  await expect(page.getByRole('combobox', { name: 'Kernel' })).toHaveValue('ioasid-g')
  await expect(play.bug()).toBeVisible()
})

test('who acts, with what: the line says it, and a second process makes a group shareable', async ({ page }) => {
  await openExplore(page)
  await page.getByRole('combobox', { name: 'Kernel' }).selectOption('ioasid-t')
  await page.getByRole('button', { name: 'Group shared' }).click()
  await search(page)
  await expect(verdict(page)).toContainText('Impossible')
  const may = page.getByTestId('may-happen')
  await may.getByRole('button', { name: /^What may happen/ }).click()
  await may.getByRole('button', { name: 'add a process' }).click()
  await expect(may).toContainText('qemu and qemu2 and the administrator')
  await search(page)
  await expect(verdict(page)).toContainText('Possible')
  await may.getByLabel('the administrator', { exact: true }).uncheck()
  await search(page)
  await expect(verdict(page)).toContainText('Impossible')
})

test('the inspector tells all that can happen now', async ({ page }) => {
  const play = new Playground(page)
  await play.open()
  // The first task tells nothing of how it may end; on any other run all is told.
  await expect(play.inspector().getByText('All that can happen now')).toHaveCount(0)
  await page.getByRole('button', { name: 'Close', exact: true }).click()
  await play.inspector().getByText('All that can happen now').click()
  const all = page.getByTestId('what-else')
  await expect(all).toContainText('18 calls: 1 BUG, 7 ok, 1 waits, 9 refused')
  await all.getByRole('button', { name: 'bind 01:00.0 vfio-pci' }).click()
  await expect(play.position()).toHaveText('10 / 10')
})

axeFindsNothingIn('Explore', async (page) => {
  await openExplore(page, '?ask=shared&from=boot&names=device%3D1')
  await page.getByTestId('graph').waitFor()
  for (const fold of ['builder', 'may-happen', 'assumed']) {
    await page.getByTestId(fold).getByRole('button').first().click()
  }
  await page.getByRole('button', { name: 'Ask every kernel' }).click()
  await expect(page.getByTestId('table-status')).toContainText('searches done.')
})
