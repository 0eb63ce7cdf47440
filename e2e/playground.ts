import { expect, type Locator, type Page } from '@playwright/test'

/** The page as a test speaks of it: what a person sees and does. */
export class Playground {
  readonly page: Page
  constructor(page: Page) {
    this.page = page
  }

  async open(hash = ''): Promise<void> {
    await this.page.emulateMedia({ reducedMotion: 'reduce' })
    await this.page.goto(`/${hash}`)
    await expect(this.page.getByRole('heading', { level: 1 })).toBeVisible()
  }

  /** Opens the page, and in it a freshly booted machine of the library. */
  async openMachine(id: string): Promise<void> {
    await this.open()
    await this.place('Scenarios')
    await this.page.locator(`[data-machine="${id}"]`).click()
  }

  place(name: 'Play' | 'Compare' | 'Explore' | 'Lessons' | 'Scenarios' | 'My machine' | 'Script'): Promise<void> {
    return this.page.getByRole('navigation', { name: 'Places' }).getByRole('button', { name }).click()
  }

  /** A node of the canvas, by the beginning of what it is called. */
  node(name: string): Locator {
    return this.page.locator(`.react-flow__node[aria-label^="${name}"]`)
  }

  group(id: number | string): Locator {
    return this.node(`IOMMU group ${id}:`)
  }

  device(bdf: string): Locator {
    return this.node(`Device ${bdf},`)
  }

  /** Clicks a group beside its devices. */
  async selectGroup(id: number | string): Promise<void> {
    await this.group(id).click({ position: { x: 30, y: 14 } })
    await expect(this.inspector().getByRole('heading', { name: `IOMMU group ${id}` })).toBeVisible()
  }

  async selectDevice(bdf: string): Promise<void> {
    await this.device(bdf).click({ position: { x: 20, y: 14 } })
  }

  async openPalette(): Promise<void> {
    await this.page.keyboard.press('Control+k')
    await expect(this.page.getByRole('combobox', { name: 'Find an action' })).toBeFocused()
  }

  inspector(): Locator {
    return this.page.locator('#inspector')
  }

  offer(name: string | RegExp): Locator {
    return this.page.getByTestId('offers').getByRole('button', { name }).first()
  }

  kernelPath(): Locator {
    return this.page.getByTestId('kernel-path')
  }

  /** The row of a step, counted from 1, in the list of steps. */
  step(number: number): Locator {
    return this.page.getByTestId('steps').getByRole('listitem').nth(number)
  }

  position(): Locator {
    return this.page.getByTestId('position')
  }

  bug(): Locator {
    return this.page.getByTestId('bug')
  }
}
