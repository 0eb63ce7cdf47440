import type { Errno } from '../../errno.ts'
import { BLOCKED, OK, refuse, type Outcome, type Result } from '../../result.ts'

const DONE: Outcome = { result: OK }
const WAITS: Outcome = { result: BLOCKED }
const refusals = new Map<Errno, Outcome>()

/** The outcome of a call that released nobody. The same object for the same plain answer, so that a search allocates nothing. */
export function outcomeOf(result: Result): Outcome {
  if (result === OK) return DONE
  if (result === BLOCKED) return WAITS
  if (!('ok' in result) || result.ok) return { result }
  const known = refusals.get(result.errno)
  if (known !== undefined) return known
  const outcome = { result: refuse(result.errno) }
  refusals.set(result.errno, outcome)
  return outcome
}
