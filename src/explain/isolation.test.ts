import { expect, test } from 'vitest'
import { linux510 } from '../sim/kernels/linux-5.10/index.ts'
import { ISOLATION_FINDINGS, judge, type Finding } from '../sim/isolation.ts'
import type { Boot, Machine } from '../sim/machine.ts'
import { nic } from '../sim/nic.test-helper.ts'
import type { Op } from '../sim/op.ts'
import { replay } from '../sim/replay.ts'
import { compileWorld } from '../sim/world.ts'
import { isolationWords } from './isolation.ts'
import { plain } from './words.ts'

const F0 = '0000:01:00.0'
const F1 = '0000:01:00.1'
const machine: Machine = {
  id: 'nic',
  title: 'A card with two functions',
  devices: [nic(F0), nic(F1)],
  groups: { '7': [F0, F1] },
}
const processes = [{ name: 'qemu', user: 'root' }]

/** Title, words and findings of the group after some operations. */
function wordsAfter(iommu: Boot['iommu'], ops: readonly Op[]): string[] {
  const run = replay(linux510, { machine, boot: { iommu }, processes }, ops)
  const [judgement] = judge(run.world, run.snapshotAt(ops.length))
  if (judgement === undefined) return []
  const { title, words, findings } = isolationWords(run.world, judgement)
  return [title, plain(words), ...findings.map(plain)]
}

const vfio = (device: string): Op[] => [
  { op: 'unbind', device },
  { op: 'bind', device, driver: 'vfio-pci' },
]
const inDomain: Op[] = [
  ...vfio(F1),
  { op: 'open_group', group: '7', as: 'g1' },
  { op: 'open_container', as: 'c1' },
  { op: 'group_set_container', group_fd: 'g1', container_fd: 'c1' },
  { op: 'set_iommu', container_fd: 'c1', type: 'type1' },
  { op: 'map_dma', container_fd: 'c1', iova: 0, size: 4096 },
]

test('a group of the host', () => {
  expect(wordsAfter('nopt', [])).toEqual([
    'In the host’s hands',
    'No device of group 7 is set aside for userspace. What its devices reach is the host’s own affair.',
  ])
})

test('set aside under iommu=pt', () => {
  expect(wordsAfter('pt', [{ op: 'unbind', device: F0 }, ...vfio(F1)])).toEqual([
    'Not isolated',
    'The hardware does not keep group 7 apart from the host.',
    'The DMA of 01:00.0 passes untranslated: it reaches all of the host’s memory. Whoever comes to drive it can harm the host.',
    'The DMA of 01:00.1 passes untranslated: it reaches all of the host’s memory. Whoever comes to drive it can harm the host.',
  ])
})

test('a native device moved into a user’s domain', () => {
  expect(wordsAfter('nopt', inDomain)).toEqual([
    'Not isolated',
    'The hardware does not keep group 7 apart from the host and qemu.',
    'The host drives 01:00.0, but its DMA goes through the address space of a process: what the host wants from it goes astray. This harms the host.',
    'The host drives 01:00.0, and its DMA lands in memory that a process has mapped. This harms qemu.',
  ])
})

test('a group in use as it should be', () => {
  expect(wordsAfter('pt', [{ op: 'unbind', device: F0 }, ...inDomain])).toEqual([
    'Isolated',
    'The DMA of group 7 reaches only what its own context allows, and nobody else reaches in.',
  ])
})

test('every finding has words', () => {
  const world = compileWorld({ machine, boot: { iommu: 'nopt' }, processes }, [])
  const findings = ISOLATION_FINDINGS.map((how): Finding => ({
    rule: 'V2',
    how,
    device: 0,
    other: 1,
    context: { kind: 'blocked' },
    harmed: { kind: 'host' },
    live: true,
  }))
  const words = isolationWords(world, { group: 0, verdict: 'not-isolated', findings }).findings.map(plain)
  expect(words.filter((text) => !/01:00\.0.*\. This harms the host\.$/.test(text))).toEqual([])
  expect(new Set(words).size).toBe(ISOLATION_FINDINGS.length)
})
