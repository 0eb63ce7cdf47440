import { describe, expect, test } from 'vitest'
import { G_CHECKS, G_EFFECTS } from '../sim/kernels/ioasid-g/codes.ts'
import { ioasidG } from '../sim/kernels/ioasid-g/index.ts'
import { T_CHECKS, T_EFFECTS } from '../sim/kernels/ioasid-t/codes.ts'
import { ioasidT } from '../sim/kernels/ioasid-t/index.ts'
import { W_CHECKS, W_EFFECTS } from '../sim/kernels/ioasid-w/codes.ts'
import { ioasidW } from '../sim/kernels/ioasid-w/index.ts'
import { linux510 } from '../sim/kernels/linux-5.10/index.ts'
import { alias, options, run as playIoasid } from '../sim/kernels/ioasid.test-helper.ts'
import { machine, pair } from '../sim/kernels/play.test-helper.ts'
import { alphabetFor, walkOps } from '../sim/kernels/walk.test-helper.ts'
import type { Kernel } from '../sim/kernel.ts'
import { POLICY_FLAGS } from '../sim/machine.ts'
import { replay } from '../sim/replay.ts'
import { plain, refuser } from './index.ts'
import { bugStory } from './bug.ts'
import { holesOf } from './holes.test-helper.ts'
import { KERNELS } from '../sim/kernels/registry.ts'
import { OPEN_POINTS, POLICY_OPTION_WORDS, policyOptionsOf } from './ioasid-open-points.ts'
import { describeFunction, wordsOf } from './registry.ts'

const POLICIES = [
  ['ioasid-t', ioasidT, T_CHECKS, T_EFFECTS],
  ['ioasid-g', ioasidG, G_CHECKS, G_EFFECTS],
  ['ioasid-w', ioasidW, W_CHECKS, W_EFFECTS],
] as const

describe.each(POLICIES)('the tables of %s', (id, kernel, checks: readonly string[], effects: readonly string[]) => {
  const tables = wordsOf(id)
  test('have words for every check', () => expect(Object.keys(tables.checks).sort()).toEqual([...checks].sort()))
  test('have words for every effect', () => expect(Object.keys(tables.effects).sort()).toEqual([...effects].sort()))
  test('name no function that is not told about', () => {
    const fixed = (text: unknown): string[] => (typeof text === 'string' && text !== '' ? text.split(' → ') : [])
    const named = [
      ...Object.values(tables.entries).flatMap(fixed),
      ...[...Object.values(tables.checks), ...Object.values(tables.effects)].flatMap(({ fn }) => fixed(fn)),
    ]
    expect([...new Set(named)].filter((name) => describeFunction(name) === undefined)).toEqual([])
  })
  test('have an entry for every call but those on a device and the hardware', () => {
    const without = kernel.abi.filter((op) => tables.entries[op] === undefined)
    expect(without.filter((op) => !op.startsWith('device_') && op !== 'dma_probe')).toEqual([])
  })
})

describe.each(POLICIES)('walks of %s', (_, kernel) => {
  const names = ['g1', 'g2', 'd1', 'd2', 'd3', 'i1', 'i2', 'a1', 'a2']
  test.each([
    ['as it comes', {}],
    ['with everything on', { strictBlock: true, notifyOnBlockChange: true, denyProbe: true, switchGap: 'viaDefault' }],
    ['in lockstep', { lockstep: true, singletonOnly: true }],
  ] as const)(
    'leave no hole in any text, %s',
    (_name, policy) => {
      const found: string[] = []
      for (const one of [pair, machine('00:01.0rp+[01:00.0pcie2pci[02:01.0pci 02:01.1pci]]'), alias]) {
        const setup = {
          machine: one,
          boot: { iommu: 'nopt', policy },
          processes: [{ name: 'p', user: 'root' }],
        } as const
        for (const seed of [1, 2, 3, 4]) {
          // No document has an address that is not a number.
          const ops = walkOps(alphabetFor(setup, kernel.abi, names), 150, seed).filter(
            (op) => !('iova' in op) || Number.isFinite(op.iova),
          )
          found.push(...holesOf(kernel.id, replay(kernel, setup, ops)))
        }
      }
      expect(found.slice(0, 20)).toEqual([])
    },
    120_000,
  )
})

test('every option of the proposals has words, and kernels that look at it', () => {
  expect(Object.keys(POLICY_OPTION_WORDS).sort()).toEqual([...POLICY_FLAGS, 'switchGap'].sort())
  const looked = KERNELS.flatMap(({ id }) => policyOptionsOf(id))
  for (const option of [...POLICY_FLAGS, 'switchGap'] as const) {
    const { words, otherwise, point } = POLICY_OPTION_WORDS[option]
    expect(words).toMatch(/\.$/)
    expect(otherwise).not.toMatch(/\.$/)
    expect(OPEN_POINTS[point].settled).toMatch(/\.$/)
    expect(looked).toContain(option)
  }
})

describe('who refuses', () => {
  const V = 'unbind f1; bind f1 V'
  const last = (kernel: Kernel, script: string, more = {}): string => {
    const played = playIoasid(kernel, script, more)
    const index = played.steps.length - 1
    const step = played.steps[index]
    if (step === undefined) return ''
    const found = refuser(kernel.id, played.world, step.op, played.traceOf(index), step.result)
    return found === null ? 'nobody' : `${found.layer}: ${found.fn}`
  }
  const used = 'half; i = open_iommufd; d = open_cdev f1; bind_iommufd d i; bind f0 E'
  test.each([
    ['legacy, 1c', linux510, `${V}; use; d = group_get_device_fd g f1`, 'VFIO: vfio_group_get_device_fd'],
    ['legacy, 2f', linux510, 'half; join; bind f0 E', 'VFIO: vfio_group_nb_verify'],
    ['T, 1c', ioasidT, `${V}; d = open_cdev f1`, 'VFIO: vfio_group_viable'],
    ['T, 2f', ioasidT, used, 'VFIO: vfio_iommu_group_notifier'],
    ['G, 1c', ioasidG, `${V}; i = open_iommufd; d = open_cdev f1; bind_iommufd d i`, '/dev/iommu: VFIO_BIND_IOMMU_FD'],
    ['G, 2f', ioasidG, used, '/dev/iommu: iommu_fd group notifier'],
    [
      'W, 1c',
      ioasidW,
      `${V}; i = open_iommufd; g = open_group G; group_bind_iommufd g i`,
      '/dev/iommu: VFIO_GROUP_BIND_IOMMU_FD',
    ],
    [
      'W, 2f',
      ioasidW,
      'half; i = open_iommufd; g = open_group G; group_bind_iommufd g i; bind f0 E',
      '/dev/iommu: iommu_fd group notifier',
    ],
    ['a driver that there is not', ioasidG, 'unbind f0; bind f0 none-such', 'driver core: bind_store'],
    ['nobody', ioasidG, 'unbind f0', 'nobody'],
  ] as const)('%s', (_, kernel: Kernel, script, expected) => expect(last(kernel, script)).toBe(expected))

  test('G, the probe denied', () => {
    expect(last(ioasidG, used, options({ denyProbe: true }))).toBe('driver core: really_probe')
  })
})

test.each([
  [
    'T, a driver',
    ioasidT,
    'half; i = open_iommufd; d = open_cdev f1; bind_iommufd d i; bind f0 E',
    {},
    /01:00\.0 got nic .* BUG_ON/,
  ],
  [
    'T, an alias',
    ioasidT,
    'unbind f0; unbind f1; bind f0 V; bind f1 V; i = open_iommufd; d = open_cdev f0; bind_iommufd d i; a = ioas_alloc i; attach d ioas=a',
    options({ notifyOnBlockChange: true }, { machine: alias }),
    /left block although nobody attached it/,
  ],
  ['W', ioasidW, 'half; i = open_iommufd; g = open_group G; group_bind_iommufd g i; bind f0 E', {}, /01:00\.0 got nic/],
] as const)('the story of the BUG: %s', (_, kernel: Kernel, script, more, expected) => {
  const played = playIoasid(kernel, script, more)
  expect(plain(bugStory(kernel.id, played.world, played.steps, played.steps.length - 1).what)).toMatch(expected)
})
