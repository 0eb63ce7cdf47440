/** The par of a lesson's goal: the fewest operations that reach it, found by a search. */
import type { Formula } from '../scenario/condition/parse.ts'
import type { GoalPart } from '../scenario/course/lesson.ts'
import { machineOf, setupOf } from '../scenario/document/scenario.ts'
import { kernelById } from '../sim/kernels/registry.ts'
import type { Op } from '../sim/op.ts'
import type { AlphabetOptions } from './alphabet.ts'
import { compileGoal } from './goals.ts'
import { Search } from './search.ts'
import { systemOf } from './system.ts'

/**
 * Searches for a way to a goal that is no longer than the lesson's own solution. Everything takes part that the kernel
 * knows, on the devices, drivers, ranges and types that the lesson uses and the usual ones.
 * @returns a shortest way; null if none was found, though all shorter and equally long ones were tried
 */
export function shortestWay(goal: GoalPart): Op[] | null {
  const { before, after } = goal
  const kernel = kernelById(before.kernel)
  const machine = machineOf(before)
  if (kernel === undefined || machine === undefined) throw new Error(`${before.title} runs on nothing that ships`)
  const used = (key: string): string[] =>
    after.ops.flatMap((op) => Object.entries(op).flatMap(([name, value]) => (name === key ? [String(value)] : [])))
  const options: AlphabetOptions = {
    with: kernel.abi,
    drivers: [...new Set(['native', 'vfio-pci', 'pci-stub', ...used('driver')])],
    types: [...new Set(['type1v2', ...used('type')])],
  }
  const system = systemOf(kernel, setupOf(before, machine), before.ops, options, after.ops)
  const search = new Search(system, compileGoal({ formula: formulaOf(goal) }, system), {
    limits: { depth: goal.steps.length },
  })
  search.run()
  return search.path()
}

/** Everything that a goal wants, as one condition. */
function formulaOf({ wanted }: GoalPart): Formula {
  return { kind: 'and', parts: wanted.map(({ condition }) => condition.formula) }
}
