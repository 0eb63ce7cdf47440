import { readFileSync } from 'node:fs'
import { expect, test, type Locator, type Page } from '@playwright/test'
import { cellText } from '../src/export/markdown.ts'
import { compare, type Comparison } from '../src/scenario/compare/compare.ts'
import { CHAPTERS, LIBRARY } from '../src/scenario/library/index.ts'
import { decodeLink, encodeLink } from '../src/scenario/link/link.ts'
import { machineOf, setupOf, type Scenario } from '../src/scenario/document/scenario.ts'
import { KERNELS } from '../src/sim/kernels/registry.ts'
import { axeFindsNothingIn } from './axe.ts'
import { Playground } from './playground.ts'

const OLD = LIBRARY.filter(({ scenario }) => scenario.kernel === 'linux-5.10')

function comparisonOf(scenario: Scenario): Comparison {
  const machine = machineOf(scenario)
  if (machine === undefined) throw new Error(`${scenario.title} names what does not ship`)
  return compare(KERNELS, setupOf(scenario, machine), scenario.ops)
}

function scenario(id: string): Scenario {
  const entry = LIBRARY.find((candidate) => candidate.id === id)
  if (entry === undefined) throw new Error(`the library has no ${id}`)
  return entry.scenario
}

/** Opens a scenario by its link and goes to Compare. */
async function openCompare(page: Page, opened: Scenario): Promise<Playground> {
  const play = new Playground(page)
  await play.open(`#${encodeLink(opened) ?? ''}`)
  // The link is there, and no longer what was compared before.
  await expect(play.position()).toHaveText(`${opened.cursor} / ${opened.ops.length}`)
  await play.place('Compare')
  await expect(page.getByTestId('compare')).toBeVisible()
  return play
}

function heads(page: Page): Locator {
  return page.getByTestId('compare').locator('thead th[scope="col"]')
}

function row(page: Page, number: number): Locator {
  return page
    .getByTestId('compare')
    .locator('tbody')
    .nth(number - 1)
}

/** The cells of the table: a list of texts for each row. */
function cells(page: Page): Promise<string[][]> {
  return page
    .getByTestId('compare')
    .locator('tbody')
    .evaluateAll((bodies) => bodies.map((body) => [...body.querySelectorAll('td')].map((cell) => cell.textContent)))
}

/** The table shows what the kernels said, every one of them at every operation. */
async function expectTable(page: Page, opened: Scenario): Promise<void> {
  await expect(heads(page)).toHaveCount(KERNELS.length + 1)
  const shown = await cells(page)
  const { rows } = comparisonOf(opened)
  expect(shown).toHaveLength(rows.length)
  rows.forEach((expected, index) => {
    expected.cells.forEach((cell, place) => {
      const [answer = ''] = cellText(cell).split(', releases')
      expect(shown[index]?.[place], `step ${index + 1}, ${KERNELS[place]?.id ?? ''}`).toContain(answer)
    })
  })
}

for (const chapter of CHAPTERS) {
  const entries = OLD.filter((entry) => entry.chapter === chapter)
  if (entries.length === 0) continue
  test(`compared under every kernel, and the link brings it back: ${chapter}`, async ({ page }) => {
    for (const [index, entry] of entries.entries()) {
      await openCompare(page, entry.scenario)
      await expectTable(page, entry.scenario)
      const link = `#${encodeLink({ ...entry.scenario, compare: KERNELS.map(({ id }) => id) }) ?? ''}`
      await expect.poll(() => new URL(page.url()).hash, entry.id).toBe(link)
      // Elsewhere, and back by the link; the first time with nothing but the link.
      await new Playground(page).place('Play')
      await expect(page.getByTestId('compare')).toBeHidden()
      await expect.poll(() => new URL(page.url()).hash, entry.id).not.toBe(link)
      if (index === 0) await page.goto('about:blank')
      await page.goto(`/${link}`)
      await expectTable(page, entry.scenario)
    }
  })
}

test('a cell opens that kernel at that step, and Undo comes back to the comparison', async ({ page }) => {
  const play = await openCompare(page, scenario('bug-set-container'))
  const newer = KERNELS.findIndex(({ id }) => id === 'linux-6.1')
  await row(page, 7).getByRole('button', { name: /EBUSY/ }).first().click()
  await expect(page.getByRole('combobox', { name: 'Kernel' })).toHaveValue(KERNELS[newer]?.id ?? '')
  await expect(play.position()).toHaveText('7 / 7')
  await expect(play.kernelPath()).toContainText('Kernel path of step 7')
  await expect(play.kernelPath()).toContainText('EBUSY')
  await page.keyboard.press('Control+z')
  await expect(heads(page)).toHaveCount(KERNELS.length + 1)
  await page.keyboard.press('Control+Shift+z')
  await expect(play.position()).toHaveText('7 / 7')
})

test('a translated cell opens the calls that were really made', async ({ page }) => {
  const device = KERNELS.findIndex(({ abi }) => abi.includes('open_cdev') && !abi.includes('group_set_container'))
  test.skip(device < 0, 'no kernel without groups')
  const opened = scenario('normal-order')
  const at = opened.ops.findIndex((op) => op.op === 'group_get_device_fd')
  const play = await openCompare(page, opened)
  await row(page, at + 1)
    .locator('td')
    .nth(device)
    .getByRole('button')
    .click()
  const column = comparisonOf(opened).columns[device]
  await expect(play.position()).toHaveText(`${column?.cells[at]?.to ?? 0} / ${column?.run.steps.length ?? 0}`)
  await expect(page.getByTestId('steps')).toContainText('VFIO_DEVICE_BIND_IOMMUFD')
})

test('any two kernels or more, only the differences, and why', async ({ page }) => {
  await openCompare(page, scenario('bug-set-container'))
  const toggles = page.getByRole('group', { name: 'Kernels to compare' }).getByRole('button')
  for (let index = KERNELS.length - 1; index >= 2; index--) await toggles.nth(index).click()
  await expect(heads(page)).toHaveCount(3)
  // A third one cannot go: two are the least.
  await toggles.first().click({ force: true })
  await expect(heads(page)).toHaveCount(3)
  await page.getByRole('switch', { name: 'Only differences' }).click()
  await expect(page.getByTestId('compare').locator('tbody')).toHaveCount(1)
  await page.getByRole('button', { name: 'What changed at step 7' }).click()
  await expect(page.getByRole('region', { name: 'What changed at step 7' })).toContainText('Linux 5.19')
  await expect(page.getByRole('region', { name: 'What was asked at step 7' })).toContainText('bind 01:00.0 e1000e')
  const compared = KERNELS.slice(0, 2).map(({ id }) => id)
  await expect
    .poll(() => JSON.stringify(decodeLink(new URL(page.url()).hash)))
    .toContain(`"compare":${JSON.stringify(compared)}`)
  await page.reload()
  await expect(heads(page)).toHaveCount(3)
  const download = page.waitForEvent('download')
  await page.getByRole('button', { name: 'Download as Markdown' }).click()
  const text = readFileSync(await (await download).path(), 'utf8')
  expect(text).toContain('| 7 ≠ | `bind 01:00.0 e1000e` | **☠ BUG** | **✗ EBUSY** |')
  const [, link = ''] = /\]\(http\S+#(\S+)\)/.exec(text) ?? []
  expect(decodeLink(link)).toEqual(decodeLink(new URL(page.url()).hash))
})

test('played on by keyboard: arrow keys from answer to answer, Enter opens', async ({ page }) => {
  const play = await openCompare(page, scenario('bug-set-container'))
  await row(page, 1).locator('td').first().getByRole('button').focus()
  await page.keyboard.press('ArrowRight')
  await page.keyboard.press('ArrowDown')
  await expect(row(page, 2).locator('td').nth(1).getByRole('button')).toBeFocused()
  await page.keyboard.press('Enter')
  await expect(play.position()).toHaveText('2 / 7')
})

axeFindsNothingIn('Compare', async (page) => {
  await openCompare(page, scenario('bridge-any-driver'))
  await page
    .getByRole('button', { name: /^What changed/ })
    .first()
    .click()
})
