/** Breadth first through all states of a system: the first way found to a goal is a shortest one. */
import type { Op } from '../sim/op.ts'
import type { Outcome } from '../sim/result.ts'
import type { State } from '../sim/state.ts'
import type { Call } from '../sim/world.ts'
import type { Predicate } from './goals.ts'
import { Bytes, FULL, MOST_STATES, Store } from './store.ts'
import { NOTHING_NAMED, Reduction } from './symmetry.ts'
import { Gate, type System } from './system.ts'

export interface Limits {
  /** Most states to keep. */
  readonly states: number
  /** Most bytes to keep them in. */
  readonly memory: number
  /** Most operations from the start. */
  readonly depth: number
}

export const DEFAULT_LIMITS: Limits = { states: MOST_STATES, memory: 2 ** 30, depth: Infinity }

export type LimitKind = keyof Limits

/**
 * `running`: not done; `reached`: the goal holds somewhere; `impossible`: every state that can come about was examined,
 * and it holds in none; `limit`: stopped before all was examined, so nothing is proved.
 */
export type Phase =
  | { readonly kind: 'running' }
  | { readonly kind: 'reached' }
  | { readonly kind: 'impossible' }
  | { readonly kind: 'limit'; readonly limit: LimitKind }

const RUNNING: Phase = { kind: 'running' }

export interface Counts {
  /** Different states found. */
  readonly states: number
  /** Operations tried. */
  readonly transitions: number
  /** Operations from the start to the states that are being examined. */
  readonly depth: number
  /** States found and not examined yet. */
  readonly frontier: number
  /** Bytes in which the states are kept. */
  readonly memory: number
}

/** One thing that can happen in a state. */
export interface Successor {
  readonly op: Op
  readonly outcome: Outcome
  readonly changes: boolean
  /** Number of the state that it leads to; -1: not found yet. */
  readonly to: number
}

export class Search {
  phase: Phase = RUNNING
  readonly reduction: Reduction | null
  private readonly system: System
  private readonly goal: Predicate | null
  private limits: Limits
  private readonly state: State
  private readonly bytes: Bytes
  private readonly parent: Bytes
  private readonly gate: Gate
  private readonly store: Store
  private transitions = 0
  private depth = 0
  /** The state that is examined, the next of its operations, and the first state of the next level. */
  private at = 0
  private nextCall = 0
  private levelEnd = 1
  /** The way to the goal ends with this operation on that state; -1: with no operation. */
  private found: { readonly id: number; readonly call: number } | null = null

  /**
   * @param goal null: examine everything
   * @param reduce whether to count equal states once, where the kernel allows it
   */
  constructor(system: System, goal: Predicate | null, options: { reduce?: boolean; limits?: Partial<Limits> } = {}) {
    const { kernel, world, start } = system
    this.system = system
    this.goal = goal
    this.limits = { ...DEFAULT_LIMITS, ...options.limits }
    this.state = kernel.create(world)
    this.bytes = new Bytes(this.state.bytes)
    this.parent = new Bytes(new Uint8Array(start.bytes.length))
    this.gate = new Gate(system, this.state)
    this.reduction = Reduction.of(system, this.state, goal?.named ?? NOTHING_NAMED, options.reduce ?? true)
    this.state.bytes.set(start.bytes)
    this.reduction?.canonicalise()
    this.store = new Store(this.bytes, this.limits.memory)
    if (goal?.holds(this.state, null, null) === true) {
      this.found = { id: 0, call: -1 }
      this.phase = { kind: 'reached' }
    }
    this.load(0)
  }

  get counts(): Counts {
    return {
      states: this.store.size,
      transitions: this.transitions,
      depth: this.depth,
      frontier: Math.max(0, this.store.size - this.at),
      memory: this.store.memory,
    }
  }

  /** Allows more (or less) than before. A search that stopped at a limit goes on with the next `advance`. */
  allow(limits: Partial<Limits>): void {
    this.limits = { ...this.limits, ...limits }
    this.store.maxMemory = this.limits.memory
    if (this.phase.kind === 'limit') this.phase = RUNNING
  }

  /** Examines states until about so many operations have been tried or the search has come to an end. */
  advance(transitions: number): Phase {
    const until = this.transitions + transitions
    while (this.phase.kind === 'running' && this.transitions < until) this.examine()
    return this.phase
  }

  /** Searches to the end. */
  run(): Phase {
    return this.advance(Infinity)
  }

  private load(id: number): void {
    this.store.read(id, this.parent.bytes)
    this.store.from(id)
    this.state.bytes.set(this.parent.bytes)
  }

  /** Tries every operation on one state. */
  private examine(): void {
    const { store, state, bytes, parent, gate, system, goal, reduction } = this
    if (this.at >= store.size) {
      this.phase = { kind: 'impossible' }
      return
    }
    if (this.at >= this.levelEnd) {
      this.depth++
      this.levelEnd = store.size
    }
    if (this.depth >= this.limits.depth) {
      this.phase = { kind: 'limit', limit: 'depth' }
      return
    }
    this.load(this.at)
    gate.look()
    const { calls, kernel } = system
    for (let index = this.nextCall; index < calls.length; index++) {
      const call = calls[index]
      if (call === undefined || !gate.allows(index)) continue
      const outcome = kernel.apply(state, call)
      const changed = bytes.differsFrom(parent)
      // A machine that has stopped does nothing more.
      if (!changed && 'bug' in outcome.result) break
      this.transitions++
      if (goal?.steps === true && goal.holds(state, call, outcome)) return this.reach(this.at, index)
      if (!changed) continue
      reduction?.canonicalise()
      const before = store.size
      if (before >= this.limits.states && store.find(bytes, parent) < 0) return this.stop('states', index)
      const id = store.insert(bytes, parent, this.at, index)
      if (id === FULL) return this.stop(store.size >= MOST_STATES ? 'states' : 'memory', index)
      if (id === before && goal?.steps === false && goal.holds(state, call, outcome)) return this.reach(this.at, index)
      state.bytes.set(parent.bytes)
    }
    this.nextCall = 0
    this.at++
  }

  private reach(id: number, call: number): void {
    this.found = { id, call }
    this.phase = { kind: 'reached' }
  }

  /** Stops before an operation, which is the first to be tried when the search goes on. */
  private stop(limit: LimitKind, call: number): void {
    this.transitions--
    this.nextCall = call
    this.phase = { kind: 'limit', limit }
  }

  /** The shortest way to the goal, from the start of the search; null as long as none is found. */
  path(): Op[] | null {
    const { found } = this
    if (found === null) return null
    return found.call < 0 ? [] : this.wayTo(found.id, found.call)
  }

  /** A shortest way to a state, by its number (in the order in which they were found). */
  pathTo(id: number): Op[] {
    return this.wayTo(id, -1)
  }

  /** What each operation that is worth trying comes to in a state, by the state's number. */
  successors(id: number): Successor[] {
    const { system, state, bytes, parent, gate, store } = this
    this.load(id)
    gate.look()
    const found = system.calls.flatMap((call, index): Successor[] => {
      const op = system.ops[index]
      if (op === undefined || !gate.allows(index)) return []
      const outcome = system.kernel.apply(state, call)
      const changes = bytes.differsFrom(parent)
      if (changes) this.reduction?.canonicalise()
      const to = changes ? store.find(bytes, parent) : id
      state.bytes.set(parent.bytes)
      return [{ op, outcome, changes, to }]
    })
    this.load(Math.min(this.at, store.size - 1))
    return found
  }

  /** Operations from the start to a state, by its number. */
  depthOf(id: number): number {
    let depth = 0
    for (let each = id; each !== 0; each = this.store.parentOf(each)) depth++
    return depth
  }

  /**
   * Follows a chain of states from the start. States are kept in canonical form, so at each step an operation is looked
   * for that leads from the state that is really there to one of which the next in the chain is the canonical form.
   */
  private wayTo(id: number, last: number): Op[] {
    const { store, system, state, goal } = this
    const chain: number[] = []
    for (let each = id; each !== 0; each = store.parentOf(each)) chain.unshift(each)
    const ops: Op[] = []
    const real = system.start.bytes.slice()
    const wanted = new Bytes(new Uint8Array(real.length))
    for (const each of chain) {
      store.read(each, wanted.bytes)
      const preferred = store.originOf(each)
      ops.push(this.follow(real, preferred, () => this.isForm(wanted)))
    }
    if (last >= 0) {
      const matches = (call: Call, outcome: Outcome): boolean => goal?.holds(state, call, outcome) === true
      ops.push(this.follow(real, last, matches))
    }
    this.load(Math.min(this.at, store.size - 1))
    return ops
  }

  /** Takes the first operation, the preferred one before the others, after which the state is as it should be. */
  private follow(real: Uint8Array, preferred: number, isRight: (call: Call, outcome: Outcome) => boolean): Op {
    const { system, state, gate } = this
    const order = [preferred, ...system.calls.keys()]
    for (const index of order) {
      const call = system.calls[index]
      const op = system.ops[index]
      state.bytes.set(real)
      gate.look()
      if (call === undefined || op === undefined || !gate.allows(index)) continue
      const outcome = system.kernel.apply(state, call)
      const after = state.bytes.slice()
      if (!isRight(call, outcome)) continue
      real.set(after)
      return op
    }
    throw new Error('a state of the search cannot be reached again: what it takes for equal is not')
  }

  /** Whether the state at hand has this canonical form. Changes it. */
  private isForm(wanted: Bytes): boolean {
    this.reduction?.canonicalise()
    return !this.bytes.differsFrom(wanted)
  }
}
