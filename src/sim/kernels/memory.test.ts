/** How much memory a process may have mapped for devices (RLIMIT_MEMLOCK), kernel by kernel. */
import { describe, expect, test } from 'vitest'
import type { ProcessSpec } from '../machine.ts'
import { linux510 } from './linux-5.10/index.ts'
import { linux61 } from './linux-6.1/index.ts'
import { linux612iommufd } from './linux-6.12-iommufd/index.ts'
import { linux73iommufd } from './linux-7.3-iommufd/index.ts'
import { play } from './play.test-helper.ts'
import type { Kernel } from '../kernel.ts'

const ALICE: ProcessSpec[] = [
  { name: 'p', user: 'alice' },
  { name: 'q', user: 'alice' },
  { name: 'r', user: 'bob' },
]

/** The answers to the last so many operations of a script. */
function answers(kernel: Kernel, script: string, count: number, processes: readonly ProcessSpec[]): string {
  const units: Readonly<Record<string, number>> = { K: 2 ** 10, M: 2 ** 20, G: 2 ** 30 }
  const inBytes = script.replaceAll(/\b(\d+)([KMG])\b/g, (_, digits: string, unit: string) =>
    String(Number(digits) * (units[unit] ?? 1)),
  )
  const { steps } = play(kernel, inBytes, { processes })
  return steps
    .slice(-count)
    .map(({ result }) => ('ok' in result ? (result.ok ? 'ok' : result.errno) : 'blocked'))
    .join(' ')
}

const CONTAINER = `half; single; chown_group G alice; chown_group H alice;
  g = open_group G; c = open_container; group_set_container g c; set_iommu c type1v2;`

describe('a container counts what its process has mapped in all containers', () => {
  test.each([
    [linux510, 'map_dma c 0 64K', 'ok'],
    [linux510, 'map_dma c 0 68K', 'ENOMEM'],
    [linux510, 'map_dma c 0 60K; map_dma c 1M 4K; map_dma c 2M 4K', 'ok ok ENOMEM'],
    [linux510, 'map_dma c 0 64K; unmap_dma c 0 64K; map_dma c 1M 64K', 'ok ok ok'],
    [linux510, 'map_dma c 0 2M; map_dma c 0 4K', 'ENOMEM ok'],
    [linux61, 'map_dma c 0 8M', 'ok'],
    [linux61, 'map_dma c 0 12M', 'ENOMEM'],
    // Whether the range can be mapped at all comes first.
    [linux510, 'map_dma c 0 64K; map_dma c 4K 64K', 'ok EEXIST'],
    [linux510, 'map_dma c 0xfee00000 1M', 'EINVAL'],
    // Another container of the same process, and one of another process of the same user.
    [
      linux510,
      'map_dma c 0 64K; h = open_group H; e = open_container; group_set_container h e; set_iommu e type1; map_dma e 0 4K',
      'ok ok ok ok ok ENOMEM',
    ],
    [
      linux510,
      'map_dma c 0 64K; q: h = open_group H; q: e = open_container; group_set_container h e; set_iommu e type1; map_dma e 0 4K',
      'ok ok ok ok ok ok',
    ],
    // The mappings of a container go with its last group.
    [
      linux510,
      'map_dma c 0 64K; group_unset_container g; group_set_container g c; set_iommu c type1; map_dma c 0 64K',
      'ok ok ok ok ok',
    ],
  ])('$id: %s', (kernel, script, expected) => {
    expect(answers(kernel, CONTAINER + script, expected.split(' ').length, ALICE)).toBe(expected)
  })

  test('a limit of its own, none, and root', () => {
    const one = (spec: Partial<ProcessSpec>): string =>
      answers(linux510, `${CONTAINER} map_dma c 0 1M; map_dma c 1M 4K`, 2, [{ name: 'p', user: 'alice', ...spec }])
    expect(one({ memlock: 2 ** 20 })).toBe('ok ENOMEM')
    expect(one({ memlock: 2 ** 20 + 8191 })).toBe('ok ok')
    expect(one({ memlock: 0 })).toBe('ENOMEM ENOMEM')
    expect(one({ memlock: 'unlimited' })).toBe('ok ok')
    expect(one({ user: 'root', memlock: 0 })).toBe('ok ok')
  })
})

const IOMMUFD = `half; single; chown_group G alice; chown_group H alice; chown_iommu alice;
  i = open_iommufd; a = ioas_alloc i; d = open_cdev f1; bind_iommufd d i;`

describe.each([linux612iommufd, linux73iommufd])(
  '$id: an iommufd counts what is mapped with a page table, by user',
  (kernel) => {
    test.each([
      // Nothing is pinned before there is a page table.
      ['ioas_map i a 0 16M', 'ok'],
      ['ioas_map i a 0 16M; attach d ioas=a', 'ok ENOMEM'],
      ['ioas_map i a 0 16M; h = hwpt_alloc i d a', 'ok ENOMEM'],
      ['ioas_map i a 0 16M; attach d ioas=a; ioas_unmap i a 0 16M; attach d ioas=a', 'ok ENOMEM ok ok'],
      ['attach d ioas=a; ioas_map i a 0 8M; ioas_map i a 1G 4K', 'ok ok ENOMEM'],
      ['h = hwpt_alloc i d a; ioas_map i a 0 12M', 'ok ENOMEM'],
      // A second page table of an address space pins nothing more.
      ['attach d ioas=a; ioas_map i a 0 8M; h = hwpt_alloc i d a', 'ok ok ok'],
      ['attach d ioas=a; ioas_map i a 0 8M; detach d; ioas_map i a 1G 4M; attach d ioas=a', 'ok ok ok ok ENOMEM'],
      // Another process of the same user; containers count for themselves.
      [
        'attach d ioas=a; ioas_map i a 0 8M; q: e = open_cdev s; q: j = open_iommufd; bind_iommufd e j; b = ioas_alloc j; attach e ioas=b; ioas_map j b 0 4K',
        'ok ok ok ok ok ok ok ENOMEM',
      ],
      [
        'attach d ioas=a; ioas_map i a 0 8M; h = open_group H; c = open_container; group_set_container h c; set_iommu c type1; map_dma c 0 8M',
        'ok ok ok ok ok ok ok',
      ],
    ])('%s', (script, expected) => {
      expect(answers(kernel, IOMMUFD + script, expected.split(' ').length, ALICE)).toBe(expected)
    })
  },
)
