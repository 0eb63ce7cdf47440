/** A step told as the kernel's own path: checks, changes, the answer; and why it was refused. */
import type { KernelId } from '../sim/kernel.ts'
import type { Op } from '../sim/op.ts'
import { succeeded, type Result } from '../sim/result.ts'
import type { CheckEvent, EffectEvent, TraceEvent } from '../sim/trace.ts'
import type { World } from '../sim/world.ts'
import { functionRef } from './functions.ts'
import { say, type CheckWords, type EffectWords, type LogLine, type Scene } from './kernel-words.ts'
import { wordsOf } from './registry.ts'
import { describeResult, errnoWords } from './results.ts'
import { capital, code, fn, join, rich, type Words } from './words.ts'

/** A line of the kernel-path panel. */
export interface PathLine {
  readonly kind: 'entry' | 'check' | 'effect' | 'result'
  /** The function, or for an entry the chain of calls. */
  readonly fn: string
  /** What was asked, what changed, or the chain of calls once more as linked words. */
  readonly words: Words
  /** Checks: the answer. */
  readonly answer?: Words
  /** Checks: whether it was passed; result: whether the call succeeded. */
  readonly ok?: boolean
  /** The stable name of the check or effect. */
  readonly code?: string
  /** Where the function is: `drivers/vfio/vfio.c, 5.10`. */
  readonly ref?: string
}

/** Everything that the words of a step can draw on, for one of its events. */
function sceneOf(world: World, op: Op, events: readonly TraceEvent[], result: Result, event?: TraceEvent): Scene {
  return { world, op, events, result, subject: event?.subject }
}

function checkWords(kernel: KernelId, event: CheckEvent): CheckWords | undefined {
  const { checks } = wordsOf(kernel)
  return Object.hasOwn(checks, event.code) ? checks[event.code] : undefined
}

function effectWords(kernel: KernelId, event: EffectEvent): EffectWords | undefined {
  const { effects } = wordsOf(kernel)
  return Object.hasOwn(effects, event.code) ? effects[event.code] : undefined
}

/** The kernel's path through a step, from the call to its answer. Codes that have no words stand for themselves. */
export function explainPath(
  kernel: KernelId,
  world: World,
  op: Op,
  events: readonly TraceEvent[],
  result: Result,
): PathLine[] {
  const { entries, version } = wordsOf(kernel)
  const lines: PathLine[] = []
  const refOf = (name: string): { ref: string } | undefined => {
    const ref = functionRef(kernel, version, name)
    return ref === undefined ? undefined : { ref }
  }
  let chain = ''
  const enter = (next: string | undefined): void => {
    if (next === undefined || next === chain) return
    chain = next
    const names = next.split(' → ')
    const words = join(...names.flatMap((name, index) => (index === 0 ? [fn(name)] : [' → ', fn(name)])))
    lines.push({ kind: 'entry', fn: next, words, ...refOf(names.at(-1) ?? '') })
  }

  enter(entries[op.op])
  for (const event of events) {
    const scene = sceneOf(world, op, events, result, event)
    if (event.event === 'check') {
      const known = checkWords(kernel, event)
      enter(known?.path)
      const answer = event.ok ? (known?.pass ?? 'yes') : (known?.fail ?? 'no')
      lines.push({
        kind: 'check',
        fn: known?.fn ?? '',
        words: known === undefined ? [code(event.code)] : say(known.ask, scene),
        answer: say(answer, scene),
        ok: event.ok,
        code: event.code,
        ...refOf(known?.fn ?? ''),
      })
    } else {
      const known = effectWords(kernel, event)
      enter(known?.path)
      lines.push({
        kind: 'effect',
        fn: known?.fn ?? '',
        words: known === undefined ? [code(event.code)] : say(known.words, scene),
        code: event.code,
        ...refOf(known?.fn ?? ''),
      })
    }
  }
  lines.push({ kind: 'result', fn: '', words: resultWords(result), ok: succeeded(result) })
  return lines
}

/** The answer as the last line of the path. */
function resultWords(result: Result): Words {
  if ('bug' in result) return [{ kind: 'errno', text: 'BUG' }, `: ${result.bug.text}`]
  if ('blocked' in result) return ['does not return yet']
  if (!result.ok) return [{ kind: 'errno', text: result.errno }, `: ${errnoWords(result.errno)}`]
  return ['returns ', code(describeResult(result).word)]
}

/** The event that decided against a call, with its words: the last one that has a reason to give. */
function decisive(
  kernel: KernelId,
  events: readonly TraceEvent[],
): { event: TraceEvent; words: CheckWords | EffectWords } | null {
  for (const event of events.toReversed()) {
    if (event.event === 'check' && event.ok) continue
    const words = event.event === 'check' ? checkWords(kernel, event) : effectWords(kernel, event)
    if (words?.why !== undefined) return { event, words }
  }
  return null
}

/** Why a call was refused, waits, or ended the kernel, in one or two sentences; null if it succeeded. */
export function explainRefusal(
  kernel: KernelId,
  world: World,
  op: Op,
  events: readonly TraceEvent[],
  result: Result,
): Words | null {
  if (succeeded(result)) return null
  const found = decisive(kernel, events)
  if (found?.words.why !== undefined)
    return capital(say(found.words.why, sceneOf(world, op, events, result, found.event)))
  if ('bug' in result) return ['The kernel has stopped. Nothing answers any more.']
  if ('blocked' in result) return ['The call waits for somebody else to let go.']
  const failed = events.findLast((event) => event.event === 'check' && !event.ok)
  const by = failed === undefined ? '' : rich` (check ${code(failed.code)})`
  return 'ok' in result && !result.ok
    ? rich`${{ kind: 'errno', text: result.errno }}: ${errnoWords(result.errno)}${by}.`
    : null
}

/** What can be done about a refusal or a wait; null where nothing can, or nothing went wrong. */
export function remedy(
  kernel: KernelId,
  world: World,
  op: Op,
  events: readonly TraceEvent[],
  result: Result,
): Words | null {
  if (succeeded(result)) return null
  const found = decisive(kernel, events)
  if (found?.words.remedy === undefined) return null
  return capital(say(found.words.remedy, sceneOf(world, op, events, result, found.event)))
}

/** The lines that a step leaves in the kernel log; `result` brings the report of a BUG. */
export function dmesgOf(
  kernel: KernelId,
  world: World,
  op: Op,
  events: readonly TraceEvent[],
  result?: Result,
): LogLine[] {
  const answer: Result = result ?? { ok: true }
  const lines = events.flatMap((event) => {
    const log = event.event === 'effect' ? effectWords(kernel, event)?.log : undefined
    return log === undefined ? [] : log(sceneOf(world, op, events, answer, event))
  })
  return 'bug' in answer ? [...lines, ...wordsOf(kernel).oops(answer.bug, sceneOf(world, op, events, answer))] : lines
}
