/** A scenario made ready for a search: a start, and the operations that lead from state to state. */
import type { Kernel } from '../sim/kernel.ts'
import { isAdmin, keysOf, type Op } from '../sim/op.ts'
import { replay } from '../sim/replay.ts'
import { LiveRun } from '../sim/run.ts'
import type { State } from '../sim/state.ts'
import {
  compileOp,
  compileWorld,
  demandOf,
  MOST_NAMES,
  MOST_RANGES,
  type Call,
  type Setup,
  type World,
} from '../sim/world.ts'
import { alphabetOf, type Alphabet, type AlphabetOptions } from './alphabet.ts'

export interface System {
  readonly kernel: Kernel
  readonly setup: Setup
  readonly world: World
  /** Operations done before the search. */
  readonly before: readonly Op[]
  readonly alphabet: Alphabet
  /** What can be done in the search, as operations and compiled, in the same order. */
  readonly ops: readonly Op[]
  readonly calls: readonly Call[]
  /** All that users could do, whether or not they act in the search. */
  readonly releasing: readonly Call[]
  /** Where the search starts. Not to be changed. */
  readonly start: State
}

/**
 * Compiles a system.
 * @param before operations that lead from boot to the start
 * @param about operations from which the search takes its defaults
 * @throws Error if an option names what the machine or the scenario has not
 */
export function systemOf(
  kernel: Kernel,
  setup: Setup,
  before: readonly Op[],
  options: AlphabetOptions = {},
  about: readonly Op[] = before,
): System {
  const run = replay(kernel, setup, before)
  const alphabet = alphabetOf(kernel, setup, run, options, about)
  const { without: _, ...rest } = options
  const users = alphabetOf(kernel, setup, run, { ...rest, actors: ['user'] }, about)
  const all = [...before, ...alphabet.ops, ...users.ops]
  const { slots, ranges } = demandOf(all, MOST_RANGES)
  if (ranges > MOST_RANGES) throw new Error(`more than ${MOST_RANGES} ranges that operations can map or leave`)
  if (slots > MOST_NAMES) throw new Error(`more than ${MOST_NAMES} names for what operations open or make`)
  const world = compileWorld(setup, all)
  const live = LiveRun.boot(kernel, world)
  for (const op of before) live.step(op)
  const start = live.state
  const calls = compiled(world, alphabet.ops)
  const releasing = compiled(world, users.ops)
  return { kernel, setup, world, before, alphabet, ops: alphabet.ops, calls, releasing, start }
}

function compiled(world: World, ops: readonly Op[]): Call[] {
  return ops.map((op) => {
    const call = compileOp(world, op)
    // The world was compiled for these very operations.
    if (call === null) throw new Error(`no room for ${JSON.stringify(op)}`)
    return call
  })
}

/** A column of a state by its name. */
export type Column = Uint8Array<ArrayBuffer> | Uint16Array<ArrayBuffer>

/** Finds a column of a state by its name; undefined if this kernel has none. */
export function columnOf(state: State, name: string): Column | undefined {
  const fields: Readonly<Record<string, unknown>> = { ...state }
  const column = fields[name]
  if (column instanceof Uint8Array || column instanceof Uint16Array) {
    return column.buffer === state.bytes.buffer && isOverBuffer(column) ? column : undefined
  }
  return undefined
}

function isOverBuffer(column: Uint8Array | Uint16Array): column is Column {
  return column.buffer instanceof ArrayBuffer
}

/** Finds the column of files' kinds, of who has them, or of waiting calls, where the kernel says which that is. */
export function columnHolding(kernel: Kernel, state: State, holds: 'kind' | 'call' | 'process'): Column | undefined {
  if (kernel.shape === undefined) return undefined
  const name = Object.entries(kernel.shape.columns).find(
    ([, shape]) => shape.holds === holds && (holds !== 'process' || shape.by.join() === 'slot'),
  )?.[0]
  return name === undefined ? undefined : columnOf(state, name)
}

/**
 * Decides which operations are worth trying in a state. Left out are those on a name that is not open and those that
 * would open a name which is open, those that name an object of another iommufd (all are what a program that keeps count
 * of its files never asks), all of the
 * administrator's while as many calls wait as the options allow, and the end of a process that has nothing open.
 */
export class Gate {
  private readonly state: State
  private readonly kernel: Kernel
  private readonly kinds: Column | undefined
  private readonly queue: Column | undefined
  private readonly rules: readonly Rule[]
  private readonly waiting: number
  private readonly open: Uint8Array
  private readonly foreign: Uint8Array
  private adminMay = true

  /**
   * @param state the one record that the search works on
   * @param calls what to decide about
   */
  constructor(system: System, state: State, calls: readonly Call[] = system.calls) {
    const { kernel, world, alphabet } = system
    this.kernel = kernel
    this.state = state
    this.kinds = columnHolding(kernel, state, 'kind')
    this.queue = columnHolding(kernel, state, 'call')
    this.waiting = alphabet.choices.waiting
    this.open = new Uint8Array(world.capacity.slots)
    this.rules = calls.map((call) => {
      const names = Object.values(alphabet.names[call.by] ?? {}).flat()
      return {
        open: [call.fd, call.other, call.third].filter((slot) => slot >= 0),
        closed: call.as,
        any: call.op === 'exit' ? names.map((name) => world.slotIndex.get(name) ?? -1) : null,
        admin: isAdmin(call.op),
        fd: call.fd,
        named: keysOf(call.op).some(([key]) => key === 'ioas' || key === 'hwpt')
          ? [call.other, call.third].filter((slot) => slot >= 0)
          : [],
      }
    })
    this.foreign = new Uint8Array(calls.length)
  }

  /** Takes in the state as it is now; `allows` then answers for it, even after it has changed. */
  look(): void {
    const { open, kinds, queue } = this
    let waits = 0
    if (kinds === undefined || queue === undefined) {
      const snapshot = this.kernel.snapshot(this.state)
      open.fill(0)
      for (const fd of snapshot.fds) open[fd.slot] = 1
      waits = snapshot.pending.length
    } else {
      for (let slot = 0; slot < open.length; slot++) open[slot] = kinds[slot] === 0 ? 0 : 1
      while (waits < queue.length && queue[waits] !== 0) waits++
    }
    this.adminMay = waits < this.waiting
    const { shape } = this.kernel
    if (shape?.isForeign === undefined) return
    for (let index = 0; index < this.rules.length; index++) {
      const rule = this.rules[index]
      if (rule === undefined) continue
      let isForeign = false
      for (const slot of rule.named) isForeign ||= shape.isForeign(this.state, rule.fd, slot)
      this.foreign[index] = isForeign ? 1 : 0
    }
  }

  /** Whether the call of an index is worth trying. */
  allows(index: number): boolean {
    const rule = this.rules[index]
    if (rule === undefined) return false
    const { open } = this
    if (rule.admin) return this.adminMay
    if (rule.closed >= 0 && open[rule.closed] === 1) return false
    for (let place = 0; place < rule.open.length; place++) if (open[rule.open[place] ?? 0] === 0) return false
    if (this.foreign[index] === 1) return false
    return rule.any === null || rule.any.some((slot) => open[slot] === 1)
  }
}

interface Rule {
  /** Slots that must be open. */
  readonly open: readonly number[]
  /** Slot that must not be open; -1: none. */
  readonly closed: number
  /** Slots of which one must be open; null: no matter. */
  readonly any: readonly number[] | null
  readonly admin: boolean
  /** Slot of the file that is called, and of the objects of an iommufd that it is told of by their numbers. */
  readonly fd: number
  readonly named: readonly number[]
}
