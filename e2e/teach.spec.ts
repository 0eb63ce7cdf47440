import { expect, test, type Page } from '@playwright/test'
import { SECOND_OPENED } from '../src/scenario/library/beginnings.ts'
import { decodeLink, encodeLink } from '../src/scenario/link/link.ts'
import type { Scenario } from '../src/scenario/document/scenario.ts'
import { parseScript } from '../src/scenario/script/script.ts'
import { expectNoViolations } from './axe.ts'
import { Playground } from './playground.ts'

const RUN = `
title What a sibling can do
machine dual-e1000e
kernel linux-5.10
process qemu user=root
cursor 0
${SECOND_OPENED}
c1 = open_container
group_set_container g1 c1
set_iommu c1 type1v2
d1 = group_get_device_fd g1 01:00.1
`
/** The same as a lesson: words for the start and two steps, and two questions one after the other. */
const LESSON = RUN.replace('title', '#: One card, two ports.\ntitle')
  .replace('bind 01:00.1 v', '#: It does nothing by itself.\nbind 01:00.1 v')
  .replace('set_iommu', '#? dma 01:00.0\nset_iommu')
  .replace('d1 =', '#: Refused, and only here.\n#? answer: Does the guest get it?\nd1 =')

function read(script: string): Scenario {
  const reading = parseScript(script)
  if (!reading.ok) throw new Error(reading.problems.map(({ line, words }) => `${line}: ${words}`).join())
  return reading.scenario
}

const hashOf = (script: string): string => `#${encodeLink(read(script)) ?? ''}`
const PRESENTED = LESSON.replace('kernel linux-5.10', 'kernel linux-5.10\npresent')

function inAddress(page: Page): Scenario | null {
  const link = decodeLink(new URL(page.url()).hash)
  return link.ok ? link.scenario : null
}

function question(page: Page) {
  return page.getByTestId('question')
}

test('a teacher writes notes and questions; a student who opens the link is asked', async ({ page, browser }) => {
  const play = new Playground(page)
  await play.open(hashOf(RUN))
  await page.getByRole('button', { name: 'Notes and questions', exact: true }).click()
  const editor = page.getByTestId('editor')
  await editor.getByLabel('Note for the start').fill('One card, two ports.')
  await editor.getByRole('button', { name: 'Next step' }).click()
  await editor.getByRole('button', { name: 'Next step' }).click()
  await editor.getByLabel('Note on this step').fill('It does nothing by itself.')
  await play.step(6).click()
  await editor.getByLabel('Ask before this step').selectOption('Where DMA of a device goes then')
  await editor.getByLabel('Device that is asked about').selectOption('0000:01:00.0')
  await expect(editor).toContainText('✓ Through c1')
  await play.step(7).click()
  await editor.getByLabel('Note on this step').fill('Refused, and only here.')
  await editor.getByLabel('Ask before this step').selectOption('What the kernel answers')
  await editor.getByLabel('Question in your own words').fill('Does the guest get it?')
  await editor.getByLabel('Note on this step').click()
  await expect(editor).toContainText('✓ It is refused with EINVAL')

  // Undo takes words back one by one, and redo brings them again.
  await page.getByRole('button', { name: 'Undo' }).click()
  await expect(editor.getByLabel('Question in your own words')).toHaveValue('')
  await page.getByRole('button', { name: 'Redo' }).click()
  await expect(editor.getByLabel('Question in your own words')).toHaveValue('Does the guest get it?')

  await editor.getByRole('button', { name: 'Share the lesson' }).click()
  await expect(page.getByLabel('at the start, to be stepped through')).toBeChecked()
  const link = await page.getByLabel('Link', { exact: true }).inputValue()
  const shared = decodeLink(new URL(link).hash)
  expect(shared.ok && shared.scenario).toEqual(read(LESSON))
  await page.getByLabel('as a presentation, from the start').check()
  const presented = decodeLink(new URL(await page.getByLabel('Link', { exact: true }).inputValue()).hash)
  expect(presented.ok && presented.scenario).toEqual(read(PRESENTED))

  // Somebody who was never here.
  const fresh = await (await browser.newContext({ reducedMotion: 'reduce' })).newPage()
  await fresh.goto(link)
  const student = new Playground(fresh)
  await expect(fresh.getByTestId('note')).toContainText('One card, two ports.')
  await fresh.getByRole('button', { name: 'Next step' }).click()
  await fresh.getByRole('button', { name: 'Next step' }).click()
  await expect(fresh.getByTestId('note')).toContainText('It does nothing by itself.')
  // There is no way past a question, and nothing tells the answer.
  await fresh.getByRole('button', { name: 'To the end' }).click()
  await expect(student.position()).toHaveText('5 / 7')
  await expect(question(fresh)).toContainText('Where does DMA of 01:00.0 go then?')
  await expect(student.step(5)).toContainText('ok')
  await expect(student.step(7)).not.toContainText('EINVAL')
  await student.selectGroup(3)
  await expect(fresh.getByTestId('offers')).toHaveCount(0)
  await question(fresh)
    .getByRole('button', { name: /^Nowhere/ })
    .click()
  await expect(student.position()).toHaveText('6 / 7')
  await expect(fresh.getByTestId('verdict')).toContainText('✗ No.')
  await expect(question(fresh)).toContainText('Through c1, to the memory that is mapped there (this is how it is)')
  // By keyboard: on to the next question, and its answer.
  await fresh.keyboard.press(']')
  await expect(question(fresh)).toBeFocused()
  await expect(question(fresh)).toContainText('Does the guest get it?')
  await question(fresh)
    .getByRole('button', { name: /EINVAL/ })
    .press('Enter')
  await expect(fresh.getByTestId('verdict')).toContainText('You were right')
  await expect(fresh.getByTestId('verdict')).toContainText('The group is not viable')
  await expect(fresh.getByTestId('note')).toContainText('Refused, and only here.')
  await fresh.context().close()
})

test('a presentation opens from its link and is led by the keyboard', async ({ page }) => {
  const play = new Playground(page)
  await play.open(hashOf(PRESENTED))
  const stage = page.getByRole('region', { name: 'The step' })
  await expect(page.getByRole('heading', { level: 1, name: 'What a sibling can do' })).toBeVisible()
  await expect(stage).toBeFocused()
  await expect(stage).toContainText('One card, two ports.')
  await page.keyboard.press('ArrowRight')
  await page.keyboard.press('PageDown')
  await expect(stage).toContainText('Step 2 of 7')
  await expect(stage).toContainText('It does nothing by itself.')
  await page.keyboard.press('ArrowLeft')
  await expect(play.position()).toHaveText('1 / 7')
  for (let key = 0; key < 5; key++) await page.keyboard.press('Space')
  // The question comes before the step.
  await expect(play.position()).toHaveText('5 / 7')
  await expect(question(page)).toContainText('Where does DMA of 01:00.0 go then?')
  await page.keyboard.press('a')
  await expect(question(page).getByRole('button', { name: /^Nowhere/ })).toHaveAttribute('aria-pressed', 'true')
  await expect(stage).not.toContainText('this is how it is')
  await page.keyboard.press('ArrowRight')
  await expect(play.position()).toHaveText('6 / 7')
  await expect(stage).toContainText('Through c1, to the memory that is mapped there (this is how it is)')
  // Back to the question, and it is open again.
  await page.keyboard.press('ArrowLeft')
  await expect(question(page)).toBeVisible()
  await expect(stage).not.toContainText('this is how it is')
  await page.keyboard.press('End')
  await expect(play.position()).toHaveText('7 / 7')
  await expect(page.getByTestId('outcome')).toContainText('EINVAL')
  await expect(page.getByTestId('outcome')).toContainText('The group is not viable')
  await expect(stage).toContainText('Refused, and only here.')
  await page.keyboard.press('Home')
  await expect(play.position()).toHaveText('0 / 7')
  // It stays a presentation until somebody leaves it.
  await expect.poll(() => inAddress(page)).toMatchObject({ cursor: 0, present: true })
  await page.reload()
  await expect(stage).toContainText('One card, two ports.')
  await page.keyboard.press('Escape')
  await expect(page.getByTestId('present')).toHaveCount(0)
  await expect(page.getByTestId('note')).toContainText('One card, two ports.')
  await expect
    .poll(() => {
      const link = decodeLink(new URL(page.url()).hash)
      return link.ok && 'present' in link.scenario
    })
    .toBe(false)
})

test('the lessons lead to making one, and the doors of the first visit close', async ({ page }) => {
  await page.goto('/lessons')
  await page.getByRole('button', { name: 'A lesson of your own' }).click()
  await expect(page.getByTestId('editor')).toBeVisible()
  await expect(page.getByTestId('editor')).toBeFocused()
  await expect(page.getByTestId('welcome')).toHaveCount(0)
})

test('the page presents over the whole screen, and gives it back', async ({ page }) => {
  const play = new Playground(page)
  await play.open(hashOf(RUN))
  await page.getByRole('button', { name: 'Present' }).click()
  await expect(page.getByTestId('present')).toBeVisible()
  await expect.poll(() => page.evaluate(() => document.fullscreenElement !== null)).toBe(true)
  await page.keyboard.press('f')
  await expect.poll(() => page.evaluate(() => document.fullscreenElement === null)).toBe(true)
  await expect(page.getByTestId('present')).toBeVisible()
  await page.getByRole('button', { name: 'Next' }).click()
  await expect(play.position()).toHaveText('1 / 7')
  await page.getByRole('button', { name: 'Leave the presentation' }).click()
  await expect(page.getByTestId('present')).toHaveCount(0)
  await expect(play.position()).toHaveText('1 / 7')
})

for (const colorScheme of ['dark', 'light'] as const) {
  test(`axe finds nothing while a lesson is made, played and presented, ${colorScheme}`, async ({ page }) => {
    await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' })
    for (const width of [1440, 390]) {
      await page.setViewportSize({ width, height: 844 })
      await page.goto('/lessons')
      const play = new Playground(page)
      await play.open(hashOf(LESSON.replace('cursor 0', 'cursor 5')))
      await expect(question(page)).toBeVisible()
      await expectNoViolations(page)
      await question(page)
        .getByRole('button', { name: /^Nowhere/ })
        .click()
      await expect(page.getByTestId('verdict')).toContainText('✗ No.')
      await expectNoViolations(page)
      await page.getByRole('button', { name: 'Notes and questions', exact: true }).click()
      await expect(page.getByTestId('editor')).toBeVisible()
      await expectNoViolations(page)
      await page.getByTestId('editor').getByRole('button', { name: 'Share the lesson' }).click()
      await expect(page.getByLabel('Link', { exact: true })).toBeVisible()
      await expectNoViolations(page)

      await page.goto('/lessons')
      await play.open(hashOf(PRESENTED.replace('cursor 0', 'cursor 5')))
      await expect(page.getByTestId('outcome')).toBeVisible()
      await expectNoViolations(page)
      await page.keyboard.press('ArrowRight')
      await expect(question(page)).toBeVisible()
      await expectNoViolations(page)
      await page.keyboard.press('ArrowRight')
      await expect(page.getByTestId('outcome')).toBeVisible()
      await expectNoViolations(page)
    }
  })
}
