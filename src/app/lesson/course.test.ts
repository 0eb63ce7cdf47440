import { expect, test } from 'vitest'
import { runOnDual } from '../../scenario/document/scenario.test-helper.ts'
import type { Op } from '../../sim/op.ts'
import { followed } from './course.ts'

const PROCESSES = ['qemu', 'fwupd'].map((name) => ({ name, user: 'root' }))

test.each<readonly [string, readonly Op[], number]>([
  ['nothing yet', [], 0],
  ['the keys in another order', [{ as: 'c1', by: 'qemu', op: 'open_container' }], 1],
  ['another process', [{ op: 'open_container', as: 'c1', by: 'fwupd' }], -1],
  ['more than the lesson has', [{ op: 'open_container', by: 'qemu', as: 'c1' }, { op: 'exit' }], -1],
])('a run follows a lesson: %s', (_, ops, count) => {
  expect(followed(runOnDual(ops, { processes: PROCESSES }), [{ op: 'open_container', by: 'qemu', as: 'c1' }])).toBe(
    count,
  )
})
