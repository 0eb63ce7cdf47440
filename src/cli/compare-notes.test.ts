import { describe, expect, test } from 'vitest'
import { compare } from '../scenario/compare/compare.ts'
import { notesOn } from '../scenario/compare/compare-notes.ts'
import { bootOf, operationsOf } from '../scenario/recording/recording.ts'
import { KERNELS } from '../sim/kernels/registry.ts'
import { readRecordings, recordedMachines } from './recordings.ts'

const ROOT = [{ name: 'qemu', user: 'root' }]

// Where the kernels first part there is nothing to follow from: a rule must know the reason.
describe('the first difference of what real kernels recorded', () => {
  const machines = recordedMachines(new URL('../../conformance/topologies.json', import.meta.url))
  const LINUX = KERNELS.filter(({ id }) => id.startsWith('linux-'))
  test.each(['linux-5.10', 'linux-6.1'])('%s', (file) => {
    const recordings = readRecordings(new URL(`../../conformance/${file}.jsonl.gz`, import.meta.url))
    const unexplained = new Set<string>()
    let explained = 0
    for (const recording of recordings.filter(({ kind }) => kind === 'hand')) {
      const recorded = machines.get(recording.topology)
      if (recorded === undefined) continue
      const setup = { machine: recorded.machine, boot: bootOf(recording.cmdline), processes: ROOT }
      const comparison = compare(LINUX, setup, operationsOf(recording, recorded))
      const row = comparison.rows.findIndex(({ difference }) => difference === 'answers' || difference === 'isolation')
      if (row < 0) continue
      if (notesOn(comparison, row).length > 0) explained++
      else unexplained.add(`${recording.id}, step ${row + 1}: ${comparison.rows[row]?.op.op ?? ''}`)
    }
    expect([...unexplained]).toEqual([])
    expect(explained).toBeGreaterThan(50)
  })
})
