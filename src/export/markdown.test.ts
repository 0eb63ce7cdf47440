import { expect, test } from 'vitest'
import { machineById } from '../machines/index.ts'
import { compare, type Comparison } from '../scenario/compare/compare.ts'
import { opsOf } from '../scenario/script/play.test-helper.ts'
import { KERNELS } from '../sim/kernels/registry.ts'
import { comparisonMarkdown } from './markdown.ts'

function comparisonOf(script: string, ...ids: readonly string[]): Comparison {
  const machine = machineById('dual-e1000e')
  if (machine === undefined) throw new Error('the machine does not ship')
  const kernels = KERNELS.filter(({ id }) => ids.includes(id))
  expect(kernels).toHaveLength(ids.length)
  const setup = { machine, boot: { iommu: 'nopt' } as const, processes: [{ name: 'qemu', user: 'root' }] }
  return compare(kernels, setup, opsOf(script))
}

const SCRIPT = `unbind 01:00.0
  unbind 01:00.1
  bind 01:00.1 vfio-pci
  g1 = open_group 3
  c1 = open_container
  group_set_container g1 c1
  bind 01:00.0 e1000e
  group_get_status g1`

test('a table with its title, link and notes', () => {
  const comparison = comparisonOf(SCRIPT, 'linux-5.10', 'linux-6.1')
  const text = comparisonMarkdown(comparison, [3, 5, 6, 7], {
    title: 'EBUSY | [not] a *BUG*',
    link: 'https://example.org/#1.abc',
    setting: ['dual-e1000e', 'iommu=pt'],
    nameOf: (id) => id,
  })
  expect(text.split('\n').slice(0, 13)).toEqual([
    '# EBUSY | \\[not\\] a \\*BUG\\*',
    '',
    'dual-e1000e · iommu=pt',
    '',
    '[Open this comparison in IOMMU Playground](https://example.org/#1.abc)',
    '',
    '| # | Operation | linux-5.10 | linux-6.1 |',
    '| --: | --- | --- | --- |',
    '| 4 | `g1 = open /dev/vfio/3` | ✓ ok | ✓ ok |',
    '| 6 | `ioctl g1 VFIO_GROUP_SET_CONTAINER c1` | ✓ ok | ✓ ok |',
    '| 7 ≠ | `bind 01:00.0 e1000e` | **☠ BUG** | **✗ EBUSY** |',
    '| 8 | `ioctl g1 VFIO_GROUP_GET_STATUS` | † stopped | ✓ viable, in a container |',
    '|  | **Group 3 at the end** | † stopped | ✓ viable, ✓ isolated |',
  ])
  expect(text).toContain(
    '## What changed\n\n- Step 7: **A driver is refused before its probe; the BUG\\_ON is gone** (Linux 5.19).',
  )
  expect(text).not.toContain('Asked in other words')
})

test('what was asked in other words stands below the table', () => {
  const comparison = comparisonOf(
    'i1 = open_iommufd; unbind 01:00.0; unbind 01:00.1; bind 01:00.1 vfio-pci; d1 = open_cdev 01:00.1; detach d1; exit',
    'linux-6.1',
    'linux-6.12-iommufd',
  )
  const text = comparisonMarkdown(comparison, [0, 4, 5], { title: '', setting: [], nameOf: (id) => id })
  expect(text).toContain('| 5 | `d1 = open /dev/vfio/devices/01:00.1` | ✓ ok [2] | ✓ ok |')
  expect(text).toContain('⊘ not in this kernel')
  expect(text).toContain('- [2] Step 5, linux-6.1: `d1-group = open /dev/vfio/3` ✓ ok')
  expect(text).not.toContain('Open this comparison')
})

test('nothing that a name or title holds breaks a row', () => {
  const comparison = comparisonOf(SCRIPT, 'linux-5.10', 'linux-6.1')
  const text = comparisonMarkdown(comparison, [0], { title: 'x', setting: [], nameOf: () => 'a|b\nc' })
  const rows = text.split('\n').filter((row) => row.startsWith('|'))
  expect(rows).toHaveLength(4)
  for (const row of rows) expect(row.replaceAll('\\|', '').match(/\|/g)).toHaveLength(5)
})
