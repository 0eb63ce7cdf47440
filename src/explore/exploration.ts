/** A question about a scenario, from the asking to the answer: what the page, its worker and the command line share. */
import { ConditionError } from '../scenario/condition/parse.ts'
import { machineOf, setupOf, type Scenario } from '../scenario/document/scenario.ts'
import { kernelById } from '../sim/kernels/registry.ts'
import type { Op } from '../sim/op.ts'
import type { Result } from '../sim/result.ts'
import type { Alphabet, AlphabetOptions } from './alphabet.ts'
import { compileGoal, parseGoal, type Form, type Goal } from './goals.ts'
import { Search, type Counts, type LimitKind, type Limits } from './search.ts'
import type { Interchangeable } from './symmetry.ts'
import { systemOf, type System } from './system.ts'

/** Plain data: it goes to a worker as it is. */
export interface ExploreRequest {
  readonly scenario: Scenario
  /** `here`: the search starts after the operations before the cursor; `boot`: the machine is freshly booted. */
  readonly from: 'here' | 'boot'
  /** As `parseGoal` reads it. */
  readonly goal: string
  readonly options?: AlphabetOptions
  readonly limits?: Partial<Limits>
  /** Count equal states once. Default true. */
  readonly reduce?: boolean
}

/** What a search took for granted: an answer holds for this and nothing else. */
export interface Assumptions extends Omit<Alphabet['choices'], 'names'> {
  /** How many operations there were to choose from. */
  readonly operations: number
  /** Names that processes could open, by process; null: it does not act. */
  readonly names: Alphabet['names']
  /** What counted as the same; null: nothing did. */
  readonly interchangeable: Interchangeable | null
}

export interface ExploreProgress extends Counts {
  readonly seconds: number
  /** Operations tried in a second, on average. */
  readonly rate: number
}

export interface ExploreResult extends ExploreProgress {
  /** `limit`: stopped before everything was examined; nothing is proved. */
  readonly verdict: 'reached' | 'impossible' | 'limit'
  readonly limit: LimitKind | null
  readonly goal: string
  readonly form: Form
  /** Whether what was asked is so: `possible` and reached, `never` or `always` and impossible; null: not known. */
  readonly holds: boolean | null
  /** Operations to add to those before the start; the shortest there are. Null unless reached. */
  readonly path: readonly Op[] | null
  /** The operations before the start. */
  readonly before: readonly Op[]
  readonly assumed: Assumptions
}

/** One thing that can happen next. */
export interface Next {
  readonly op: Op
  readonly result: Result
  readonly changes: boolean
}

export interface GraphNode {
  readonly id: number
  readonly depth: number
  /** A shortest way to it from the start of the search. */
  readonly path: readonly Op[]
  /** Nothing that can be done changes anything any more. */
  readonly end: boolean
  /** Something leads from it to states that were not found: the search ended before. */
  readonly open: boolean
}

export interface GraphEdge {
  readonly from: number
  readonly to: number
  readonly op: Op
  readonly result: Result
}

export interface StateGraph {
  readonly nodes: readonly GraphNode[]
  readonly edges: readonly GraphEdge[]
}

/** A question that cannot be asked: a fault in its words (with the column, from 1) or in what it names. */
export class ExploreError extends Error {
  readonly column: number | null
  constructor(words: string, column: number | null = null) {
    super(words)
    this.column = column
  }
}

/** A search under way. */
export class Exploration {
  readonly goal: Goal
  readonly system: System
  private readonly search: Search
  private readonly reduce: boolean
  private readonly now: () => number
  private elapsed = 0

  /**
   * @param now a clock in milliseconds
   * @throws ExploreError
   */
  constructor(request: ExploreRequest, now: () => number) {
    const reading = parseGoal(request.goal)
    if (!reading.ok) throw new ExploreError(reading.words, reading.column)
    this.goal = reading.goal
    this.now = now
    this.reduce = request.reduce ?? true
    try {
      this.system = systemFor(request, reading.goal)
      const goal = compileGoal(reading.goal, this.system)
      this.search = new Search(this.system, goal, { reduce: this.reduce, limits: request.limits ?? {} })
    } catch (error) {
      if (error instanceof ConditionError) throw new ExploreError(error.message, error.column)
      throw error instanceof Error ? new ExploreError(error.message) : error
    }
  }

  get running(): boolean {
    return this.search.phase.kind === 'running'
  }

  /** Goes on for about so many operations. */
  advance(transitions: number): void {
    const began = this.now()
    this.search.advance(transitions)
    this.elapsed += this.now() - began
  }

  /** Goes on for about so many milliseconds, or to the end. */
  advanceFor(milliseconds: number): void {
    const until = this.now() + milliseconds
    do this.advance(SLICE)
    while (this.running && this.now() < until)
  }

  /** Allows more than before; a search that stopped at a limit can go on then. */
  allow(limits: Partial<Limits>): void {
    this.search.allow(limits)
  }

  progress(): ExploreProgress {
    const { counts } = this.search
    const seconds = this.elapsed / 1000
    return { ...counts, seconds, rate: seconds > 0 ? counts.transitions / seconds : 0 }
  }

  /** The answer; null while the search is running. */
  result(): ExploreResult | null {
    const { phase } = this.search
    if (phase.kind === 'running') return null
    const { goal, system, search } = this
    const { alphabet } = system
    const sought = goal.form === 'possible' ? 'reached' : 'impossible'
    return {
      ...this.progress(),
      verdict: phase.kind,
      limit: phase.kind === 'limit' ? phase.limit : null,
      goal: goal.text,
      form: goal.form,
      holds: phase.kind === 'limit' ? null : phase.kind === sought,
      path: search.path(),
      before: system.before,
      assumed: {
        ...alphabet.choices,
        operations: alphabet.ops.length,
        names: alphabet.names,
        interchangeable: this.reduce ? (search.reduction?.interchangeable ?? null) : null,
      },
    }
  }

  /** All states found so far and what leads from one to the other; null if there are more than `most` states. */
  graph(most: number): StateGraph | null {
    const { states } = this.search.counts
    if (states > most) return null
    const nodes: GraphNode[] = []
    const edges: GraphEdge[] = []
    for (let id = 0; id < states; id++) {
      const next = this.search.successors(id).filter((each) => each.changes)
      const isEnd = next.length === 0
      const leadsOut = next.some(({ to }) => to < 0)
      nodes.push({ id, depth: this.search.depthOf(id), path: this.search.pathTo(id), end: isEnd, open: leadsOut })
      for (const { op, outcome, to } of next) if (to >= 0) edges.push({ from: id, to, op, result: outcome.result })
    }
    return { nodes, edges }
  }
}

/** Operations between two looks at the clock: some milliseconds. */
const SLICE = 4000

/**
 * Everything that can happen at the start of a search, with what comes of it.
 * @throws ExploreError
 */
export function successorsOf(request: Omit<ExploreRequest, 'goal' | 'limits' | 'reduce'>): Next[] {
  const search = new Search(systemFor(request, null), null, { reduce: false })
  return search.successors(0).map(({ op, outcome, changes }) => ({ op, result: outcome.result, changes }))
}

function systemFor(
  { scenario, from, options = {} }: Pick<ExploreRequest, 'scenario' | 'from' | 'options'>,
  goal: Goal | null,
): System {
  const kernel = kernelById(scenario.kernel)
  const machine = machineOf(scenario)
  if (kernel === undefined) throw new ExploreError(`kernel ${scenario.kernel} is not simulated`)
  if (machine === undefined) throw new ExploreError('the machine of the scenario does not ship with this release')
  const before = from === 'boot' ? [] : scenario.ops.slice(0, scenario.cursor)
  const named = { ...options, with: [...(options.with ?? []), ...(goal?.kinds ?? [])] }
  return systemOf(kernel, setupOf(scenario, machine), before, named, scenario.ops)
}
