import { expect, test, type Page } from '@playwright/test'
import { Playground } from './playground.ts'

/** Texts of the canvas that are smaller than 12 pixels as they are seen. */
function smallTexts(page: Page): Promise<string[]> {
  return page.evaluate(() => {
    const viewport = document.querySelector('.react-flow__viewport')
    if (viewport === null) return ['no canvas']
    const zoom = new DOMMatrix(getComputedStyle(viewport).transform).a
    const small: string[] = []
    const texts = document.createTreeWalker(viewport, NodeFilter.SHOW_TEXT)
    while (texts.nextNode()) {
      const { textContent, parentElement } = texts.currentNode
      if (parentElement === null || (textContent ?? '').trim() === '') continue
      if (Number.parseFloat(getComputedStyle(parentElement).fontSize) * zoom < 11.9) small.push(textContent ?? '')
    }
    return small
  })
}

test('a step is followed: marks, wires that are lifted, a refusal that dims whom it is not about', async ({ page }) => {
  const play = new Playground(page)
  await play.open()
  const changed = page.locator('.react-flow .changed')
  const bystanders = page.locator('.react-flow__node.bystander')
  await expect(changed).toHaveCount(0)

  await page.getByRole('button', { name: 'One step back' }).click()
  await page.getByRole('button', { name: 'One step on' }).click()
  await expect(play.node('Process qemu').locator('.changed')).toHaveText(/^d1/)
  await expect(play.device('01:00.1').locator('.changed')).toHaveText('d1 qemu')
  await expect(page.locator('.wire-changed [data-wire="holds"]')).toHaveCount(1)
  await expect(bystanders).toHaveCount(0)

  // Pointing at a card, or moving the keyboard there, lifts its wires and no others.
  const lifted = page.locator('.lifted [data-wire]')
  await play.node('Process qemu').hover({ position: { x: 60, y: 10 } })
  await expect(lifted).toHaveCount(3)
  await page.mouse.move(5, 5)
  await expect(lifted).toHaveCount(0)
  await play.device('01:00.1').focus()
  await expect(lifted).toHaveCount(2)

  await play.selectGroup(3)
  await play.offer(/^Take group 3 out/).click()
  await expect(page.locator('[aria-current="step"]')).toContainText('EBUSY')
  await expect(play.node('Blocked')).toHaveClass(/bystander/)
  await expect(play.group(3)).not.toHaveClass(/bystander/)
  await expect(play.node('Process qemu')).not.toHaveClass(/bystander/)
  // Whoever selects somebody else looks at that.
  await play.node('Blocked').click()
  await expect(bystanders).toHaveCount(0)

  // The BUG: the device that did it is told apart from the other one.
  await play.selectGroup(3)
  await play.offer(/^Bind 01:00.0 to e1000e/).click()
  await expect(play.device('01:00.0')).not.toHaveClass(/bystander/)
  await expect(play.device('01:00.1')).toHaveClass(/bystander/)
  await expect(play.device('01:00.0').locator('.changed').first()).toBeVisible()
})

test('what a step touches comes into view after somebody has moved the picture away', async ({ page }) => {
  const play = new Playground(page)
  await play.open()
  await page.getByTestId('canvas').hover()
  await page.mouse.wheel(0, 900)
  await expect(play.group(3)).not.toBeInViewport()
  await page.getByRole('button', { name: 'One step back' }).click()
  await expect(play.node('Process qemu')).toBeInViewport()
  await expect(play.device('01:00.1')).toBeInViewport()
})

test('the legend is one click away in both lenses; the topology tells drivers and places', async ({ page }) => {
  const play = new Playground(page)
  await play.open()
  const legend = page.getByTestId('legend')
  const button = page.getByRole('button', { name: 'Legend' })
  await button.click()
  for (const [kind, count] of [
    ['holds', 1],
    ['attached', 1],
    ['dma', 4],
  ] as const)
    await expect(legend.locator(`.wire-${kind}`)).toHaveCount(count)
  await expect(legend.getByRole('term').first()).toHaveText(/^IOMMU group/)
  await page.keyboard.press('Escape')
  await expect(legend).toBeHidden()
  await expect(button).toBeFocused()

  await page.keyboard.press('t')
  await expect(play.device('01:00.1')).toContainText('vfio-pci')
  await expect(play.device('01:00.0')).toContainText('no driver')
  await expect(play.device('01:00.1')).toHaveAccessibleName(/driver vfio-pci, level 2, 2 of 2$/)
  await button.click()
  await expect(legend).toContainText('Access Control Services')
  await page.keyboard.press('Escape')
  for (const [width, height] of [
    [1440, 900],
    [1024, 768],
    [390, 844],
  ] as const) {
    await page.setViewportSize({ width, height })
    await expect.poll(() => smallTexts(page)).toEqual([])
  }

  // A word explains itself where it stands.
  await play.device('01:00.1').click()
  await play
    .inspector()
    .getByRole('button', { name: 'driver_override' })
    .or(play.inspector().getByRole('button', { name: 'Requester IDs' }))
    .first()
    .click()
  await expect(page.getByRole('dialog')).toContainText(/Requester ID|driver/)
})
