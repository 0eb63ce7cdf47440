import type { Scenario } from '../src/scenario/document/scenario.ts'
import type { Machine } from '../src/sim/machine.ts'

/** A freshly booted machine: Linux 5.10, one process, no operation yet. */
export function bootedOn(machine: Machine): Scenario {
  return {
    title: machine.title,
    machine,
    kernel: 'linux-5.10',
    boot: { iommu: 'nopt' },
    processes: [{ name: 'qemu', user: 'root' }],
    ops: [],
    cursor: 0,
  }
}
