import { expect, test } from 'vitest'
import type { Scenario } from '../../scenario/document/scenario.ts'
import type { Op } from '../../sim/op.ts'
import { followed } from './course.ts'

const run = (...ops: readonly Op[]): Scenario => ({
  title: '',
  machine: 'dual-e1000e',
  kernel: 'linux-5.10',
  boot: { iommu: 'nopt' },
  processes: [
    { name: 'qemu', user: 'root' },
    { name: 'fwupd', user: 'root' },
  ],
  ops,
  cursor: ops.length,
})

test.each<readonly [string, readonly Op[], number]>([
  ['nothing yet', [], 0],
  ['the keys in another order', [{ as: 'c1', by: 'qemu', op: 'open_container' }], 1],
  ['another process', [{ op: 'open_container', as: 'c1', by: 'fwupd' }], -1],
  ['more than the lesson has', [{ op: 'open_container', by: 'qemu', as: 'c1' }, { op: 'exit' }], -1],
])('a run follows a lesson: %s', (_, ops, count) => {
  expect(followed(run(...ops), [{ op: 'open_container', by: 'qemu', as: 'c1' }])).toBe(count)
})
