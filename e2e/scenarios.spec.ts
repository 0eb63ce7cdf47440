import { expect, test } from '@playwright/test'
import { describeResult } from '../src/explain/index.ts'
import { parseCondition } from '../src/scenario/condition/parse.ts'
import { LIBRARY } from '../src/scenario/library/index.ts'
import { machineOf, setupOf } from '../src/scenario/document/scenario.ts'
import { kernelById } from '../src/sim/kernels/registry.ts'
import { replay, type Run } from '../src/sim/replay.ts'
import { Playground } from './playground.ts'

type Entry = (typeof LIBRARY)[number]

const LOOKS: Readonly<Record<string, RegExp>> = {
  viable: /: Viable\./,
  // A group that an iommufd owns is said to be in use; to the kernel it is as little to be had as one that is not viable.
  '!viable': /: (Not viable|In use)\./,
  isolated: /\. Isolated\./,
  '!isolated': /\. Not isolated\./,
  host: /\. In the host’s hands\./,
}

function runOf({ scenario }: Entry): Run {
  const machine = machineOf(scenario)
  const kernel = kernelById(scenario.kernel)
  if (machine === undefined || kernel === undefined) throw new Error(`${scenario.title} names what does not ship`)
  return replay(kernel, setupOf(scenario, machine), scenario.ops)
}

/** What the page must show after some steps: the result, the verdicts that the scenario promises, the kernel's path, a BUG. */
async function expectStep(play: Playground, entry: Entry, run: Run, count: number): Promise<void> {
  await expect(play.position()).toHaveText(`${count} / ${run.steps.length}`)
  const step = run.steps[count - 1]
  if (step !== undefined) {
    const result = describeResult(step.result)
    await expect(play.step(count)).toContainText(result.word)
    await expect(play.kernelPath()).toContainText(`Kernel path of step ${count}`)
    if ('ok' in step.result && !step.result.ok) await expect(play.kernelPath()).toContainText(step.result.errno)
    if ('bug' in step.result) {
      await expect(play.bug()).toContainText('kernel BUG at drivers/vfio/vfio.c:698!')
      await expect(play.bug()).toContainText('Who did it')
    } else if ('blocked' in step.result) {
      await expect(play.step(count)).toContainText('waits')
    } else if (!step.result.ok) {
      await expect(play.step(count)).toContainText(step.result.errno)
    }
    for (const done of step.completes) await expect(play.step(count)).toContainText(String(done.step + 1))
  }
  for (const { id, look } of groupLooks(entry.expect[count])) {
    await expect(play.group(id), `group ${id} after step ${count}`).toHaveAttribute('aria-label', look)
  }
}

/** How groups should be called on the page, by what a scenario promises of them. */
function groupLooks(condition: string | undefined): { readonly id: string; readonly look: RegExp }[] {
  const reading = parseCondition(condition ?? '')
  const parts = !reading.ok ? [] : reading.formula.kind === 'and' ? reading.formula.parts : [reading.formula]
  return parts.flatMap((part) => {
    if (part.kind !== 'term') return []
    const { atom, negated } = part
    const look = LOOKS[`${negated ? '!' : ''}${atom.term}`]
    const [id] = atom.subjects
    return look === undefined || id === undefined ? [] : [{ id: id.text, look }]
  })
}

for (const entry of LIBRARY) {
  test(`played by clicking: ${entry.id}`, async ({ page }) => {
    const play = new Playground(page)
    const run = runOf(entry)
    await play.open()
    await play.place('Scenarios')
    await page.locator(`[data-scenario="${entry.id}"]`).click()
    // Some open where their preparations are done.
    if (entry.scenario.cursor > 0) await page.getByRole('button', { name: 'Back to the start' }).click()
    for (let count = 0; count <= run.steps.length; count++) {
      await expectStep(play, entry, run, count)
      if (count < run.steps.length) await page.getByRole('button', { name: 'Next step' }).click()
    }
  })
}

const BY_KEYBOARD = [
  'normal-order',
  'sibling-not-viable',
  'bug-device-open',
  'stub-under-pt',
  'unbind-open-device',
  'two-users',
]

for (const id of BY_KEYBOARD) {
  test(`played by keyboard alone: ${id}`, async ({ page }) => {
    const entry = LIBRARY.find((candidate) => candidate.id === id)
    if (entry === undefined) throw new Error(`the library has no ${id}`)
    const play = new Playground(page)
    const run = runOf(entry)
    await play.open()
    await play.openPalette()
    await page.keyboard.type(`open scenario ${entry.title}`)
    await expect(page.getByRole('option', { name: entry.title })).toBeVisible()
    await page.keyboard.press('Enter')
    for (let back = entry.scenario.cursor; back > 0; back--) await page.keyboard.press('[')
    for (let count = 0; count <= run.steps.length; count++) {
      await expectStep(play, entry, run, count)
      if (count < run.steps.length) await page.keyboard.press(']')
    }
  })
}
