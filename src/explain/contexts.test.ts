import { describe, expect, test } from 'vitest'
import type { Context } from '../sim/iommu/context.ts'
import type { Machine } from '../sim/machine.ts'
import { nic } from '../sim/nic.test-helper.ts'
import type { DomainView, GroupView, Snapshot } from '../sim/snapshot.ts'
import { compileWorld } from '../sim/world.ts'
import { contextWords } from './contexts.ts'
import { plain } from './words.ts'

const machine: Machine = {
  id: 'two',
  title: 'Two functions',
  devices: ['0000:01:00.0', '0000:01:00.1'].map((bdf) => nic(bdf)),
  groups: { '7': ['0000:01:00.0', '0000:01:00.1'] },
}
const world = compileWorld({ machine, boot: { iommu: 'nopt' }, processes: [{ name: 'qemu', user: 'a' }] }, [
  { op: 'open_container', as: 'c1' },
])

/** What function 0 reaches, with a driver on each function and one context for both. */
function words(context: Context, drivers: readonly [string, string], mappings: DomainView['mappings'] = [], opens = 0) {
  const driver = (name: string): number => world.driverIndex.get(name) ?? 0
  const snapshot: Snapshot = {
    dead: false,
    processes: [],
    fds: [],
    containers: [{ container: 0, slots: [0], iommu: 'type1', groups: [0], domain: 0 }],
    iommufds: [],
    ioases: [],
    hwpts: [],
    groups: [groupView(drivers.includes('vfio-pci'))],
    devices: drivers.map((name, device) => ({
      device,
      present: true,
      driver: driver(name),
      link: driver(name),
      override: 0,
      leaving: false,
      opens: device === 0 ? opens : 0,
      cdev: false,
      binding: null,
    })),
    contexts: [context, context],
    domains: [{ domain: 0, owner: { kind: 'container', index: 0 }, mappings }],
    pending: [],
  }
  const { short, words: text, tone } = contextWords(world, snapshot, 0)
  return `${short} | ${tone} | ${plain(text)}`
}

const groupView = (node: boolean): GroupView => ({
  group: 0,
  node,
  owner: 'root',
  opened: false,
  container: -1,
  compat: -1,
  users: 0,
  kvm: [],
  viable: true,
  members: [],
  context: { kind: 'blocked' },
  ownership: null,
})

const dma: Context = { kind: 'dma', group: 0 }
const identity: Context = { kind: 'identity' }
const user: Context = { kind: 'domain', domain: 0 }
const mapped = [{ iova: 0, size: 2097152, process: 0 }]

// prettier-ignore
const cases: readonly (readonly [name: string, words: string, expected: string])[] = [
  ['own driver', words(dma, ['e1000e', 'vfio-pci']), '→ host DMA | host | The DMA of 01:00.0 reaches the memory that e1000e has mapped for it, in the default domain of group 7.'],
  ['driver of a sibling', words(dma, ['vfio-pci', 'e1000e']), '→ host DMA | host | 01:00.0 shares the default domain of group 7: its DMA would reach what e1000e (01:00.1) has mapped there.'],
  ['nobody', words(dma, ['vfio-pci', 'pci-stub']), 'no DMA | none | The default domain of group 7 is empty: every DMA of 01:00.0 faults.'],
  ['identity with a driver', words(identity, ['e1000e', '']), 'all host memory | host | The IOMMU passes the DMA of 01:00.0 untranslated: it reaches all of the host’s memory. Only e1000e decides what it does there.'],
  ['identity, out of reach of users', words(identity, ['', '']), 'all host memory | host | The IOMMU passes the DMA of 01:00.0 untranslated: it reaches all of the host’s memory.'],
  ['identity beside a vfio device', words(identity, ['pci-stub', 'vfio-pci']), 'all host memory | danger | The IOMMU passes the DMA of 01:00.0 untranslated: it reaches all of the host’s memory.'],
  ['identity and open', words(identity, ['vfio-pci', ''], [], 1), 'all host memory | danger | The IOMMU passes the DMA of 01:00.0 untranslated: it reaches all of the host’s memory. A process has 01:00.0 open and can make it do so.'],
  ['container, empty', words(user, ['vfio-pci', '']), '→ c1 | user | The DMA of 01:00.0 goes through the page table of c1. Nothing is mapped there yet, so all of it faults.'],
  ['container, mapped', words(user, ['vfio-pci', ''], mapped), '→ c1 | user | The DMA of 01:00.0 goes through the page table of c1 and reaches 2M of qemu’s memory at 0x0, nothing else.'],
  ['container with a driver of the host', words(user, ['e1000e', 'vfio-pci'], mapped), '→ c1 | danger | The DMA of 01:00.0 goes through the page table of c1 and reaches 2M of qemu’s memory at 0x0, nothing else. e1000e still runs the device for the host: what it sends to memory lands in the user’s.'],
  ['blocked', words({ kind: 'blocked' }, ['', '']), 'DMA blocked | none | The IOMMU faults every DMA of 01:00.0.'],
]

describe('contextWords', () => {
  test.each(cases)('%s', (_, found, expected) => expect(found).toBe(expected))
})
