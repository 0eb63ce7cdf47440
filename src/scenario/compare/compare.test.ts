import { describe, expect, test } from 'vitest'
import type { Kernel, KernelId } from '../../sim/kernel.ts'
import { kernelById } from '../../sim/kernels/registry.ts'
import type { Machine } from '../../sim/machine.ts'
import { OK } from '../../sim/result.ts'
import { compare, scenarioAt, type Cell, type Comparison } from './compare.ts'
import { answer, opsOf } from '../script/play.test-helper.ts'
import { machineOf, setupOf, type Scenario } from '../document/scenario.ts'
import { parseScript } from '../script/script.ts'

function kernel(id: KernelId): Kernel {
  const found = kernelById(id)
  if (found === undefined) throw new Error(`${id} is not simulated`)
  return found
}

function machine(scenario: Pick<Scenario, 'machine'>): Machine {
  const found = machineOf(scenario)
  if (found === undefined) throw new Error('the machine does not ship')
  return found
}

const OLD_AND_NEW = [kernel('linux-5.10'), kernel('linux-6.1')]
const SETUP = {
  machine: machine({ machine: 'dual-e1000e' }),
  boot: { iommu: 'nopt' },
  processes: [{ name: 'qemu', user: 'root' }],
} as const

function word({ translation, result, dead }: Cell): string {
  if ('why' in translation) return `${translation.kind} ${translation.why}`
  return dead ? 'dead' : `${translation.kind === 'same' ? '' : '~'}${result === undefined ? '' : answer(result)}`
}

/** The rows as `5.10 | 6.1`, and how they differ. */
function table(comparison: Comparison): string[] {
  return comparison.rows.map(({ cells, difference }) =>
    [cells.map(word).join(' | '), ...(difference === null ? [] : [difference])].join(': '),
  )
}

const TWO_FREE = 'unbind 01:00.0; unbind 01:00.1; bind 01:00.1 vfio-pci; g1 = open_group 3; c1 = open_container'

describe('rows', () => {
  test.each<[string, string, string[]]>([
    [
      'a driver beside a user',
      `${TWO_FREE}; group_set_container g1 c1; bind 01:00.0 e1000e; close g1`,
      ['ok | ok', 'ok | ok', 'ok | ok', 'ok | ok', 'ok | ok', 'ok | ok', 'bug | EBUSY: answers', 'dead | ok'],
    ],
    [
      'a user beside a driver',
      'unbind 01:00.1; bind 01:00.1 vfio-pci; g1 = open_group 3; c1 = open_container; group_set_container g1 c1',
      ['ok | ok', 'ok | ok', 'ok | ok', 'ok | ok', 'ok | EPERM: answers'],
    ],
    [
      'what a call returns counts',
      `${TWO_FREE}; bind 01:00.0 e1000e; group_set_container g1 c1; group_get_status g1`,
      ['ok | ok', 'ok | ok', 'ok | ok', 'ok | ok', 'ok | ok', 'ok | ok', 'ok | EPERM: answers', 'ok | ok: answers'],
    ],
    [
      'device files, which neither has',
      `i1 = open_iommufd; d1 = open_cdev 01:00.1; unbind 01:00.0; unbind 01:00.1; bind 01:00.1 vfio-pci
        d1 = open_cdev 01:00.1; bind_iommufd d1 i1; a1 = ioas_alloc i1; attach d1 ioas=a1; detach d1; bind 01:00.0 e1000e`,
      [
        '~ok | ~ok',
        '~ENOENT | ~ENOENT',
        'ok | ok',
        'ok | ok',
        'ok | ok',
        '~ok | ~ok',
        '~ok | ~ok',
        'nothing earlier | nothing earlier',
        '~ok | ~ok',
        'missing call | missing call',
        'bug | EBUSY: answers',
      ],
    ],
  ])('%s', (_, script, expected) => {
    expect(table(compare(OLD_AND_NEW, SETUP, opsOf(script)))).toEqual(expected)
  })

  test('who is isolated from here on counts where all answers agree', () => {
    const setup = { ...SETUP, boot: { iommu: 'pt' } as const }
    const { rows, columns } = compare(OLD_AND_NEW, setup, opsOf(`${TWO_FREE}; group_set_container g1 c1; close c1`))
    expect(rows.map(({ difference }) => difference)).toEqual([null, null, null, null, null, 'isolation', null])
    expect(columns.map(({ standings }) => standings[5]?.map(({ verdict }) => verdict))).toEqual([
      ['not-isolated'],
      ['isolated'],
    ])
  })

  test('a call that returns late counts where it is released', () => {
    const script = `${TWO_FREE}; group_set_container g1 c1; unbind 01:00.1; group_unset_container g1; close c1`
    const { rows } = compare(OLD_AND_NEW, SETUP, opsOf(script))
    expect(rows.slice(6).map(({ cells }) => cells.map(word).join(' | '))).toEqual([
      'blocked | ok',
      'ok | EINVAL',
      'ok | ok',
    ])
    expect(rows[7]?.cells.map(({ completes }) => completes)).toEqual([[{ row: 6, result: OK }], []])
  })
})

test('a column says where it was refused first, and where it stopped', () => {
  const { columns } = compare(OLD_AND_NEW, SETUP, opsOf(`${TWO_FREE}; group_set_container g1 c1; bind 01:00.0 e1000e`))
  expect(columns.map(({ refused, bug }) => ({ refused, bug }))).toEqual([
    { refused: -1, bug: 6 },
    { refused: 6, bug: -1 },
  ])
})

test('an opened cell is the run as that kernel was asked, with the notes at their operations', () => {
  const reading = parseScript(`machine dual-e1000e
    kernel linux-5.10
    compare linux-5.10 linux-6.1
    i1 = open_iommufd
    unbind 01:00.0
    unbind 01:00.1
    bind 01:00.1 vfio-pci
    d1 = open_cdev 01:00.1
    bind_iommufd d1 i1
    #: an address space
    a1 = ioas_alloc i1
    #: attached
    attach d1 ioas=a1
    #: closed
    close d1`)
  if (!reading.ok) throw new Error(reading.problems[0]?.words)
  const { scenario } = reading
  const found = machineOf(scenario)
  if (found === undefined) throw new Error('the machine does not ship')
  const [, column] = compare(OLD_AND_NEW, setupOf(scenario, found), scenario.ops).columns
  if (column === undefined) throw new Error('no column')
  const opened = scenarioAt(scenario, column, 7)
  expect(opened.kernel).toBe('linux-6.1')
  expect(opened.compare).toBeUndefined()
  expect(opened.ops.slice(4).map((op) => op.op)).toEqual([
    'open_group',
    'group_set_container',
    'set_iommu',
    'group_get_device_fd',
    'close',
    'close',
  ])
  expect(opened.cursor).toBe(8)
  expect(opened.notes).toEqual({ '6': 'an address space', '8': 'attached', '10': 'closed' })
})
