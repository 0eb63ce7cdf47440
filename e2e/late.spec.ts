import { expect, test, type Page } from '@playwright/test'
import { encodeLink } from '../src/scenario/link/link.ts'
import { START } from '../src/scenario/library/first-visit.ts'
import { Playground } from './playground.ts'

/** The page without one of its late scripts, by the beginning of its name, until the returned function is called. */
async function without(page: Page, script: string): Promise<() => Promise<void>> {
  const pattern = new RegExp(`/assets/${script}-[^/]+\\.js$`)
  await page.route(pattern, (route) => route.abort())
  return () => page.unroute(pattern)
}

const notLoaded = (page: Page) => page.getByTestId('not-loaded')

const PLACES = [
  ['Compare', 'Compare'],
  ['Explore', 'Explore'],
  ['Lessons', 'Lessons'],
  ['Library', 'Scenarios'],
  ['Importer', 'My machine'],
  ['Script', 'Script'],
] as const

test('a place whose script does not come says so, and comes when it is tried again', async ({ page }) => {
  const play = new Playground(page)
  for (const [script, place] of PLACES) {
    const comeBack = await without(page, script)
    await play.open()
    await play.place(place)
    await expect(notLoaded(page)).toBeVisible()
    await comeBack()
    await notLoaded(page).getByRole('button', { name: 'Try again' }).click()
    await expect(notLoaded(page)).toHaveCount(0)
    await expect(
      page
        .getByRole('heading', { level: 1 })
        .or(page.getByRole('heading', { level: 2 }))
        .first(),
    ).toBeVisible()
  }
})

test('the topology that does not come leaves the canvas and can be tried again', async ({ page }) => {
  const comeBack = await without(page, 'Topology')
  const play = new Playground(page)
  await play.open()
  await page.getByRole('group', { name: 'Lens' }).getByRole('button', { name: 'Topology' }).click()
  await expect(notLoaded(page).first()).toBeVisible()
  await expect(play.inspector()).toBeVisible()
  await comeBack()
  await notLoaded(page).first().getByRole('button', { name: 'Try again' }).click()
  await expect(page.locator('#canvas .react-flow__node').first()).toBeVisible()
})

test('a run under a kernel that does not come says so, keeps its address, and is tried again', async ({ page }) => {
  const comeBack = await without(page, 'linux-6\\.12')
  await page.goto(`/#${encodeLink({ ...START, kernel: 'linux-6.12' }) ?? ''}`)
  await expect(notLoaded(page)).toContainText('the kernel of this run')
  await comeBack()
  await notLoaded(page).getByRole('button', { name: 'Try again' }).click()
  await expect(page.getByRole('heading', { level: 1 })).toBeVisible()
  await expect(new Playground(page).step(9)).toBeVisible()
})

test('a slow script shows that it is on its way', async ({ page }) => {
  let letGo = (): void => undefined
  const held = new Promise<void>((resolve) => (letGo = resolve))
  await page.route(/\/assets\/Explore-[^/]+\.js$/, async (route) => {
    await held
    await route.continue()
  })
  const play = new Playground(page)
  await play.open()
  await play.place('Explore')
  await expect(page.getByText('Loading the search …')).toBeVisible()
  letGo()
  await expect(page.getByText('Loading the search …')).toHaveCount(0)
})

test('a search whose worker does not load says so and can be asked again', async ({ page }) => {
  const comeBack = await without(page, 'worker')
  const play = new Playground(page)
  await play.open()
  await play.place('Explore')
  const search = page.getByRole('button', { name: /^Search/ }).first()
  await search.click()
  await expect(page.getByTestId('verdict')).toContainText('The search could not be started')
  await comeBack()
  await search.click()
  await expect(page.getByText('The search could not be started')).toHaveCount(0)
  await expect(page.getByText(/states/).first()).toBeVisible()
})

test('a long listing is read also where its worker does not load', async ({ page }) => {
  await without(page, 'read-worker')
  const play = new Playground(page)
  await play.open()
  await play.place('My machine')
  const lines = Array.from({ length: 1500 }, (_, index) => {
    const bus = (1 + Math.floor(index / 256)).toString(16).padStart(2, '0')
    const slot = (Math.floor(index / 8) % 32).toString(16).padStart(2, '0')
    return `IOMMU Group ${index} ${bus}:${slot}.${index % 8} Ethernet controller [0200]: Intel Corporation 82574L [8086:10d3]`
  })
  await page.getByRole('textbox').first().fill(lines.join('\n'))
  await expect(page.getByText(/1,?500/).first()).toBeVisible()
})
