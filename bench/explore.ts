/**
 * How fast the search is, for three sizes, in Node and in a browser’s worker: transitions and different states a second,
 * bytes for a state, and the ratio to a plain search of the same system in the same run (a Map keyed by the JSON of all
 * columns). Symmetry is off, so that both count the same states; the last line shows what it saves.
 */
import { readdirSync } from 'node:fs'
import { chromium, type Page } from '@playwright/test'
import { Exploration, type ExploreProgress, type ExploreRequest } from '../src/explore/exploration.ts'
import { isFromWorker } from '../src/explore/messages.ts'
import { Gate } from '../src/explore/system.ts'
import type { KernelId } from '../src/sim/kernel.ts'
import { provideBrowser } from '../scripts/browser.ts'
import { serveBuild } from '../scripts/served.ts'

const PROCESSES = [
  { name: 'qemu', user: 'root' },
  { name: 'other', user: 'root' },
]

function request(kernel: KernelId, processes: number, states: number, reduce = false): ExploreRequest {
  return {
    scenario: {
      title: '',
      machine: 'dual-e1000e',
      kernel,
      boot: { iommu: 'nopt' },
      processes: PROCESSES.slice(0, processes),
      ops: [],
      cursor: 0,
    },
    from: 'boot',
    goal: 'never (bug & !bug)',
    reduce,
    limits: { states },
  }
}

/** The goal never holds, so that every search goes on to its limit. */
const SIZES = {
  '30,000 states, Linux 6.1': request('linux-6.1', 2, 30_000),
  '300,000 states, Linux 6.12 iommufd': request('linux-6.12-iommufd', 2, 300_000),
  '3,000,000 states, Linux 5.10': request('linux-5.10', 2, 3_000_000),
} as const

const ENOUGH = 60_000

/** Transitions a second of a search that a person would write in ten minutes. */
function plainRate(asked: ExploreRequest): number {
  const { system } = new Exploration(asked, () => 0)
  const { kernel, world, calls, start } = system
  const state = kernel.create(world)
  const gate = new Gate(system, state)
  const columns = Object.entries(state).flatMap(([name, column]: [string, unknown]) =>
    name !== 'bytes' && (column instanceof Uint8Array || column instanceof Uint16Array)
      ? [[name, column] as const]
      : [],
  )
  const key = (): string => JSON.stringify(Object.fromEntries(columns.map(([name, column]) => [name, [...column]])))
  const queue = [start.bytes.slice()]
  state.bytes.set(start.bytes)
  const seen = new Map([[key(), { parent: -1, call: -1 }]])
  const began = performance.now()
  let transitions = 0
  for (let at = 0; at < queue.length && transitions < ENOUGH; at++) {
    const here = queue[at]
    if (here === undefined) break
    state.bytes.set(here)
    gate.look()
    calls.forEach((call, index) => {
      if (!gate.allows(index)) return
      state.bytes.set(here)
      kernel.apply(state, call)
      transitions++
      const reached = key()
      if (seen.has(reached)) return
      seen.set(reached, { parent: at, call: index })
      queue.push(state.bytes.slice())
    })
  }
  return (1000 * transitions) / (performance.now() - began)
}

function inNode(asked: ExploreRequest): ExploreProgress {
  const exploration = new Exploration(asked, () => performance.now())
  while (exploration.running) exploration.advanceFor(1000)
  return exploration.progress()
}

/** Tasks above 50 ms on the page’s main thread while a million states are searched and somebody types. */
async function longTasks(page: Page): Promise<readonly number[]> {
  await page.goto(`${served.url}explore?ask=never+(bug+%26+!bug)&from=boot&symmetry=off&names=device%3D2,ioas%3D2`)
  await page.getByRole('combobox', { name: 'Kernel' }).selectOption('linux-6.12-iommufd')
  await page.getByRole('button', { name: /^What may happen/ }).click()
  await page.getByRole('button', { name: 'add a process' }).click()
  await page.getByRole('button', { name: 'Search' }).click()
  await page.waitForTimeout(500)
  await page.evaluate(() => {
    const tasks: number[] = []
    Object.assign(window, { tasks })
    const observer = new PerformanceObserver((list) => tasks.push(...list.getEntries().map((entry) => entry.duration)))
    observer.observe({ type: 'longtask' })
  })
  const states = page.locator('[data-number="states"]')
  while (Number((await states.innerText()).replaceAll(',', '')) < 1_000_000) {
    await page.getByLabel('The question, as text').fill('never bug')
    await page.getByLabel('The question, as text').fill('never shared')
    await page.waitForTimeout(100)
  }
  const tasks: unknown = await page.evaluate(() => Object.entries(window).find(([name]) => name === 'tasks')?.[1])
  return Array.isArray(tasks) ? tasks.map(Number) : []
}

/** The same in the worker that the page uses. */
async function inBrowser(page: Page, asked: ExploreRequest): Promise<ExploreProgress> {
  const file = readdirSync('dist/assets').find((name) => /^worker-.*\.js$/.test(name))
  if (file === undefined) throw new Error('no worker is built: build first (npm run build)')
  const answer: unknown = await page.evaluate(
    ([url, message]) =>
      new Promise<unknown>((resolve, reject) => {
        const worker = new Worker(url, { type: 'module' })
        worker.addEventListener('message', ({ data }: MessageEvent<unknown>) => {
          const type: unknown = typeof data === 'object' && data !== null && 'type' in data ? data.type : null
          if (type === 'progress') return
          worker.terminate()
          resolve(data)
        })
        worker.addEventListener('error', ({ message: words }) => reject(new Error(words)))
        worker.postMessage(message)
      }),
    [`/assets/${file}`, { type: 'start', request: asked }] as const,
  )
  if (!isFromWorker(answer) || answer.type !== 'result') throw new Error('the worker gave no result')
  return answer.result
}

const count = (value: number): string => Math.round(value).toLocaleString('en')

function row(progress: ExploreProgress, plain: number | null): Record<string, string> {
  const { states, transitions, seconds, rate, memory } = progress
  return {
    states: count(states),
    transitions: count(transitions),
    seconds: seconds.toFixed(2),
    'states/s': count(states / seconds),
    'transitions/s': count(rate),
    'bytes/state': (memory / states).toFixed(1),
    'against plain': plain === null ? '' : `${(rate / plain).toFixed(0)} ×`,
  }
}

const served = await serveBuild()
const browser = await chromium.launch({ executablePath: provideBrowser(), args: ['--disable-gpu'] })
try {
  const page = await (await browser.newContext({ serviceWorkers: 'block' })).newPage()
  await page.goto(served.url)
  const table: Record<string, Record<string, string>> = {}
  for (const [name, asked] of Object.entries(SIZES)) {
    const plain = plainRate(asked)
    // So that what is measured is compiled, as it is for the plain search.
    inNode({ ...asked, limits: { states: 5000 } })
    table[`${name}: Node`] = row(inNode(asked), plain)
    table[`${name}: worker`] = row(await inBrowser(page, asked), plain)
    table[`${name}: plain`] = { 'transitions/s': count(plain) }
  }
  const reduced = { ...SIZES['300,000 states, Linux 6.12 iommufd'], reduce: true }
  table['with symmetry, Linux 6.12 iommufd: Node'] = row(inNode(reduced), null)
  console.table(table)
  const tasks = await longTasks(page)
  console.log(
    `tasks above 50 ms while the page searches a million states: ${tasks.map(Math.round).join(', ') || 'none'}`,
  )
} finally {
  await browser.close()
  await served.stop()
}
