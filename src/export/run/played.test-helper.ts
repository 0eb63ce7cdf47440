import { machineOf, setupOf, type Scenario } from '../../scenario/document/scenario.ts'
import { kernelById } from '../../sim/kernels/registry.ts'
import { replay } from '../../sim/replay.ts'
import type { PlayedRun } from './exported.ts'

/** A scenario replayed, with an address. */
export function played(scenario: Scenario): PlayedRun {
  const machine = machineOf(scenario)
  const kernel = kernelById(scenario.kernel)
  if (machine === undefined || kernel === undefined) throw new Error('its machine or kernel is not simulated')
  const link = 'https://example.org/play/#1.abc'
  return { scenario, run: replay(kernel, setupOf(scenario, machine), scenario.ops), link }
}
