import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { formGroups } from '../sim/pci/groups.ts'
import { topologyOf } from '../sim/pci/topology.ts'
import { readTopologies, type RecordedTopology } from './topology-file.ts'

function load(file: string): RecordedTopology[] {
  return readTopologies(JSON.parse(readFileSync(new URL(`../../conformance/${file}`, import.meta.url), 'utf8')))
}

/** Groups as the simulator forms them: number → addresses. */
function formed({ machine }: RecordedTopology): Record<string, string[]> {
  const groups: Record<string, string[]> = {}
  const topology = topologyOf(machine.devices)
  formGroups(topology).groups.forEach((group, index) => {
    groups[group] = [...(groups[group] ?? []), machine.devices[index]?.bdf ?? '']
  })
  return groups
}

const partition = (groups: Readonly<Record<string, readonly string[]>>): string[] =>
  Object.values(groups)
    .map((members) => members.toSorted().join(' '))
    .sort()

const recorded = load('topologies.json')
const random = load('topologies-random.json')

test('the files are complete', () => {
  expect(recorded).toHaveLength(7)
  expect(random).toHaveLength(24)
  expect(random.reduce((sum, { machine }) => sum + machine.devices.length, 0)).toBe(449)
  expect(random.reduce((sum, { groups }) => sum + Object.keys(groups).length, 0)).toBe(183)
})

test.each([...recorded, ...random].map((topology) => [topology.name, topology] as const))(
  'groups of %s are the recorded ones',
  (_, topology) => {
    expect(partition(formed(topology))).toEqual(partition(topology.groups))
  },
)

test("group numbers are the kernel's, too", () => {
  const numbers = (topology: RecordedTopology, groups: Readonly<Record<string, readonly string[]>>): unknown =>
    topology.machine.devices.map(({ bdf }) => Object.keys(groups).find((id) => groups[id]?.includes(bdf)))
  for (const topology of [...recorded, ...random]) {
    expect(numbers(topology, formed(topology)), topology.name).toEqual(numbers(topology, topology.groups))
  }
})

test('named groups of the recordings', () => {
  expect(recorded.find(({ name }) => name === 'switch')?.named).toEqual({
    G0: ['0000:02:00.0', '0000:03:00.0'],
    G1: ['0000:02:01.0', '0000:04:00.0'],
  })
})

const device = (bdf: string, more: object): object => ({ bdf, pcie_type: null, acs_capability: false, ...more })

test.each([
  ['legacy-endpoint', 'legep'],
  ['Legacy Endpoint', 'legep'],
  ['root-complex-endpoint', 'rciep'],
  ['root-complex-event-collector', 'rcec'],
  ['pci-to-pcie-bridge', 'pci2pcie'],
  ['pcie-to-pci-bridge', 'pcie2pci'],
  ['PCI-Express to PCI/PCI-X Bridge', 'pcie2pci'],
  ['PCI/PCI-X to PCI-Express Bridge', 'pci2pcie'],
  ['pci-bridge', 'pcie2pci'],
  ['pcie-bridge', 'pci2pcie'],
  ['Root Complex Integrated Endpoint', 'rciep'],
  ['Upstream Switch Port', 'usp'],
  ['endpoint', 'ep'],
  ['root-port', 'rp'],
  ['rciep', 'rciep'],
  ['pci2pcie', 'pci2pcie'],
  ['upstream-port', 'usp'],
  ['downstream-port', 'dsp'],
  [4, 'rp'],
  [7, 'pcie2pci'],
  [null, 'pci'],
  [undefined, 'pci'],
])('pcie_type %s is %s', (pcie_type, kind) => {
  const [topology] = readTopologies({ devices: [device('00:01.0', { pcie_type })] })
  expect(topology?.machine.devices[0]?.kind).toBe(kind)
})

test('a type that nobody knows counts as isolating', () => {
  const [topology] = readTopologies({ devices: [device('00:01.0', { pcie_type: 'teapot' })] })
  expect(topology?.machine.devices[0]).toMatchObject({ kind: 'ep', acsQuirk: true })
})

test('what a file leaves out is inferred', () => {
  const [topology] = readTopologies({
    topologies: {
      t: {
        devices: [
          device('0000:02:00.1', { pcie_type: 'endpoint', parent: '0000:00:1C.0', something: 'else' }),
          device('0000:02:00.0', { pcie_type: 'endpoint', parent: '0000:00:1c.0' }),
          device('0000:00:1c.0', {
            pcie_type: 'root-port',
            acs_capability: ['SrcValid', 'ReqRedir'],
            class: '0x060400',
          }),
          device('0000:00:1f.0', { parent: '0000:99:00.0', vendor: 0x8086 }),
        ],
      },
    },
  })
  expect(topology?.machine.devices.map(({ bdf }) => bdf)).toEqual([
    '0000:00:1c.0',
    '0000:00:1f.0',
    '0000:02:00.0',
    '0000:02:00.1',
  ])
  const [port, chipset, first] = topology?.machine.devices ?? []
  expect(port).toMatchObject({
    bridge: true,
    secondary: 2,
    acsCap: ['SV', 'RR'],
    class: '060400',
    multifunction: false,
  })
  expect(chipset).toMatchObject({ parent: null, vendor: '8086', bridge: false })
  expect(first).toMatchObject({ multifunction: true, acsCap: null })
})

test.each([[null], [[]], [{}], ['x'], [{ topologies: { t: {} } }], [{ devices: [{ vendor: '0x8086' }] }]])(
  '%j is refused with a reason',
  (file) => {
    expect(() => readTopologies(file)).toThrow(/topology/)
  },
)
