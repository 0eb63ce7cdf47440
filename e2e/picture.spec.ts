import { expect, test, type Page } from '@playwright/test'
import { shortBdf } from '../src/explain/words.ts'
import { machineOf, setupOf, type Scenario } from '../src/scenario/document/scenario.ts'
import { LIBRARY } from '../src/scenario/library/index.ts'
import { encodeLink } from '../src/scenario/link/link.ts'
import { addressesOf, endOf } from '../src/sim/isolation.test-helper.ts'
import { kernelById } from '../src/sim/kernels/registry.ts'
import { replay, type Run } from '../src/sim/replay.ts'
import type { FdView, Snapshot } from '../src/sim/snapshot.ts'
import { faultsShown, said, settled, type Said } from './picture-rules.ts'
import { Playground } from './playground.ts'

const RUNS = LIBRARY.map(({ id, scenario }) => ({ id, scenario, run: runOf(scenario) }))

function runOf(scenario: Scenario): Run {
  const machine = machineOf(scenario)
  const kernel = kernelById(scenario.kernel)
  if (machine === undefined || kernel === undefined) throw new Error(`${scenario.title} names what does not ship`)
  return replay(kernel, setupOf(scenario, machine), scenario.ops)
}

/** The first step of a run, the last, and the one in which most is open. */
function stepsToSee(run: Run): number[] {
  const counts = Array.from({ length: run.steps.length + 1 }, (_, cursor) => {
    const { fds, containers, iommufds } = run.snapshotAt(cursor)
    return fds.length + containers.length + iommufds.length
  })
  return [...new Set([0, counts.indexOf(Math.max(...counts)), run.steps.length])]
}

/** Has the page show a step of a run, by its link, without loading it again. */
async function goTo(page: Page, scenario: Scenario, cursor: number): Promise<void> {
  const link = encodeLink({ ...scenario, cursor })
  if (link === undefined) throw new Error(`${scenario.title} is too large for a link`)
  await page.evaluate((hash) => {
    location.hash = hash
  }, link)
  await page.evaluate(settled, `${cursor} / ${scenario.ops.length}`)
}

/** Many pages in one test: on a busy machine they take long. */
const LONG = 1_800_000

const VIEWS = [
  { width: 1440, height: 900 },
  { width: 1024, height: 768 },
  { width: 390, height: 844 },
] as const

for (const viewport of VIEWS) {
  for (const colorScheme of viewport.width === 1440 ? (['dark', 'light'] as const) : (['dark'] as const)) {
    test(`nothing in the picture is crossed, cut or out of sight at ${viewport.width}, ${colorScheme}`, async ({
      page,
    }) => {
      test.setTimeout(LONG)
      await page.setViewportSize(viewport)
      await page.emulateMedia({ colorScheme })
      await new Playground(page).open()
      const faults: Record<string, string[]> = {}
      const first = await page.evaluate(faultsShown)
      if (first.length > 0) faults['first visit'] = first
      for (const { id, scenario, run } of RUNS) {
        for (const cursor of stepsToSee(run)) {
          await goTo(page, scenario, cursor)
          const found = await page.evaluate(faultsShown)
          if (found.length > 0) faults[`${id} after step ${cursor}`] = found
        }
      }
      expect(faults).toEqual({})
    })
  }
}

for (const viewport of VIEWS) {
  test(`the topology of every scenario is readable at ${viewport.width}`, async ({ page }) => {
    test.setTimeout(LONG)
    await page.setViewportSize(viewport)
    await new Playground(page).open()
    await page.keyboard.press('t')
    await expect(page.getByTestId('topology')).toBeVisible()
    const faults: Record<string, string[]> = {}
    for (const { id, scenario, run } of RUNS) {
      await goTo(page, scenario, run.steps.length)
      const found = await page.evaluate(faultsShown)
      if (found.length > 0) faults[id] = found
    }
    expect(faults).toEqual({})
  })
}

const OF_PROCESSES = new Set<FdView['kind']>(['container', 'group', 'device', 'iommufd', 'cdev'])

/** What the page has to say of a state, found out without any of the picture's own code. */
function truthOf({ world, kernel }: Run, snapshot: Snapshot) {
  const names = (slots: readonly number[]): string => slots.map((slot) => world.slots[slot] ?? '').join(', ')
  const container = (index: number): string =>
    `container ${names(snapshot.containers.find((one) => one.container === index)?.slots ?? []) || `#${index + 1}`}`
  const iommufd = (index: number): string =>
    `iommufd ${names(snapshot.iommufds.find((one) => one.iommufd === index)?.slots ?? []) || `#${index + 1}`}`
  const device = (index: number): string => `device ${shortBdf(world.devices[index]?.spec.bdf ?? '')}`
  const group = (index: number): string => `group ${world.groups[index]?.id}`
  const held = ({ kind, object }: FdView): string =>
    kind === 'container'
      ? container(object)
      : kind === 'iommufd'
        ? iommufd(object)
        : kind === 'group'
          ? group(object)
          : device(object)
  const spaceOf = (index: number): string => {
    const context = snapshot.contexts[world.devices[index]?.rids.at(-1) ?? -1]
    const owner =
      context?.kind === 'domain' ? snapshot.domains.find(({ domain }) => domain === context.domain)?.owner : undefined
    if (owner?.kind === 'container') return container(owner.index)
    const ioas = owner?.kind === 'ioas' ? owner.index : snapshot.hwpts.find(({ hwpt }) => hwpt === owner?.index)?.ioas
    return iommufd(snapshot.ioases.find((one) => one.ioas === ioas)?.iommufd ?? -1)
  }
  return {
    /** Process, name of the descriptor, and what it is a file of. */
    held: snapshot.fds
      .filter(({ kind }) => OF_PROCESSES.has(kind))
      .map((fd) => [world.setup.processes[fd.process]?.name ?? '', world.slots[fd.slot] ?? '', held(fd)] as const),
    /** Groups by name, and whether the kernel gives them to userspace. */
    viable: snapshot.groups
      .filter((view) => (world.groups[view.group]?.devices.length ?? 0) > 0)
      .map((view) => ({ name: group(view.group), viable: view.viable, owner: view.ownership?.owner ?? '' })),
    /** Where each device's DMA lands, by a second reading of the hardware. */
    lands: world.devices
      .map((_, index) => index)
      .filter((index) => snapshot.devices[index]?.present === true)
      .map((index) => {
        const ends = addressesOf(snapshot).map((address) => endOf(world, snapshot, index, address).kind)
        const lands = ends.some((end) => end === 'host' || end === 'buffers')
          ? 'host'
          : snapshot.contexts[world.devices[index]?.rids.at(-1) ?? -1]?.kind === 'domain'
            ? spaceOf(index)
            : 'blocked'
        return { name: device(index), lands }
      }),
    kernel: kernel.id,
  }
}

/** Where what a page says is not what is true. */
function lies(truth: ReturnType<typeof truthOf>, { cards, wires }: Said): string[] {
  const found: string[] = []
  const cardOf = (id: string) => cards.find((one) => one.id === id)
  const wireTexts = wires.filter(({ kind }) => kind === 'holds').map(({ from, to }) => `${from} holds ${to}`)
  const heldTexts = truth.held.map(([process, , what]) => `process ${process} holds ${what}`)
  if (wireTexts.toSorted().join('; ') !== heldTexts.toSorted().join('; '))
    found.push(`wires say “${wireTexts.join('; ')}”, true is “${heldTexts.join('; ')}”`)
  for (const [process, fd] of truth.held) {
    const card = cardOf(`process ${process}`)
    if (card?.name.includes(` ${fd} `) !== true) found.push(`process ${process} is not said to hold ${fd}`)
    if (card?.text.includes(fd) !== true) found.push(`process ${process} shows no ${fd}`)
  }
  for (const { name, viable, owner } of truth.viable) {
    const card = cardOf(name)
    const verdict = card?.facts['verdict']
    if (verdict === undefined) continue
    if (viable !== (verdict === 'VIABLE') || (!viable && owner !== 'iommufd' && verdict !== 'NOT VIABLE'))
      found.push(`${name} is said to be ${verdict}`)
    if (card?.text.includes(verdict) !== true) found.push(`${name} does not show ${verdict}`)
  }
  const plate = cardOf('groups of the host')
  for (const { name, lands } of truth.lands) {
    const card = cardOf(name)
    if (card !== undefined && card.facts['dma'] !== lands)
      found.push(`DMA of ${name} is said to land in ${card.facts['dma']}, it lands in ${lands}`)
    if (card !== undefined) continue
    if (
      lands === 'host' &&
      plate?.text.includes('host memory') !== true &&
      plate?.name.includes('host memory') !== true
    )
      found.push(`no card says where DMA of ${name} lands`)
  }
  return found
}

/** Runs in a few lots, so that several pages share the work. */
const LOTS = 4

for (let lot = 0; lot < LOTS; lot++) {
  test(`who holds what, verdicts, and where DMA lands are said as they are, at every step, ${lot + 1} of ${LOTS}`, async ({
    page,
  }) => {
    test.setTimeout(LONG)
    await new Playground(page).open()
    const found: Record<string, string[]> = {}
    for (const { id, scenario, run } of RUNS.filter((_, index) => index % LOTS === lot)) {
      for (let cursor = 0; cursor <= run.steps.length; cursor++) {
        await goTo(page, scenario, cursor)
        const wrong = lies(truthOf(run, run.snapshotAt(cursor)), await page.evaluate(said))
        if (wrong.length > 0) found[`${id} after step ${cursor}`] = wrong
      }
    }
    expect(found).toEqual({})
  })
}
