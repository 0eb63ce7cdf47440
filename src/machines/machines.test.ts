import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import type { Machine } from '../sim/machine.ts'
import { formGroups } from '../sim/pci/groups.ts'
import { parseBdf, topologyOf } from '../sim/pci/topology.ts'
import { machineById, MACHINES } from './index.ts'
import { manyDevices } from './many-devices.ts'
import { machineFromNotation } from './notation.ts'
import { readTopologies } from './topology-file.ts'

function read(path: string): unknown {
  return JSON.parse(readFileSync(new URL(path, import.meta.url), 'utf8'))
}

/** Groups as they form: number → addresses, sorted. */
function groupsOf(machine: Machine): Record<string, string[]> {
  const groups: Record<string, string[]> = {}
  formGroups(topologyOf(machine.devices)).groups.forEach((group, index) => {
    groups[group] = [...(groups[group] ?? []), machine.devices[index]?.bdf ?? ''].sort()
  })
  return groups
}

const recorded = readTopologies(read('../../conformance/topologies.json'))

test.each(recorded.map((topology) => [topology.name, topology] as const))(
  'the shipped machine %s is the recorded one',
  (id, { machine, groups }) => {
    const shipped = machineById(id)
    expect(shipped?.devices.map(({ name: _, ...device }) => device)).toEqual(machine.devices)
    expect(shipped && groupsOf(shipped)).toEqual(groups)
  },
)

function listed(fixture: string): Record<string, string[]> {
  const expected: unknown = read(`../import/fixtures/${fixture}.expected.json`)
  if (typeof expected !== 'object' || expected === null || !('groups' in expected)) throw new Error(fixture)
  const { groups } = expected
  return Object.fromEntries(Object.entries(groups ?? {}).map(([id, members]) => [id, [members].flat().map(String)]))
}

test.each([
  ['desktop-intel', 'arch-style-intel-z170-itx-01'],
  ['desktop-ryzen', 'one-line-ryzen3900x-b550-before-acs-bios-01'],
  ['server-i350', 'one-line-xeon-e2100-suprox-01'],
])('%s forms the groups that %s lists', (id, fixture) => {
  const machine = machineById(id)
  if (machine === undefined) throw new Error(id)
  expect(groupsOf(machine)).toMatchObject(listed(fixture))
})

test('ids are unique, devices in scan order and their drivers plausible', () => {
  expect(new Set(MACHINES.map(({ id }) => id)).size).toBe(MACHINES.length)
  for (const { id, devices } of MACHINES) {
    for (const device of devices) {
      expect(parseBdf(device.bdf), `${id} ${device.bdf}`).not.toBeNull()
      if (device.bridge) expect([null, 'pcieport'], `${id} ${device.bdf}`).toContain(device.driver)
    }
  }
})

test.each([1, 10, 300, 5000])('a machine with %i functions', (count) => {
  const machine = manyDevices(count)
  expect(machine.devices).toHaveLength(count)
  expect(new Set(machine.devices.map(({ bdf }) => bdf)).size).toBe(count)
  expect(machine.devices.every(({ bdf }) => parseBdf(bdf) !== null)).toBe(true)
  expect(manyDevices(count)).toEqual(machine)
})

test.each(['00:01.0 ep', '00:01.0 xx 8086:1234 020000 - name', 'nonsense'])('notation refuses %s', (line) => {
  expect(() => machineFromNotation('m', 'M', line)).toThrow()
})
