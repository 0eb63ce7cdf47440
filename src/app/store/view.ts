import { explainRefusal, describeResult } from '../../explain/index.ts'
import type { Words } from '../../explain/words.ts'
import { namesIn, type Offer, type Situation } from '../../scenario/offers.ts'
import { succeeded, type Result } from '../../sim/result.ts'
import type { Snapshot } from '../../sim/snapshot.ts'
import type { AppState } from './store.ts'

/** The state at the cursor, as offers and intents want it. Made once a state of the store. */
const situations = new WeakMap<Snapshot, Situation>()

export function situationOf(state: Pick<AppState, 'doc' | 'kernel' | 'run' | 'snapshot'>): Situation {
  const known = situations.get(state.snapshot)
  if (known !== undefined) return known
  const { ops, cursor } = state.doc.scenario
  const situation: Situation = {
    kernel: state.kernel,
    world: state.run.world,
    snapshot: state.snapshot,
    names: namesIn(ops.slice(0, cursor)),
  }
  situations.set(state.snapshot, situation)
  return situation
}

/** What an offer would do, found out by doing it on a copy. */
export interface Forecast {
  readonly result: Result
  /** What else would change, in a few words each: `→ viable`. */
  readonly consequences: readonly { readonly text: string; readonly tone: 'ok' | 'bad' | 'warn' }[]
  readonly why: Words | null
}

/** Tries an offer on a copy of the state at the cursor (the same `apply`). */
export function forecast(state: AppState, offer: Pick<Offer, 'ops'>): Forecast {
  const { run, kernel, snapshot, doc } = state
  const dry = run.dryRun(doc.scenario.cursor, offer.ops)
  let at = dry.steps.findIndex((step) => !succeeded(step.result))
  if (at < 0) at = dry.steps.length - 1
  const step = dry.steps[at]
  const result: Result = step?.result ?? { ok: true }
  const op = step?.op
  const why = op === undefined ? null : explainRefusal(kernel.id, run.world, op, dry.events[at] ?? [], result)
  return { result, consequences: consequencesOf(state, snapshot, dry.snapshot), why }
}

function consequencesOf(state: AppState, before: Snapshot, after: Snapshot): Forecast['consequences'] {
  const list: { text: string; tone: 'ok' | 'bad' | 'warn' }[] = []
  if (after.dead && !before.dead) return []
  after.groups.forEach((group, index) => {
    const old = before.groups[index]
    if (old === undefined || old.viable === group.viable) return
    const id = state.run.world.groups[group.group]?.id ?? ''
    list.push(
      group.viable ? { text: `group ${id} viable`, tone: 'ok' } : { text: `group ${id} not viable`, tone: 'bad' },
    )
  })
  const released = before.pending.length - after.pending.length
  if (released > 0)
    list.push({ text: `releases ${released === 1 ? 'a waiting call' : `${released} waiting calls`}`, tone: 'ok' })
  return list
}

/** The badge of a forecast. */
export function forecastBadge(outcome: Forecast): { glyph: string; word: string; tone: 'ok' | 'bad' | 'wait' | 'bug' } {
  return describeResult(outcome.result)
}
