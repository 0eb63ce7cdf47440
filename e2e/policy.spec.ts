import { expect, test, type Page } from '@playwright/test'
import { decodeLink, encodeLink } from '../src/scenario/link/link.ts'
import type { Scenario } from '../src/scenario/document/scenario.ts'
import { parseScript } from '../src/scenario/script/script.ts'
import type { PolicyOptions } from '../src/sim/machine.ts'
import { expectNoViolations } from './axe.ts'
import { Playground } from './playground.ts'

/** A driver of the host comes to a group in use under proposal G. */
const G_IN_USE = `
title A driver comes
machine dual-e1000e
kernel ioasid-g
unbind 01:00.0
unbind 01:00.1
bind 01:00.1 vfio-pci
i = open_iommufd
d1 = open_cdev 01:00.1
bind_iommufd d1 i
bind 01:00.0 e1000e
`

function read(script: string): Scenario {
  const reading = parseScript(script)
  if (!reading.ok) throw new Error(reading.problems.map(({ words }) => words).join())
  return reading.scenario
}

async function openOptions(page: Page): Promise<void> {
  await page.getByRole('button', { name: /^(?:Open points|Boot options)/ }).click()
  await expect(page.getByRole('dialog', { name: 'Boot options' })).toBeVisible()
}

/** The options that the address holds. */
async function policyInAddress(page: Page): Promise<PolicyOptions | undefined> {
  const link = decodeLink(new URL(page.url()).hash)
  return link.ok ? link.scenario.boot.policy : undefined
}

test('a choice that the mails left open: switched on the page, undone, kept in the link', async ({ page }) => {
  const play = new Playground(page)
  await play.open(`#${encodeLink(read(G_IN_USE)) ?? ''}`)
  await expect(play.bug()).toBeVisible()
  await openOptions(page)
  const deny = page.getByRole('switch', { name: 'Deny the probe' })
  await expect(deny).toHaveAttribute('aria-checked', 'false')
  await expect(page.getByRole('dialog')).toContainText('Gunthorpe, 25 June 2021')
  // What is none of its business is not offered.
  await expect(page.getByRole('switch', { name: 'Lockstep' })).toHaveCount(0)
  await deny.click()
  await expect(play.bug()).toBeHidden()
  await expect.poll(() => policyInAddress(page)).toEqual({ denyProbe: true })
  await page.keyboard.press('Escape')
  await expect(page.getByRole('button', { name: 'Open points 1 set' })).toBeFocused()

  await page.getByRole('button', { name: 'Undo' }).click()
  await expect(play.bug()).toBeVisible()
  await page.getByRole('button', { name: 'Redo' }).click()
  await expect.poll(() => policyInAddress(page)).toEqual({ denyProbe: true })
  await page.reload()
  await expect(page.getByRole('button', { name: 'Open points 1 set' })).toBeVisible()
})

test('lockstep brings the options of T along, and one of three is chosen by keyboard', async ({ page }) => {
  const play = new Playground(page)
  await play.open(`#${encodeLink(read('machine dual-e1000e\nkernel ioasid-w')) ?? ''}`)
  await openOptions(page)
  await expect(page.getByRole('switch', { name: 'Attached is not blocked' })).toHaveCount(0)
  await page.getByRole('switch', { name: 'Lockstep' }).press('Space')
  await expect(page.getByRole('switch', { name: 'Attached is not blocked' })).toBeVisible()
  await page.getByRole('button', { name: 'the default domain of the host' }).press('Enter')
  await expect.poll(() => policyInAddress(page)).toEqual({ lockstep: true, switchGap: 'viaDefault' })
})

test('other boot options are there under every kernel', async ({ page }) => {
  const play = new Playground(page)
  await page.setViewportSize({ width: 390, height: 844 })
  await play.open()
  await openOptions(page)
  await page.getByRole('switch', { name: 'allow_unsafe_interrupts' }).click()
  await page.getByRole('switch', { name: 'iommu=pt' }).click()
  const boot = async () => {
    const link = decodeLink(new URL(page.url()).hash)
    return link.ok ? link.scenario.boot : undefined
  }
  await expect.poll(boot).toEqual({ iommu: 'pt', allowUnsafeInterrupts: true })
})

test('the debate under other choices: what changes is marked, with the default beside it', async ({ page }) => {
  await page.goto('/debate')
  await expect(page.getByTestId('answered')).toContainText('each run under')
  const cell = page.locator('[data-cell="2f ioasid-g"]')
  await expect(cell).toContainText('BUG')
  await page.getByText('What the mails leave open').click()
  await page.getByRole('switch', { name: 'Deny the probe' }).click()
  await expect(page.getByTestId('changes')).toContainText('1 answer changes')
  await expect(cell).toContainText('EBUSY')
  await expect(cell).toContainText('changed, by default ☠ BUG')
  await page.getByRole('switch', { name: 'Only questions that change' }).click()
  await expect(page.locator('[data-cell]')).toHaveCount(6)
  await cell.click()
  await expect(page.getByRole('button', { name: 'Open points 1 set' })).toBeVisible()
  // The way back finds the choices as they were left.
  await page.goBack()
  await expect(cell).toContainText('changed, by default')
  await page.getByText('What the mails leave open').click()
  await page.getByRole('button', { name: 'All as by default' }).click()
  await expect(cell).toContainText('BUG')
})

for (const colorScheme of ['dark', 'light'] as const) {
  test(`axe finds nothing in the options, ${colorScheme}`, async ({ page }) => {
    await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' })
    const play = new Playground(page)
    await play.open(`#${encodeLink(read(G_IN_USE)) ?? ''}`)
    await openOptions(page)
    await page.getByRole('switch', { name: 'Deny the probe' }).click()
    await expectNoViolations(page)
    await page.goto('/debate')
    await page.getByText('What the mails leave open').click()
    await page.getByRole('switch', { name: 'Deny the probe' }).click()
    await expect(page.getByTestId('changes')).toBeVisible()
    await expectNoViolations(page)
  })
}

const LITTLE_MEMORY = `
title A limit of memory
machine dual-e1000e
kernel linux-7.3
process tool user=alice memlock=64K
unbind 01:00.0
unbind 01:00.1
bind 01:00.1 vfio-pci
chown_group 3 alice
g1 = open_group 3
c1 = open_container
group_set_container g1 c1
set_iommu c1 type1v2
map_dma c1 0x0 2M
`

test('the memory limit of a process: changed where it is selected and in the boot options, undone, kept in the link', async ({
  page,
}) => {
  const play = new Playground(page)
  await play.open(`#${encodeLink(read(LITTLE_MEMORY)) ?? ''}`)
  await expect(play.kernelPath()).toContainText('ENOMEM')
  const memlock = async (): Promise<unknown> => {
    const link = decodeLink(new URL(page.url()).hash)
    return link.ok ? link.scenario.processes[0]?.memlock : link.words
  }
  await play.node('Process tool').click()
  const field = play.inspector().getByRole('textbox', { name: 'Memory limit of tool' })
  await expect(field).toHaveValue('64K')
  await field.fill('much')
  await expect(field).toHaveAttribute('aria-invalid', 'true')
  await field.press('Enter')
  expect(await memlock()).toBe(65536)
  await field.fill('4M')
  await field.press('Enter')
  await expect.poll(memlock).toBe(4 * 2 ** 20)
  await expect(play.kernelPath()).not.toContainText('ENOMEM')
  await page.getByRole('button', { name: 'Undo' }).click()
  await expect(field).toHaveValue('64K')
  await openOptions(page)
  const dialog = page.getByRole('dialog', { name: 'Boot options' })
  await dialog.getByRole('textbox', { name: 'Memory limit of tool' }).fill('')
  await dialog.getByRole('textbox', { name: 'Memory limit of tool' }).press('Enter')
  await expect.poll(memlock).toBeUndefined()
  await expectNoViolations(page)
})
