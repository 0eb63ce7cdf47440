/** A search's worker, blocked, throwing and killed. */
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { START } from '../scenario/library/first-visit.ts'
import { ExploreClient } from './client.ts'
import type { ExploreRequest } from './exploration.ts'
import { FakeWorker } from './fake-worker.test-helper.ts'
import type { FromWorker, ToWorker } from './messages.ts'

type SearchWorker = FakeWorker<ToWorker, unknown>

const REQUEST: ExploreRequest = { scenario: START, from: 'boot', goal: 'bug' }

let workers: SearchWorker[] = []
let heard: string[] = []
const make = (): SearchWorker => {
  const worker: SearchWorker = new FakeWorker()
  workers.push(worker)
  return worker
}
const hear = (message: FromWorker): void => void heard.push(message.type === 'error' ? message.words : message.type)

beforeEach(() => {
  vi.useFakeTimers()
  workers = []
  heard = []
})
afterEach(() => {
  vi.useRealTimers()
})

test('a browser that allows no worker', () => {
  new ExploreClient(hear, () => {
    throw new Error('SecurityError')
  }).start(REQUEST)
  expect(heard).toEqual([expect.stringContaining('could not be started')])
})

test.each([
  [undefined, 'could not be started'],
  ['', 'could not be started'],
  ['RangeError: out of memory', 'out of memory'],
])('a worker that throws %j', (message, words) => {
  new ExploreClient(hear, make).start(REQUEST)
  workers[0]?.breakDown(message)
  vi.runAllTimers()
  expect(heard).toEqual([expect.stringContaining(words)])
})

test('a worker that was killed says nothing: the page says so once, and can ask again', () => {
  const client = new ExploreClient(hear, make)
  client.start(REQUEST)
  vi.runAllTimers()
  expect(heard).toEqual([expect.stringContaining('Nothing was heard')])
  expect(workers[0]?.ended).toBe(true)
  client.start(REQUEST)
  expect(workers[1]?.posted.map(({ type }) => type)).toEqual(['start'])
})

test('what is no message of a search is not heard, and shows no life', () => {
  new ExploreClient(hear, make).start(REQUEST)
  for (const data of [null, 'x', { type: 'constructor' }, { type: '__proto__' }, []]) workers[0]?.say(data)
  vi.runAllTimers()
  expect(heard).toEqual([expect.stringContaining('Nothing was heard')])
})

test('a search that another took the place of is not heard any more', () => {
  const client = new ExploreClient(hear, make)
  client.start(REQUEST)
  client.start(REQUEST)
  workers[0]?.breakDown('late')
  expect([heard, workers[0]?.ended]).toEqual([[], true])
})
