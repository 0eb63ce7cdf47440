/** A step told as the kernel's own path: checks, changes, the answer; and why it was refused. */
import type { KernelId } from '../sim/kernel.ts'
import { loadedKernel } from '../sim/kernels/loaded.ts'
import type { Op } from '../sim/op.ts'
import { succeeded, type Result } from '../sim/result.ts'
import type { CheckEvent, EffectEvent, TraceEvent } from '../sim/trace.ts'
import type { World } from '../sim/world.ts'
import { say, type CheckWords, type EffectWords, type LogLine, type Scene } from './kernel-words.ts'
import { layerOf, type Layer } from './layers.ts'
import { functionRef, wordsOf } from './registry.ts'
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
  /** This check or effect decided against the call. */
  readonly decisive?: true
  /** Where the function is: `drivers/vfio/vfio.c, 5.10`. */
  readonly ref?: string
}

type Step = readonly [world: World, op: Op, events: readonly TraceEvent[], result: Result]
/** A step with the kernel that made it: what each explanation takes. */
type ExplainedStep = readonly [kernel: KernelId, ...step: Step]

/** What the words of the event at `index` can draw on. */
function sceneOf([world, op, events, result]: Step, index: number): Scene {
  return { world, op, events, result, index, subject: events[index]?.subject }
}

function checkWords(kernel: KernelId, event: TraceEvent): CheckWords | undefined {
  const { checks } = wordsOf(kernel)
  return event.event === 'check' && Object.hasOwn(checks, event.code) ? checks[event.code] : undefined
}

function effectWords(kernel: KernelId, event: TraceEvent): EffectWords | undefined {
  const { effects } = wordsOf(kernel)
  return event.event === 'effect' && Object.hasOwn(effects, event.code) ? effects[event.code] : undefined
}

function resolve(text: string | ((scene: Scene) => string) | undefined, scene: Scene): string | undefined {
  return typeof text === 'function' ? text(scene) : text
}

/** The kernel's path through a step, from the call to its answer. Codes that have no words stand for themselves. */
export function explainPath(...[kernel, world, op, events, result]: ExplainedStep): PathLine[] {
  const { entries } = wordsOf(kernel)
  const lines: PathLine[] = []
  const refOf = (name: string): { ref: string } | undefined => {
    const ref = functionRef(kernel, name)
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

  const decided = succeeded(result) ? -1 : decisiveIndex(kernel, events)
  enter(entries[op.op])
  events.forEach((event, index) => {
    const scene = sceneOf([world, op, events, result], index)
    const known = event.event === 'check' ? checkWords(kernel, event) : effectWords(kernel, event)
    enter(resolve(known?.path, scene))
    const name = resolve(known?.fn, scene) ?? ''
    lines.push({
      kind: event.event,
      fn: name,
      ...(event.event === 'check'
        ? checkLine(checkWords(kernel, event), event, scene)
        : effectLine(effectWords(kernel, event), event, scene)),
      code: event.code,
      ...(index === decided ? { decisive: true as const } : {}),
      ...refOf(name),
    })
  })
  lines.push({ kind: 'result', fn: '', words: resultWords(result), ok: succeeded(result) })
  return lines
}

function checkLine(
  known: CheckWords | undefined,
  event: CheckEvent,
  scene: Scene,
): Pick<PathLine, 'words' | 'answer' | 'ok'> {
  const answer = say(event.ok ? (known?.pass ?? 'yes') : (known?.fail ?? 'no'), scene)
  const words = known === undefined ? [code(event.code)] : say(known.ask, scene)
  return known?.neutral === true ? { words, answer } : { words, answer, ok: event.ok }
}

function effectLine(known: EffectWords | undefined, event: EffectEvent, scene: Scene): Pick<PathLine, 'words'> {
  return { words: known === undefined ? [code(event.code)] : say(known.words, scene) }
}

/** The answer as the last line of the path. */
function resultWords(result: Result): Words {
  if ('bug' in result) return [{ kind: 'errno', text: 'BUG' }, `: ${result.bug.text}`]
  if ('blocked' in result) return ['does not return yet']
  if (!result.ok) return [{ kind: 'errno', text: result.errno }, `: ${errnoWords(result.errno)}`]
  return ['returns ', code(describeResult(result).word)]
}

/**
 * The event that decided against a call, with its words: the last one that has a reason to give, unless one of them
 * overrides the rest. Events after `over` belong to calls that had waited.
 */
function decisive(
  kernel: KernelId,
  events: readonly TraceEvent[],
): { index: number; words: CheckWords | EffectWords } | null {
  let found: { index: number; words: CheckWords | EffectWords } | null = null
  for (const [index, event] of events.entries()) {
    if (effectWords(kernel, event)?.over === true) break
    if (event.event === 'check' && event.ok) continue
    const check = checkWords(kernel, event)
    const words = check ?? effectWords(kernel, event)
    if (words?.why === undefined) continue
    found = { index, words }
    if (check?.overrides === true) break
  }
  return found
}

/** The place of the event that decided against a call; where none has a reason to give, the last check that failed; or -1. */
function decisiveIndex(kernel: KernelId, events: readonly TraceEvent[]): number {
  return decisive(kernel, events)?.index ?? events.findLastIndex((event) => event.event === 'check' && !event.ok)
}

/** Why a call was refused, waits, or ended the kernel, in one or two sentences; null if it succeeded. */
export function explainRefusal(...[kernel, world, op, events, result]: ExplainedStep): Words | null {
  if (succeeded(result)) return null
  const found = decisive(kernel, events)
  if (found?.words.why !== undefined) {
    return capital(say(found.words.why, sceneOf([world, op, events, result], found.index)))
  }
  if ('bug' in result) return ['The kernel has stopped. Nothing answers any more.']
  if ('blocked' in result) return ['The call waits for somebody else to let go.']
  if (!('errno' in result)) return null
  if (loadedKernel(kernel)?.abi.includes(op.op) === false) {
    return rich`${capital([wordsOf(kernel).name])} does not know this call.`
  }
  const failed = events[decisiveIndex(kernel, events)]
  const by = failed === undefined ? '' : rich` (check ${code(failed.code)})`
  return rich`${{ kind: 'errno', text: result.errno }}: ${errnoWords(result.errno)}${by}.`
}

/** Who refused a call, makes it wait, or ended the kernel: the function that decided and the layer it belongs to. */
export interface Refuser {
  readonly fn: string
  readonly layer: Layer
}

/** Who refused a call, made it wait, or ended the kernel; null if it succeeded or no code tells. */
export function refuser(...[kernel, world, op, events, result]: ExplainedStep): Refuser | null {
  if (succeeded(result)) return null
  const found = decisive(kernel, events)
  if (found === null) return null
  const { fn: name } = found.words
  const fnName = typeof name === 'string' ? name : name(sceneOf([world, op, events, result], found.index))
  return { fn: fnName, layer: layerOf(kernel, fnName) }
}

/** What can be done about a refusal or a wait; null where nothing can, or nothing went wrong. */
export function remedy(...[kernel, world, op, events, result]: ExplainedStep): Words | null {
  if (succeeded(result)) return null
  const found = decisive(kernel, events)
  if (found === null) return 'bug' in result ? ['Go back to a step before the kernel stopped.'] : null
  if (found.words.remedy === undefined) return null
  return capital(say(found.words.remedy, sceneOf([world, op, events, result], found.index)))
}

const OK_RESULT: Result = { ok: true }

/** The lines that a step leaves in the kernel log. */
export function dmesgOf(kernel: KernelId, world: World, op: Op, events: readonly TraceEvent[]): LogLine[] {
  return events.flatMap(
    (event, index) => effectWords(kernel, event)?.log?.(sceneOf([world, op, events, OK_RESULT], index)) ?? [],
  )
}
