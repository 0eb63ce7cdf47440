import { expect, test } from 'vitest'
import { lockfileFaults } from './check-lockfile.ts'

const lock = (packages: object) => lockfileFaults(JSON.stringify({ lockfileVersion: 3, packages }, null, 2))

test('a complete lockfile without hosts has no fault', () => {
  const faults = lock({
    '': { name: 'x' },
    'node_modules/a': { version: '1.0.0', optionalDependencies: { '@a/linux': '1.0.0' } },
    'node_modules/b/node_modules/@a/linux': { version: '1.0.0', optional: true },
  })
  expect(faults).toEqual([])
})

test('a platform package that has no entry is a fault', () => {
  const faults = lock({ 'node_modules/a': { optionalDependencies: { '@a/darwin': '1.0.0' } } })
  expect(faults).toEqual(['package-lock.json: node_modules/a lacks its optional package @a/darwin'])
})

test('an address of a registry is a fault', () => {
  expect(lock({ 'node_modules/a': { resolved: 'https://host.example/a.tgz' } })).toHaveLength(2)
})

test('a funding link is a fault', () => {
  expect(lock({ 'node_modules/a': { funding: { url: 'https://host.example/' } } })).toEqual([
    expect.stringContaining('names a host'),
  ])
})

test('a text that is no lockfile throws', () => {
  expect(() => lockfileFaults('{}')).toThrow()
})
