/** The page's kernel log holds the lines that the real kernels wrote. */
import { expect, test } from 'vitest'
import { dmesgOf } from '../explain/index.ts'
import { bootOf, kernelIdOf, operationsOf, type Recording } from '../scenario/recording/recording.ts'
import { kernelById } from '../sim/kernels/registry.ts'
import { replay } from '../sim/replay.ts'
import { readRecordings, recordedMachines } from './recordings.ts'

const data = (name: string): URL => new URL(`../../conformance/${name}`, import.meta.url)
const machines = recordedMachines(data('topologies.json'))

/** The recorders write every line of a step once, and six at most. */
const MOST = 6

/** Steps whose lines are not those of the recording, as texts. After a BUG the recorders note no lines. */
function differing(recording: Recording): string[] {
  const id = kernelIdOf(recording)
  const kernel = id === undefined ? undefined : kernelById(id)
  const recorded = machines.get(recording.topology)
  if (kernel === undefined || recorded === undefined) return [`${recording.id}: cannot be replayed`]
  const setup = { machine: recorded.machine, boot: bootOf(recording.cmdline), processes: recording.processes }
  const run = replay(kernel, setup, operationsOf(recording, recorded))
  return recording.steps.flatMap(({ log = [] }, index) => {
    const step = run.steps[index]
    if (step === undefined || run.snapshotAt(index + 1).dead) return []
    const lines = dmesgOf(kernel.id, run.world, step.op, run.traceOf(index)).filter(({ level }) => level !== 'remark')
    const once = [...new Set(lines.map(({ text }) => text))].slice(0, MOST)
    return once.join('\n') === log.join('\n') ? [] : [`${recording.id}#${index + 1}: ${once.join(' | ')}`]
  })
}

/** Every 19th recording, and how many of its steps have lines. */
test.each([
  ['linux-5.10', 1],
  ['linux-6.1', 1],
  ['linux-6.12', 1],
  ['linux-6.12-iommufd', 5],
  ['linux-7.3', 20],
  ['linux-7.3-iommufd', 20],
] as const)('%s', (file, atLeast) => {
  const sample = readRecordings(data(`${file}.jsonl.gz`)).filter(({ racy }, index) => !racy && index % 19 === 0)
  expect(sample.flatMap(differing)).toEqual([])
  expect(sample.flatMap(({ steps }) => steps).filter(({ log }) => log !== undefined).length).toBeGreaterThan(atLeast)
})
