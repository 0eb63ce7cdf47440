import { explainRefusal, describeResult } from '../../explain/index.ts'
import type { Words } from '../../explain/words.ts'
import { namesIn, type Offer, type Situation, offersOn } from '../../scenario/actions/offers.ts'
import type { Step } from '../../sim/replay.ts'
import { succeeded, type Bug, type Result } from '../../sim/result.ts'
import type { Snapshot } from '../../sim/snapshot.ts'
import type { World } from '../../sim/world.ts'
import type { AppState, Selection } from './state.ts'

/** Classes that people hand to userspace, the usual first: graphics, network, NVMe, other storage, USB. */
const SOUGHT = ['03', '02', '0108', '01', '0c03']

/** How much a group is one that people look for; 0 is most. */
function rankOf(world: World, group: number): number {
  const ranks = (world.groups[group]?.devices ?? []).map((device) => {
    const { class: code = '', bridge = true } = world.devices[device]?.spec ?? {}
    const rank = bridge ? -1 : SOUGHT.findIndex((prefix) => code.startsWith(prefix))
    return rank < 0 ? SOUGHT.length : rank
  })
  return Math.min(SOUGHT.length, ...ranks)
}

/**
 * The group that a run is about: the first that somebody holds, else the first that VFIO knows, else one that is not
 * viable, rather with a graphics or network card in it than with a host bridge.
 */
export function mainGroup(world: World, snapshot: Snapshot): number | undefined {
  const { groups } = snapshot
  const main =
    groups.find((view) => view.opened || view.container >= 0) ??
    groups.find((view) => view.node) ??
    groups.filter((view) => !view.viable).sort((a, b) => rankOf(world, a.group) - rankOf(world, b.group))[0]
  return main?.group
}

/** The state at the cursor, as offers and intents want it. Made once a state of the store. */
const situations = new WeakMap<Snapshot, Situation>()

export function situationOf(state: Pick<AppState, 'doc' | 'kernel' | 'run' | 'snapshot'>): Situation {
  const known = situations.get(state.snapshot)
  if (known !== undefined) return known
  const { cursor } = state.doc.scenario
  const situation: Situation = {
    kernel: state.kernel,
    world: state.run.world,
    snapshot: state.snapshot,
    // A name under which nothing was opened is free again.
    names: namesIn(
      state.run.steps
        .slice(0, cursor)
        .filter((step) => succeeded(step.result))
        .map((step) => step.op),
    ),
  }
  situations.set(state.snapshot, situation)
  return situation
}

/** What can be done with a selection now. */
function offersOf(state: AppState, selection: Selection): Offer[] {
  return selection.kind === 'context' ? [] : offersOn(situationOf(state), selection)
}

/** The group that is selected, or that of the selected device. */
export function groupSelected(world: World, selection: Selection | null): number | undefined {
  if (selection?.kind === 'group') return selection.group
  return selection?.kind === 'device' ? world.devices[selection.device]?.group : undefined
}

/** Actions that are listed before all are asked for: as many as there are digit keys. */
const FIRST_LISTED = 9

/** What the list of actions is about: what is selected, else the group that the run is about. */
export function offeredOn({ selection, run, snapshot }: AppState): Selection | null {
  if (selection !== null) return selection
  const group = mainGroup(run.world, snapshot)
  return group === undefined ? null : { kind: 'group', group }
}

/**
 * The list of actions as it is seen, which the digit keys go by: the usual actions of a selection, or all when asked
 * for; none on a stopped kernel, or while a prediction is open.
 */
export function listedOffers(
  state: AppState,
  selection: Selection | null,
): { readonly listed: readonly Offer[]; readonly all: readonly Offer[] } {
  if (selection === null || state.snapshot.dead || state.forecastsHidden) return { listed: [], all: [] }
  const all = offersOf(state, selection)
  const common = all.filter((offer) => offer.common)
  const first = (common.length > 0 ? common : all).slice(0, FIRST_LISTED)
  return { listed: state.allOffers ? all : first, all }
}

/** What an offer would do, found out by doing it on a copy. */
export interface Forecast {
  readonly result: Result
  /** What else would change, in a few words each: `→ viable`. */
  readonly consequences: readonly { readonly text: string; readonly tone: 'ok' | 'bad' | 'warn' }[]
  readonly why: Words | null
}

/** Where a forecast starts from. */
export type Present = Pick<AppState, 'run' | 'kernel' | 'snapshot'> & { readonly cursor: number }

/** Where the page is. */
export function presentOf(state: AppState): Present {
  return { run: state.run, kernel: state.kernel, snapshot: state.snapshot, cursor: state.doc.scenario.cursor }
}

/** Tries an offer on a copy of the state at the cursor (the same `apply`). */
export function forecast({ run, kernel, snapshot, cursor }: Present, offer: Pick<Offer, 'ops'>): Forecast {
  const dry = run.dryRun(cursor, offer.ops)
  let at = dry.steps.findIndex((step) => !succeeded(step.result))
  if (at < 0) at = dry.steps.length - 1
  const step = dry.steps[at]
  const result: Result = step?.result ?? { ok: true }
  const why = step === undefined ? null : explainRefusal(kernel.id, dry.world, step.op, dry.events[at] ?? [], result)
  return { result, consequences: consequencesOf(run.world, snapshot, dry.snapshot), why }
}

function consequencesOf(world: World, before: Snapshot, after: Snapshot): Forecast['consequences'] {
  const list: { text: string; tone: 'ok' | 'bad' | 'warn' }[] = []
  if (after.dead && !before.dead) return []
  after.groups.forEach((group, index) => {
    const old = before.groups[index]
    if (old === undefined || old.viable === group.viable) return
    const id = world.groups[group.group]?.id ?? ''
    list.push(
      group.viable ? { text: `group ${id} viable`, tone: 'ok' } : { text: `group ${id} not viable`, tone: 'bad' },
    )
  })
  const released = before.pending.length - after.pending.length
  if (released > 0) {
    list.push({ text: `releases ${released === 1 ? 'a waiting call' : `${released} waiting calls`}`, tone: 'ok' })
  }
  return list
}

/** The kernel's report of a BUG in a step: in its own answer, or in that of a blocked call which it released. */
export function bugOf(step: Step | undefined): Bug | null {
  if (step === undefined) return null
  for (const result of [step.result, ...step.completes.map((done) => done.result)]) {
    if ('bug' in result) return result.bug
  }
  return null
}

/** The device whose operation ended the kernel, by index; undefined while it runs, or where it was no device's. */
export function culpritOf({ run, snapshot, doc }: Pick<AppState, 'run' | 'snapshot' | 'doc'>): number | undefined {
  if (!snapshot.dead) return undefined
  const step = run.steps.slice(0, doc.scenario.cursor).find((one) => bugOf(one) !== null)
  return step !== undefined && 'device' in step.op ? run.world.deviceIndex.get(step.op.device) : undefined
}

/** The badge of a forecast. */
export function forecastBadge(outcome: Forecast): {
  glyph: string
  word: string
  tone: 'ok' | 'info' | 'bad' | 'wait' | 'bug'
} {
  return describeResult(outcome.result)
}
