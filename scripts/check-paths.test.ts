import { expect, test } from 'vitest'
import { pathFaults } from './check-paths.ts'

// Put together here, so that this file passes the check that it tests.
const absolute = (...parts: string[]) => ['', ...parts].join('/')
const registry = ['registry', 'npmjs', 'org'].join('.')

test.each([
  ['a checkout', `see ${absolute('work', 'main')}`],
  ['a scratch folder', `"${absolute('tmp', 'x')}"`],
  ['a home folder', `cd ${absolute('home', 'jo', 'src')}`],
  ['a Windows home folder', ['C:', 'Users', 'jo'].join('\\')],
  ['a registry', `https://${registry}/react`],
])('%s is a fault', (_, line) => {
  expect(pathFaults('a.md', `fine\n${line}`)).toEqual([expect.stringContaining('a.md:2: ')])
})

test.each([
  ['a relative path', 'src/work/x.ts and ./tmp/y'],
  ['a path on the simulated machine', '/sys/bus/pci/drivers/vfio-pci/bind, /dev/vfio/26'],
  ['a URL', 'https://host.example/work/x'],
])('%s is not', (_, line) => {
  expect(pathFaults('a.md', line)).toEqual([])
})

test('the configured registry is a fault under any name', () => {
  expect(pathFaults('a.md', 'from packages.example', ['packages.example'])).toHaveLength(1)
})

test('binary files are not read', () => {
  expect(pathFaults('a.png', `\0${absolute('tmp', 'x')}`)).toEqual([])
})
