import { fileURLToPath } from 'node:url'
import { expect, test, type Page } from '@playwright/test'
import { lessonFiles } from '../scripts/lessons.ts'
import { describeOp } from '../src/explain/index.ts'
import { rightChoices, runOf } from '../src/scenario/course/lesson-check.ts'
import { plainText } from '../src/scenario/course/lesson-words.ts'
import type { GoalPart, Lesson, PredictPart } from '../src/scenario/course/lesson.ts'
import { parseLesson } from '../src/scenario/course/lesson.ts'
import { expectNoViolations } from './axe.ts'
import { Playground } from './playground.ts'
import { expectUntold } from './untold.ts'

const root = fileURLToPath(new URL('..', import.meta.url))
const LESSONS = [...lessonFiles(root)].flatMap(([file, text]) => {
  const reading = parseLesson(file, text)
  return reading.ok ? [reading.lesson] : []
})

function lessonOf(slug: string): Lesson {
  const lesson = LESSONS.find((one) => one.slug === slug)
  if (lesson === undefined) throw new Error(`no lesson ${slug}`)
  return lesson
}

/** A lesson as somebody plays it. */
class Player {
  readonly play: Playground
  private readonly page: Page
  constructor(page: Page) {
    this.page = page
    this.play = new Playground(page)
  }

  async open(lesson: Lesson): Promise<void> {
    await this.page.emulateMedia({ reducedMotion: 'reduce' })
    await this.page.goto(`/lesson/${lesson.slug}`)
    await expect(this.page.getByRole('region', { name: 'Lesson', exact: true })).toContainText(lesson.title)
  }

  card(title: string) {
    return expect(this.page.getByRole('heading', { level: 2, name: title, exact: true })).toBeVisible()
  }

  next(): Promise<void> {
    return this.page.getByTestId('next').click()
  }

  /** Chooses in the prediction that is open, the last one on the card. */
  async predict(part: PredictPart, choice: number): Promise<void> {
    const boxes = this.page.getByTestId('predict')
    const box = boxes.nth((await boxes.count()) - 1)
    await expect(box).toContainText(plainText(part.question))
    await box
      .getByRole('listitem')
      .filter({ has: this.page.getByRole('button') })
      .nth(choice)
      .getByRole('button')
      .click()
    const right = rightChoices(part)[0]
    await expect(box.getByTestId('verdict')).toContainText(choice === right ? 'You were right' : '✗ No.')
    await expect(box.getByText('(this is how it is)')).toHaveCount(1)
  }

  /** Does one operation through the palette, as somebody does who knows what to look for. */
  async does(call: string): Promise<void> {
    await this.play.openPalette()
    await this.page.keyboard.type(call.replaceAll('→', ' '))
    const option = this.page.getByRole('option').filter({ has: this.page.getByText(call, { exact: true }) })
    await option.first().click()
    await expect(this.page.getByRole('combobox', { name: 'Find an action' })).toBeHidden()
  }

  async reach(part: GoalPart): Promise<void> {
    const boxes = this.page.getByTestId('goal')
    const box = boxes.nth((await boxes.count()) - 1)
    await expect(box).toContainText(plainText(part.task))
    const { world } = runOf(part.after)
    for (const { op } of part.steps) await this.does(describeOp(world, op).call)
    await this.reached(part, part.steps.length, box)
  }

  async reached(part: GoalPart, ops: number, box = this.page.getByTestId('goal').last()): Promise<void> {
    const count = (number: number): string => (number === 1 ? '1 operation' : `${number} operations`)
    await expect(box.getByTestId('goal-state')).toHaveText(`✓ Reached with ${count(ops)}. Par is ${part.par}.`)
  }
}

test.describe('every lesson is played', () => {
  for (const lesson of LESSONS) {
    test(lesson.slug, async ({ page }) => {
      const player = new Player(page)
      await player.open(lesson)
      // In the first lesson somebody is wrong once.
      let wrong = lesson === LESSONS[0] ? 1 : 0
      for (const card of lesson.cards) {
        await player.card(card.title)
        for (const [index, part] of card.parts.entries()) {
          switch (part.kind) {
            case 'words':
              break
            case 'setup':
              if (card.parts.slice(0, index).some((before) => before.kind !== 'words')) {
                await page.getByRole('button', { name: /^Go on with/ }).click()
              }
              break
            case 'script':
              for (const [step] of part.steps.entries()) {
                await page.getByTestId('script').last().getByRole('button', { name: 'Do it' }).click()
                await expect(page.getByTestId('position')).toContainText(`${part.before.ops.length + step + 1} /`)
              }
              break
            case 'predict': {
              const right = rightChoices(part)[0] ?? -1
              await expectUntold(page, part)
              await player.predict(part, wrong-- > 0 ? (right + 1) % part.choices.length : right)
              break
            }
            case 'goal':
              await player.reach(part)
              break
          }
        }
        await expect(page.getByTestId('next')).toHaveText(card === lesson.cards.at(-1) ? 'Finish' : 'Next')
        await player.next()
      }
      const end = page.getByTestId('lesson-end')
      const parts = lesson.cards.flatMap((card) => card.parts)
      const goals = parts.filter((part) => part.kind === 'goal').length
      const predictions = parts.filter((part) => part.kind === 'predict').length
      if (goals > 0) await expect(end).toContainText(`${goals} of ${goals} goal`)
      if (predictions > 0) {
        await expect(end).toContainText(`${lesson === LESSONS[0] ? predictions - 1 : predictions} of ${predictions}`)
      }
    })
  }
})

test('a new visitor is led to the first lesson, and it is done in a few steps', async ({ page }) => {
  const play = new Playground(page)
  await play.open()
  await page.getByRole('button', { name: 'Learn from the start' }).click()
  await expect(page).toHaveURL(/\/lesson\/what-is-a-group$/)
  expect(LESSONS[0]?.slug).toBe('what-is-a-group')
  const player = new Player(page)
  await player.card('Devices write to memory')
  await player.next()
  await page
    .getByTestId('predict')
    .getByRole('button', { name: /^No: they can only/ })
    .click()
  await player.next()
  // With the mouse, as the hint says.
  await page.getByRole('button', { name: 'A hint' }).click()
  await play.selectDevice('01:00.1')
  await play.offer(/then bind 01:00.1 to vfio-pci/).click()
  await expect(page.getByTestId('goal-state')).toContainText('✓ Reached with 2 operations')
  await player.next()
  await expect(page.getByTestId('lesson-end')).toContainText('Lesson 1 is done')
  await page.getByRole('button', { name: /^Next lesson/ }).click()
  await expect(page).toHaveURL(/\/lesson\/who-decides-groups$/)
  await play.place('Lessons')
  await expect(page.locator('[data-lesson="what-is-a-group"]')).toContainText('done')
  await expect(page.getByRole('button', { name: 'Continue: Who decides about groups?' })).toBeVisible()
})

test('lesson 2 opens in the topology without groups, and shows them when the question is answered by a key', async ({
  page,
}) => {
  const player = new Player(page)
  await player.open(lessonOf('who-decides-groups'))
  await expect(page.getByTestId('topology')).toBeVisible()
  await expect(player.play.device('00:02.0')).toBeVisible()
  await expect(page.getByRole('button', { name: 'Ownership' })).toBeDisabled()
  await page.keyboard.press('t')
  await expect(page.getByTestId('topology')).toBeVisible()
  await expect(player.play.group(1)).toHaveCount(0)
  await player.play.openPalette()
  await page.keyboard.type('group 1')
  await expect(page.getByRole('option').filter({ hasText: 'Open group 1' })).toHaveCount(0)
  await page.keyboard.press('Escape')
  await page.keyboard.press('b')
  await expect(page.getByTestId('verdict')).toContainText('You were right')
  await expect(player.play.group(1)).toBeVisible()
  await player.next()
  await expect(page.getByTestId('canvas')).toBeVisible()
})

test('the way of DMA past the IOMMU is drawn when the question is answered, and lies in sight', async ({ page }) => {
  const player = new Player(page)
  await player.open(lessonOf('who-decides-groups'))
  const inSight = async (...functions: string[]): Promise<void> => {
    for (const bdf of functions) await expect(player.play.device(bdf)).toBeInViewport({ ratio: 1 })
  }
  const switchAndCards = ['02:00.0', '02:01.0', '03:00.0', '04:00.0']
  for (let card = 1; card < 3; card++) await player.next()
  await inSight('00:02.0', '01:00.0', '02:01.0', '02:01.1')
  await player.next()
  await expect(page.getByTestId('predict')).toContainText('Is it isolated?')
  await inSight(...switchAndCards)
  await page.setViewportSize({ width: 1400, height: 800 })
  await inSight(...switchAndCards)
  await expect(page.getByText('not apart in hardware')).toHaveCount(0)
  await expect(page.locator('[data-peer-path]')).toHaveCount(0)
  await page.keyboard.press('b')
  await expect(page.locator('[data-peer-path]')).toBeAttached()
  await expect(page.locator('[data-notice="path"]')).toContainText('DMA of 03:00.0 can reach 04:00.0')
  await inSight(...switchAndCards)
})

test('pointing at a device in the words lets it stand out in the picture', async ({ page }) => {
  const player = new Player(page)
  await player.open(lessonOf('viability'))
  await page.getByTestId('card').getByRole('button', { name: '01:00.1' }).first().hover()
  await expect(player.play.device('01:00.0')).toHaveClass(/bystander/)
  await expect(player.play.device('01:00.1')).not.toHaveClass(/bystander/)
  await page.getByRole('heading', { level: 1 }).hover()
  await expect(player.play.device('01:00.0')).not.toHaveClass(/bystander/)
})

test('an action that a goal needs stays in sight when it belongs to something else than what is selected', async ({
  page,
}) => {
  const player = new Player(page)
  await player.open(lessonOf('what-is-a-group'))
  await player.next()
  await player.next()
  await player.play.selectDevice('01:00.0')
  const action = page.locator('#inspector').getByRole('button', { name: /bind 01:00.1 to vfio-pci/ })
  await expect(action).toHaveCount(1)
  await player.play.selectDevice('01:00.1')
  await expect(action).toHaveCount(1)
  await action.click()
  await expect(page.getByTestId('goal-state')).toContainText('✓ Reached')
  await expect(page.getByTestId('goal-offers')).toHaveCount(0)
})

test('a goal is judged on the state: another way than the given one reaches it, too', async ({ page }) => {
  const lesson = lessonOf('viability')
  const player = new Player(page)
  await player.open(lesson)
  await player.next()
  const goal = lesson.cards[1]?.parts.find((part) => part.kind === 'goal')
  if (goal?.kind !== 'goal') throw new Error('the second card has a goal')
  expect(goal.steps.map((step) => step.op.op)).toEqual(['unbind'])
  // Not without a driver, but with vfio-pci.
  await player.play.selectDevice('01:00.0')
  await player.play.offer(/then bind 01:00.0 to vfio-pci/).click()
  await player.reached(goal, 2)
})

test('a prediction hides what actions would return, and shows it afterwards', async ({ page }) => {
  const player = new Player(page)
  await player.open(lessonOf('the-bug-on'))
  await player.play.selectGroup(3)
  await expect(page.getByTestId('predict')).toBeVisible()
  await expect(page.getByTestId('offers')).toHaveCount(0)
  await page.getByTestId('predict').getByRole('button', { name: /EBUSY/ }).click()
  await expect(page.getByTestId('verdict')).toContainText('✗ No.')
  await expect(page.getByTestId('verdict')).toContainText('☠ BUG')
  await expect(player.play.bug()).toBeVisible()
  await expect(player.play.kernelPath()).toContainText('vfio_iommu_group_notifier')
})

test('hints come one by one, then the lesson does it itself', async ({ page }) => {
  const lesson = lessonOf('opening-in-order')
  const player = new Player(page)
  await player.open(lesson)
  await player.next()
  await player.next()
  const goal = lesson.cards[2]?.parts.find((part) => part.kind === 'goal')
  if (goal?.kind !== 'goal') throw new Error('the third card has a goal')
  await page.getByRole('button', { name: 'A hint' }).click()
  for (let more = 1; more < goal.hints.length; more++) await page.getByRole('button', { name: 'Another hint' }).click()
  await page.getByRole('button', { name: 'Show me' }).click()
  await expect(page.getByTestId('goal-state')).toContainText('You let it be done.')
})

test('whoever leaves the lesson’s run finds back to it', async ({ page }) => {
  const player = new Player(page)
  await player.open(lessonOf('viability'))
  await page.getByRole('switch', { name: 'iommu=pt' }).click()
  await expect(page.getByTestId('predict')).toContainText('somewhere else')
  await page.getByRole('button', { name: 'Back to the lesson' }).click()
  await expect(page.getByTestId('predict')).not.toContainText('somewhere else')
})

test('a lesson leaves the run that was there alone, and goes on where it was left', async ({ page }) => {
  const play = new Playground(page)
  await play.open()
  await play.selectGroup(3)
  await play.offer(/^Close g1/).click()
  await expect(play.position()).toHaveText('10 / 10')
  await play.place('Lessons')
  await page.locator('[data-lesson="opening-in-order"]').click()
  const player = new Player(page)
  await player.next()
  await player.card('The container')
  await page.reload()
  await player.card('The container')
  await play.place('Play')
  await expect(play.position()).toHaveText('10 / 10')
  await page.goBack()
  await player.card('The container')
  await page.goBack()
  await expect(page.getByRole('heading', { level: 2, name: 'Lessons' })).toBeVisible()
})

test('a lesson that is not there leads to those that are', async ({ page }) => {
  await page.goto('/lesson/perpetual-motion')
  await expect(page.getByRole('heading', { level: 2 })).toContainText('There is no lesson')
  await page.getByRole('button', { name: 'All lessons' }).click()
  await expect(page).toHaveURL(/\/lessons$/)
})

test('the debate: every question is run, a cell opens its run, and the way back is kept', async ({ page }) => {
  const play = new Playground(page)
  await play.open()
  await play.openPalette()
  await page.keyboard.type('debate')
  await page.keyboard.press('Enter')
  await expect(page.getByTestId('answered')).toContainText('each run under')
  const cell = page.locator('[data-cell="3c ioasid-t"]')
  await expect(cell).toContainText('B?A, B')
  await expect(cell).toContainText('as Tian said')
  const bug = page.locator('[data-cell="2f linux-5.10"]')
  await expect(bug).toContainText('BUG')
  await bug.click()
  await expect(play.bug()).toBeVisible()
  await page.goBack()
  await expect(page.getByRole('heading', { level: 2 })).toContainText('The debate')
  await page.getByRole('button', { name: /^1c/ }).click()
  await expect(page.getByTestId('debate')).toContainText('Williamson, 15 June 2021')
})

const SCREENS: Readonly<Record<string, (page: Page) => Promise<void>>> = {
  'the list of lessons': async (page) => {
    await page.goto('/lessons')
    await expect(page.getByRole('heading', { level: 2 })).toBeVisible()
  },
  'a prediction, answered wrong': async (page) => {
    await new Player(page).open(lessonOf('the-bug-on'))
    await page.getByTestId('predict').getByRole('button', { name: /EBUSY/ }).click()
    await expect(page.getByTestId('verdict')).toContainText('✗ No.')
  },
  'a goal with a hint': async (page) => {
    const player = new Player(page)
    await player.open(lessonOf('what-is-a-group'))
    await player.next()
    await player.next()
    await page.getByRole('button', { name: 'A hint' }).click()
  },
  'a script, half done': async (page) => {
    const player = new Player(page)
    await player.open(lessonOf('where-dma-lands'))
    await player.next()
    await page.getByRole('button', { name: 'Do it' }).click()
  },
  'the debate': async (page) => {
    await page.goto('/debate')
    await page.getByRole('button', { name: /^1c/ }).click()
  },
}

for (const colorScheme of ['dark', 'light'] as const) {
  for (const [name, visit] of Object.entries(SCREENS)) {
    test(`axe finds nothing: ${name}, ${colorScheme}`, async ({ page }) => {
      await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' })
      await visit(page)
      await expectNoViolations(page)
    })
    test(`axe finds nothing at 390 pixels: ${name}, ${colorScheme}`, async ({ page }) => {
      await page.setViewportSize({ width: 390, height: 844 })
      await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' })
      await visit(page)
      await expectNoViolations(page)
    })
  }
}
