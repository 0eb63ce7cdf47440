import { expect, test } from 'vitest'
import { defaultLimit, limitWords, printLimit, readLimit, withLimit } from './memory-limit.ts'

test.each([
  ['', undefined],
  ['  ', undefined],
  ['16M', 16 * 2 ** 20],
  [' 64k ', 65536],
  ['0x1000', 4096],
  ['0', 0],
  ['Unlimited', 'unlimited'],
  ['lots', null],
  ['-1', null],
  ['16 M', null],
  ['1.5G', null],
  ['0xfffffffffffff000', null],
])('%j is the limit %j', (text, limit) => {
  expect(readLimit(text)).toBe(limit)
})

test.each([undefined, 'unlimited', 0, 4096, 5000, 64 * 2 ** 20] as const)('%j is read as it is printed', (limit) => {
  expect(readLimit(printLimit(limit))).toBe(limit)
})

test.each([
  ['linux-5.10', 65536],
  ['linux-6.1', 8 * 2 ** 20],
  ['linux-7.3-iommufd', 8 * 2 ** 20],
] as const)('%s gives %i bytes', (kernel, bytes) => {
  expect(defaultLimit(kernel)).toBe(bytes)
})

test.each([
  ['root', undefined, 'linux-6.1', 'none: root has CAP_IPC_LOCK'],
  ['alice', undefined, 'linux-5.10', '64K, the kernel’s default'],
  ['alice', undefined, 'linux-6.12', '8M, the kernel’s default'],
  ['alice', 4096, 'linux-6.12', '4K'],
  ['alice', 'unlimited', 'linux-6.12', 'none: the limit is unlimited'],
  ['alice', 4096, 'ioasid-t', 'not part of the proposal: nothing is counted'],
] as const)('of %s with %s under %s: %s', (user, memlock, kernel, words) => {
  expect(limitWords({ name: 'p', user, ...(memlock === undefined ? {} : { memlock }) }, kernel)).toBe(words)
})

test('one process gets another limit, or the default again', () => {
  const processes = [
    { name: 'a', user: 'alice' },
    { name: 'b', user: 'bob', memlock: 4096 },
  ]
  expect(withLimit(processes, 0, 'unlimited')).toEqual([{ ...processes[0], memlock: 'unlimited' }, processes[1]])
  expect(withLimit(processes, 1, undefined)).toEqual([processes[0], { name: 'b', user: 'bob' }])
})
