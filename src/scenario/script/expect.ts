/** What a scenario expects of its steps: `expect EBUSY`, `expect viable@3`. Conditions are those of docs/conditions.md. */
import { momentOf, readCondition } from '../condition/moment.ts'
import { parseCondition, type ParseOptions } from '../condition/parse.ts'
import type { Scenario } from '../document/scenario.ts'
import type { Run } from '../../sim/replay.ts'
import type { Result } from '../../sim/result.ts'

/** Groups and devices have to be named: a scenario promises something of one of them. */
const NAMED: ParseOptions = { named: true }

/** Every errno that Linux has begins so, and no condition does. */
const ERRNO = /^E[A-Z0-9]{2,}$/

/** The condition that an expectation stands for: an errno alone is short for `errno:ERRNO`. */
export function conditionOf(expectation: string): string {
  return ERRNO.test(expectation) ? `errno:${expectation}` : expectation
}

/**
 * Looks at the form of an expectation.
 * @returns its first fault with its column, from 1; null if there is none. Names are looked up when it is checked
 */
export function expectationFault(expectation: string): { readonly column: number; readonly words: string } | null {
  if (expectation === '') return { column: 1, words: 'expected ok, an errno, blocked, bug or another condition' }
  const reading = parseCondition(conditionOf(expectation), NAMED)
  if (reading.ok) return null
  return { column: ERRNO.test(expectation) ? 1 : reading.column, words: reading.words }
}

/** An expectation, and whether the run meets it. */
export interface Checked {
  /** From 1; 0: the freshly booted machine. */
  readonly step: number
  /** Its place in the list of the step, from 0. */
  readonly index: number
  readonly expected: string
  /** Null: it is met; else what the run shows in its place, or what is wrong with the expectation. */
  readonly fault: string | null
}

/** Checks all expectations of a scenario against its run, in the order of the steps. */
export function checkExpectations({ expects = {} }: Pick<Scenario, 'expects'>, run: Run): readonly Checked[] {
  return Object.entries(expects)
    .toSorted(([a], [b]) => Number(a) - Number(b))
    .flatMap(([key, list]) => {
      const step = Number(key)
      const moment = momentOf(run, step)
      return list.map((expected, index): Checked => {
        const reading = readCondition(conditionOf(expected), run.world, NAMED)
        const about = { step, index, expected }
        if (!reading.ok) return { ...about, fault: `it cannot be asked: ${reading.words} (column ${reading.column})` }
        return { ...about, fault: reading.condition.holds(moment) ? null : shown(run, step) }
      })
    })
}

/** What a run shows where something else was expected. */
function shown(run: Run, step: number): string {
  const played = run.steps[step - 1]
  if (played === undefined) return 'it does not hold on the freshly booted machine'
  return `it does not hold; step ${step} (${played.op.op}) ended with ${answerIn(played.result)}`
}

function answerIn(result: Result): string {
  if ('bug' in result) return 'bug'
  if ('blocked' in result) return 'blocked'
  return result.ok ? 'ok' : result.errno
}
