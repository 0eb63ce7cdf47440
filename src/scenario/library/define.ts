/** How a scenario that ships is written down: a script, and what must come of it. */
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
  'Linux 7.3: what has changed since',
] as const

export type Chapter = (typeof CHAPTERS)[number]

/**
 * What a scenario promises, by number of steps done: conditions (docs/conditions.md) that tests hold it to. A step of which
 * nothing is said about the answer succeeds, and lets no waiting call return.
 */
export type Expectation = Readonly<Record<number, string>>

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
