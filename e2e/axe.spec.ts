import { test, type Page } from '@playwright/test'
import { expectNoViolations } from './axe.ts'
import { Playground } from './playground.ts'

const LISTING = `IOMMU Group 1:
	00:01.0 PCI bridge [0604]: Intel Corporation Xeon E3-1200 v5 PCIe Controller (x16) [8086:1901] (rev 07)
	01:00.0 VGA compatible controller [0300]: NVIDIA Corporation GP106 [GeForce GTX 1060 6GB] [10de:1c03] (rev a1)
	01:00.1 Audio device [0403]: NVIDIA Corporation GP106 High Definition Audio Controller [10de:10f1] (rev a1)
`

/** Every screen of the page, and how to get there. */
const SCREENS: Readonly<Record<string, (page: Page, play: Playground) => Promise<void>>> = {
  'first visit': () => Promise.resolve(),
  'a group selected': (_, play) => play.selectGroup(3),
  'a device selected': (_, play) => play.selectDevice('01:00.1'),
  'the BUG': async (_, play) => {
    await play.selectGroup(3)
    await play.offer(/^Bind 01:00.0 to e1000e/).click()
  },
  dmesg: (page) => page.getByRole('tab', { name: 'dmesg' }).click(),
  scenarios: (_, play) => play.place('Scenarios'),
  'a scenario at its start': async (page, play) => {
    await play.place('Scenarios')
    await page.locator('[data-scenario="two-groups"]').click()
  },
  'my machine': async (page, play) => {
    await play.place('My machine')
    await page.getByLabel('Listing of the machine').fill(LISTING)
    await page.getByTestId('import-result').waitFor()
  },
  script: (_, play) => play.place('Script'),
  share: (page) => page.getByRole('button', { name: 'Share' }).click(),
  'find an action': (page) => page.keyboard.press('Control+k'),
  help: (page) => page.keyboard.press('?'),
  'a broken link': async (page) => {
    await page.goto('/#1.abc!def')
    await page.reload()
  },
}

for (const colorScheme of ['dark', 'light'] as const) {
  for (const [name, visit] of Object.entries(SCREENS)) {
    test(`axe finds nothing: ${name}, ${colorScheme}`, async ({ page }) => {
      await page.emulateMedia({ colorScheme })
      const play = new Playground(page)
      await play.open()
      await visit(page, play)
      await expectNoViolations(page)
    })
  }
  test(`axe finds nothing at 390 pixels, ${colorScheme}`, async ({ page }) => {
    await page.emulateMedia({ colorScheme })
    await page.setViewportSize({ width: 390, height: 844 })
    const play = new Playground(page)
    await play.open()
    await expectNoViolations(page)
  })
}
