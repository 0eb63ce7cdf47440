/** The par of a lesson's goal: the fewest operations that reach it, found by a search. */
import { isReached } from '../scenario/course/lesson-check.ts'
import type { GoalPart } from '../scenario/course/lesson.ts'
import { machineOf, setupOf } from '../scenario/document/scenario.ts'
import { kernelById } from '../sim/kernels/registry.ts'
import type { Op } from '../sim/op.ts'
import type { AlphabetOptions } from './alphabet.ts'
import type { Predicate } from './goals.ts'
import { Search } from './search.ts'
import { systemOf, type System } from './system.ts'

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
  const search = new Search(system, predicateOf(goal, system), { limits: { depth: goal.steps.length } })
  search.run()
  return search.path()
}

/** One character for each byte, all different. */
const latin1 = new TextDecoder('latin1')

/**
 * A goal as the search asks it: of every answer, because it may be about the last one. Where it did not look at the
 * answer, what it said of a state is kept.
 */
function predicateOf(goal: GoalPart, { world, kernel }: System): Predicate {
  const known = new Map<string, boolean>()
  return {
    steps: true,
    // Its conditions may name any of them.
    named: {
      devices: new Set(world.devices.keys()),
      processes: new Set(world.setup.processes.keys()),
    },
    holds(state, _, outcome) {
      const key = latin1.decode(state.bytes)
      const before = known.get(key)
      if (before !== undefined) return before
      let looked = false
      const holds = isReached(goal, {
        world,
        snapshot: kernel.snapshot(state),
        get last() {
          looked = true
          return outcome?.result
        },
      })
      if (!looked) known.set(key, holds)
      return holds
    },
  }
}
