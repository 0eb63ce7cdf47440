import { readFileSync } from 'node:fs'
import { expect, test, type Locator, type Page } from '@playwright/test'
import { SITUATIONS } from '../src/adviser/situations.test-helper.ts'
import { expectNoViolations } from './axe.ts'
import { Playground } from './playground.ts'

function fixture(name: string): string {
  return readFileSync(new URL(`../src/import/fixtures/${name}.txt`, import.meta.url), 'utf8')
}

const ERROR =
  'qemu-system-x86_64: -device vfio-pci,host=01:00.0,multifunction=on: vfio 0000:01:00.0: group 1 is not viable\nPlease ensure all devices within the iommu_group are bound to their vfio bus driver.\n'
const GROUPS = `IOMMU Group 1:
	00:01.0 PCI bridge [0604]: Intel Corporation Xeon E3-1200 v5 PCIe Controller (x16) [8086:1901] (rev 07)
	01:00.0 VGA compatible controller [0300]: NVIDIA Corporation GP106 [GeForce GTX 1060 6GB] [10de:1c03] (rev a1)
	01:00.1 Audio device [0403]: NVIDIA Corporation GP106 High Definition Audio Controller [10de:10f1] (rev a1)
IOMMU Group 2:
	00:02.0 VGA compatible controller [0300]: Intel Corporation HD Graphics 530 [8086:1912] (rev 06)
`
const DRIVERS = `00:01.0 PCI bridge [0604]: Intel Corporation Xeon E3-1200 v5 PCIe Controller (x16) [8086:1901] (rev 07)
	Kernel driver in use: pcieport
00:02.0 VGA compatible controller [0300]: Intel Corporation HD Graphics 530 [8086:1912] (rev 06)
	Subsystem: Gigabyte Technology Co., Ltd Device [1458:d000]
	Kernel driver in use: i915
01:00.0 VGA compatible controller [0300]: NVIDIA Corporation GP106 [GeForce GTX 1060 6GB] [10de:1c03] (rev a1)
	Subsystem: Gigabyte Technology Co., Ltd Device [1458:3724]
	Kernel driver in use: vfio-pci
01:00.1 Audio device [0403]: NVIDIA Corporation GP106 High Definition Audio Controller [10de:10f1] (rev a1)
	Subsystem: Gigabyte Technology Co., Ltd Device [1458:3724]
	Kernel driver in use: snd_hda_intel
`

async function openAdviser(page: Page): Promise<void> {
  const play = new Playground(page)
  await play.open()
  await play.place('My machine')
  await expect(page.getByLabel('Listing of the machine')).toBeVisible()
}

/** What the browser does when a person presses Ctrl V. */
async function paste(field: Locator, text: string): Promise<void> {
  await field.evaluate((element, pasted) => {
    const clipboardData = new DataTransfer()
    clipboardData.setData('text/plain', pasted)
    element.dispatchEvent(new ClipboardEvent('paste', { clipboardData, bubbles: true, cancelable: true }))
  }, text)
}

function answer(page: Page): Locator {
  return page.getByTestId('answer')
}

/** Where the answer is against it, nothing can be copied before somebody asks for it; then the warning stands above it. */
async function showCommands(page: Page): Promise<void> {
  await expect(page.locator('#commands')).toHaveCount(0)
  await answer(page).getByRole('link', { name: 'Show the commands anyway' }).click()
  await expect(page.locator('#commands')).toBeVisible()
  await expect(answer(page).getByRole('note').filter({ hasText: 'do it all the same' })).toBeVisible()
}

test('the twelve situations: paste, pick the device, find the advice, and a device file in hand', async ({ page }) => {
  await openAdviser(page)
  for (const { number, name, text, device, verdict, says, binds } of SITUATIONS) {
    await test.step(`${number}: ${name}`, async () => {
      await paste(page.getByLabel('Listing of the machine'), text)
      await expect(page.getByTestId('import-result')).toBeVisible()
      await page.getByLabel('Find a device').fill(device)
      await page.getByTestId('candidates').getByRole('button', { name: device }).click()
      await expect(answer(page)).toHaveAttribute('data-verdict', verdict)
      // The answer is there without scrolling.
      await expect(answer(page).getByRole('heading', { level: 3 })).toBeInViewport()
      const told = (await answer(page).textContent()) ?? ''
      for (const pattern of says) expect(told).toMatch(pattern)
      if (verdict === 'against') await showCommands(page)
      if (binds.length > 0) {
        const typed = await page.getByLabel('driverctl: Bind').textContent()
        for (const bdf of binds) expect(typed).toContain(`driverctl set-override 0000:${bdf} vfio-pci`)
      }
      const run = page.getByTestId('simulated-run')
      await expect(run).toContainText(/✓ At the end QEMU holds .*device file/)
      await expect(run.getByText('✗')).toHaveCount(0)
      await page.getByRole('button', { name: 'Start over' }).click()
    })
  }
})

test('the run of the commands is played on the canvas, and the listing is still there afterwards', async ({ page }) => {
  await openAdviser(page)
  await page.getByLabel('Listing of the machine').fill(GROUPS)
  await expect(answer(page)).toBeVisible()
  await page.getByRole('button', { name: 'Play these commands on the canvas' }).first().click()
  const play = new Playground(page)
  await expect(play.position()).toContainText('0 /')
  await expect(play.group(1)).toBeVisible()
  await page.keyboard.press('End')
  await play.place('My machine')
  await expect(answer(page)).toContainText('GeForce GTX 1060')
})

test('an error alone says what it means and what to run; the listing comes as a second text', async ({ page }) => {
  await openAdviser(page)
  await paste(page.getByLabel('Listing of the machine'), ERROR)
  const message = page.getByTestId('message')
  await expect(message).toContainText('The error names 01:00.0, group 1: not viable')
  await expect(message.locator('code').last()).toContainText('lspci')
  await paste(page.getByLabel('Another listing of the machine'), GROUPS)
  await expect(answer(page)).toContainText('01:00.0')
  await expect(page.locator('[data-member="01:00.1"]')).toContainText('bind to vfio-pci')
  // Unknown is not none; a third text, or the person, tells the drivers.
  await expect(page.getByLabel('Driver of 01:00.1 now')).toHaveValue('?')
  await page.getByRole('button', { name: 'Add a listing' }).click()
  await paste(page.getByLabel('Another listing of the machine'), DRIVERS)
  await expect(page.getByLabel('Driver of 01:00.1 now')).toHaveValue('snd_hda_intel')
  await expect(page.getByRole('list', { name: 'Texts' }).getByRole('listitem')).toHaveCount(3)
  await page.getByTestId('message').locator('summary').click()
  await expect(page.getByTestId('message')).toContainText('01:00.1 is held by snd_hda_intel')
  await page.getByLabel('Driver of 01:00.1 now').selectOption('vfio-pci')
  await expect(answer(page)).toHaveAttribute('data-verdict', 'ready')
})

test('a file is dropped, a command copied, a question asked at its row', async ({ page, context }) => {
  await context.grantPermissions(['clipboard-read', 'clipboard-write'])
  await openAdviser(page)
  await page.getByLabel('Listing of the machine').evaluate((element, text) => {
    const dataTransfer = new DataTransfer()
    dataTransfer.items.add(new File([text], 'groups.txt', { type: 'text/plain' }))
    element.dispatchEvent(new DragEvent('drop', { dataTransfer, bubbles: true, cancelable: true }))
  }, GROUPS)
  await expect(page.getByRole('list', { name: 'Texts' })).toContainText('groups.txt')
  await page.getByRole('tab', { name: 'sysfs' }).click()
  await page.getByRole('button', { name: 'Copy Bind' }).click()
  await expect(page.getByText('Copied')).toBeVisible()
  expect(await page.evaluate(() => navigator.clipboard.readText())).toContain(
    'echo vfio-pci > /sys/bus/pci/devices/0000:01:00.0/driver_override',
  )
  const row = page.locator('[data-member="01:00.1"]')
  await row.getByText('Do I have to pass 01:00.1, the audio function, too?').click()
  await expect(row).toContainText('must not keep a driver of the host')
  await page.getByRole('button', { name: 'Linux 6.12 · iommufd' }).click()
  await page.getByRole('tab', { name: 'QEMU' }).click()
  await expect(page.getByLabel('QEMU: Arguments')).toContainText('iommufd=iommufd0')
  await expect(page.getByTestId('simulated-run')).toContainText('bind_iommufd', { ignoreCase: true })
})

test('with the keyboard alone', async ({ page }) => {
  await openAdviser(page)
  await page.getByLabel('Listing of the machine').focus()
  await page.keyboard.insertText(GROUPS)
  await expect(answer(page)).toBeVisible()
  await page.getByLabel('Find a device').focus()
  await page.keyboard.type('530')
  await page.keyboard.press('Tab')
  await page.keyboard.press('Enter')
  await expect(answer(page)).toContainText('HD Graphics 530')
  await page.getByRole('tab', { name: 'driverctl' }).focus()
  await page.keyboard.press('ArrowRight')
  await expect(page.getByRole('tab', { name: 'sysfs' })).toBeFocused()
  await expect(page.getByLabel('sysfs: Bind')).toContainText('drivers_probe')
})

function report(name: string): string {
  return readFileSync(new URL(`../src/adviser/reports/${name}.txt`, import.meta.url), 'utf8')
}

test('a dead card, two machines, no IOMMU: no yes, and the reason', async ({ page }) => {
  await openAdviser(page)
  for (const [name, verdict, words] of [
    ['lspci-vvv-rx460-dead-after-reset-with-guest', 'no', /no longer answers/],
    ['dmesg-lspci-two-ilo-machines', 'unknown', /two machines/],
    ['dmesg-vtd-deinit-all-removed', 'no', /gave its IOMMU up/],
  ] as const) {
    await paste(page.getByLabel('Listing of the machine'), report(name))
    await expect(answer(page)).toHaveAttribute('data-verdict', verdict)
    await expect(answer(page)).toContainText(words)
    await page.getByTestId('evidence').getByRole('button').click()
    await expect(page.getByTestId('evidence').getByRole('listitem').first()).toContainText(/shown|concluded|unknown/)
    await page.getByRole('button', { name: 'Start over' }).click()
  }
})

test('every distribution has its commands, and the text’s own is chosen first', async ({ page }) => {
  await openAdviser(page)
  await page.getByRole('button', { name: 'Try an example' }).click()
  await showCommands(page)
  const whom = page.getByLabel('For whom the commands are')
  await expect(whom).toHaveValue('proxmox')
  await expect(page.getByLabel('Proxmox VE: Give it to the guest')).toContainText('qm set')
  for (const [system, tab, block, words] of [
    ['nixos', 'NixOS', 'NixOS: /etc/nixos/configuration.nix', 'boot.initrd.kernelModules'],
    ['unraid', 'Unraid', 'Unraid: /boot/config/vfio-pci.cfg', 'BIND='],
    ['dpdk', 'DPDK', 'DPDK: Bind', 'dpdk-devbind.py'],
    [
      'kubevirt',
      'KubeVirt, Harvester',
      'KubeVirt, Harvester: KubeVirt: kubectl edit kubevirt -n kubevirt',
      'permittedHostDevices',
    ],
    ['fedora', 'At boot', 'At boot: Rebuild the initramfs, and boot again', 'dracut'],
    ['debian', 'At boot', 'At boot: Rebuild the initramfs, and boot again', 'update-initramfs'],
    ['arch', 'At boot', 'At boot: Rebuild the initramfs, and boot again', 'mkinitcpio -P'],
  ] as const) {
    await whom.selectOption(system)
    await page.getByRole('tab', { name: tab, exact: true }).click()
    await expect(page.getByLabel(block)).toContainText(words)
    await expect(page.getByLabel(`${tab}: Back again`)).toBeVisible()
  }
})

test('the text line by line, a correction by hand, a reload, and the answer opened elsewhere', async ({
  page,
  context,
}) => {
  await context.grantPermissions(['clipboard-read', 'clipboard-write'])
  await openAdviser(page)
  await paste(page.getByLabel('Listing of the machine'), GROUPS)
  await page.getByTestId('read-text').getByRole('button').click()
  await expect(page.getByTestId('read-text').locator('[data-mark="read"]').first()).toContainText('00:01.0')
  await page.getByText('Correct 01:00.1').click()
  await page.getByLabel('Group of 01:00.1').fill('9')
  await page.getByLabel('Group of 01:00.1').press('Enter')
  await expect(page.locator('[data-member="01:00.1"]')).toHaveCount(0)
  await page.reload()
  const play = new Playground(page)
  await play.place('My machine')
  await expect(answer(page)).toContainText('GeForce GTX 1060')
  await expect(page.locator('[data-member="01:00.1"]')).toHaveCount(0)
  await page.getByRole('button', { name: 'Copy as Markdown' }).click()
  expect(await page.evaluate(() => navigator.clipboard.readText())).toContain('### 01:00.0')
  await page.getByRole('button', { name: /Copy link/ }).click()
  await expect(page.getByRole('button', { name: 'Copied', exact: true })).toBeVisible()
  const link = await page.evaluate(() => navigator.clipboard.readText())
  expect(link).toContain('#m1.')
  const elsewhere = await context.newPage()
  await elsewhere.goto(link)
  await expect(answer(elsewhere)).toContainText('GeForce GTX 1060')
  await expect(elsewhere.locator('[data-member="01:00.1"]')).toHaveCount(0)
})

test('a paste of ten megabytes leaves the page alive', async ({ page }) => {
  await openAdviser(page)
  await page.getByLabel('Listing of the machine').evaluate((element, line) => {
    const clipboardData = new DataTransfer()
    clipboardData.setData('text/plain', line.repeat(10_000_000 / line.length))
    element.dispatchEvent(new ClipboardEvent('paste', { clipboardData, bubbles: true, cancelable: true }))
  }, GROUPS)
  // While it is read, the page answers.
  await expect(page.getByRole('status').getByText('Reading a long text')).toBeVisible()
  await expect(answer(page)).toContainText('GeForce GTX 1060')
})

for (const [colorScheme, width] of [
  ['dark', 1440],
  ['light', 390],
  ['dark', 390],
  ['light', 1440],
] as const) {
  test(`axe finds nothing in an answer: ${colorScheme}, ${width} pixels`, async ({ page }) => {
    await page.emulateMedia({ colorScheme })
    await page.setViewportSize({ width, height: 900 })
    await openAdviser(page)
    await paste(page.getByLabel('Listing of the machine'), `${ERROR}${fixture('arch-style-ryzen-b550m-mortar-01')}`)
    await expect(answer(page)).toBeVisible()
    await expectNoViolations(page)
    // Nothing is wider than the page.
    expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(width)
  })
}
