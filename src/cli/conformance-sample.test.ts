import { expect, test } from 'vitest'
import { judge } from './conformance.ts'
import { readRecordings, recordedMachines } from './recordings.ts'

/** Of the recordings, one in so many; conformance.test.ts judges them all. */
const ONE_IN = 40

const data = (name: string): URL => new URL(`../../conformance/${name}`, import.meta.url)
const machines = recordedMachines(data('topologies.json'))

test.each(['linux-5.10.jsonl.gz', 'linux-6.1.jsonl.gz', 'linux-6.12.jsonl.gz', 'linux-6.12-iommufd.jsonl.gz'])(
  'a sample of the recordings comes out as recorded: %s',
  (file) => {
    const sample = readRecordings(data(file)).filter((_, place) => place % ONE_IN === 0)
    const judged = sample.map((recording) => judge(recording, machines))
    expect(judged.flatMap(({ lines }) => lines)).toEqual([])
    expect(judged.reduce((sum, { agree }) => sum + agree, 0)).toBeGreaterThan(100)
  },
)

test('facts about DMA come out as recorded', () => {
  const judged = readRecordings(data('dma-facts.json')).map((recording) => judge(recording, machines))
  expect(judged.flatMap(({ lines }) => lines)).toEqual([])
})
