/** How a scenario that ships is written down: a script, and what must come of it. */
import type { Errno } from '../../sim/errno.ts'
import type { Verdict } from '../../sim/isolation.ts'
import type { Value } from '../../sim/result.ts'
import type { Scenario } from '../document/scenario.ts'
import { parseScript } from '../script/script.ts'

/** The shelves of the library, in the order in which they teach. */
export const CHAPTERS = [
  'First steps',
  'Viability',
  'The order of calls',
  'The kernel stops itself',
  'Viable is not isolated',
  'Calls that wait',
  'Closing in any order',
  'Several groups, several users',
  'How QEMU does it',
  'Linux 6.1: who owns the DMA',
  'iommufd',
] as const

export type Chapter = (typeof CHAPTERS)[number]

/** What the kernel and the judge of isolation should say of a group. */
export interface GroupExpectation {
  readonly viable: boolean
  readonly isolation: Verdict
}

/** What a `dma_probe` returns: whether the test page was reached by its physical address, and by its mapping. */
export const PROBE = {
  hostMemory: { physical: 'ok', iova: 'blocked' },
  mapped: { physical: 'blocked', iova: 'ok' },
  nowhere: { physical: 'blocked', iova: 'blocked' },
} as const satisfies Readonly<Record<string, Value>>

/** What a scenario promises; tests hold it to that. Steps count from 1. */
export interface Expectation {
  /** Answers of steps other than plain success. */
  readonly answers?: Readonly<Record<number, Errno | 'blocked' | 'bug'>>
  /** What steps return. */
  readonly values?: Readonly<Record<number, Value>>
  /** Steps that let blocked ones return, and the steps that then succeed. */
  readonly completes?: Readonly<Record<number, readonly number[]>>
  /** By number of steps done, then by group number: only the groups that the scenario is about. */
  readonly groups: Readonly<Record<number, Readonly<Record<string, GroupExpectation>>>>
}

export interface LibraryScenario {
  /** Part of addresses: lower-case words with hyphens. Never changes. */
  readonly id: string
  readonly chapter: Chapter
  readonly title: string
  /** One sentence: what there is to see. */
  readonly summary: string
  /** Opens before its first step, unless the script has a `cursor`. */
  readonly scenario: Scenario
  readonly expect: Expectation
}

/**
 * Makes a library entry of its script.
 * @throws when the script is wrong, which a test finds before anybody else
 */
export function define(entry: {
  readonly id: string
  readonly chapter: Chapter
  readonly summary: string
  readonly script: string
  readonly expect: Expectation
}): LibraryScenario {
  const { script, ...rest } = entry
  const reading = parseScript(script)
  if (!reading.ok) {
    const faults = reading.problems.map(({ line, column, words }) => `${entry.id}:${line}:${column}: ${words}`)
    throw new Error(faults.join('\n'))
  }
  const { scenario } = reading
  const opened = /^\s*cursor\s/m.test(script) ? scenario : { ...scenario, cursor: 0 }
  return { ...rest, title: scenario.title, scenario: opened }
}
