import type { Op } from '../../sim/op.ts'
import type { Scenario } from './scenario.ts'

/** Operations on a card with two functions under Linux 5.10, all done, by one process of root; `more` says what is other. */
export function runOnDual(ops: readonly Op[], more: Partial<Scenario> = {}): Scenario {
  return {
    title: 'On a card with two functions',
    machine: 'dual-e1000e',
    kernel: 'linux-5.10',
    boot: { iommu: 'nopt' },
    processes: [{ name: 'qemu', user: 'root' }],
    ops,
    cursor: ops.length,
    ...more,
  }
}
