import { expect, test } from 'vitest'
import type { Op } from '../../src/sim/op.ts'
import { agentLines } from './guest.ts'

const QEMU = { name: 'qemu', user: 'root' }
const linesOf = (...ops: Op[]): string[] =>
  agentLines([{ processes: [QEMU], ops }])
    .trim()
    .split('\n')
    .slice(1)

test.each([
  [0, '0x0'],
  [4096, '0x1000'],
  [2 ** 53 + 2, '0x20000000000002'],
  [2 ** 63, '0x8000000000000000'],
  [2 ** 64 - 4096, '0xfffffffffffff000'],
  [2 ** 64 - 2048, '0xfffffffffffff800'],
])('the agent gets the address %d as the same number', (iova, text) => {
  expect(linesOf({ op: 'unmap_dma', container_fd: 'c1', iova, size: 4096 })).toEqual([
    `unmap_dma container_fd=c1 iova=${text} size=0x1000`,
  ])
})

test('a user who is not root has a number', () => {
  expect(linesOf({ op: 'chown_group', group: '3', user: 'alice' })).toEqual(['chown_group group=3 user=alice uid=1000'])
})

test('a driver that is cleared is an empty value', () => {
  expect(linesOf({ op: 'driver_override', device: '0000:01:00.0', driver: '' })).toEqual([
    'driver_override device=0000:01:00.0 driver=',
  ])
})
