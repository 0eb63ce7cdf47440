/** A search's worker, blocked, throwing and killed. */
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { START } from '../scenario/library/first-visit.ts'
import { ExploreClient, type WorkerLike } from './client.ts'
import type { ExploreRequest } from './exploration.ts'
import type { FromWorker, ToWorker } from './messages.ts'

/** A worker that does what a test tells it to. */
class FakeWorker implements WorkerLike {
  readonly posted: string[] = []
  ended = false
  private hear: (event: { readonly data: unknown }) => void = () => {}
  private fail: (event: { readonly message?: string }) => void = () => {}

  postMessage({ type }: ToWorker): void {
    this.posted.push(type)
  }
  addEventListener(type: 'message', listener: (event: { readonly data: unknown }) => void): void
  addEventListener(type: 'error', listener: (event: { readonly message?: string }) => void): void
  addEventListener(
    ...[type, listener]:
      | readonly ['message', (event: { readonly data: unknown }) => void]
      | readonly ['error', (event: { readonly message?: string }) => void]
  ): void {
    if (type === 'message') this.hear = listener
    else this.fail = listener
  }
  terminate(): void {
    this.ended = true
  }
  say(data: unknown): void {
    this.hear({ data })
  }
  breakDown(message?: string): void {
    this.fail(message === undefined ? {} : { message })
  }
}

const REQUEST: ExploreRequest = { scenario: START, from: 'boot', goal: 'bug' }

let workers: FakeWorker[] = []
let heard: string[] = []
const make = (): FakeWorker => {
  const worker = new FakeWorker()
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
  expect(workers[1]?.posted).toEqual(['start'])
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
