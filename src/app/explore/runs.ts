/** Runs that a search found, as scenarios. */
import type { ExploreRequest } from '../../explore/exploration.ts'
import { machineOf, setupOf, type Scenario } from '../../scenario/document/scenario.ts'
import { kernelById } from '../../sim/kernels/registry.ts'
import type { Op } from '../../sim/op.ts'
import { replay, type Run } from '../../sim/replay.ts'

/** The scenario with the run that was found, after all of it. */
export function scenarioOf({ scenario }: ExploreRequest, before: readonly Op[], path: readonly Op[]): Scenario {
  const { notes: _, compare: _compare, ...rest } = scenario
  const ops = [...before, ...path]
  return { ...rest, ops, cursor: ops.length }
}

/** Replays a scenario; null if its machine or kernel does not ship. */
export function runOf(scenario: Scenario): Run | null {
  const kernel = kernelById(scenario.kernel)
  const machine = machineOf(scenario)
  if (kernel === undefined || machine === undefined) return null
  return replay(kernel, setupOf(scenario, machine), scenario.ops)
}
