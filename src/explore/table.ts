/** One question put to several kernels: what each of them says, side by side. */
import type { Scenario } from '../scenario/scenario.ts'
import { KERNELS } from '../sim/kernels/registry.ts'
import type { KernelId } from '../sim/kernel.ts'
import { Exploration, type ExploreRequest, type ExploreResult } from './exploration.ts'

export interface TableRow {
  readonly kernel: KernelId
  readonly result: ExploreResult
}

/**
 * Asks the question of a request under every kernel, from boot: the scenario's operations are one kernel's own.
 * @throws ExploreError
 */
export function askAll(
  request: Omit<ExploreRequest, 'from'>,
  now: () => number,
  kernels: readonly KernelId[] = KERNELS.map(({ id }) => id),
): TableRow[] {
  return kernels.flatMap((kernel) => {
    const scenario: Scenario = { ...request.scenario, kernel }
    const exploration = new Exploration({ ...request, scenario, from: 'boot' }, now)
    while (exploration.running) exploration.advance(100_000)
    const result = exploration.result()
    return result === null ? [] : [{ kernel, result }]
  })
}
