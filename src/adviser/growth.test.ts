/** From a paste to its answer: twice the functions may not take four times as long. */
import { expect, test } from 'vitest'
import { leastGrowth } from '../sim/growth.test-helper.ts'
import { adviceFor } from './advice.ts'
import { likelyWanted } from './likely.ts'
import { planOf } from './plan.ts'
import { readPastes } from './reading.ts'
import { settingOf } from './setting.ts'
import { adviceWords } from './words.ts'

const hex = (value: number): string => value.toString(16).padStart(2, '0')
const address = (index: number): string =>
  `${hex(Math.floor(index / 64) + 1)}:${hex(Math.floor(index / 8) % 8)}.${index % 8}`

/** A listing of so many functions, each made by `line`. */
function listing(count: number, line: (address: string, index: number) => string): string {
  return Array.from({ length: count }, (_, index) => line(address(index), index)).join('\n')
}

/** Milliseconds of processor time from the text to the words, the least of two attempts. */
function cost(text: string): number {
  let least = Infinity
  for (let attempt = 0; attempt < 2; attempt++) {
    const start = process.cpuUsage()
    const reading = readPastes([text], 'x')
    const wanted = reading.machine === null ? null : likelyWanted(reading.machine, reading)
    const advice = reading.machine === null || wanted === null ? null : adviceFor(reading.machine, wanted, { reading })
    if (advice === null) throw new Error('no advice')
    adviceWords(advice, 'linux-6.12', settingOf(reading))
    planOf(advice)
    const { user, system } = process.cpuUsage(start)
    least = Math.min(least, (user + system) / 1000)
  }
  return least
}

const VF = 'Intel Corporation Ethernet Virtual Function 700 Series'

test.each([
  ['functions without groups', 2400, (at: string) => `${at} Ethernet controller: ${VF} (rev 02)`],
  ['functions in one group', 800, (at: string) => `IOMMU Group 7 ${at} Ethernet controller [0200]: ${VF} [8086:154c]`],
  [
    'groups of two',
    1000,
    (at: string, index: number) => `IOMMU Group ${index >> 1} ${at} Ethernet controller [0200]: ${VF} [8086:154c]`,
  ],
] as const)('%s', (_, count, line) => {
  cost(listing(count / 4, line))
  const growth = (): number => {
    const half = cost(listing(count / 2, line))
    return cost(listing(count, line)) / Math.max(half, 20)
  }
  expect(leastGrowth(growth, 3.2)).toBeLessThan(3.2)
})
