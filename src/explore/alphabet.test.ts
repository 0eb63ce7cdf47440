import { describe, expect, test } from 'vitest'
import { machineById } from '../machines/index.ts'
import { printOpLine } from '../sim/op-line.ts'
import type { OpKind } from '../sim/op.ts'
import type { KernelId } from '../sim/kernel.ts'
import { kernelById } from '../sim/kernels/registry.ts'
import type { Machine, ProcessSpec } from '../sim/machine.ts'
import { replay } from '../sim/replay.ts'
import { opsOf } from '../scenario/script/play.test-helper.ts'
import { alphabetOf, isDefault, type Alphabet, type AlphabetOptions } from './alphabet.ts'

const QEMU: readonly ProcessSpec[] = [{ name: 'qemu', user: 'root' }]
const TWO: readonly ProcessSpec[] = [...QEMU, { name: 'other', user: 'alice' }]

interface Start {
  readonly script?: string
  readonly kernel?: KernelId
  readonly machine?: string | Machine
  readonly processes?: readonly ProcessSpec[]
}

function alphabet(options: AlphabetOptions = {}, start: Start = {}): Alphabet {
  const { script = 'unbind 01:00.0', kernel = 'linux-5.10', machine = 'dual-e1000e', processes = QEMU } = start
  const found = typeof machine === 'string' ? machineById(machine) : machine
  if (found === undefined) throw new Error('no machine')
  const setup = { machine: found, boot: { iommu: 'nopt' }, processes } as const
  const simulated = kernelById(kernel)
  return alphabetOf(simulated, setup, replay(simulated, setup, opsOf(script, processes)), options)
}

/** The operations of a kind, as lines. */
function linesOf(kind: OpKind, options?: AlphabetOptions, start?: Start): string {
  const ops = alphabet(options, start).ops.filter(({ op }) => op === kind)
  return ops.map(printOpLine).join('; ').replaceAll('0000:', '')
}

const kindsOf = (options?: AlphabetOptions, start?: Start): string =>
  [...new Set(alphabet(options, start).ops.map(({ op }) => op))].join(' ')

const IOMMUFD: Start = { kernel: 'linux-6.12-iommufd' }
const HALF = 'unbind 01:00.0; unbind 01:00.1; bind 01:00.1 vfio-pci'

// prettier-ignore
test.each<[kind: OpKind, expected: string, options?: AlphabetOptions, start?: Start]>([
  ['unbind', 'unbind 01:00.0; unbind 01:00.1'],
  ['unbind', 'unbind 01:00.1', { devices: ['0000:01:00.1'] }],
  ['bind', 'bind 01:00.0 e1000e; bind 01:00.0 vfio-pci; bind 01:00.0 pci-stub; bind 01:00.1 e1000e; bind 01:00.1 vfio-pci; bind 01:00.1 pci-stub'],
  ['bind', 'bind 01:00.0 vfio-pci; bind 01:00.1 vfio-pci', { drivers: ['vfio-pci'] }],
  ['driver_override', 'driver_override 01:00.0 e1000e; driver_override 01:00.0 -', { with: ['driver_override'], drivers: ['native'], devices: ['0000:01:00.0'] }],
  ['open_container', 'c1 = open_container'],
  ['open_container', 'c1 = open_container; c2 = open_container', { names: { container: 2 } }],
  ['open_container', '', { names: { container: 0 } }],
  ['open_group', 'g1 = open_group 3'],
  ['open_group', 'qemu: g1 = open_group 3; other: g2 = open_group 3', {}, { processes: TWO }],
  ['open_group', 'other: g1 = open_group 3', { processes: ['other'] }, { processes: TWO }],
  ['open_group', 'g7 = open_group 3', {}, { script: `${HALF}; g7 = open_group 3` }],
  // A name that was given, and is free again, is not given twice.
  ['open_group', 'g2 = open_group 3', {}, { script: `${HALF}; g1 = open_group 3; close g1` }],
  ['chown_group', '', {}],
  ['chown_group', 'chown_group 3 alice', {}, { processes: TWO }],
  ['group_set_container', 'group_set_container g1 c1'],
  ['group_set_container', 'group_set_container g1 c1; group_set_container g2 c2', {}, { processes: TWO }],
  ['set_iommu', 'set_iommu c1 type1v2'],
  ['set_iommu', 'set_iommu c1 type1; set_iommu c1 noiommu', { types: ['type1', 'noiommu'] }],
  ['map_dma', 'map_dma c1 0x0 2M'],
  ['map_dma', 'map_dma c9 0x1000 4K', {}, { script: 'unbind 01:00.0; c9 = open_container; map_dma c9 0x1000 4K; map_dma c9 0x1000 4K' }],
  ['unmap_dma', 'unmap_dma c1 0x0 4K; unmap_dma c1 0x0 8K; unmap_dma c1 0x1000 4K', { ranges: [{ iova: 0, size: 4096 }, { iova: 0, size: 8192 }, { iova: 4096, size: 4096 }] }],
  ['group_get_device_fd', 'd1 = group_get_device_fd g1 01:00.0; d2 = group_get_device_fd g1 01:00.0; d1 = group_get_device_fd g1 01:00.1; d2 = group_get_device_fd g1 01:00.1'],
  ['close', 'close c1; close g1; close d1; close d2'],
  ['close', 'close c1; close g1; close d1; close d2; close i1', {}, IOMMUFD],
  ['exit', ''],
  ['exit', 'exit', { with: ['exit'] }],
  ['exit', 'qemu: exit; other: exit', { with: ['exit'] }, { processes: TWO }],
  ['device_hot_reset', 'device_hot_reset d1; device_hot_reset d1 group_fd=g1', { with: ['device_hot_reset'], names: { device: 1 } }],
  ['dma_probe', '', {}],
  ['attach', 'attach d1 ioas=a1; attach d2 ioas=a1', {}, IOMMUFD],
  ['attach', 'attach d1 hwpt=h1; attach d1 ioas=a1', { with: ['hwpt_alloc'], names: { device: 1 } }, IOMMUFD],
  ['hwpt_alloc', 'h1 = hwpt_alloc i1 d1 a1', { with: ['hwpt_alloc'], names: { device: 1 } }, IOMMUFD],
  ['ioas_map', 'ioas_map i1 a1 0x0 2M', {}, IOMMUFD],
])('%s: %s', (kind, expected, options, start) => expect(linesOf(kind, options, start)).toBe(expected))

describe('kinds of operation:', () => {
  test('those that only ask, and those by request only, are left out unless named', () => {
    const asked = [
      'bind',
      'hot_add',
      'attach',
      'close',
      'exit',
      'dma_probe',
      'group_get_status',
      'driver_override',
    ] as const
    expect(asked.filter(isDefault)).toEqual(['bind', 'hot_add', 'attach', 'close'])
  })

  test('the kernel has to know them, and the actors to do them', () => {
    expect(kindsOf({ actors: ['admin'] })).toBe('bind unbind')
    expect(kindsOf({ actors: ['user'] })).toBe(
      'open_container open_group group_set_container group_unset_container set_iommu map_dma unmap_dma group_get_device_fd close',
    )
    expect(kindsOf({ without: ['map_dma', 'unmap_dma', 'close'], actors: ['user'] })).toBe(
      'open_container open_group group_set_container group_unset_container set_iommu group_get_device_fd',
    )
    expect(kindsOf({ actors: ['user'], with: ['drivers_probe', 'attach'] })).toContain('drivers_probe')
    expect(kindsOf({ with: ['attach'] })).not.toContain('attach')
  })

  test('a function is plugged in where one is not', () => {
    const dual = machineById('dual-e1000e')
    if (dual === undefined) throw new Error('no machine')
    const away = {
      ...dual,
      devices: dual.devices.map((f) => (f.bdf.endsWith('01:00.1') ? { ...f, unplugged: true } : f)),
    }
    expect(linesOf('hot_add', {}, { machine: away })).toBe('hot_add 01:00.0; hot_add 01:00.1')
    expect(linesOf('hot_add', { devices: ['0000:01:00.0'] }, { machine: away })).toBe('')
  })
})

test.each<[title: string, start: Start, devices: string]>([
  ['those of the group of a device that operations name', { script: 'unbind 01:00.1' }, '01:00.0 01:00.1'],
  ['those of a group that operations name', { script: 'g1 = open_group 3' }, '01:00.0 01:00.1'],
  [
    'of groups that are named both',
    { machine: 'two-singletons', script: 'unbind 02:00.0; unbind 01:00.0' },
    '01:00.0 02:00.0',
  ],
  ['of one that is', { machine: 'two-singletons', script: 'unbind 02:00.0' }, '02:00.0'],
  [
    'of the first two groups of cards where nothing is named',
    { machine: 'two-singletons', script: 'c1 = open_container' },
    '01:00.0 02:00.0',
  ],
])('functions: %s', (_, start, devices) => {
  expect(
    alphabet({}, start)
      .choices.devices.map((bdf) => bdf.slice(5))
      .join(' '),
  ).toBe(devices)
})

test('what was left open is said', () => {
  expect(alphabet({ actors: ['admin'] }).choices).toEqual({
    actors: ['admin'],
    processes: ['qemu'],
    devices: ['0000:01:00.0', '0000:01:00.1'],
    drivers: ['native', 'vfio-pci', 'pci-stub'],
    names: { container: 1, group: 1, device: 2, iommufd: 1, ioas: 1, hwpt: 1 },
    ranges: [{ iova: 0, size: 2 * 1024 * 1024 }],
    types: ['type1v2'],
    waiting: 1,
    kinds: ['bind', 'unbind'],
  })
  expect(alphabet({ processes: ['other'] }, { processes: TWO }).names.map((names) => names?.group ?? null)).toEqual([
    null,
    ['g1'],
  ])
})

test.each<[AlphabetOptions, string]>([
  [{ devices: ['0000:09:00.0'] }, 'the machine has no device 0000:09:00.0'],
  [{ processes: ['nobody'] }, 'the scenario has no process nobody'],
  [{ names: { group: 17 } }, 'at most 16 things of a kind that a process can have open; this question has 17'],
  [
    {
      names: { group: 16, container: 16, device: 16 },
      ranges: Array.from({ length: 200 }, (_, n) => ({ iova: 0, size: n + 1 })),
    },
    'at most 5000 operations to choose from',
  ],
])('%j: %s', (options, words) => expect(() => alphabet(options)).toThrow(words))
