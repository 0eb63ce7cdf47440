import { describe, expect, test } from 'vitest'
import { kernelIdOf } from '../scenario/recording/recording.ts'
import { kernelById } from '../sim/kernels/registry.ts'
import { judge } from './conformance.ts'
import { readRecordings, recordedMachines } from './recordings.ts'

const data = (name: string): URL => new URL(`../../conformance/${name}`, import.meta.url)
const machines = recordedMachines(data('topologies.json'))

/** Steps of the judged traces in each file. */
const FILES = [
  ['linux-5.10', 9606, 2],
  ['linux-6.1', 9903, 4],
  ['linux-6.12', 9901, 2],
  ['linux-6.12-iommufd', 7422, 4],
  ['linux-7.3', 9901, 2],
  ['linux-7.3-iommufd', 7422, 4],
  ['operations-5.10', 571, 0],
  ['operations-6.1', 572, 0],
  ['operations-6.12', 572, 0],
  ['operations-6.12-iommufd', 856, 0],
  ['operations-7.3', 572, 0],
] as const

describe.each(FILES)('%s', (file, steps, racy) => {
  const recordings = readRecordings(data(`${file}.jsonl.gz`))

  test('every recorded step comes out as recorded', () => {
    const judged = recordings.map((recording) => judge(recording, machines))
    expect(judged.flatMap((one) => one.lines)).toEqual([])
    expect(judged.reduce((sum, one) => sum + one.agree, 0)).toBe(steps)
    expect(judged.filter((one) => one.racy)).toHaveLength(racy)
  })
})

describe('DMA gets through where it did', () => {
  const simulated = (recording: Parameters<typeof kernelIdOf>[0]): boolean => {
    const id = kernelIdOf(recording)
    return id !== undefined && kernelById(id) !== undefined
  }
  const probes = readRecordings(data('dma-facts.json')).filter(simulated)

  test.each(probes.map((recording) => [`${recording.kernel} ${recording.id}`, recording] as const))(
    '%s',
    (_, recording) => {
      expect(judge(recording, machines)).toMatchObject({ differ: 0, agree: recording.steps.length, lines: [] })
    },
  )

  test('all facts about the kernels above are judged', () => {
    expect(probes.flatMap(({ steps }) => steps).filter(({ op }) => op.op === 'dma_probe')).toHaveLength(626)
  })
})

describe('a recording that is not so is found out', () => {
  type Step = ReturnType<typeof readRecordings>[number]['steps'][number]
  const changes: readonly (readonly [string, (step: Step) => unknown, number])[] = [
    ['nothing', () => undefined, 0],
    ['results', (step) => (step.result = { ok: false, errno: 'EBUSY' }), 5],
    ['completions', (step) => step.completes.push({ step: 0, result: { ok: true } }), 5],
    ['driver links', (step) => Object.assign(step.after?.drivers ?? {}, { '0000:01:00.0': 'nvme' }), 5],
    ['status', (step) => Object.assign(step.after?.groups ?? {}, { G0: { viable: false, container_set: true } }), 5],
  ]

  test.each(changes)('%s', (_, change, differ) => {
    const [recording] = readRecordings(data('linux-5.10.jsonl.gz'))
    recording?.steps.slice(0, 5).forEach(change)
    expect(recording && judge(recording, machines).differ).toBe(differ)
  })
})
