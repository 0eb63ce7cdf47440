import type { Kernel } from './kernel.ts'
import type { Op } from './op.ts'
import type { Result } from './result.ts'
import type { State } from './state.ts'
import type { Trace } from './trace.ts'
import { compileOp, type Call, type World } from './world.ts'

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

/** A simulated machine that runs: its state, and which steps made the calls that wait. */
export class LiveRun {
  readonly kernel: Kernel
  readonly world: World
  readonly state: State
  /** Steps done since boot. */
  private count = 0
  /** Steps whose calls wait, oldest first. */
  private waiting: readonly number[] = []

  private constructor(kernel: Kernel, world: World) {
    this.kernel = kernel
    this.world = world
    this.state = kernel.create(world)
  }

  /** A freshly booted machine. */
  static boot(kernel: Kernel, world: World): LiveRun {
    const run = new LiveRun(kernel, world)
    kernel.boot(run.state)
    return run
  }

  /**
   * A machine as it was in another run of the same kernel.
   * @param world that run's, or one that has its names and ranges at the same places and the same capacity
   * @param bytes of the state after `steps`
   */
  static after(kernel: Kernel, world: World, bytes: Uint8Array, steps: readonly Step[]): LiveRun {
    const run = new LiveRun(kernel, world)
    run.state.bytes.set(bytes)
    run.count = steps.length
    run.waiting = waitingAfter(steps)
    return run
  }

  /** Compiles and does an operation; null if the world was not compiled for it, and then nothing has changed. */
  step(op: Op, trace?: Trace): { readonly step: Step; readonly call: Call } | null {
    const call = compileOp(this.world, op)
    return call === null ? null : { step: this.apply(op, call, trace), call }
  }

  private apply(op: Op, call: Call, trace?: Trace): Step {
    const { result, completes: released = [] } = this.kernel.apply(this.state, call, trace)
    const completes = released.flatMap((done) => {
      const step = this.waiting[done.position]
      return step === undefined ? [] : [{ step, result: done.result }]
    })
    if (released.length > 0) {
      this.waiting = this.waiting.filter((_, position) => !released.some((done) => done.position === position))
    }
    if ('blocked' in result) this.waiting = [...this.waiting, this.count]
    this.count++
    return { op, result, completes }
  }
}

/** Steps whose calls still wait after a list of steps, oldest first. */
function waitingAfter(steps: readonly Step[]): number[] {
  const waiting = new Set<number>()
  steps.forEach((step, index) => {
    for (const { step: done } of step.completes) waiting.delete(done)
    if ('blocked' in step.result) waiting.add(index)
  })
  return [...waiting]
}
