import { describe, expect, test } from 'vitest'
import type { AlphabetOptions } from '../explore/alphabet.ts'
import { Exploration, type ExploreResult } from '../explore/exploration.ts'
import type { Recording } from '../scenario/recording/recording.ts'
import type { KernelId } from '../sim/kernel.ts'
import { kernelById } from '../sim/kernels/registry.ts'
import type { Op } from '../sim/op.ts'
import { replay } from '../sim/replay.ts'
import { machineById } from '../machines/index.ts'
import { readRecordings, recordedMachines } from './recordings.ts'

const data = (name: string): URL => new URL(`../../conformance/${name}`, import.meta.url)

const PROCESSES = [{ name: 'qemu', user: 'root' }]

function searched(kernel: KernelId, options: AlphabetOptions, reduce = true): ExploreResult {
  const scenario = {
    title: '',
    machine: 'dual-e1000e',
    kernel,
    boot: { iommu: 'nopt' },
    processes: PROCESSES,
    ops: [],
    cursor: 0,
  } as const
  const exploration = new Exploration({ scenario, from: 'boot', goal: 'bug', options, reduce }, () => 0)
  while (exploration.running) exploration.advance(1e6)
  const result = exploration.result()
  if (result === null) throw new Error('the search has not ended')
  return result
}

/** An operation with the recordings' names of groups and files. */
function asRecorded(op: Op, group: string): string {
  return JSON.stringify({ ...op, ...('group' in op && op.group === group ? { group: 'G0' } : {}) })
}

describe('the shortest BUG_ON on Linux 5.10, from boot', () => {
  const group = recordedMachines(data('topologies.json')).get('dual-e1000e')?.groupNumbers.get('G0') ?? ''
  const short = (each: Recording): boolean =>
    each.topology === 'dual-e1000e' && each.cmdline === 'iommu=nopt' && each.steps.length <= 7
  const recordings = readRecordings(data('linux-5.10.jsonl.gz')).filter(short)

  test.each([true, false])(
    'takes seven operations, each answered as a real kernel was recorded to, reduced: %s',
    (reduce) => {
      const { path } = searched('linux-5.10', {}, reduce)
      const machine = machineById('dual-e1000e')
      const kernel = kernelById('linux-5.10')
      if (path === null || machine === undefined || kernel === undefined) throw new Error('no path')
      const wanted = path.map((op) => asRecorded(op, group)).toSorted()
      // The same operations; the two files may have been opened in the other order.
      const recording = recordings.find(
        ({ steps }) => JSON.stringify(steps.map(({ op }) => JSON.stringify(op)).toSorted()) === JSON.stringify(wanted),
      )
      const recorded = new Map(recording?.steps.map(({ op, result }) => [JSON.stringify(op), result]))
      const run = replay(kernel, { machine, boot: { iommu: 'nopt' }, processes: PROCESSES }, path)
      const found = new Map(run.steps.map(({ op, result }) => [asRecorded(op, group), result]))
      expect(path).toHaveLength(7)
      expect(recording?.id).toBe('sibling-native-when-container-set@dual-e1000e')
      expect(found).toEqual(recorded)
      expect(run.steps.at(-1)?.result).toMatchObject({ bug: { file: 'drivers/vfio/vfio.c', line: 698 } })
    },
  )

  test('no recording of a real kernel gets there sooner', () => {
    const lengths = recordings.flatMap(({ steps }) => {
      const at = steps.findIndex(({ result }) => 'bug' in result)
      return at < 0 ? [] : [at + 1]
    })
    expect(Math.min(...lengths)).toBe(7)
  })
})

/** Also what the search leaves out by default, because it comes to the same as something else. */
const MORE: AlphabetOptions = { with: ['driver_override', 'drivers_probe', 'exit'] }

describe('no BUG_ON from Linux 6.1 on, whatever users and the administrator do', () => {
  test.each<readonly [KernelId, AlphabetOptions, number]>([
    ['linux-6.1', MORE, 25_948],
    ['linux-6.12', MORE, 25_948],
    ['linux-6.12-iommufd', {}, 21_040],
  ])('%s: all states examined', (kernel, options, states) => {
    const result = searched(kernel, options)
    expect([result.verdict, result.states, result.frontier]).toEqual(['impossible', states, 0])
  })

  test('without symmetry too, with one device file', () => {
    const options: AlphabetOptions = { names: { device: 1 }, without: ['unmap_dma', 'map_dma'] }
    for (const kernel of ['linux-6.1', 'linux-6.12'] as const) {
      expect(searched(kernel, options, false).verdict).toBe('impossible')
    }
  })
})
