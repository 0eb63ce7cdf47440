import { expect, test } from '@playwright/test'
import { Playground } from './playground.ts'

test('the first visit leads to the BUG_ON in two actions, and the page says what happened', async ({ page }) => {
  const play = new Playground(page)
  await play.open()
  const visible = (): Promise<string> => page.locator('body').innerText()
  expect(await visible()).not.toMatch(/BUG/)
  await page.getByRole('button', { name: 'Play this' }).click()
  const task = play.offer(/^Bind 01:00.0 to e1000e/)
  await expect(task).toBeFocused()
  expect(await visible()).not.toMatch(/BUG/)
  await page.keyboard.press('Enter')
  await expect(play.bug()).toContainText('kernel BUG at drivers/vfio/vfio.c:698!')
  await expect(play.bug()).toContainText('You found it')
  for (const part of ['What happened', 'Who did it', 'Why the kernel could not go on', 'Since then']) {
    await expect(play.bug().getByRole('heading', { name: part })).toBeVisible()
  }
  await expect(page.getByRole('button', { name: 'Go back to before the crash' })).toBeFocused()
  // One text speaks: neither a note nor a verdict in the inspector says it again.
  await expect(page.getByTestId('note')).toHaveCount(0)
  await expect(play.inspector().getByText('Not viable')).toBeHidden()
  await expect(play.inspector()).toContainText('The kernel has stopped')
  await page.getByRole('tab', { name: 'dmesg' }).click()
  await expect(page.getByTestId('dmesg')).toContainText('kernel BUG at drivers/vfio/vfio.c:698!')
  await page.getByRole('button', { name: 'Go back to before the crash' }).click()
  await expect(play.bug()).toBeHidden()
  await expect(play.group(3)).toHaveAccessibleName(/: Viable\./)
  await expect(page.getByTestId('note')).toContainText('Next: bind 01:00.0 to e1000e on Linux 6.1')
  await page.getByRole('button', { name: 'Do it on Linux 6.1' }).click()
  await expect(page.locator('[aria-current="step"]')).toContainText('EBUSY')
  await page.getByRole('button', { name: 'Lesson 1: What is a group?' }).click()
  await expect(page).toHaveURL(/\/lesson\/what-is-a-group$/)
})

test('the device that ended the kernel is the brightest thing in the picture', async ({ page }) => {
  const play = new Playground(page)
  await play.open()
  await play.selectDevice('01:00.0')
  await play.offer(/^Bind 01:00.0 to e1000e/).click()
  await expect(play.bug()).toBeVisible()
  const glowing = page.locator('.react-flow__node').filter({ has: page.locator('[data-culprit]') })
  await expect(glowing).toHaveCount(1)
  await expect(glowing).toHaveAccessibleName(/^Device 01:00.0/)
  await expect(glowing).toHaveCSS('box-shadow', /rgb/)
  await expect(glowing).not.toHaveClass(/bystander/)
  await expect(play.node('Device 01:00.1')).toHaveClass(/bystander/)
})

for (const [width, height] of [
  [1440, 900],
  [1024, 768],
  [390, 844],
] as const) {
  test(`on the first visit all three lanes are in sight, the task beside them, at ${width}`, async ({ page }) => {
    await page.setViewportSize({ width, height })
    const play = new Playground(page)
    await play.open()
    const cards = page.locator('[data-card]')
    await expect(cards.first()).toBeVisible()
    const inSight = async (): Promise<void> => {
      for (const key of ['process qemu', 'group 3', 'host', 'container c1', 'blocked']) {
        await expect(page.locator(`[data-card][data-id="${key}"]`)).toBeInViewport({ ratio: 1 })
      }
    }
    await inSight()
    await page.getByRole('button', { name: 'Play this' }).click()
    await expect(page.locator('[data-first-task]').first()).toBeFocused()
    await inSight()
  })
}

test('from a fresh machine to a device fd, by clicking what is offered', async ({ page }) => {
  const play = new Playground(page)
  await play.openMachine('dual-e1000e')
  await play.selectGroup(3)
  await expect(play.inspector()).toContainText('Not viable')
  const actions = [/^Take 01:00.0 away/, /^Take 01:00.1 away/, /^Bind 01:00.1 to vfio-pci/, /^Open group 3/]
  for (const action of actions) await play.offer(action).click()
  await expect(play.group(3)).toHaveAccessibleName(/: Viable\./)
  await play.node('Process qemu').click({ position: { x: 40, y: 12 } })
  await play.offer(/^Open a(nother)? container|^Open a new container|container/).click()
  await play.offer(/^Put group 3 into container c1/).click()
  await play.node('Container c1').click({ position: { x: 40, y: 12 } })
  await play.offer(/type1v2/i).click()
  await play.selectDevice('01:00.1')
  await play.offer(/^Get device 01:00.1/).click()
  await expect(play.device('01:00.1')).toContainText('d1 qemu')
  await expect(page.locator('.react-flow__edge[aria-label*="holds device 01:00.1"]')).toHaveCount(1)
})

test('every action says beforehand what it would return, and then returns it', async ({ page }) => {
  const play = new Playground(page)
  await play.open()
  // What a new visitor is asked to try is not told beforehand.
  await page.getByTestId('welcome').getByRole('button', { name: 'Close' }).click()
  await play.selectGroup(3)
  const offers = page.getByTestId('offers').getByRole('button')
  const count = await offers.count()
  expect(count).toBeGreaterThan(3)
  for (let index = 0; index < count; index++) {
    const promised = (await offers.nth(index).locator('.chip').first().textContent()) ?? ''
    await offers.nth(index).click()
    const word = promised.replace(/^[✓✗…☠]\s*/, '').trim()
    await expect(page.locator('[aria-current="step"]')).toContainText(word)
    await page.keyboard.press('Control+z')
    await expect(play.position()).toHaveText('9 / 9')
  }
})

test('a driver dropped on a device binds it; a wire opens; a cut closes', async ({ page }) => {
  const play = new Playground(page)
  await play.openMachine('dual-e1000e')
  await page.locator('[draggable="true"]', { hasText: 'vfio-pci' }).dragTo(play.device('01:00.0'))
  await expect(play.device('01:00.0')).toHaveAccessibleName(/driver vfio-pci/)
  await expect(play.position()).toHaveText('2 / 2')

  const plug = play.node('Process qemu').locator('.react-flow__handle.connectable').last()
  await plug.dragTo(play.group(3).locator('.react-flow__handle').first())
  await expect(play.step(3)).toContainText('g1 = open /dev/vfio/3')
  await plug.dragTo(play.node('Place for a new container').locator('.react-flow__handle').first())
  await expect(play.step(4)).toContainText('c1 = open /dev/vfio/vfio')
  await play
    .node('Container c1')
    .locator('.react-flow__handle')
    .last()
    .dragTo(play.group(3).locator('.react-flow__handle').first())
  await expect(play.step(5)).toContainText('VFIO_GROUP_SET_CONTAINER')

  const wire = page.locator('.react-flow__edge[aria-label*="is in c1"]')
  await wire.focus()
  await page.keyboard.press('Enter')
  await page.keyboard.press('Delete')
  await expect(play.step(6)).toContainText('VFIO_GROUP_UNSET_CONTAINER')
  await expect(wire).toHaveCount(0)
})

test('undo, redo, another ending from an earlier step, and back to the first one', async ({ page }) => {
  const play = new Playground(page)
  await play.open()
  await play.selectGroup(3)
  await play.offer(/^Bind 01:00.0 to e1000e/).click()
  await expect(play.position()).toHaveText('10 / 10')
  await page.getByRole('button', { name: 'Undo' }).click()
  await expect(play.position()).toHaveText('9 / 9')
  await page.getByRole('button', { name: 'Redo' }).click()
  await expect(play.bug()).toBeVisible()
  const slider = page.getByRole('slider', { name: 'Step' })
  await slider.focus()
  await page.keyboard.press('ArrowLeft')
  await page.keyboard.press('ArrowLeft')
  await expect(play.position()).toHaveText('8 / 10')
  await play.offer(/^Close g1/).click()
  await expect(play.position()).toHaveText('9 / 9')
  await page.getByRole('button', { name: /after step 8: / }).click()
  await expect(play.bug()).toBeVisible()
})

test('a reload loses nothing, and the address is the run', async ({ page, context }) => {
  const play = new Playground(page)
  await play.open()
  await play.selectGroup(3)
  await play.offer(/^Close g1/).click()
  await expect(play.position()).toHaveText('10 / 10')
  await expect.poll(() => new URL(page.url()).hash).toMatch(/^#1\./)
  await page.reload()
  await expect(play.position()).toHaveText('10 / 10')
  const other = await context.newPage()
  await other.goto(page.url())
  await expect(new Playground(other).position()).toHaveText('10 / 10')
})

test('a link that is broken says why, and leads on', async ({ page }) => {
  const play = new Playground(page)
  await page.goto('/#1.abc!def')
  await expect(page.getByRole('heading', { name: 'This link cannot be opened' })).toBeVisible()
  await expect(page.getByTestId('link-problem')).not.toBeEmpty()
  await page.getByRole('button', { name: 'Go to the playground' }).click()
  await expect(play.group(3)).toBeVisible()
})

test('the shared link opens the same run', async ({ page, context }) => {
  const play = new Playground(page)
  await play.open()
  await page.getByRole('button', { name: 'Share' }).click()
  const link = await page.getByLabel('Link').inputValue()
  expect(link).toMatch(/#1\./)
  const other = await context.newPage()
  await other.goto(link)
  await expect(new Playground(other).position()).toHaveText('9 / 9')
})

test('the script can be changed and run; a fault is named with its line', async ({ page }) => {
  const play = new Playground(page)
  await play.open()
  await play.place('Script')
  const text = page.getByLabel('Script of the run')
  await text.fill('machine dual-e1000e\nkernel linux-5.10\nunbnd 01:00.0\n')
  await page.getByRole('button', { name: /Run it/ }).click()
  await expect(page.getByRole('alert')).toContainText('line 3')
  await text.fill('machine dual-e1000e\nkernel linux-5.10\nunbind 01:00.0\n')
  await page.getByRole('button', { name: /Run it/ }).click()
  await expect(play.position()).toHaveText('1 / 1')
})

test('everything can be reached and done with the keyboard', async ({ page }) => {
  const play = new Playground(page)
  await play.open()
  await play.group(3).focus()
  await page.keyboard.press('Enter')
  await expect(play.inspector().getByRole('heading', { name: 'IOMMU group 3' })).toBeVisible()
  await page.keyboard.press('.')
  await expect(page.getByTestId('offers').getByRole('button').first()).toBeFocused()
  await play.offer(/^Bind 01:00.0 to e1000e/).focus()
  await page.keyboard.press('Enter')
  await expect(play.bug()).toBeVisible()
  await page.keyboard.press('[')
  await expect(play.bug()).toBeHidden()
  await play.openPalette()
  await page.keyboard.type('close d1')
  await page.keyboard.press('Enter')
  await expect(page.getByTestId('announcer')).toContainText('Close d1')
})

test('iommu=pt is a boot option: the same run, other DMA', async ({ page }) => {
  const play = new Playground(page)
  await play.openMachine('dual-e1000e')
  await play.selectDevice('01:00.0')
  await play.offer(/^Take 01:00.0 away/).click()
  // Its sibling's driver still has buffers mapped in the default domain that both share.
  await expect(play.device('01:00.0')).toContainText('→ host memory')
  await play.selectDevice('01:00.1')
  await play.offer(/^Take 01:00.1 away/).click()
  await expect(play.device('01:00.0')).toContainText('no DMA')
  await page.getByRole('switch', { name: 'iommu=pt' }).click()
  await expect(play.device('01:00.0')).toContainText('all host memory')
})

test('it is usable at 390 pixels', async ({ page }) => {
  await page.setViewportSize({ width: 390, height: 844 })
  const play = new Playground(page)
  await play.open()
  await page.getByRole('button', { name: 'Play this' }).click()
  await play.offer(/^Bind 01:00.0 to e1000e/).click()
  await expect(play.bug()).toBeVisible()
  expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(390)
  await page.getByRole('tab', { name: 'Kernel path' }).click()
  await expect(play.kernelPath()).toContainText('Kernel path of step 10')
})
