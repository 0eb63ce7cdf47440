import { expect, test, vi } from 'vitest'
import { ExploreClient, type WorkerLike } from './client.ts'
import { Exploration, type ExploreRequest } from './exploration.ts'
import { isToWorker, type FromWorker, type ToWorker } from './messages.ts'
import { Session } from './session.ts'

const BUG: ExploreRequest = {
  scenario: {
    title: '',
    machine: 'dual-e1000e',
    kernel: 'linux-5.10',
    boot: { iommu: 'nopt' },
    processes: [{ name: 'qemu', user: 'root' }],
    ops: [],
    cursor: 0,
  },
  from: 'boot',
  goal: 'bug',
}
/** Takes many slices. */
const LONG: ExploreRequest = { ...BUG, goal: 'never shared', reduce: false }

/** A session whose slices run when the test says so, by a clock that only `advanceFor` moves on. */
function session() {
  const messages: FromWorker[] = []
  const due: (() => void)[] = []
  let time = 0
  const under = new Session({
    post: (message) => void messages.push(message),
    // Each look at the clock takes a millisecond.
    now: () => ++time,
    later: (work) => void due.push(work),
  })
  const slice = (): boolean => {
    const work = due.shift()
    work?.()
    return work !== undefined
  }
  return {
    hear: (message: ToWorker) => under.hear(message),
    slice,
    finish: () => {
      while (slice());
    },
    due,
    messages,
    types: () => messages.map((message) => message.type),
    last: () => messages.at(-1),
    later: (milliseconds: number) => (time += milliseconds),
  }
}

test('a search ends with its result', () => {
  const s = session()
  s.hear({ type: 'start', request: BUG })
  s.finish()
  const last = s.last()
  expect(s.types()).toEqual(['result'])
  expect(last?.type === 'result' && [last.result.verdict, last.result.holds, last.result.path?.length]).toEqual([
    'reached',
    true,
    7,
  ])
})

test('progress is told ten times a second at most', () => {
  const s = session()
  s.hear({ type: 'start', request: LONG })
  s.slice()
  expect(s.types()).toEqual([])
  s.later(30)
  s.slice()
  expect(s.types()).toEqual([])
  s.later(60)
  s.slice()
  expect(s.types()).toEqual(['progress'])
  s.slice()
  expect(s.types()).toEqual(['progress'])
  const [message] = s.messages
  const progress = message?.type === 'progress' ? message.progress : null
  expect(progress?.states).toBeGreaterThan(0)
  expect(progress?.frontier).toBeGreaterThan(0)
  expect(progress?.rate).toBeGreaterThan(0)
})

test('stop, then continue: the same answer as without', () => {
  const s = session()
  s.hear({ type: 'start', request: BUG })
  s.hear({ type: 'stop' })
  s.finish()
  expect(s.types()).toEqual(['stopped'])
  s.hear({ type: 'stop' })
  expect(s.types()).toEqual(['stopped'])
  s.hear({ type: 'continue' })
  s.finish()
  expect(s.types()).toEqual(['stopped', 'result'])
})

test('a limit is no proof, and can be raised', () => {
  const s = session()
  s.hear({ type: 'start', request: { ...BUG, goal: 'never bug', limits: { states: 20 } } })
  s.finish()
  const first = s.last()
  expect(first?.type === 'result' && [first.result.verdict, first.result.limit, first.result.holds]).toEqual([
    'limit',
    'states',
    null,
  ])
  s.hear({ type: 'continue', limits: { states: 1e6 } })
  s.finish()
  const second = s.last()
  expect(second?.type === 'result' && [second.result.verdict, second.result.holds]).toEqual(['reached', false])
})

test('out of memory is a limit like any other: nothing is lost when more is allowed', () => {
  const options = { names: { device: 1 }, without: ['map_dma', 'unmap_dma'] } as const
  const scenario = { ...BUG.scenario, kernel: 'linux-6.1' } as const
  const request: ExploreRequest = { ...BUG, scenario, options, reduce: false }
  const whole = new Exploration(request, () => 0)
  while (whole.running) whole.advance(1e6)
  const { states, transitions, depth } = whole.progress()

  const s = session()
  s.hear({ type: 'start', request: { ...request, limits: { memory: 400_000 } } })
  s.finish()
  expect(s.last()).toMatchObject({ type: 'result', result: { verdict: 'limit', limit: 'memory', holds: null } })
  s.hear({ type: 'continue', limits: { memory: 2 ** 30 } })
  s.finish()
  expect(s.last()).toMatchObject({ type: 'result', result: { verdict: 'impossible', states, transitions, depth } })
})

test('a new start drops the search before', () => {
  const s = session()
  s.hear({ type: 'start', request: LONG })
  s.slice()
  s.hear({ type: 'start', request: BUG })
  expect(s.due.length).toBe(1)
  s.finish()
  expect(s.types()).toEqual(['result'])
})

test('what cannot be asked is said, with the column', () => {
  const s = session()
  s.hear({ type: 'start', request: { ...BUG, goal: 'viable & bgu' } })
  s.hear({ type: 'start', request: { ...BUG, goal: 'viable@99' } })
  s.hear({ type: 'continue' })
  s.finish()
  expect(s.messages).toMatchObject([
    { type: 'error', column: 10 },
    { type: 'error', column: 8 },
  ])
  const last = s.last()
  expect(last?.type === 'error' ? last.words : '').toContain('"99"')
})

test('more operations than a search takes are refused before they are made', () => {
  const s = session()
  const processes = Array.from({ length: 12 }, (_, number) => ({ name: `p${number}`, user: 'root' }))
  const options = { names: { container: 16, group: 16, device: 16 } }
  s.hear({ type: 'start', request: { ...BUG, scenario: { ...BUG.scenario, processes }, options } })
  s.hear({ type: 'start', request: { ...BUG, options: { names: { container: 17 } } } })
  const ranges = Array.from({ length: 20_001 }, (_, page) => ({ iova: page * 4096, size: 4096 }))
  s.hear({ type: 'start', request: { ...BUG, options: { ranges } } })
  expect(s.messages.map((message) => (message.type === 'error' ? message.words : message.type))).toEqual([
    expect.stringMatching(/^at most 5000 operations to choose from: .*; this question has \d+$/),
    'at most 16 things of a kind that a process can have open; this question has 17',
    expect.stringMatching(/^at most 5000 operations to choose from/),
  ])
})

test('a worker that says nothing any more is said to be gone', () => {
  vi.useFakeTimers()
  try {
    const heard: FromWorker[] = []
    let speak = (_message: FromWorker): void => undefined
    const worker: WorkerLike = {
      postMessage: () => undefined,
      addEventListener: (type: 'message' | 'error', listener: (event: { data: unknown; message?: string }) => void) => {
        if (type === 'message') speak = (data) => listener({ data })
      },
      terminate: () => undefined,
    }
    const client = new ExploreClient(
      (message) => heard.push(message),
      () => worker,
    )
    client.start(BUG)
    vi.advanceTimersByTime(29_000)
    speak({ type: 'stopped', progress: new Exploration(BUG, () => 0).progress() })
    vi.advanceTimersByTime(600_000)
    expect(heard.map(({ type }) => type)).toEqual(['stopped'])
    client.continue()
    vi.advanceTimersByTime(600_000)
    expect(heard.map(({ type }) => type)).toEqual(['stopped', 'error'])
  } finally {
    vi.useRealTimers()
  }
})

test('the graph of a small search: every state with a way to it', () => {
  const s = session()
  s.hear({ type: 'start', request: { ...BUG, goal: 'shared', options: { actors: ['admin'] } } })
  s.finish()
  s.hear({ type: 'graph', most: 5 })
  expect(s.last()).toEqual({ type: 'graph', graph: null })
  s.hear({ type: 'graph', most: 300 })
  const last = s.last()
  const graph = last?.type === 'graph' ? last.graph : null
  expect(graph?.nodes.length).toBe(10)
  expect(graph?.nodes.every((node) => node.path.length === node.depth)).toBe(true)
  const reached = new Set([0, ...(graph?.edges ?? []).map((edge) => edge.to)])
  expect(reached.size).toBe(10)
})

// ---- The client -------------------------------------------------------------------------------------------------

/** A worker in this very thread. */
class FakeWorker implements WorkerLike {
  ended = false
  private readonly listeners: ((event: { readonly data: unknown }) => void)[] = []
  private readonly session = new Session({
    post: (message) => {
      for (const listener of this.listeners) listener({ data: structuredClone(message) })
    },
    now: () => performance.now(),
    later: (work) => void setTimeout(work, 0),
  })

  postMessage(message: ToWorker): void {
    const copy: unknown = structuredClone(message)
    if (isToWorker(copy)) this.session.hear(copy)
  }
  addEventListener(
    type: 'message' | 'error',
    listener: (event: { readonly data: unknown; readonly message: string }) => void,
  ) {
    if (type === 'message') this.listeners.push((event) => listener({ ...event, message: '' }))
  }
  terminate(): void {
    this.ended = true
  }
}

test('the client gets the answer of its own search only', async () => {
  const workers: FakeWorker[] = []
  const heard: FromWorker[] = []
  const answer = new Promise<FromWorker>((resolve) => {
    const client = new ExploreClient(
      (message) => {
        heard.push(message)
        if (message.type === 'result') resolve(message)
      },
      () => {
        const worker = new FakeWorker()
        workers.push(worker)
        return worker
      },
    )
    client.start(LONG)
    client.start(BUG)
  })
  expect(await answer).toMatchObject({ type: 'result', result: { verdict: 'reached' } })
  expect(workers.map((worker) => worker.ended)).toEqual([true, false])
  expect(heard.filter((message) => message.type === 'result').length).toBe(1)
})

test.each([
  [
    'is forbidden',
    () => {
      throw new Error('blocked')
    },
  ],
  ['does not load', () => brokenWorker(undefined)],
  ['throws', () => brokenWorker('boom')],
])('a worker that %s is said to have failed', async (_, makeWorker: () => WorkerLike) => {
  const answer = await new Promise<FromWorker>((resolve) => new ExploreClient(resolve, makeWorker).start(BUG))
  expect(answer.type === 'error' && answer.words).toMatch(/boom|did not load/)
})

/** A worker that ends with an error as soon as somebody listens. */
function brokenWorker(message: string | undefined): WorkerLike {
  return {
    postMessage: () => undefined,
    addEventListener: (type: string, listener: (event: { data: unknown; message?: string }) => void) => {
      if (type === 'error')
        queueMicrotask(() => listener({ data: null, ...(message === undefined ? {} : { message }) }))
    },
    terminate: () => undefined,
  }
}
