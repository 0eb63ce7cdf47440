/** Conditions asked of a run: after so many of its steps. */
import { keysOf, valueOf } from '../../sim/op.ts'
import type { Run, Step } from '../../sim/replay.ts'
import type { Result } from '../../sim/result.ts'
import type { World } from '../../sim/world.ts'
import { compileCondition } from './compile.ts'
import { ConditionError, parseCondition, type Formula, type ParseOptions } from './parse.ts'
import { View, type AnsweredCall } from './view.ts'

/** A state, and the call that led to it; null on the freshly booted machine. */
export interface Moment {
  readonly view: View
  readonly call: AnsweredCall | null
}

/** A condition that was read, for one world. */
export interface Condition {
  readonly formula: Formula
  holds(moment: Moment): boolean
}

export type ConditionReading =
  | { readonly ok: true; readonly condition: Condition }
  | { readonly ok: false; readonly column: number; readonly words: string }

/**
 * Reads a condition and looks up the devices (`01:00.1`), groups (`3`) and processes that it names.
 * @returns the condition, or the first fault with its column, counted from 1
 */
export function readCondition(text: string, world: World, options: ParseOptions = {}): ConditionReading {
  const reading = parseCondition(text, options)
  if (!reading.ok) return reading
  try {
    const compiled = compileCondition(reading.formula, world)
    const condition = { formula: reading.formula, holds: ({ view, call }: Moment) => compiled.holds(view, call) }
    return { ok: true, condition }
  } catch (error) {
    if (!(error instanceof ConditionError)) throw error
    return { ok: false, column: error.column, words: error.message }
  }
}

/** A run after some of its steps, as conditions see it. */
export function momentOf(run: Run, count: number): Moment {
  const step = run.steps[count - 1]
  return {
    view: new View(run.world, () => run.snapshotAt(count)),
    call: step === undefined ? null : callOf(step, run.world),
  }
}

function callOf({ op, result, completes }: Step, world: World): AnsweredCall {
  const [key] = keysOf(op.op).find(([, role]) => role === 'device') ?? []
  const address = key === undefined ? undefined : valueOf(op, key)
  return {
    op: op.op,
    device: typeof address === 'string' ? (world.deviceIndex.get(address) ?? -1) : -1,
    by: op.by === undefined ? 0 : (world.processIndex.get(op.by) ?? -1),
    result,
    completes,
    canReturn: null,
  }
}

/** An answer in a word: `ok`, an errno, `waits` or `BUG`. */
export function answerOf(result: Result): string {
  if ('bug' in result) return 'BUG'
  if ('blocked' in result) return 'waits'
  return result.ok ? 'ok' : result.errno
}
