/**
 * The page with large machines in a real browser, through both lenses: from a click on an offered action to the painted
 * frame, and frames per second while the canvas is panned. The same for the small start scenario, for the ratio.
 */
import { readFileSync } from 'node:fs'
import { chromium, type Page } from '@playwright/test'
import { machineFromImport } from '../src/import/from-import.ts'
import { importListing } from '../src/import/index.ts'
import { manyDevices } from '../src/machines/many-devices.ts'
import type { Machine } from '../src/sim/machine.ts'
import { provideBrowser } from '../scripts/browser.ts'
import { serveBuild } from '../scripts/served.ts'
import { bootedOn } from './booted.ts'

function listed(name: string): Machine {
  const file = new URL(`../src/import/fixtures/${name}.txt`, import.meta.url)
  return machineFromImport(importListing(readFileSync(file, 'utf8')), name)
}

/** Null: the scenario that the page starts with. */
const CASES: readonly (readonly [name: string, machine: Machine | null])[] = [
  ['start scenario', null],
  ['300 devices', manyDevices(300)],
  ['listing of 198 (lspci -tv)', listed('lspci-tv-genoa-esc8000a-01')],
  ['listing of 483, 462 groups', listed('dmar-tree-sapphire-rapids-01')],
  ['1,000 devices', manyDevices(1000)],
]

interface Measured {
  readonly nodes: number
  readonly click: number
  readonly fps: number
  readonly worst: number
}

const REPEATS = 5

async function measure(page: Page, lens: 'ownership' | 'topology'): Promise<Measured> {
  await page.waitForSelector('.react-flow__node')
  if (lens === 'topology') {
    await page.keyboard.press('t')
    await page.waitForSelector('[data-testid="topology"] .react-flow__node')
    await page.waitForTimeout(500)
  }
  const nodes = await page.locator('.react-flow__node').count()
  const clicks: number[] = []
  for (let repeat = 0; repeat < REPEATS; repeat++) {
    clicks.push(
      await page.evaluate(
        () =>
          new Promise<number>((resolve) => {
            const button = document.querySelector<HTMLElement>('[data-testid="offers"] button')
            const start = performance.now()
            button?.click()
            // The first frame callback runs before painting, the task after it once the frame is handed over.
            requestAnimationFrame(() => {
              const channel = new MessageChannel()
              channel.port1.onmessage = () => resolve(performance.now() - start)
              channel.port2.postMessage(null)
            })
          }),
      ),
    )
    await page.waitForTimeout(150)
    await page.keyboard.press('Control+z')
    await page.waitForTimeout(150)
  }
  const frames = page.evaluate(
    () =>
      new Promise<number[]>((resolve) => {
        const times: number[] = []
        const begin = performance.now()
        const tick = (now: number): void => {
          times.push(now)
          if (now - begin < 3000) requestAnimationFrame(tick)
          else resolve(times)
        }
        requestAnimationFrame(tick)
      }),
  )
  const box = await page.locator(`[data-testid="${lens === 'topology' ? 'topology' : 'canvas'}"]`).boundingBox()
  const x = (box?.x ?? 0) + 30
  const y = (box?.y ?? 0) + (box?.height ?? 0) - 12
  await page.mouse.move(x, y)
  await page.mouse.down()
  for (let move = 0; move < 150; move++) await page.mouse.move(x + (move % 50) * 6, y - (move % 30) * 6)
  await page.mouse.up()
  const times = await frames
  const gaps = times.slice(1).map((time, index) => time - (times[index] ?? time))
  const mean = gaps.reduce((sum, gap) => sum + gap, 0) / gaps.length
  return { nodes, click: clicks.sort((a, b) => a - b)[2] ?? 0, fps: 1000 / mean, worst: Math.max(...gaps) }
}

const served = await serveBuild()
const browser = await chromium.launch({ executablePath: provideBrowser(), args: ['--disable-gpu'] })
try {
  const rows: Record<string, Record<string, string>> = {}
  for (const lens of ['ownership', 'topology'] as const) {
    let small: Measured | undefined
    for (const [name, machine] of CASES) {
      const context = await browser.newContext({ viewport: { width: 1440, height: 900 }, serviceWorkers: 'block' })
      const page = await context.newPage()
      if (machine !== null) {
        const text = JSON.stringify(bootedOn(machine))
        await page.addInitScript((kept) => localStorage.setItem('iommu-playground.current.v1', kept), text)
      }
      await page.goto(served.url)
      const measured = await measure(page, lens)
      small ??= measured
      rows[`${name}, ${lens}`] = {
        'nodes drawn': String(measured.nodes),
        'click to painted frame, ms': measured.click.toFixed(1),
        '× start': (measured.click / small.click).toFixed(1),
        'frames per second, panning': measured.fps.toFixed(1),
        'worst frame, ms': measured.worst.toFixed(0),
      }
      await context.close()
    }
  }
  console.table(rows)
} finally {
  await browser.close()
  await served.stop()
}
