/** A picture of many open files takes no longer than in proportion to their number. */
import { expect, test } from 'vitest'
import { leastGrowth } from '../../sim/growth.test-helper.ts'
import type { Op } from '../../sim/op.ts'
import { compose } from './compose.ts'
import { nodeId } from './ids.ts'
import { inputAt, runOf } from './scenes.test-helper.ts'

const OPENED: Readonly<Record<string, (index: number) => Op>> = {
  containers: (index) => ({ op: 'open_container', as: `n${index}` }),
  iommufds: (index) => ({ op: 'open_iommufd', as: `n${index}` }),
}

/** Milliseconds of processor time to compose a state in which a process has opened so many files, the least of three. */
function cost(what: keyof typeof OPENED, count: number, open: readonly string[]): number {
  const ops = Array.from({ length: count }, (_, index) => OPENED[what]?.(index)).filter((op) => op !== undefined)
  const run = runOf({
    title: '',
    machine: 'dual-e1000e',
    kernel: 'linux-6.12',
    boot: { iommu: 'nopt' },
    processes: [{ name: 'qemu', user: 'root' }],
    ops,
    cursor: count,
  })
  let least = Infinity
  for (let attempt = 0; attempt < 3; attempt++) {
    const input = inputAt(run, count, { width: 1300, height: 900 }, { open: new Set(open) })
    const start = process.cpuUsage()
    compose(input)
    const { user, system } = process.cpuUsage(start)
    least = Math.min(least, (user + system) / 1000)
  }
  return least
}

test.each([
  ['containers', []],
  ['iommufds', []],
  ['containers', [nodeId.moreSpaces]],
] as const)('%s, unfolded: %j', (what, open) => {
  cost(what, 100, open)
  const growth = (): number => {
    const small = cost(what, 250, open)
    return cost(what, 1000, open) / Math.max(small, 20)
  }
  expect(leastGrowth(growth, 9)).toBeLessThan(9)
})
