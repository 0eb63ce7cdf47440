/**
 * Whatever a person or a link can make long, four times as long up to the promised limits: reading it, playing it and
 * writing it may take little more than four times the time. Quadratic growth would take sixteen times.
 */
import { expect, test } from 'vitest'
import { leastGrowth } from '../../sim/growth.test-helper.ts'
import { kernelById } from '../../sim/kernels/registry.ts'
import type { Op } from '../../sim/op.ts'
import { replay } from '../../sim/replay.ts'
import { decodeLink, encodeLink } from '../link/link.ts'
import { readAny } from '../script/read.ts'
import { printScript } from '../script/script.ts'
import { readScenario } from './read.ts'
import { LIMITS, machineOf, setupOf } from './scenario.ts'

const MOST = 9
/** Milliseconds below which the clock and the collection of garbage weigh more than the work. */
const TOO_SHORT = 60

const hex = (value: number, width: number): string => value.toString(16).padStart(width, '0')
const bdfOf = (index: number): string =>
  `0000:${hex(1 + Math.floor(index / 256), 2)}:${hex(Math.floor(index / 8) % 32, 2)}.${index % 8}`

/** A machine of so many functions, each in a group of its own, or without a word of groups. */
function machineWith(count: number, grouped: boolean): Record<string, unknown> {
  const addresses = Array.from({ length: count }, (_, index) => bdfOf(index))
  const functions = addresses.map((bdf) => ({
    bdf,
    bridge: false,
    kind: 'ep',
    multifunction: true,
    parent: null,
    acsCap: [],
    acsCtl: [],
    aliases: [],
    driver: 'igb',
    native: 'igb',
  }))
  const groups = Object.fromEntries(addresses.map((bdf, index) => [String(index), [bdf]]))
  return { id: 'own', title: 'Own', devices: functions, ...(grouped ? { groups } : {}) }
}

const opens = (count: number, names: number): Op[] =>
  Array.from({ length: count }, (_, index) => ({ op: 'open_container', as: `n${index % names}` }))
const base = { title: '', machine: 'dual-e1000e', kernel: 'linux-6.12' }

type Make = (size: number) => Record<string, unknown>
const words = (length: number): string =>
  'word '
    .repeat(Math.ceil(length / 5))
    .slice(0, length)
    .trim()

const INPUTS: readonly (readonly [what: string, most: number, make: Make])[] = [
  ['functions with groups', LIMITS.devices, (n) => ({ ...base, machine: machineWith(n, true), ops: opens(2, 2) })],
  ['functions without groups', LIMITS.devices, (n) => ({ ...base, machine: machineWith(n, false), ops: opens(2, 2) })],
  [
    'processes',
    LIMITS.processes,
    (n) => ({
      ...base,
      processes: Array.from({ length: n }, (_, index) => ({ name: `p${index}`, user: 'root' })),
      ops: Array.from({ length: 500 }, (_, index): Op => ({
        op: 'open_container',
        as: `n${index}`,
        by: `p${index % n}`,
      })),
    }),
  ],
  ['names', LIMITS.names, (n) => ({ ...base, ops: opens(n, n) })],
  ['operations', LIMITS.ops, (n) => ({ ...base, ops: opens(n, 100) })],
  [
    'notes',
    LIMITS.ops,
    (n) => ({
      ...base,
      ops: opens(n, 100),
      notes: Object.fromEntries(Array.from({ length: n }, (_, index) => [String(index + 1), words(60)])),
    }),
  ],
  [
    'the length of notes',
    LIMITS.note,
    (n) => ({
      ...base,
      ops: opens(1500, 100),
      notes: Object.fromEntries(Array.from({ length: 1500 }, (_, index) => [String(index + 1), words(n)])),
    }),
  ],
  [
    'questions',
    LIMITS.ops,
    (n) => ({
      ...base,
      ops: opens(n, 100),
      predictions: Object.fromEntries(
        Array.from({ length: n }, (_, index) => [String(index + 1), { about: 'answer', question: words(40) }]),
      ),
    }),
  ],
]

/** Milliseconds of processor time, the least of three attempts: others may want the processor as well. */
function cost(work: () => void): number {
  let least = Infinity
  for (let attempt = 0; attempt < 3; attempt++) {
    const start = process.cpuUsage()
    work()
    const { user, system } = process.cpuUsage(start)
    least = Math.min(least, (user + system) / 1000)
  }
  return least
}

/** How many times the time of a quarter of the size the whole takes. */
function growth(work: (size: number) => () => void, most: number): number {
  work(Math.floor(most / 8))()
  const small = cost(work(Math.floor(most / 4)))
  const large = cost(work(most))
  return large / Math.max(small, TOO_SHORT)
}

test.each(INPUTS)('%s up to %i: read, played, written as a script and a link', (_, most, make) => {
  const work = (size: number) => {
    const document = make(size)
    return (): void => {
      const reading = readScenario(document)
      if (!reading.ok) throw new Error(`${reading.problems[0]?.place ?? ''}: ${reading.problems[0]?.words ?? ''}`)
      const { scenario } = reading
      const machine = machineOf(scenario)
      if (machine === undefined) throw new Error('no machine')
      const run = replay(kernelById(scenario.kernel), setupOf(scenario, machine), scenario.ops)
      run.snapshotAt(run.steps.length)
      const link = encodeLink(scenario)
      if (link !== undefined) expect(decodeLink(link).ok).toBe(true)
      if (typeof scenario.machine === 'string') expect(readAny(printScript(scenario)).ok).toBe(true)
    }
  }
  expect(leastGrowth(() => growth(work, most), MOST)).toBeLessThan(MOST)
})

const HEAD = 'machine dual-e1000e\nkernel linux-6.12\n'
test.each([
  ['lines of notes', '#: word\n'],
  ['lines that are wrong', 'bind 01:00.0 vfio-pci x\n'],
  ['lines of remarks', '# word\n'],
  ['one line of words', 'bind '],
  ['one line of a name', 'x'],
  ['a note on one line', '#: word'],
  ['numbers of JSON', '{"ops":[1,'],
  ['brackets of JSON', '['],
])('a text of %s', (_, piece) => {
  const work = (size: number) => {
    const text = (piece.startsWith('{') || piece === '[' ? '' : HEAD) + piece + piece.slice(-20).repeat(size / 20)
    return (): void => void readAny(text)
  }
  expect(leastGrowth(() => growth(work, 1_000_000), MOST)).toBeLessThan(MOST)
})
