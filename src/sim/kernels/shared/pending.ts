import { BLOCKED, refuse, type Completion, type Outcome, type Result } from '../../result.ts'
import type { PendingView } from '../../snapshot.ts'
import { outcomeOf } from './outcome.ts'
import { at, type MachineState } from './machine-state.ts'

export const PENDING_UNBIND = 1
export const PENDING_BIND = 2
export const PENDING_OVERRIDE = 3

const NAMES: readonly PendingView['call'][] = ['unbind', 'bind', 'driver_override', 'drivers_probe']

/** The name of a call in the queue. */
export function pendingName(call: number): PendingView['call'] {
  return NAMES[call - 1] ?? 'unbind'
}

/**
 * Puts a call at the end of the queue. A queue without room stands for the administrator's limit of processes: the call
 * needs one of its own to wait in, and is refused as fork would be.
 */
export function wait(state: MachineState, call: number, device: number, driver: number): Result {
  const place = state.pendingCall.indexOf(0)
  if (place < 0) return refuse('EAGAIN')
  state.pendingCall[place] = call
  state.pendingDevice[place] = device
  state.pendingDriver[place] = driver
  return BLOCKED
}

/** Whether the queue has room for another call. */
export function canWait(state: MachineState): boolean {
  return at(state.pendingCall, state.pendingCall.length - 1) === 0
}

/**
 * Lets calls that wait go on after an operation, oldest first. No late answer releases a call older than itself.
 *
 * @param result answer of the operation itself
 * @param go carries a call on: its late answer, or null if it still waits
 */
export function resume<S extends MachineState>(
  state: S,
  result: Result,
  go: (call: number, device: number, driver: number) => Result | null,
): Outcome {
  if (state.pendingCall[0] === 0 || state.dead[0] === 1) return outcomeOf(result)
  let completes: Completion[] | null = null
  for (let place = 0; place < state.pendingCall.length && state.dead[0] === 0; place++) {
    const call = at(state.pendingCall, place)
    if (call === 0) continue
    const late = go(call, at(state.pendingDevice, place), at(state.pendingDriver, place))
    if (late === null) continue
    completes ??= []
    completes.push({ position: place, result: late })
    state.pendingCall[place] = 0
  }
  if (completes === null) return outcomeOf(result)
  compact(state)
  return { result, completes }
}

/** Closes the gaps in the queue, and clears what is behind its end so that equal states have equal bytes. */
function compact(state: MachineState): void {
  let end = 0
  for (let place = 0; place < state.pendingCall.length; place++) {
    const call = at(state.pendingCall, place)
    const device = at(state.pendingDevice, place)
    const driver = at(state.pendingDriver, place)
    state.pendingCall[place] = 0
    state.pendingDevice[place] = 0
    state.pendingDriver[place] = 0
    if (call === 0) continue
    state.pendingCall[end] = call
    state.pendingDevice[end] = device
    state.pendingDriver[end] = driver
    end++
  }
}
