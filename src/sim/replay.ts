import type { Kernel } from './kernel.ts'
import type { Op } from './op.ts'
import type { Result } from './result.ts'
import type { Snapshot } from './snapshot.ts'
import type { State } from './state.ts'
import { Recorder, type TraceEvent } from './trace.ts'
import {
  compileOp,
  compileWorld,
  demandOf,
  hasRoom,
  type Call,
  type Capacity,
  type Setup,
  type World,
} from './world.ts'

/** A blocked call that an operation released: the step that made it, and its late answer. */
export interface StepCompletion {
  readonly step: number
  readonly result: Result
}

/** One operation of a run with its answer. */
export interface Step {
  readonly op: Op
  readonly result: Result
  readonly completes: readonly StepCompletion[]
}

/** A scenario replayed: the steps, and every state in between on demand. */
export interface Run {
  readonly kernel: Kernel
  readonly world: World
  readonly steps: readonly Step[]
  /** The state after the first `count` steps (0: the freshly booted machine). A copy that the caller owns. */
  stateAt(count: number): State
  snapshotAt(count: number): Snapshot
  /** What the kernel checked and changed in step `index` (0: the first). */
  traceOf(index: number): readonly TraceEvent[]
  /** What operations would return after the first `count` steps, and the state they would leave; the run does not change. */
  dryRun(count: number, ops: readonly Op[]): DryRun
}

export interface DryRun {
  /** One for each operation, with what the kernel checked and changed in it. */
  readonly steps: readonly Step[]
  readonly events: readonly (readonly TraceEvent[])[]
  readonly snapshot: Snapshot
}

const CHECKPOINT_EVERY = 64
/** The longest scenario keeps no more than this in checkpoints, so that a hostile one cannot fill the memory. */
const CHECKPOINT_BYTES = 2 ** 28
const LONGEST_SCENARIO = 20_000

/**
 * Replays operations from boot. Given the previous run of the same setup and kernel, the common beginning is not
 * replayed again. Deterministic: the same input gives the same steps and states.
 */
export function replay(kernel: Kernel, setup: Setup, ops: readonly Op[], previous?: Run): Run {
  if (previous instanceof Replay && previous.kernel === kernel && previous.world.setup === setup) {
    const continued = previous.continue(ops)
    if (continued !== null) return continued
  }
  const run = new Replay(kernel, compileWorld(setup, ops))
  run.boot()
  // A world compiled for these operations has room for all of them.
  for (const op of ops) run.push(op)
  return run
}

class Replay implements Run {
  readonly kernel: Kernel
  readonly world: World
  readonly steps: Step[] = []
  private readonly calls: (Call | null)[] = []
  /** Steps between two checkpoints. */
  private readonly every: number
  /** State after k × `every` steps. */
  private readonly checkpoints: Uint8Array[] = []
  /** Steps of the calls that wait, oldest first, after each step where that changed. */
  private waiting: number[] = []
  private readonly current: State
  private scratch: { count: number; state: State } | null = null
  private demand: Capacity | null = null

  constructor(kernel: Kernel, world: World) {
    this.kernel = kernel
    this.world = world
    this.current = kernel.create(world)
    const bytes = this.current.bytes.length
    this.every = Math.max(CHECKPOINT_EVERY, Math.ceil((bytes * LONGEST_SCENARIO) / CHECKPOINT_BYTES))
  }

  boot(): void {
    this.kernel.boot(this.current)
    this.checkpoints.push(this.current.bytes.slice())
  }

  push(op: Op): boolean {
    const call = compileOp(this.world, op)
    if (call === null) return false
    const { step, waiting } = perform(this.kernel, this.current, op, call, this.waiting, this.steps.length)
    this.waiting = waiting
    this.calls.push(call)
    this.steps.push(step)
    if (this.steps.length % this.every === 0) this.checkpoints.push(this.current.bytes.slice())
    return true
  }

  continue(ops: readonly Op[]): Replay | null {
    if (!hasRoom(this.world, demandOf(ops))) return null
    let common = 0
    while (common < ops.length && common < this.steps.length && ops[common] === this.steps[common]?.op) common++
    const next = new Replay(this.kernel, this.world)
    next.current.bytes.set(this.bytesAt(common))
    next.checkpoints.push(...this.checkpoints.slice(0, Math.floor(common / this.every) + 1))
    next.steps.push(...this.steps.slice(0, common))
    next.calls.push(...this.calls.slice(0, common))
    next.waiting = waitingAfter(next.steps)
    for (const op of ops.slice(common)) if (!next.push(op)) return null
    return next
  }

  stateAt(count: number): State {
    const state = this.kernel.create(this.world)
    state.bytes.set(this.bytesAt(count))
    return state
  }

  snapshotAt(count: number): Snapshot {
    return this.kernel.snapshot(this.stateAt(count))
  }

  traceOf(index: number): readonly TraceEvent[] {
    const call = this.calls[index]
    if (call === undefined || call === null) return []
    const recorder = new Recorder()
    this.kernel.apply(this.stateAt(index), call, recorder)
    return recorder.events
  }

  dryRun(count: number, ops: readonly Op[]): DryRun {
    this.demand ??= demandOf(this.steps.map((step) => step.op))
    const room = hasRoom(this.world, this.demand, demandOf(ops))
    const state = this.stateAt(count)
    const steps: Step[] = []
    const events: (readonly TraceEvent[])[] = []
    let waiting = waitingAfter(this.steps.slice(0, count))
    for (const op of ops) {
      const call = room ? compileOp(this.world, op) : null
      if (call === null) {
        // The operations bring something for which this layout has no room: lay out anew with them.
        const all = [...this.steps.slice(0, count).map((done) => done.op), ...ops]
        const run = replay(this.kernel, this.world.setup, all)
        return {
          steps: run.steps.slice(count),
          events: ops.map((_, index) => run.traceOf(count + index)),
          snapshot: run.snapshotAt(all.length),
        }
      }
      const recorder = new Recorder()
      const done = perform(this.kernel, state, op, call, waiting, count + steps.length, recorder)
      waiting = done.waiting
      steps.push(done.step)
      events.push(recorder.events)
    }
    return { steps, events, snapshot: this.kernel.snapshot(state) }
  }

  private bytesAt(count: number): Uint8Array {
    if (count >= this.steps.length) return this.current.bytes
    const known = this.scratch
    if (known !== null && known.count === count) return known.state.bytes
    const base = Math.floor(count / this.every)
    const state = this.kernel.create(this.world)
    const checkpoint = this.checkpoints[base]
    if (checkpoint !== undefined) state.bytes.set(checkpoint)
    for (let index = base * this.every; index < count; index++) {
      const call = this.calls[index]
      if (call !== undefined && call !== null) this.kernel.apply(state, call)
    }
    this.scratch = { count, state }
    return state.bytes
  }
}

/** Steps whose calls still wait after a list of steps, oldest first. */
function waitingAfter(steps: readonly Step[]): number[] {
  const waiting: number[] = []
  steps.forEach((step, index) => {
    for (const { step: done } of step.completes) waiting.splice(waiting.indexOf(done), 1)
    if ('blocked' in step.result) waiting.push(index)
  })
  return waiting
}

/** Applies a call and names the steps that it released. */
function perform(
  kernel: Kernel,
  state: State,
  op: Op,
  call: Call,
  waiting: readonly number[],
  index: number,
  recorder?: Recorder,
): { step: Step; waiting: number[] } {
  const outcome = kernel.apply(state, call, recorder)
  const released = outcome.completes ?? []
  const completes = released.flatMap(({ position, result }) => {
    const step = waiting[position]
    return step === undefined ? [] : [{ step, result }]
  })
  const left = waiting.filter((_, position) => !released.some((done) => done.position === position))
  if ('blocked' in outcome.result) left.push(index)
  return { step: { op, result: outcome.result, completes }, waiting: left }
}
