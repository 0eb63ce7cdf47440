import { readFileSync } from 'node:fs'
import { expect, test, type Locator, type Page } from '@playwright/test'
import { expectNoViolations } from './axe.ts'
import { Playground } from './playground.ts'

function fixture(name: string): string {
  return readFileSync(new URL(`../src/import/fixtures/${name}.txt`, import.meta.url), 'utf8')
}

/** Pastes a listing and plays with the machine. */
async function playListing(page: Page, play: Playground, text: string): Promise<void> {
  await play.place('My machine')
  const field = page.getByLabel('Listing of the machine')
  const over = page.getByRole('button', { name: 'Start over' })
  // The page keeps what was pasted before.
  await expect(field.or(over).first()).toBeVisible()
  if (await over.isVisible()) await over.click()
  await field.fill(text)
  await page.getByRole('button', { name: 'Play with this machine' }).click()
  await expect(page.getByRole('button', { name: 'Topology' })).toBeVisible()
}

const lens = (page: Page, name: 'Ownership' | 'Topology') => page.getByRole('button', { name, exact: true })
const changed = (page: Page) => page.getByTestId('what-changed')

test('the lens by mouse and by key; what is selected in one is selected in the other', async ({ page }) => {
  const play = new Playground(page)
  await play.open()
  await play.selectDevice('01:00.1')
  await lens(page, 'Topology').click()
  await expect(page.getByTestId('topology')).toBeVisible()
  await expect(play.device('01:00.1')).toHaveClass(/selected/)
  await expect(play.inspector()).toContainText('Why it is in group 3')
  await expect(play.inspector()).toContainText('get_pci_function_alias_group')
  await play.group(2).locator('.tree-tag').click()
  await expect(play.inspector().getByRole('heading', { name: 'IOMMU group 2' })).toBeVisible()
  await expect(play.inspector()).toContainText('Why these are together')
  await page.keyboard.press('t')
  await expect(page.getByTestId('topology')).toBeHidden()
  await expect(play.inspector().getByRole('heading', { name: 'IOMMU group 2' })).toBeVisible()
  await play.openPalette()
  await page.keyboard.type('lens: topology')
  await page.keyboard.press('Enter')
  await expect(page.getByTestId('topology')).toBeVisible()
  // The hull of a group that was selected before stays below the group's functions.
  const layer = (node: Locator): Promise<number> => node.evaluate((element) => Number(getComputedStyle(element).zIndex))
  await expect(play.group(2)).toHaveClass(/selected/)
  expect(await layer(play.group(2))).toBeLessThan(await layer(play.device('00:1f.0')))
  // By keyboard alone: to a card, and select it.
  await play.device('00:02.0').focus()
  await page.keyboard.press('Enter')
  await expect(play.inspector().getByRole('heading', { name: /^00:02.0/ })).toBeVisible()
})

test('ACS of a root port off: groups merge; undo splits them again; the link carries it', async ({ page, context }) => {
  const play = new Playground(page)
  await play.open()
  await page.keyboard.press('t')
  await play.device('00:02.0').click()
  await expect(play.device('00:02.0')).toContainText('isolates')
  await page.getByRole('button', { name: '◐ Off' }).click()
  await expect(changed(page)).toContainText('Groups 1 and 3 merged')
  await expect(changed(page)).toContainText('follow')
  await expect(play.device('00:02.0')).toContainText('ACS off')
  await expect(play.group(1)).toHaveAccessibleName(/3 functions: 00:02.0, 01:00.0, 01:00.1/)
  await expect(play.step(4)).toContainText('g1 = open /dev/vfio/1')
  await expect.poll(() => new URL(page.url()).hash.length).toBeGreaterThan(900)
  const other = await context.newPage()
  await other.goto(page.url())
  await other.keyboard.press('t')
  await expect(new Playground(other).group(1)).toHaveAccessibleName(/3 functions/)
  await other.close()
  await page.getByRole('button', { name: 'Undo the change' }).click()
  await expect(play.group(3)).toHaveAccessibleName(/2 functions: 01:00.0, 01:00.1/)
  await expect(play.step(4)).toContainText('g1 = open /dev/vfio/3')
})

test('the override splits a group in belief only, and the page says so', async ({ page }) => {
  const play = new Playground(page)
  await play.open()
  await page.keyboard.press('t')
  await page.getByRole('button', { name: 'multifunction' }).click()
  await expect(changed(page)).toContainText(
    'Group 3 split: 01:00.0 now alone in group 3; 01:00.1 now alone in group 4.',
  )
  await expect(play.device('01:00.1')).toContainText('pretended')
  await expect(page.locator('[data-notice="override"]')).toContainText('the hardware does not')
  await expect(page.getByText('not apart in hardware')).toBeVisible()
  await play.group(4).locator('.tree-tag').click()
  await expect(play.inspector()).toContainText('without passing the IOMMU')
  await play.openPalette()
  await page.keyboard.type('without pcie_acs')
  await page.keyboard.press('Enter')
  await expect(play.group(3)).toHaveAccessibleName(/2 functions/)
  await expect(changed(page)).toContainText('Groups 3 and 4 merged')
})

test('a card moves to another slot, and its steps with it', async ({ page }) => {
  const play = new Playground(page)
  await play.open()
  await play.place('Scenarios')
  await page.locator('[data-machine="mixed"]').click()
  await play.selectDevice('02:00.0')
  await play.offer(/^Take 02:00.0 away/).click()
  await page.keyboard.press('t')
  await page.getByRole('button', { name: /^(Swap|Move)$/ }).click()
  await expect(changed(page)).toContainText('One step follows')
  await expect(play.step(1)).toContainText('unbind 01:00.0')
  await expect(play.inspector().getByRole('heading', { name: /^01:00.0/ })).toBeVisible()
})

test('a listing without a tree says so; one whose groups differ says why', async ({ page }) => {
  const play = new Playground(page)
  await play.open()
  await playListing(page, play, fixture('arch-style-ryzen-b450m-mortar-01'))
  await lens(page, 'Topology').click()
  await expect(page.locator('[data-notice="tree"]')).toContainText('Paste lspci -tv or lspci -vvv')
  await playListing(page, play, fixture('lspci-vvv-surface-kabylake-u-01'))
  await page.getByText('Why?').click()
  await expect(page.locator('[data-notice="agreement"]')).toContainText('Linux has a quirk for these ports')
  await page.getByRole('button', { name: 'downstream' }).click()
  await expect(page.locator('[data-notice="formed"]')).toContainText('computed from here on. The listing reported 16')
})

test('a server of 483 functions: folded, found by search, unfolded, panned', async ({ page }) => {
  const play = new Playground(page)
  await play.open()
  await playListing(page, play, fixture('dmar-tree-sapphire-rapids-01'))
  expect(await page.locator('.react-flow__node').count()).toBeLessThan(250)
  const find = page.getByRole('combobox', { name: 'Find on the canvas' })
  await find.fill('i225')
  await page.keyboard.press('Enter')
  await expect(play.inspector().getByRole('heading', { name: /I225/ })).toBeVisible()
  await lens(page, 'Topology').click()
  await expect(play.device('01:00.0')).toBeInViewport()
  // Something that is folded away comes out of its fold.
  await expect(play.device('37:00.4')).toHaveCount(0)
  await find.fill('37:00.4')
  await page.keyboard.press('Enter')
  await expect(play.device('37:00.4')).toBeInViewport()
  // By keyboard, too.
  await expect(play.device('00:00.0')).toHaveCount(0)
  await play.node('4 × System, groups 51').focus()
  await page.keyboard.press('Enter')
  await expect(play.device('00:00.0')).toHaveCount(1)
  await play.openPalette()
  await page.keyboard.type('show 03:00.0')
  await page.keyboard.press('Enter')
  await expect(play.device('03:00.0')).toBeInViewport()
  const before = await play.device('03:00.0').boundingBox()
  await page.getByTestId('topology').hover()
  await page.mouse.wheel(0, 120)
  await expect.poll(async () => (await play.device('03:00.0').boundingBox())?.y).toBeLessThan(before?.y ?? 0)
})

for (const colorScheme of ['dark', 'light'] as const) {
  test(`axe finds nothing in the topology lens, ${colorScheme}`, async ({ page }) => {
    await page.emulateMedia({ colorScheme })
    const play = new Playground(page)
    await play.open()
    await page.keyboard.press('t')
    await play.device('00:02.0').click()
    await page.getByRole('button', { name: 'multifunction' }).click()
    await expect(changed(page)).toBeVisible()
    await expectNoViolations(page)
    await playListing(page, play, fixture('lspci-vvv-surface-kabylake-u-01'))
    await page.getByText('Why?').click()
    await page.getByRole('combobox', { name: 'Find on the canvas' }).fill('port')
    await expectNoViolations(page)
    await page.setViewportSize({ width: 390, height: 844 })
    await expectNoViolations(page)
    expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(390)
  })
}
