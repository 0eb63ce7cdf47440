import type { KernelId } from './kernels/list.ts'
import type { OpKind } from './op.ts'
import type { Outcome } from './result.ts'
import type { Shape } from './shape.ts'
import type { Snapshot } from './snapshot.ts'
import type { State } from './state.ts'
import type { Trace } from './trace.ts'
import type { Call, World } from './world.ts'

export type { KernelId }

/**
 * A simulated kernel. The methods are written as methods so that kernels with columns of their own still fit the
 * registry's common type; a state must only be given to the kernel that made it.
 */
export interface Kernel<S extends State = State> {
  readonly id: KernelId
  /** What userspace and the administrator can ask of this kernel; anything else is answered `ENOTTY`. */
  readonly abi: readonly OpKind[]
  /** A state of zeros with this kernel's columns; fill `bytes` from another state of the same world to copy it. */
  create(world: World): S
  /** What those columns are about; absent: nobody may swap anything in a state. */
  readonly shape?: Shape<S>
  /** Brings a state of zeros to the freshly booted machine. */
  boot(state: S): void
  /**
   * Carries out one operation, changing `state`. Never throws, whatever the order of operations. Kinds outside `abi` are
   * answered `ENOTTY` and change nothing. Once a BUG was hit every operation is answered with that BUG: the machine is frozen.
   */
  apply(state: S, call: Call, trace?: Trace): Outcome
  /** What can be seen of a state: by the canvas, the inspector, the recordings' observations and the isolation judge. */
  snapshot(state: S): Snapshot
}
