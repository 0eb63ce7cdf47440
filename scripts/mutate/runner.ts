/**
 * Runs in the test process in place of Vitest's own runner: takes the collected tests, finds out which mutants each of
 * them comes by, and tries one mutant after the other with the tests that can notice it, the quickest first.
 */
import { performance } from 'node:perf_hooks'
import fc from 'fast-check'
import * as v from 'valibot'
import { TestRunner, type RunnerTestCase, type RunnerTestFile, type RunnerTestSuite } from 'vitest'
import { planSchema, writeNote, type Note, type Plan } from './plan.ts'

/** A test that takes more processor time than this, and than ten times what it takes without a mutant, is ended. */
const LEAST_LIMIT = 5000

/** Milliseconds that this process has computed: unlike a clock, it does not go on while a busy machine lets it wait. */
function processorTime(): number {
  const { user, system } = process.cpuUsage()
  return (user + system) / 1000
}

const mutation = {
  active: -1,
  seen: new Uint8Array(),
  rounds: 0,
  deadline: Infinity,
  /** Whether the mutant is on; called wherever one is built in. */
  is(id: number): boolean {
    this.seen[id] = 1
    return this.active === id
  },
  /** Called in each round of each loop. */
  round(): void {
    if ((++this.rounds & 1023) === 0 && processorTime() > this.deadline) throw new Error('the loop does not end')
  },
}

/**
 * Ends a test once this process has had nothing to do for five seconds: it waits for a promise that never settles.
 * A process that a busy machine keeps from computing is not idle: its event loop stands in a callback meanwhile.
 */
async function unlessIdle(test: () => unknown): Promise<void> {
  let timer: NodeJS.Timeout | undefined
  const idle = new Promise<never>((_, reject) => {
    let before = performance.eventLoopUtilization()
    timer = setInterval(() => {
      const { utilization, idle: waited } = performance.eventLoopUtilization(before)
      if (utilization < 0.02 && waited > 4500) reject(new Error('the test does not end'))
      before = performance.eventLoopUtilization()
    }, 5000)
  })
  try {
    await Promise.race([test(), idle])
  } finally {
    clearInterval(timer)
  }
}

interface Known {
  readonly test: RunnerTestCase
  readonly milliseconds: number
  /** Mutants that it comes by when nothing is cached, and when it runs again. */
  readonly first: ReadonlySet<number>
  readonly again: ReadonlySet<number>
}

export default class MutationRunner extends TestRunner {
  private readonly plan: Plan
  constructor(...config: ConstructorParameters<typeof TestRunner>) {
    super(...config)
    const plan = v.parse(planSchema, this.injectValue('mutationPlan'))
    this.plan = plan
    mutation.seen = new Uint8Array(plan.count)
    mutation.active = plan.active
    if (plan.active >= 0) mutation.deadline = processorTime() + 30_000
    Object.assign(globalThis, { __mutation: mutation })
    // The same values in each run, and no search for a smaller counterexample.
    fc.configureGlobal({ seed: 1, endOnFailure: true })
  }

  /** Called once all tests are collected; none is left for Vitest to run. */
  async onBeforeRunFiles(files: RunnerTestFile[]): Promise<void> {
    const atLoad = this.takeSeen()
    const tests = files.flatMap((file) => testsOf(file))
    for (const file of files) await this.onBeforeRunSuite(file)
    const failedToLoad = files.some((file) => file.result?.state === 'fail')
    if (this.plan.active >= 0) {
      const killer = failedToLoad ? 'a module that does not load' : await this.firstToFail(tests)
      this.note(this.plan.active, killer === undefined ? 'survived' : 'killed', killer)
    } else if (failedToLoad) this.note(-1, 'broken', 'a module that does not load')
    else await this.tryAll(await this.learn(tests), atLoad)
    for (const test of tests) test.mode = 'skip'
  }

  private note(id: number, state: Note['state'], by?: string): void {
    writeNote(this.plan.notes, by === undefined ? { id, state } : { id, state, by })
  }

  /** The name of the first test that fails within the patience, the quickest first, or undefined. */
  private async firstToFail(tests: readonly RunnerTestCase[]): Promise<string | undefined> {
    const { times, patience } = this.plan
    let left = patience
    const known = tests.flatMap((test) => {
      const milliseconds = times[nameOf(test)]
      return milliseconds === undefined ? [] : [{ test, milliseconds }]
    })
    for (const { test, milliseconds } of known.sort((a, b) => a.milliseconds - b.milliseconds)) {
      left -= milliseconds
      if (left < 0) return undefined
      mutation.deadline = processorTime() + Math.max(LEAST_LIMIT, 10 * milliseconds)
      if (!(await this.passes(test))) return test.name
    }
    return undefined
  }

  /** Runs every test twice without a mutant. Those that fail or take longer than the patience are of no use. */
  private async learn(tests: readonly RunnerTestCase[]): Promise<Known[]> {
    const known: Known[] = []
    for (const test of tests) {
      const start = processorTime()
      if (!(await this.passes(test))) {
        this.note(-1, 'broken', test.name)
        continue
      }
      const first = this.takeSeen()
      if (processorTime() - start > 2 * this.plan.patience) continue
      const began = processorTime()
      await this.passes(test)
      const milliseconds = processorTime() - began
      known.push({ test, milliseconds, first, again: this.takeSeen() })
      writeNote(this.plan.notes, { id: -1, state: 'timed', by: nameOf(test), milliseconds })
    }
    return known.sort((a, b) => a.milliseconds - b.milliseconds)
  }

  private async tryAll(known: readonly Known[], atLoad: ReadonlySet<number>): Promise<void> {
    for (const id of this.plan.candidates) {
      this.note(id, 'started')
      const killer = await this.killerOf(known, id)
      const hidden = atLoad.has(id) || known.some(({ first, again }) => first.has(id) && !again.has(id))
      if (killer !== undefined) this.note(id, 'killed', killer.name)
      else if (hidden) this.note(id, 'reload')
      else this.note(id, known.some(({ again }) => again.has(id)) ? 'survived' : 'uncovered')
      // What a mutant left behind in a module would count against the next ones: begin anew.
      if (killer !== undefined && !(await this.passes(killer))) return
    }
  }

  private async killerOf(known: readonly Known[], id: number): Promise<RunnerTestCase | undefined> {
    mutation.active = id
    let left = this.plan.patience
    try {
      for (const { test, milliseconds, again } of known) {
        if (!again.has(id)) continue
        left -= milliseconds
        if (left < 0) return undefined
        mutation.deadline = processorTime() + Math.max(LEAST_LIMIT, 10 * milliseconds)
        if (!(await this.passes(test))) return test
      }
      return undefined
    } finally {
      mutation.active = -1
      mutation.deadline = Infinity
    }
  }

  private async passes(test: RunnerTestCase): Promise<boolean> {
    try {
      this.onBeforeTryTask(test)
      await unlessIdle(TestRunner.getTestFn(test))
      return true
    } catch {
      return false
    }
  }

  /** The mutants come by since the last time. */
  private takeSeen(): ReadonlySet<number> {
    const ids = new Set<number>()
    mutation.seen.forEach((seen, id) => seen === 1 && ids.add(id))
    mutation.seen.fill(0)
    return ids
  }
}

/** The name of a test behind those of its suites. Vitest's id of it would depend on which files are imported. */
function nameOf({ name, suite }: RunnerTestCase): string {
  const names = [name]
  for (let above = suite; above !== undefined; above = above.suite) names.unshift(above.name)
  return names.join(' > ')
}

function testsOf(suite: RunnerTestSuite): RunnerTestCase[] {
  return suite.tasks.flatMap((task) => {
    if (task.mode === 'skip' || task.mode === 'todo') return []
    return task.type === 'suite' ? testsOf(task) : [task]
  })
}
