/** The worker that reads long texts, blocked, throwing, killed and stopped. */
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { readPastes, type Reading } from '../../adviser/reading.ts'
import { FakeWorker } from '../../explore/fake-worker.test-helper.ts'
import { LONG_TEXT, NO_WORKER, NOT_HEARD, TextReader, type ReadOutcome } from './text-reader.ts'

/** A worker that reads what it was posted last when a test tells it to. */
class Reader extends FakeWorker<readonly string[], Reading> {
  answer(): void {
    this.say(readPastes(this.posted.at(-1) ?? [], 'x'))
  }
}

const LINE = 'IOMMU Group 1 01:00.0 Ethernet controller [0200]: Intel Corporation I210 [8086:1533]\n'
const SHORT = LINE
const LONG = LINE + '#'.repeat(LONG_TEXT)
const TOO_LONG = LINE + '#'.repeat(1_000_000)

let workers: Reader[] = []
let outcomes: ReadOutcome[] = []
const make = (): Reader => {
  const worker = new Reader()
  workers.push(worker)
  return worker
}
const hear = (outcome: ReadOutcome): void => void outcomes.push(outcome)
const devices = (): (number | string)[] =>
  outcomes.map((outcome) => (outcome.ok ? Object.keys(outcome.reading.result.devices).length : outcome.words))

beforeEach(() => {
  vi.useFakeTimers()
  workers = []
  outcomes = []
})
afterEach(() => {
  vi.useRealTimers()
})

test('a short text is read at once, without a worker', () => {
  new TextReader(make).read([SHORT], hear)
  expect([workers.length, devices()]).toEqual([0, [1]])
})

test('a long text is read by a worker, which ends with it', () => {
  new TextReader(make).read([LONG], hear)
  expect(devices()).toEqual([])
  workers[0]?.answer()
  expect([devices(), workers[0]?.ended]).toEqual([[1], true])
  vi.runAllTimers()
  expect(devices()).toEqual([1])
})

test.each([
  ['read here where that takes no time', LONG, 1],
  ['refused where it would block the page', TOO_LONG, NO_WORKER],
] as const)('a browser that allows no worker: %s', (_, text, expected) => {
  const blocked = (): never => {
    throw new Error('SecurityError')
  }
  new TextReader(blocked).read([text], hear)
  expect(devices()).toEqual([expected])
})

test.each([
  ['read here', LONG, 1],
  ['refused', TOO_LONG, NO_WORKER],
] as const)('a worker that does not load or throws: %s', (_, text, expected) => {
  new TextReader(make).read([text], hear)
  workers[0]?.breakDown()
  expect([devices(), workers[0]?.ended]).toEqual([[expected], true])
})

test('a worker that was killed says nothing: the page says so, and can try again', () => {
  const reader = new TextReader(make)
  reader.read([LONG], hear)
  vi.runAllTimers()
  expect([devices(), workers[0]?.ended]).toEqual([[NOT_HEARD], true])
  reader.read([LONG], hear)
  workers[1]?.answer()
  expect(devices()).toEqual([NOT_HEARD, 1])
})

test('one that was stopped, or that another took the place of, is not heard any more', () => {
  const reader = new TextReader(make)
  reader.read([LONG], hear)
  reader.end()
  workers[0]?.answer()
  workers[0]?.breakDown()
  vi.runAllTimers()
  expect(devices()).toEqual([])
  reader.read([LONG], hear)
  reader.read([LONG, LONG], hear)
  workers[1]?.answer()
  expect([devices(), workers[1]?.ended]).toEqual([[], true])
  workers[2]?.answer()
  expect(devices()).toEqual([1])
})
