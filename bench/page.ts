/**
 * The page with a machine of 1,000 devices in a real browser: from a click on an offered action to the painted frame,
 * and frames per second while the canvas is panned. The same for the small start scenario, for the ratio.
 */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { chromium, type Page } from '@playwright/test'
import { manyDevices } from '../src/machines/many-devices.ts'
import type { Scenario } from '../src/scenario/scenario.ts'
import { provideBrowser } from '../scripts/browser.ts'

const server = spawn(process.execPath, ['scripts/serve.mjs'], {
  env: { ...process.env, PORT: '0' },
  stdio: ['ignore', 'pipe', 'inherit'],
})

async function address(): Promise<string> {
  for await (const line of createInterface(server.stdout)) {
    const found = /http:\S+/.exec(line)?.[0]
    if (found !== undefined) return found
  }
  throw new Error('the server ended before it said its address: build first (npm run build)')
}

const large: Scenario = {
  title: 'A thousand devices',
  machine: manyDevices(1000),
  kernel: 'linux-5.10',
  boot: { iommu: 'nopt' },
  processes: [{ name: 'qemu', user: 'root' }],
  ops: [],
  cursor: 0,
}

interface Measured {
  readonly nodes: number
  readonly click: number
  readonly fps: number
  readonly worst: number
}

const REPEATS = 5

async function measure(page: Page): Promise<Measured> {
  await page.waitForSelector('.react-flow__node')
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
  const box = await page.locator('[data-testid="canvas"]').boundingBox()
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

const base = await address()
const browser = await chromium.launch({ executablePath: provideBrowser(), args: ['--disable-gpu'] })
try {
  const context = await browser.newContext({ viewport: { width: 1440, height: 900 }, serviceWorkers: 'block' })
  const small = await context.newPage()
  await small.goto(base)
  const before = await measure(small)
  await small.close()
  const big = await context.newPage()
  await big.addInitScript((text) => localStorage.setItem('iommu-playground.current.v1', text), JSON.stringify(large))
  await big.goto(base)
  const after = await measure(big)
  const row = (m: Measured): Record<string, string> => ({
    'nodes drawn': String(m.nodes),
    'click to painted frame, ms': m.click.toFixed(1),
    'frames per second, panning': m.fps.toFixed(1),
    'worst frame, ms': m.worst.toFixed(0),
  })
  console.table({ 'start scenario': row(before), '1,000 devices': row(after) })
  console.log(
    `click: ${(after.click / before.click).toFixed(1)} × the small machine; panning: ${(after.fps / before.fps).toFixed(2)} ×`,
  )
} finally {
  await browser.close()
  server.kill()
  await once(server, 'exit')
}
