import { expect, test, type Page } from '@playwright/test'
import { expectNoViolations } from './axe.ts'
import { Playground } from './playground.ts'

/** What has the keyboard, as far as a test tells it apart; `body`: nothing has. */
function focused(page: Page): Promise<string> {
  return page.evaluate(() => {
    const element = document.activeElement
    if (element === null || element === document.body) return 'body'
    if (element.closest('[data-testid="offers"]') !== null) return 'actions'
    return element.id !== '' ? element.id : (element.getAttribute('aria-label') ?? element.textContent.trim())
  })
}

/** Buttons, links and fields that are smaller than a finger needs (WCAG 2.5.8), but for those inside a text. */
function smallTargets(page: Page): Promise<string[]> {
  return page.evaluate(() => {
    const small: string[] = []
    for (const element of document.querySelectorAll<HTMLElement>(
      'a[href], button, input, select, summary, [role="slider"]',
    )) {
      const { width, height } = element.getBoundingClientRect()
      // A link in a sentence is as high as its line.
      const inText = element.parentElement?.closest('p, li, dt, dd, h2, h3, .verdict, .section-title') !== null
      const isShown = element.checkVisibility() && width > 1 && height > 1
      if (isShown && !inText && (width < 24 || height < 24))
        small.push(`${element.ariaLabel ?? element.textContent.slice(0, 30)} ${width}×${height}`)
    }
    return small
  })
}

/** What makes the page wider than the screen, or is cut off at its right. */
function tooWide(page: Page): Promise<string[]> {
  return page.evaluate(() => {
    const wide = document.documentElement.scrollWidth > innerWidth ? ['the page'] : []
    for (const element of document.querySelectorAll<HTMLElement>('header *, main button, nav *')) {
      const { left, right, width } = element.getBoundingClientRect()
      const onCanvas = element.closest('.react-flow, [data-testid="steps"]') !== null
      if (!onCanvas && width > 1 && element.checkVisibility() && (right > innerWidth + 1 || left < -1))
        wide.push(element.ariaLabel ?? element.textContent.slice(0, 30))
    }
    return wide
  })
}

test('the keyboard never falls out of the page, and what is done is told', async ({ page }) => {
  const play = new Playground(page)
  await play.open()
  const announced = page.getByTestId('announcer')

  // Skip links lead to the picture and to the actions.
  await page.keyboard.press('Tab')
  expect(await focused(page)).toBe('To the canvas')
  await page.keyboard.press('Tab')
  expect(await focused(page)).toBe('To the actions')
  await page.keyboard.press('Enter')
  expect(await focused(page)).toBe('actions')

  // Selecting is told, with how many actions there are.
  await play.group(3).focus()
  await page.keyboard.press('Enter')
  await expect(announced).toHaveText(/^Selected: IOMMU group 3; \d+ actions, the key \. leads there$/)
  await page.keyboard.press('.')
  await expect.poll(() => focused(page)).toBe('actions')

  // The keys that act are written where they act.
  await expect(page.getByTestId('offers').locator('kbd').first()).toHaveText('1')

  // An action that is gone once it is done leaves the keyboard on the list.
  await play.offer(/^Close g1/).focus()
  await page.keyboard.press('Enter')
  await expect(announced).toContainText('Close g1')
  await expect.poll(() => focused(page)).toBe('actions')
  await page.keyboard.press('Control+z')

  // At the end of the run the button keeps the keyboard, though it does nothing any more.
  await page.getByRole('button', { name: 'To the end' }).focus()
  await page.keyboard.press('Enter')
  expect(await focused(page)).toBe('To the end')

  // The BUG: the way back has it, and leads to the actions.
  await play.offer(/^Bind 01:00.0 to e1000e/).focus()
  await page.keyboard.press('Enter')
  await expect.poll(() => focused(page)).toMatch(/Go back/)
  await page.keyboard.press('Enter')
  await expect(play.bug()).toBeHidden()
  await expect.poll(() => focused(page)).not.toBe('body')

  // A run without a title has a name.
  await play.place('Script')
  await page.getByLabel('Script of the run').fill('machine dual-e1000e\nkernel linux-5.10\nunbind 01:00.0\n')
  await page.getByRole('button', { name: /Run it/ }).click()
  await expect(play.inspector().getByRole('heading', { name: 'Untitled run' })).toBeVisible()
  await expect.poll(() => focused(page)).not.toBe('body')
})

test('two processes that can do the same are named', async ({ page }) => {
  const play = new Playground(page)
  await play.open()
  await play.place('Script')
  await page
    .getByLabel('Script of the run')
    .fill(
      'machine dual-e1000e\nkernel linux-5.10\nprocess qemu user=root\nprocess dpdk user=root\nunbind 01:00.0\nunbind 01:00.1\nbind 01:00.1 vfio-pci\n',
    )
  await page.getByRole('button', { name: /Run it/ }).click()
  await play.selectGroup(3)
  await expect(play.offer('qemu: open group 3 as g1')).toBeVisible()
  await expect(play.offer('dpdk: open group 3 as g1')).toBeVisible()
})

for (const colorScheme of ['dark', 'light'] as const) {
  test(`with the colours of the system everything is still told apart, ${colorScheme}`, async ({ page }) => {
    await page.emulateMedia({ colorScheme, forcedColors: 'active' })
    const play = new Playground(page)
    await page.goto('/')
    await play.selectGroup(3)
    const styleOf = (selector: string, property: string): Promise<string> =>
      page
        .locator(selector)
        .first()
        .evaluate((element, name) => getComputedStyle(element).getPropertyValue(name), property)
    const ground = await styleOf('body', 'background-color')
    for (const part of ['.slider-track', '.slider-done', '.slider-step'])
      expect(await styleOf(part, 'background-color'), part).not.toBe(ground)
    expect(await styleOf('[role="tab"][aria-selected="true"]', 'outline-style')).toBe('solid')
    expect(await styleOf('[aria-pressed="true"]', 'outline-style')).toBe('solid')
    expect(await styleOf('.status-word', 'border-top-style')).toBe('solid')
    expect(await styleOf('.verdict', 'border-top-style')).toBe('solid')
    expect(await styleOf('.wire-attached', 'stroke')).not.toBe(ground)
    await expectNoViolations(page)
  })
}

for (const [name, width, height] of [
  ['320 pixels wide', 320, 640],
  ['390 pixels wide', 390, 844],
  ['1440 pixels at 200 %', 720, 450],
  ['1440 pixels wide', 1440, 900],
] as const) {
  test(`nothing is cut off or too small for a finger: ${name}`, async ({ page }) => {
    await page.setViewportSize({ width, height })
    const play = new Playground(page)
    await play.open()
    expect(await tooWide(page)).toEqual([])
    expect(await smallTargets(page)).toEqual([])
    await page.getByRole('button', { name: 'Play this' }).click()
    await expect(page.getByTestId('offers')).toBeVisible()
    expect(await tooWide(page)).toEqual([])
    expect(await smallTargets(page)).toEqual([])
    await page.keyboard.press('t')
    await expect(page.locator('.tree-hull').first()).toBeVisible()
    expect(await tooWide(page)).toEqual([])
    expect(await smallTargets(page)).toEqual([])
    // Words of an action stand beside its badges, or above them, never in a narrow column.
    for (const words of await page
      .getByTestId('offers')
      .locator('button > span:first-child > span:first-child')
      .all()) {
      const [own, button] = await Promise.all([
        words.boundingBox(),
        words.locator('xpath=ancestor::button').boundingBox(),
      ])
      expect(own?.width).toBeGreaterThan((button?.width ?? 0) * 0.5)
    }
    // Help and palette can be reached by a finger at every width.
    if (width < 1440) await page.getByRole('button', { name: /^Find any action/ }).click()
    else await page.getByRole('button', { name: /find an action/ }).click()
    await expect(page.getByRole('combobox', { name: 'Find an action' })).toBeFocused()
    await page.keyboard.press('Escape')
    await page.getByRole('button', { name: /^Help/ }).click()
    await expect(page.getByRole('region', { name: 'Words' }).locator('dt').first()).toHaveText('IOMMU group')
  })
}
