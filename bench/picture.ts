/**
 * The picture of large machines: how long it takes to lay it out, from a click to the painted frame, and frames per second
 * while it is panned, zoomed and dragged with all of 1,000 devices unfolded, beside a page of React Flow alone that shows
 * as many nodes and edges of the same sizes in the same run.
 */
import { readFileSync } from 'node:fs'
import path from 'node:path'
import { chromium, type Browser, type Page } from '@playwright/test'
import { rolldown } from 'rolldown'
import { provideBrowser } from '../scripts/browser.ts'
import { serveBuild } from '../scripts/served.ts'
import { compose, type ComposeInput } from '../src/app/canvas/compose.ts'
import { edgesOf } from '../src/app/canvas/edges.ts'
import { nodeId } from '../src/app/canvas/ids.ts'
import { picture } from '../src/app/canvas/picture.ts'
import { loadWords } from '../src/explain/registry.ts'
import { manyDevices } from '../src/machines/many-devices.ts'
import { kernelById } from '../src/sim/kernels/registry.ts'
import { replay } from '../src/sim/replay.ts'
import { bootedOn } from './booted.ts'

const VIEW = { width: 986, height: 460 }
const REPEATS = 9

function median(times: readonly number[]): number {
  return times.toSorted((a, b) => a - b)[times.length >> 1] ?? 0
}

/** What is composed of a freshly booted machine, with the plate of its groups opened or not. */
function inputOf(devices: number, isOpen: boolean): ComposeInput {
  const { machine, boot, processes, kernel: id } = bootedOn(manyDevices(devices))
  const kernel = kernelById(id)
  if (kernel === undefined || typeof machine === 'string') throw new Error('no such kernel')
  const run = replay(kernel, { machine, boot, processes }, [])
  return {
    kernel,
    world: run.world,
    snapshot: run.snapshotAt(0),
    ops: [],
    wanted: new Set(),
    main: 0,
    open: new Set(isOpen ? [nodeId.plate] : []),
    view: VIEW,
  }
}

/** Milliseconds for layout and routing alone, and for all of a picture whose words are new. */
function layoutTimes(devices: number, isOpen: boolean): { readonly layout: number; readonly all: number } {
  const layout: number[] = []
  const all: number[] = []
  for (let repeat = 0; repeat < 3 * REPEATS; repeat++) {
    const input = inputOf(devices, isOpen)
    const start = performance.now()
    picture(input.world, compose(input))
    all.push(performance.now() - start)
    // What cards say is kept for a state: composing it for another height lays it out and routes it again.
    const again = performance.now()
    compose({ ...input, view: { ...VIEW, height: VIEW.height + 1 } })
    layout.push(performance.now() - again)
  }
  return { layout: median(layout), all: median(all) }
}

/** The page of React Flow alone, as one document. */
async function barePage(devices: number): Promise<string> {
  const input = inputOf(devices, true)
  const scene = compose(input)
  const nodes = picture(input.world, scene)
  const content = {
    nodes: nodes
      .filter(({ backdrop }) => backdrop !== true)
      .map(({ id, box, parent, label }) => ({
        id,
        position: { x: box.x, y: box.y },
        style: { width: box.width, height: box.height },
        width: box.width,
        height: box.height,
        data: { label: label.slice(0, 40) },
        ...(parent === undefined ? {} : { parentId: parent }),
      })),
    edges: edgesOf(scene, nodes).map(({ id, from, to }) => ({ id, source: from, target: to })),
  }
  const build = await rolldown({
    input: path.join(import.meta.dirname, 'bare-flow.tsx'),
    platform: 'browser',
    logLevel: 'silent',
    transform: { define: { 'process.env.NODE_ENV': '"production"' } },
  })
  const { output } = await build.generate({ format: 'iife', minify: true, codeSplitting: false })
  await build.close()
  const styles = readFileSync(path.join(import.meta.dirname, '../node_modules/@xyflow/react/dist/style.css'), 'utf8')
  const json = JSON.stringify(content).replaceAll('<', String.raw`\u003c`)
  return `<!doctype html><style>${styles} body{margin:0} #root{width:${VIEW.width}px;height:${VIEW.height}px}</style>
<div id="root"></div><script>window.content=${json}</script><script>${output[0].code.replaceAll('</script', String.raw`<\/script`)}</script>`
}

/** Frames per second while something is done with the picture for a while, and the longest frame in milliseconds. */
interface Frames {
  readonly perSecond: number
  readonly worst: number
}

async function framesWhile(page: Page, act: () => Promise<void>): Promise<Frames> {
  await page.evaluate(() => {
    const times: number[] = []
    Object.assign(window, { times })
    const tick = (now: number): void => {
      times.push(now)
      if (Object.hasOwn(window, 'times')) requestAnimationFrame(tick)
    }
    requestAnimationFrame(tick)
  })
  await act()
  const times = await page.evaluate(() => {
    const found: unknown = Reflect.get(window, 'times')
    Reflect.deleteProperty(window, 'times')
    return Array.isArray(found) ? found.map(Number) : []
  })
  const gaps = times.slice(1).map((time, index) => time - (times[index] ?? time))
  return { perSecond: (1000 * gaps.length) / gaps.reduce((sum, gap) => sum + gap, 0), worst: Math.max(...gaps) }
}

const GESTURES = ['pan by wheel', 'zoom', 'drag the sheet'] as const

/** Does a gesture in the middle of the picture. Each is as many moves of the mouse, one after the other. */
async function gesture(page: Page, which: (typeof GESTURES)[number]): Promise<void> {
  const box = await page.locator('.react-flow').boundingBox()
  const x = (box?.x ?? 0) + 40
  const y = (box?.y ?? 0) + (box?.height ?? 0) / 2
  await page.mouse.move(x, y)
  if (which === 'drag the sheet') await page.mouse.down()
  if (which === 'zoom') await page.keyboard.down('Control')
  for (let move = 0; move < 120; move++) {
    const way = move % 40 < 20 ? 1 : -1
    if (which === 'drag the sheet') await page.mouse.move(x + (move % 40) * 4, y - (move % 20) * 6)
    else await page.mouse.wheel(0, way * (which === 'zoom' ? 12 : 60))
  }
  if (which === 'zoom') await page.keyboard.up('Control')
  if (which === 'drag the sheet') await page.mouse.up()
}

async function openApp(browser: Browser, url: string, devices: number): Promise<Page> {
  const context = await browser.newContext({ viewport: { width: 1440, height: 900 }, serviceWorkers: 'block' })
  const page = await context.newPage()
  await page.addInitScript(
    (kept) => localStorage.setItem('iommu-playground.current.v1', kept),
    JSON.stringify(bootedOn(manyDevices(devices))),
  )
  await page.goto(url)
  await page.waitForSelector('[data-card="group"]')
  return page
}

/** Milliseconds from a click on an offered action to the painted frame, the median of some. */
async function clickTime(page: Page): Promise<number> {
  const times: number[] = []
  for (let repeat = 0; repeat < REPEATS; repeat++) {
    await page.waitForSelector('[data-testid="offers"] button')
    times.push(
      await page.evaluate(
        () =>
          new Promise<number>((resolve) => {
            const start = performance.now()
            document.querySelector<HTMLElement>('[data-testid="offers"] button')?.click()
            // The first frame callback runs before painting, the task after it once the frame is handed over.
            requestAnimationFrame(() => {
              const channel = new MessageChannel()
              channel.port1.onmessage = () => resolve(performance.now() - start)
              channel.port2.postMessage(null)
            })
          }),
      ),
    )
    await page.keyboard.press('Control+z')
    await page.waitForTimeout(200)
  }
  return median(times)
}

await loadWords(['linux-5.10'])
const layouts: Record<string, Record<string, string>> = {}
for (const [devices, isOpen] of [
  [1000, true],
  [1000, false],
  [5000, false],
] as const) {
  const { layout, all } = layoutTimes(devices, isOpen)
  layouts[`${devices} devices, ${isOpen ? 'all unfolded' : 'folded'}`] = {
    'layout and routing, ms': layout.toFixed(1),
    'with all words and nodes made, ms': all.toFixed(1),
  }
}
console.table(layouts)

const served = await serveBuild()
const browser = await chromium.launch({ executablePath: provideBrowser(), args: ['--disable-gpu'] })
try {
  const app = await openApp(browser, served.url, 1000)
  await app
    .locator('.react-flow__node')
    .filter({ has: app.locator('[data-id="groups of the host"]') })
    .click()
  await app.waitForFunction(() => document.querySelectorAll('[data-card="device"]').length > 2)
  const bare = await browser.newPage({ viewport: { width: 1440, height: 900 } })
  await bare.setContent(await barePage(1000))
  await bare.waitForSelector('.react-flow__node')
  const rows: Record<string, Record<string, string>> = {}
  for (const which of GESTURES) {
    // By turns, so that what else the machine does meets both.
    const own: Frames[] = []
    const other: Frames[] = []
    for (let repeat = 0; repeat < 3; repeat++) {
      await app.bringToFront()
      own.push(await framesWhile(app, () => gesture(app, which)))
      await bare.bringToFront()
      other.push(await framesWhile(bare, () => gesture(bare, which)))
    }
    const [mine, its] = [own, other].map((all) => median(all.map(({ perSecond }) => perSecond)))
    rows[which] = {
      'picture, frames per second': (mine ?? 0).toFixed(1),
      'React Flow alone': (its ?? 0).toFixed(1),
      ratio: ((mine ?? 0) / (its ?? 1)).toFixed(2),
      'worst frame of the picture, ms': Math.max(...own.map(({ worst }) => worst)).toFixed(0),
    }
  }
  console.table(rows)
  await app.bringToFront()
  const clicks: Record<string, Record<string, string>> = {
    '1,000 devices, all unfolded': { 'click to painted frame, ms': (await clickTime(app)).toFixed(1) },
  }
  const large = await openApp(browser, served.url, 5000)
  clicks['5,000 devices, folded'] = { 'click to painted frame, ms': (await clickTime(large)).toFixed(1) }
  const frames = await framesWhile(large, () => gesture(large, 'drag the sheet'))
  clicks['5,000 devices, folded, dragging'] = { 'frames per second': frames.perSecond.toFixed(1) }
  console.table(clicks)
} finally {
  await browser.close()
  await served.stop()
}
