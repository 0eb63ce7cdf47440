/**
 * What a search looks for: a condition (`src/scenario/condition/`), and whether a way to it is sought or a proof that
 * there is none.
 *
 *     bug                                a way to a BUG
 *     never (bug | shared)               a proof that neither can come about
 *     always viable@3                    a proof that the contrary cannot come about
 */
import type { Kernel } from '../sim/kernel.ts'
import { isOpKind, type OpKind } from '../sim/op.ts'
import type { Outcome, Result } from '../sim/result.ts'
import type { State } from '../sim/state.ts'
import type { Call } from '../sim/world.ts'
import { compileCondition } from '../scenario/condition/compile.ts'
import { atomsOf, parseCondition, type Formula } from '../scenario/condition/parse.ts'
import { View, type AnsweredCall } from '../scenario/condition/view.ts'
import { Releaser } from './release.ts'
import type { Named } from './symmetry.ts'
import { columnHolding, type Column, type System } from './system.ts'

/** `possible`: find a way to it; `never`: it should not come about; `always`: its contrary should not. */
export type Form = 'possible' | 'never' | 'always'

export interface Goal {
  readonly text: string
  readonly form: Form
  /** What the search looks for: under `always` already the contrary. */
  readonly formula: Formula
  /** Operations that the question names: they have to take part. */
  readonly kinds: readonly OpKind[]
}

export type GoalReading =
  { readonly ok: true; readonly goal: Goal } | { readonly ok: false; readonly column: number; readonly words: string }

/** A question to offer: `that` ends “Is it possible that …”. */
export interface Question {
  readonly id: string
  readonly goal: string
  /** In two or three words. */
  readonly title: string
  readonly that: string
}

/** Questions to offer, by what people ask. */
export const QUESTIONS: readonly Question[] = [
  { id: 'bug', goal: 'bug', title: 'BUG_ON', that: 'the kernel stops itself with a BUG_ON' },
  {
    id: 'device-fd',
    goal: 'device-fd',
    title: 'Device fd in hand',
    that: 'a process holds a file that drives a device: the shortest legal set-up',
  },
  {
    id: 'host-memory',
    goal: 'user-reaches-host',
    title: 'DMA into the host',
    that: 'a process drives a device whose DMA reaches memory of the host',
  },
  {
    id: 'shared',
    goal: 'shared',
    title: 'Group shared',
    that: 'two processes drive devices of one group',
  },
  {
    id: 'viable-not-isolated',
    goal: 'viable & !isolated',
    title: 'Viable, not isolated',
    that: 'the kernel calls a group viable that is not isolated',
  },
  {
    id: 'isolated-not-viable',
    goal: 'isolated & !viable',
    title: 'Isolated, not viable',
    that: 'a group is isolated and the kernel does not call it viable',
  },
  { id: 'blocked', goal: 'blocked', title: 'A call waits', that: 'a call does not return at once' },
  {
    id: 'stuck',
    goal: 'stuck',
    title: 'A call waits for ever',
    that: 'a call does not return, and nothing that users can do lets it',
  },
]

/** Reads a question; a fault comes with its column, from 1. Names of the machine are looked up by `compileGoal`. */
export function parseGoal(text: string): GoalReading {
  const [lead = '', word = 'possible'] = /^\s*(possible|never|always)(?![^\s(!])/.exec(text) ?? []
  const form: Form = word === 'never' || word === 'always' ? word : 'possible'
  const reading = parseCondition(text, { from: lead.length, negated: form === 'always' })
  if (!reading.ok) return reading
  const { formula } = reading
  const kinds = new Set(atomsOf(formula).flatMap(({ args }) => args.filter(isOpKind)))
  return { ok: true, goal: { text: text.trim(), form, formula, kinds: [...kinds] } }
}

/** A question ready to be asked of states, of one system. */
export interface Predicate {
  /** It needs the answer of the operation, so that it has to be asked at every transition and not only of new states. */
  readonly steps: boolean
  /** Things that it names. */
  readonly named: Named
  /**
   * Whether it holds.
   * @param state as the operation has left it
   * @param call null at the start of a search, where no operation has been
   */
  holds(state: State, call: Call | null, outcome: Outcome | null): boolean
}

/**
 * Makes a condition ready for a system.
 * @throws ConditionError if it names what the machine or the scenario has not
 */
export function compileGoal({ formula }: Pick<Goal, 'formula'>, system: System): Predicate {
  const { kernel, world } = system
  const { asksAnswer, devices, processes, holds, mayHold } = compileCondition(formula, world)
  const files = new DeviceFiles(kernel)
  const answered = new SearchedCall(new Releaser(system))
  return {
    steps: asksAnswer,
    named: { devices, processes },
    holds(state, call, outcome) {
      const about = call === null || outcome === null ? null : answered.set(state, call, outcome)
      const view = new View(world, () => kernel.snapshot(state))
      return mayHold(view, about, files.usersIn(state)) && holds(view, about)
    },
  }
}

const NO_COMPLETIONS: AnsweredCall['completes'] = []

/** The call at hand. One object for the whole search, so that a transition allocates none. */
class SearchedCall implements AnsweredCall {
  op: OpKind = 'exit'
  device = -1
  by = -1
  result: Result = { blocked: true }
  completes: AnsweredCall['completes'] = NO_COMPLETIONS
  readonly canReturn: () => boolean
  private state: State | null = null

  constructor(releaser: Releaser) {
    this.canReturn = () => this.state === null || releaser.canRelease(this.state)
  }

  set(state: State, { op, device, by }: Call, { result, completes }: Outcome): this {
    this.state = state
    this.op = op
    this.device = device
    this.by = by
    this.result = result
    this.completes = completes ?? NO_COMPLETIONS
    return this
  }
}

/**
 * How many processes have files of devices open, 2 for more: without one, much that is asked of a state is false, and a
 * glance at two columns tells.
 */
class DeviceFiles {
  private readonly kernel: Kernel
  /** By kind of file, whether it is one of a device. */
  private readonly isDevice: readonly boolean[]
  private state: State | null = null
  private kinds: Column | undefined
  private holders: Column | undefined

  constructor(kernel: Kernel) {
    this.kernel = kernel
    this.isDevice = [false, ...(kernel.shape?.objects ?? []).map((space) => space === 'device' || space === 'file')]
  }

  usersIn(state: State): number {
    if (state !== this.state) {
      this.state = state
      this.kinds = columnHolding(this.kernel, state, 'kind')
      this.holders = columnHolding(this.kernel, state, 'process')
    }
    const { kinds, holders } = this
    if (kinds === undefined || holders === undefined) return 2
    let first = -1
    for (let slot = 0; slot < kinds.length; slot++) {
      if (this.isDevice[kinds[slot] ?? 0] !== true) continue
      const holder = holders[slot] ?? 0
      if (first >= 0 && holder !== first) return 2
      first = holder
    }
    return first < 0 ? 0 : 1
  }
}
