import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { surroundings } from './command.test-helper.ts'
import { run } from './groups.ts'

const { out, err, file } = surroundings()
const listing = (name: string): string => fileURLToPath(new URL(`../import/fixtures/${name}.txt`, import.meta.url))

const SWITCH = JSON.stringify({
  devices: [
    { bdf: '0000:00:01.0', pcie_type: 'root-port', secondary: 1, parent: null, acs_capability: true },
    { bdf: '0000:01:00.0', pcie_type: 'upstream-port', secondary: 2, parent: '0000:00:01.0' },
    { bdf: '0000:02:00.0', pcie_type: 'downstream-port', secondary: 3, parent: '0000:01:00.0' },
    { bdf: '0000:02:01.0', pcie_type: 'downstream-port', secondary: 4, parent: '0000:01:00.0' },
    { bdf: '0000:03:00.0', pcie_type: 'endpoint', parent: '0000:02:00.0' },
    { bdf: '0000:04:00.0', pcie_type: 'endpoint', parent: '0000:02:01.0' },
  ],
})
const groups = (): unknown => JSON.parse(out.splice(0).join('\n'))
const short = (...bdfs: string[]): string[] => bdfs.map((bdf) => `0000:${bdf}`)

test('a file of topologies, as Linux forms its groups', async () => {
  expect(await run([file(SWITCH)])).toBe(0)
  expect(groups()).toEqual({
    machine: {
      0: short('00:01.0'),
      1: short('01:00.0'),
      2: short('02:00.0', '03:00.0'),
      3: short('02:01.0', '04:00.0'),
    },
  })
})

test.each([['v2'], ['series-v3']])('--as %s: the whole switch is one group', async (name) => {
  expect(await run([file(SWITCH), '--as', name])).toBe(0)
  expect(groups()).toEqual({
    machine: { 0: short('00:01.0'), 1: short('01:00.0', '02:00.0', '02:01.0', '03:00.0', '04:00.0') },
  })
})

test('--as with a boot option, and with a release', async () => {
  expect(await run(['--as=pcie_acs_override=downstream', file(SWITCH)])).toBe(0)
  expect(groups()).toMatchObject({ machine: { 4: short('03:00.0'), 5: short('04:00.0') } })
  expect(await run([file(SWITCH), '--as', '6.12.75'])).toBe(0)
  expect(groups()).toMatchObject({
    machine: { 0: short('00:01.0', '01:00.0', '02:00.0', '02:01.0', '03:00.0', '04:00.0') },
  })
})

test('--why: sentences in place of JSON', async () => {
  expect(await run([file(SWITCH), '--as', 'v3', '--why'])).toBe(0)
  expect(out).toEqual([
    'machine: ACS series, v3, compared with Linux as it is',
    '  Groups 1, 2 and 3 become one group of 5 functions: 01:00.0, 02:00.0, 02:01.0, 03:00.0 and 04:00.0.',
    '    Port 02:00.0 of the switch does not isolate (no ACS), nor is the upstream port kept from it: the whole switch and everything below it are one group.',
  ])
})

test('a pasted listing: the functions whose group it does not tell stand apart, and stderr says why', async () => {
  expect(await run([listing('dmesg-t450s-journal-prefix-01'), '--as', 'acs-late'])).toBe(0)
  expect(groups()).toMatchObject({ machine: { unknown: short('00:1c.0', '00:1c.1', '02:00.0', '03:00.0') } })
  expect(err.join('\n')).toContain('? The listing does not tell the ACS capability of 00:1c.0 and 00:1c.1')
})

test('a machine that ships, by its id', async () => {
  expect(await run(['dual-e1000e', '--as', 'v3', '--why'])).toBe(0)
  expect(out.join('\n')).toContain('Group 3 splits into 2 groups: 01:00.0 and 01:00.1.')
})

test.each([
  [[], 'usage: groups FILE'],
  [['a', 'b'], 'usage: groups FILE'],
  [['a', '--as'], 'usage: groups FILE'],
  [['a', '--as', 'v4'], '--as v4: no such algorithm'],
  [['a', '--as', 'pcie_acs_override=upstream'], 'downstream, multifunction and id:vvvv:dddd'],
  [['a', '--as', '5.15.210'], 'is not known here'],
  [['a', '--frobnicate'], 'no such option: --frobnicate'],
])('arguments that nobody knows: %j', async (args, words) => {
  expect(await run(args)).toBe(2)
  expect(err.join('\n')).toContain(words)
  expect(out).toEqual([])
})

test.each([
  ['{"devices": 1', 'JSON'],
  ['{"topologies": {}}', 'not a topology file'],
  ['hello', 'neither a file of topologies nor a listing'],
])('a file that is none: %s', async (text, words) => {
  expect(await run([file(text)])).toBe(1)
  expect(err).toHaveLength(1)
  expect(err.join('\n')).toContain(words)
})
