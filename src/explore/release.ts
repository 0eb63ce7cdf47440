/** Whether a call that waits can be let go by what users do: a small search of its own, with what it found kept. */
import type { State } from '../sim/state.ts'
import type { Call } from '../sim/world.ts'
import { columnHolding, Gate, type System } from './system.ts'

/** A state and the place in the queue of the call that is asked about. */
interface Node {
  readonly bytes: Uint8Array
  readonly position: number
}

export class Releaser {
  private readonly system: System
  private readonly calls: readonly Call[]
  /** States, with the place of the call, from which the call is known to return, or not to. */
  private readonly known = new Map<string, boolean>()
  private work: { state: State; gate: Gate } | null = null

  constructor(system: System) {
    this.system = system
    this.calls = system.releasing
  }

  /** Whether some row of users' operations lets the youngest of the calls that wait return. The state is not changed. */
  canRelease(state: State): boolean {
    const { kernel, world } = this.system
    const waiting = this.waitingIn(state)
    if (waiting === 0) return true
    const scratch = this.work?.state ?? kernel.create(world)
    const gate = this.work?.gate ?? new Gate(this.system, scratch, this.calls)
    this.work = { state: scratch, gate }

    const queue: Node[] = [{ bytes: state.bytes.slice(), position: waiting - 1 }]
    const parents: number[] = [-1]
    const seen = new Set([keyOf(queue[0])])
    for (let at = 0; at < queue.length; at++) {
      const node = queue[at]
      if (node === undefined) break
      const verdict = this.known.get(keyOf(node)) ?? null
      if (verdict === true) return this.remember(queue, parents, at)
      if (verdict === false) continue
      scratch.bytes.set(node.bytes)
      gate.look()
      for (let index = 0; index < this.calls.length; index++) {
        const call = this.calls[index]
        if (call === undefined || !gate.allows(index)) continue
        const { completes = [] } = kernel.apply(scratch, call)
        if (completes.some(({ position }) => position === node.position)) return this.remember(queue, parents, at)
        const earlier = completes.filter(({ position }) => position < node.position).length
        const next = { bytes: scratch.bytes.slice(), position: node.position - earlier }
        const key = keyOf(next)
        if (!seen.has(key)) {
          seen.add(key)
          queue.push(next)
          parents.push(at)
        }
        scratch.bytes.set(node.bytes)
      }
    }
    for (const key of seen) this.known.set(key, false)
    return false
  }

  private waitingIn(state: State): number {
    const queue = columnHolding(this.system.kernel, state, 'call')
    if (queue === undefined) return this.system.kernel.snapshot(state).pending.length
    const end = queue.indexOf(0)
    return end < 0 ? queue.length : end
  }

  /** From a state and all on the way to it the call returns. */
  private remember(queue: readonly Node[], parents: readonly number[], found: number): true {
    for (let at = found; at >= 0; at = parents[at] ?? -1) this.known.set(keyOf(queue[at]), true)
    return true
  }
}

/** One character for each byte, all different. */
const latin1 = new TextDecoder('latin1')

function keyOf(node: Node | undefined): string {
  return node === undefined ? '' : `${node.position} ${latin1.decode(node.bytes)}`
}
