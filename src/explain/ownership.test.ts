import { describe, expect, test } from 'vitest'
import type { Kernel } from '../sim/kernel.ts'
import { linux61 } from '../sim/kernels/linux-6.1/index.ts'
import { linux612 } from '../sim/kernels/linux-6.12/index.ts'
import { IOMMUFD_CHECKS, IOMMUFD_EFFECTS } from '../sim/kernels/shared/iommufd/codes.ts'
import { linux612iommufd } from '../sim/kernels/linux-6.12-iommufd/index.ts'
import { linux73 } from '../sim/kernels/linux-7.3/index.ts'
import { linux73iommufd } from '../sim/kernels/linux-7.3-iommufd/index.ts'
import { pair, pairWith, play } from '../sim/kernels/play.test-helper.ts'
import { OWNERSHIP_CHECKS, OWNERSHIP_EFFECTS } from '../sim/kernels/shared/ownership/codes.ts'
import { alphabetFor, walkOps } from '../sim/kernels/walk.test-helper.ts'
import { replay } from '../sim/replay.ts'
import { explainRefusal, plain, viabilityWords } from './index.ts'
import { contextWords, domainName } from './contexts.ts'
import { holesOf } from './holes.test-helper.ts'
import { wordsOf } from './registry.ts'

const KERNELS: readonly (readonly [Kernel, readonly string[], readonly string[]])[] = [
  [linux61, OWNERSHIP_CHECKS, OWNERSHIP_EFFECTS],
  [linux612, OWNERSHIP_CHECKS, OWNERSHIP_EFFECTS],
  [linux612iommufd, IOMMUFD_CHECKS, IOMMUFD_EFFECTS],
  [linux73, OWNERSHIP_CHECKS, OWNERSHIP_EFFECTS],
  [linux73iommufd, IOMMUFD_CHECKS, IOMMUFD_EFFECTS],
]

describe.each(KERNELS.map(([kernel, ...codes]) => [kernel.id, kernel, ...codes] as const))(
  'the tables of %s',
  (id, kernel, checks, effects) => {
    const tables = wordsOf(id)
    test('have words for every check', () => expect(Object.keys(tables.checks).sort()).toEqual([...checks].sort()))
    test('have words for every effect', () => expect(Object.keys(tables.effects).sort()).toEqual([...effects].sort()))
    test('have an entry for every call but those of the hardware', () =>
      expect(kernel.abi.filter((op) => tables.entries[op] === undefined && op !== 'dma_probe')).toEqual([]))
    test('name no function of its path that is not told about', () => {
      const fixed = (text: unknown): string[] => (typeof text === 'string' && text !== '' ? text.split(' → ') : [])
      const named = [
        ...Object.values(tables.entries).flatMap(fixed),
        ...Object.values(tables.checks).flatMap(({ fn, path }) => [...fixed(fn), ...fixed(path)]),
        ...Object.values(tables.effects).flatMap(({ fn }) => fixed(fn)),
      ]
      expect([...new Set(named)].filter((name) => wordsOf(id).functions[name] === undefined)).toEqual([])
    })
    test('leave no hole in any text of a walk', () => {
      const found: string[] = []
      for (const machine of [pair, pairWith('01:00.1', { rmrr: true }), pairWith('01:00.1', { unplugged: true })]) {
        const processes = [{ name: 'p', user: 'root' }]
        const setup = { machine, boot: { iommu: 'nopt' }, processes } as const
        const names = ['g1', 'g2', 'c1', 'c2', 'd1', 'd2', 'd3', 'i1', 'i2', 'a1', 'a2', 'h1']
        for (const seed of [1]) {
          // No document has an address that is not a number.
          const ops = walkOps(alphabetFor(setup, kernel.abi, names), 120, seed).filter(
            (op) => !('iova' in op) || Number.isFinite(op.iova),
          )
          found.push(...holesOf(kernel.id, replay(kernel, setup, ops)))
        }
      }
      expect([...new Set(found)].slice(0, 20)).toEqual([])
    })
  },
)

/** What is said of the last operation: why it was refused. */
function why(kernel: Kernel, script: string, machine = pair): string {
  const run = play(kernel, script, { machine })
  const index = run.steps.length - 1
  const step = run.steps[index]
  if (step === undefined) return ''
  return plain(explainRefusal(kernel.id, run.world, step.op, run.traceOf(index), step.result) ?? [])
}

describe.each([linux61, linux612, linux73].map((kernel) => [kernel.id, kernel] as const))(
  'why %s refuses',
  (_, kernel) => {
    test.each([
      ['a driver, the group being owned', 'half; join; bind f0 E', /^Group 2 belongs to a user\./],
      [
        'the same by drivers_probe',
        'half; join; driver_override f0 -; drivers_probe f0',
        /^Group 2 belongs to a user\./,
      ],
      [
        'a user, a driver being bound',
        'unbind f1; bind f1 V; join',
        /^The DMA of group 2 is in use: a driver of the host/,
      ],
      ['a dead file', 'half; g = open_group G; unbind f1; group_get_status g', /^The VFIO group of this file is gone/],
      ['a device without container', 'half; g = open_group G; d = group_get_device_fd g f1', /is in no container/],
      ['a device without backend', 'half; join; d = group_get_device_fd g f1', /has no IOMMU type yet/],
      ['a device of the host', 'half; use; d = group_get_device_fd g f0', /^This group has no vfio device 01:00\.0/],
      ['to leave', 'half; use; d = group_get_device_fd g f1; group_unset_container g', /^A device of group 2 is open/],
    ])('%s', (_name, script, expected) => expect(why(kernel, script)).toMatch(expected))
    test('a group that the firmware needs', () =>
      expect(why(kernel, 'half; join', pairWith('01:00.1', { rmrr: true }))).toMatch(
        /^The firmware demands that 01:00\.1/,
      ))
  },
)

describe('why Linux 6.12 with iommufd refuses', () => {
  const files = 'D0 = open_cdev f0; D1 = open_cdev f1; I = open_iommufd; J = open_iommufd'
  const four = `both; ${files}; A = ioas_alloc I; B = ioas_alloc I; bind_iommufd D0 I; bind_iommufd D1 I; attach D0 ioas=A`
  test.each([
    [
      'BIND, a driver being bound',
      'unbind f1; bind f1 V; D1 = open_cdev f1; I = open_iommufd; bind_iommufd D1 I',
      /^The DMA of group 2 is in use/,
    ],
    [
      'BIND, another iommufd',
      `both; ${files}; bind_iommufd D0 I; bind_iommufd D1 J`,
      /or another iommufd owns the group/,
    ],
    [
      'BIND, the group being open',
      `both; g = open_group G; ${files}; bind_iommufd D0 I`,
      /^The file of group 2 is open/,
    ],
    ['a driver', `${four}; unbind f1; close D1; bind f1 E`, /^Group 2 belongs to a user/],
    ['ATTACH elsewhere', `${four}; attach D1 ioas=B`, /^Group 2 is on another page table/],
    [
      'ATTACH, an interrupt window in use',
      `both; ${files}; A = ioas_alloc I; bind_iommufd D0 I; ioas_map I A 0xfee00000 4096; attach D0 ioas=A`,
      /window for interrupts/,
    ],
    ['ATTACH to what there is not', `${four}; attach D1 ioas=x`, /^The iommufd that the device is bound to has no x\./],
    ['to destroy', `${four}; ioas_destroy I A`, /^A page table is made from A/],
    ['to open the group', `${four}; g = open_group G`, /is bound to an iommufd by its own file/],
    [
      'a device through a group',
      'unbind f1; bind f1 V; g = open_group G; I = open_iommufd; group_set_container g I; d = group_get_device_fd g f1',
      /^The DMA of group 2 is in use/,
    ],
    ['before BIND', `both; ${files}; device_get_info D0`, /^This file of 01:00\.0 is not bound/],
  ])('%s', (_name, script, expected) => expect(why(linux612iommufd, script)).toMatch(expected))
})

describe('the verdict on a group', () => {
  // prettier-ignore
  test.each([
    ['unbind f1; bind f1 V', 'Not viable', '01:00.0 is bound to nic, which uses the group’s DMA for the host.'],
    ['half', 'Viable', 'No driver of the host is in the way.'],
    ['half; D = open_cdev f1; I = open_iommufd; bind_iommufd D I', 'In use', 'An iommufd owns the DMA of this group, for 1 bound device. Nobody else can have it, neither another iommufd nor a driver of the host.'],
  ])('%s', (script, title, words) => {
    const run = play(linux612iommufd, script)
    const snapshot = run.snapshotAt(run.steps.length)
    const group = snapshot.groups.find(({ group: index }) => run.world.groups[index]?.id === 2)
    if (group === undefined) throw new Error('no group')
    const verdict = viabilityWords(linux612iommufd.id, run.world, group, snapshot)
    expect([verdict.title, plain(verdict.words)]).toEqual([title, words])
  })

  test('a page table of an iommufd has one name, on a device as on itself', () => {
    const run = play(
      linux612iommufd,
      'half; D = open_cdev f1; I = open_iommufd; bind_iommufd D I; S = ioas_alloc I; attach D ioas=S',
    )
    const snapshot = run.snapshotAt(run.steps.length)
    const [domain] = snapshot.domains
    if (domain === undefined) throw new Error('no page table')
    const device = run.world.deviceIndex.get('0000:01:00.1') ?? -1
    expect(domainName(run.world, snapshot, domain)).toMatchObject({ short: 'HWPT 3', title: 'HWPT 3 of S' })
    expect(contextWords(run.world, snapshot, device).short).toBe('→ HWPT 3')
  })
})
