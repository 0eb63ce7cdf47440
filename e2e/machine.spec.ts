/** The own machine: pasted, understood, answered, with commands that were tried out. */
import { readFileSync } from 'node:fs'
import { expect, test, type Locator, type Page } from '@playwright/test'
import { SITUATIONS } from '../src/machines/adviser/situations.test-helper.ts'
import type { Verdict } from '../src/machines/adviser/advice.ts'
import { expectNoViolations } from './axe.ts'
import { Playground } from './playground.ts'

const TITLES: Readonly<Record<Verdict, RegExp>> = {
  ready: /Yes, and nothing is left to do/,
  yes: /Yes, (?:by itself|with the other)/,
  'with-others': /Only together with other devices/,
  against: /Better not/,
  no: /cannot be handed/,
}

const GPU = `IOMMU Group 1:
	00:01.0 PCI bridge [0604]: Intel Corporation PCIe Controller (x16) [8086:1901] (rev 07)
	Kernel driver in use: pcieport
	01:00.0 VGA compatible controller [0300]: NVIDIA Corporation GP106 [GeForce GTX 1060 6GB] [10de:1c03] (rev a1)
	Kernel driver in use: nouveau
	01:00.1 Audio device [0403]: NVIDIA Corporation GP106 High Definition Audio Controller [10de:10f1] (rev a1)
	Kernel driver in use: snd_hda_intel
`

function listing(page: Page): Locator {
  return page.getByLabel('Listing of the machine')
}

async function arrive(page: Page): Promise<Playground> {
  const play = new Playground(page)
  await play.open()
  await play.place('My machine')
  return play
}

/** Chooses a device, through the search if the list does not show it. */
async function choose(page: Page, bdf: string): Promise<void> {
  const device = page.locator(`[data-device="0000:${bdf}"]`)
  if (!(await device.isVisible())) {
    const search = page.getByLabel('Find a device')
    if (await search.isVisible()) await search.fill(bdf)
  }
  await device.click()
}

test('the twelve situations: pasted, the device chosen, the right advice', async ({ page }) => {
  await arrive(page)
  for (const { number, name, text, device, verdict, says, binds } of SITUATIONS) {
    await test.step(`${number}: ${name}`, async () => {
      await listing(page).fill(text)
      await choose(page, device)
      await expect(page.getByTestId('answer').getByRole('heading', { level: 3 })).toHaveText(TITLES[verdict])
      const main = page.getByRole('main')
      for (const words of says) await expect(main).toContainText(words)
      // The commands bind what has to be bound, and end with the device in hand.
      const script = page.getByTestId('commands').locator('pre').first()
      for (const bdf of binds) await expect(script).toContainText(`/sys/bus/pci/devices/0000:${bdf}/driver_override`)
      await expect(page.getByTestId('tried-out')).toContainText(`✓ Tried out: the guest holds ${device}`)
      await page.getByRole('button', { name: 'Start over' }).click()
    })
  }
})

test('the tried-out run plays on the canvas, to a device in the hand of qemu', async ({ page }) => {
  const play = await arrive(page)
  await listing(page).fill(GPU)
  await choose(page, '01:00.0')
  await page.getByRole('button', { name: 'Play this run' }).click()
  await expect(play.node('Process qemu')).toContainText('d1')
  await expect(play.group(1)).toHaveAttribute('aria-label', /Viable|In use/)
  // Coming back, nothing is lost.
  await play.place('My machine')
  await expect(page.getByTestId('answer')).toContainText('01:00.0')
})

test('an error alone says what it means and what to type; the listing pasted after it is answered at once', async ({
  page,
}) => {
  await arrive(page)
  await listing(page).fill(
    'qemu-system-x86_64: -device vfio-pci,host=01:00.0: vfio 0000:01:00.0: group 1 is not viable\nPlease ensure all devices within the iommu_group are bound to their vfio bus driver.\n',
  )
  const error = page.getByTestId('message-only')
  await expect(error).toContainText('01:00.0')
  await expect(error.locator('code')).toContainText('/sys/kernel/iommu_groups/1/devices')
  await page.getByRole('button', { name: 'Add another output' }).click()
  await listing(page).fill(GPU)
  // The device that the error names is chosen already.
  await expect(page.getByTestId('answer')).toContainText('the error in your text names it')
  await expect(page.getByTestId('members')).toContainText('01:00.1')
})

test('two outputs of one machine are put together by address', async ({ page }) => {
  await arrive(page)
  await listing(page).fill('/sys/kernel/iommu_groups/7/devices/0000:03:00.0\n')
  await page.getByRole('button', { name: 'Add another output' }).click()
  await listing(page).fill(
    '03:00.0 Ethernet controller [0200]: Intel Corporation I210 [8086:1533] (rev 03)\n\tKernel driver in use: igb\n',
  )
  await choose(page, '03:00.0')
  await expect(page.getByTestId('answer')).toContainText('group 7')
  await expect(page.getByTestId('members')).toContainText('igb')
})

test('a driver that the listing does not tell is told by hand', async ({ page }) => {
  await arrive(page)
  await listing(page).fill(GPU.replaceAll(/\tKernel driver in use: (?:nouveau|snd_hda_intel)\n/g, ''))
  await expect(page.getByTestId('import-result')).toContainText('Unknown is not “none”')
  await choose(page, '01:00.0')
  await page.getByLabel('Driver of 01:00.1').selectOption('vfio-pci')
  await expect(page.getByTestId('commands').locator('pre').first()).not.toContainText('0000:01:00.1')
})

test('a file is dropped, and what is no listing is refused with the reason', async ({ page }) => {
  await arrive(page)
  await listing(page).fill('static int main(void) { return 0; }')
  await expect(page.getByRole('alert')).toContainText('No PCI device was found')
  await listing(page).fill('')
  const data = await page.evaluateHandle((content) => {
    const transfer = new DataTransfer()
    transfer.items.add(new File([content], 'groups.txt', { type: 'text/plain' }))
    return transfer
  }, GPU)
  await page.getByRole('heading', { name: 'My machine' }).dispatchEvent('drop', { dataTransfer: data })
  await expect(page.getByTestId('import-result')).toContainText('3 devices in 1 group')
})

test('by keyboard alone: paste, choose, and read the commands of another way', async ({ page }) => {
  await arrive(page)
  await listing(page).focus()
  await page.keyboard.insertText(GPU)
  const device = page.locator('[data-device="0000:01:00.0"]')
  for (
    let presses = 0;
    presses < 20 && !(await device.evaluate((each) => each === document.activeElement));
    presses++
  ) {
    await page.keyboard.press('Tab')
  }
  await page.keyboard.press('Enter')
  await expect(page.getByTestId('answer')).toContainText('Yes, with the other function of its card')
  await page.getByRole('tab', { name: 'Now (sysfs)' }).focus()
  await page.keyboard.press('ArrowRight')
  await page.keyboard.press('ArrowRight')
  await expect(page.getByTestId('commands')).toContainText('options vfio-pci ids=10de:1c03,10de:10f1')
})

test('a question stands where it is asked', async ({ page }) => {
  await arrive(page)
  await listing(page).fill(GPU)
  await choose(page, '01:00.0')
  const question = page.getByTestId('members').getByText('Do I have to pass 01:00.1 through too?')
  await question.click()
  await expect(page.getByText('It must not keep its driver of the host')).toBeVisible()
})

test('a long text is read beside the page', async ({ page }) => {
  await arrive(page)
  const text = readFileSync(new URL('../src/machines/fixtures/dmesg-renoir-full-boot-01.txt', import.meta.url), 'utf8')
  await listing(page).evaluate((field, long) => {
    const clipboardData = new DataTransfer()
    clipboardData.setData('text', long)
    field.dispatchEvent(new ClipboardEvent('paste', { clipboardData, bubbles: true, cancelable: true }))
  }, text.repeat(4))
  await expect(page.getByTestId('import-result')).toContainText('devices in')
})

for (const [colorScheme, width] of [
  ['dark', 1440],
  ['light', 390],
] as const) {
  test(`axe finds nothing in an answer, ${colorScheme}, ${width} pixels`, async ({ page }) => {
    await page.emulateMedia({ colorScheme })
    await page.setViewportSize({ width, height: 900 })
    await arrive(page)
    await listing(page).fill(SITUATIONS.find(({ number }) => number === 4)?.text ?? '')
    await choose(page, '04:00.0')
    await page.getByTestId('tried-out').waitFor()
    await expectNoViolations(page)
  })
}
