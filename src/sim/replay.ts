import type { Kernel } from './kernel.ts'
import type { Op } from './op.ts'
import { LiveRun, type Step, type StepCompletion } from './run.ts'
import type { Snapshot } from './snapshot.ts'
import type { State } from './state.ts'
import { Recorder, type TraceEvent } from './trace.ts'
import { compileWorld, extendWorld, worldFor, type Call, type Setup, type World } from './world.ts'

export type { Step, StepCompletion }

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
  /** The run's world, with the names and ranges that the operations bring. */
  readonly world: World
  /** One for each operation, with what the kernel checked and changed in it. */
  readonly steps: readonly Step[]
  readonly events: readonly (readonly TraceEvent[])[]
  readonly snapshot: Snapshot
}

const CHECKPOINT_EVERY = 64
/** The longest scenario keeps no more than this in checkpoints, so that a hostile one cannot fill the memory. */
const CHECKPOINT_BYTES = 2 ** 26
const LONGEST_SCENARIO = 20_000

/**
 * Replays operations from boot. Given the previous run of the same setup and kernel, the common beginning is not
 * replayed again. Deterministic: the same input gives the same steps and states, also where a run goes on.
 */
export function replay(kernel: Kernel, setup: Setup, ops: readonly Op[], previous?: Run): Run {
  if (previous instanceof Replay && previous.kernel === kernel && previous.world.setup === setup) {
    const continued = previous.continue(ops)
    if (continued !== null) return continued
  }
  return Replay.boot(kernel, compileWorld(setup, ops), ops)
}

class Replay implements Run {
  readonly kernel: Kernel
  readonly world: World
  readonly steps: Step[] = []
  private readonly live: LiveRun
  private readonly calls: Call[] = []
  /** Steps between two checkpoints. */
  private readonly every: number
  /** State after k × `every` steps. */
  private readonly checkpoints: Uint8Array[] = []
  private scratch: { count: number; state: State } | null = null

  private constructor(live: LiveRun) {
    this.kernel = live.kernel
    this.world = live.world
    this.live = live
    const bytes = live.state.bytes.length
    this.every = Math.max(CHECKPOINT_EVERY, Math.ceil((bytes * LONGEST_SCENARIO) / CHECKPOINT_BYTES))
  }

  static boot(kernel: Kernel, world: World, ops: readonly Op[]): Replay {
    const run = new Replay(LiveRun.boot(kernel, world))
    run.checkpoints.push(run.live.state.bytes.slice())
    run.push(ops)
    return run
  }

  /** Does operations that the world was compiled for. */
  private push(ops: readonly Op[]): void {
    for (const op of ops) {
      const done = this.live.step(op)
      if (done === null) throw new Error(`the world was not compiled for ${op.op}`)
      this.calls.push(done.call)
      this.steps.push(done.step)
      if (this.steps.length % this.every === 0) this.checkpoints.push(this.live.state.bytes.slice())
    }
  }

  /** The run of other operations that begin as these do; null if this run's state has no room for them. */
  continue(ops: readonly Op[]): Replay | null {
    let common = 0
    while (common < ops.length && common < this.steps.length && ops[common] === this.steps[common]?.op) common++
    const world = common === this.steps.length ? extendWorld(this.world, ops.slice(common)) : worldFor(this.world, ops)
    if (world === null) return null
    const steps = this.steps.slice(0, common)
    const next = new Replay(LiveRun.after(this.kernel, world, this.bytesAt(common), steps))
    next.checkpoints.push(...this.checkpoints.slice(0, Math.floor(common / this.every) + 1))
    next.steps.push(...steps)
    next.calls.push(...this.calls.slice(0, common))
    next.push(ops.slice(common))
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
    if (call === undefined) return []
    const recorder = new Recorder()
    this.kernel.apply(this.stateAt(index), call, recorder)
    return recorder.events
  }

  dryRun(count: number, ops: readonly Op[]): DryRun {
    const world = extendWorld(this.world, ops)
    const before = this.steps.slice(0, count)
    if (world === null) {
      // The operations bring something for which this layout has no room: the beginning is replayed in another one.
      const run = replay(this.kernel, this.world.setup, [...before.map((step) => step.op), ...ops])
      return {
        world: run.world,
        steps: run.steps.slice(count),
        events: ops.map((_, index) => run.traceOf(count + index)),
        snapshot: run.snapshotAt(count + ops.length),
      }
    }
    const live = LiveRun.after(this.kernel, world, this.bytesAt(count), before)
    const events: (readonly TraceEvent[])[] = []
    const steps = ops.flatMap((op) => {
      const recorder = new Recorder()
      const done = live.step(op, recorder)
      events.push(recorder.events)
      return done === null ? [] : [done.step]
    })
    return { world: live.world, steps, events, snapshot: this.kernel.snapshot(live.state) }
  }

  private bytesAt(count: number): Uint8Array {
    if (count >= this.steps.length) return this.live.state.bytes
    const known = this.scratch
    if (known !== null && known.count === count) return known.state.bytes
    const base = Math.floor(count / this.every)
    const state = this.kernel.create(this.world)
    const checkpoint = this.checkpoints[base]
    if (checkpoint !== undefined) state.bytes.set(checkpoint)
    for (let index = base * this.every; index < count; index++) {
      const call = this.calls[index]
      if (call !== undefined) this.kernel.apply(state, call)
    }
    this.scratch = { count, state }
    return state.bytes
  }
}
