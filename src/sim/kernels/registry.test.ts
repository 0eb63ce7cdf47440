import { expect, test } from 'vitest'
import { isBefore, isKernelId, recordOf, releaseNumber } from './list.ts'
import { kernelById, KERNELS } from './registry.ts'

test.each(KERNELS.map((kernel) => [kernel.id, kernel] as const))(
  'the row of %s is that of its kernel',
  (id, kernel) => {
    expect(kernelById(id)).toBe(kernel)
    const { family, release, interface: asks, about } = recordOf(id)
    expect(family === 'linux').toBe(release !== undefined)
    expect(asks === 'groups' || kernel.abi.includes('open_cdev')).toBe(true)
    expect(KERNELS.filter((other) => recordOf(other.id).about === about)).toHaveLength(1)
  },
)

test('releases of Linux stand in their order, and with the interface of groups first', () => {
  const releases = KERNELS.flatMap(({ id }) => releaseNumber(id) ?? [])
  expect(releases).toEqual(releases.toSorted((a, b) => a - b))
  expect(isBefore('linux-5.10', '5.19') && !isBefore('linux-6.1', '5.19') && !isBefore('ioasid-t', '5.19')).toBe(true)
})

test.each(['linux-7', 'constructor', '__proto__', ''])('%j is no kernel', (word) => {
  expect(isKernelId(word)).toBe(false)
})
