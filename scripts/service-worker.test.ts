/** public/sw.js in a scope of its own, with a network and a store that the test holds in its hands. */
import { readFileSync } from 'node:fs'
import { runInNewContext } from 'node:vm'
import { describe, expect, test } from 'vitest'

const source = readFileSync(new URL('../public/sw.js', import.meta.url), 'utf8')
const HTML = 'text/html; charset=utf-8'

/** A page of this project that loads some files. */
const pageOf = (...files: readonly string[]): string =>
  `<meta name="application-name" content="IOMMU Playground" />${files.map((file) => `<script src="${file}">`).join('')}`
const listOf = (...files: readonly string[]): string =>
  JSON.stringify(Object.fromEntries(files.map((file) => [file, { file }])))

interface Answer {
  readonly body: string
  readonly type?: string
  readonly status?: number
}

type Waiting = (event: object) => void

/** A service worker registered at `scope`, before a network that answers by address. */
class Worker {
  readonly network = new Map<string, Answer>()
  readonly cache = new Map<string, Response>()
  private readonly listeners = new Map<string, Waiting>()

  constructor(scope: string) {
    const fetchFrom = async (request: string | { readonly url: string }): Promise<Response> => {
      const url = typeof request === 'string' ? request : request.url
      const answer = this.network.get(url)
      if (answer === undefined) throw new TypeError(`no network for ${url}`)
      return new Response(answer.body, {
        status: answer.status ?? 200,
        headers: { 'Content-Type': answer.type ?? 'text/javascript' },
      })
    }
    const cache = {
      match: async (url: string) => this.cache.get(url)?.clone(),
      put: async (url: string, response: Response) => void this.cache.set(url, response),
      keys: async () => [...this.cache.keys()].map((url) => ({ url })),
      delete: async ({ url }: { readonly url: string }) => this.cache.delete(url),
    }
    const self = {
      registration: { scope },
      skipWaiting: () => {},
      clients: { claim: async () => {} },
      addEventListener: (name: string, listener: Waiting) => void this.listeners.set(name, listener),
    }
    runInNewContext(source, {
      self,
      URL,
      Set,
      JSON,
      Promise,
      Object,
      fetch: fetchFrom,
      caches: { open: async () => cache },
    })
  }

  /** Puts a release up: its page at the scope, its list, its files. */
  release(scope: string, files: readonly string[], page = pageOf(...files.map((file) => scope + file))): void {
    this.network.set(scope, { body: page, type: HTML })
    this.network.set(`${scope}assets.json`, { body: listOf(...files), type: 'application/json' })
    for (const file of files) this.network.set(scope + file, { body: `// ${file}` })
  }

  private async tell(name: string, event: object): Promise<void> {
    const waits: Promise<unknown>[] = []
    this.listeners.get(name)?.({ ...event, waitUntil: (promise: Promise<unknown>) => void waits.push(promise) })
    await Promise.allSettled(waits)
  }

  install(): Promise<void> {
    return this.tell('install', {})
  }

  /** Asks for an address; undefined: the worker leaves it to the browser. */
  async ask(url: string, mode = 'navigate'): Promise<string | undefined> {
    let answer: Promise<Response> | undefined
    const respondWith = (promise: Promise<Response>): void => void (answer = promise)
    const waits: Promise<unknown>[] = []
    const waitUntil = (promise: Promise<unknown>): void => void waits.push(promise)
    this.listeners.get('fetch')?.({ request: { url, mode, method: 'GET' }, respondWith, waitUntil })
    const text = answer === undefined ? undefined : await (await answer).text()
    await Promise.allSettled(waits)
    return text
  }

  stored(url: string): Promise<string> | undefined {
    return this.cache.get(url)?.clone().text()
  }
}

describe.each(['https://a.example/', 'https://a.example/tools/iommu/'])('at %s', (scope) => {
  const installed = async (files: readonly string[]): Promise<Worker> => {
    const worker = new Worker(scope)
    worker.release(scope, files)
    await worker.install()
    return worker
  }

  test('a first visit stores the page and every file of its release', async () => {
    const worker = await installed(['assets/page-1.js', 'assets/late-1.js'])
    expect([...worker.cache.keys()].toSorted()).toEqual(
      [scope, `${scope}assets.json`, `${scope}assets/late-1.js`, `${scope}assets/page-1.js`].toSorted(),
    )
  })

  test('without a network the page and its files come from the store, also at a place inside', async () => {
    const worker = await installed(['assets/page-1.js'])
    worker.network.clear()
    expect(await worker.ask(`${scope}lesson/first`)).toContain('IOMMU Playground')
    expect(await worker.ask(`${scope}assets/page-1.js`, 'no-cors')).toBe('// assets/page-1.js')
  })

  test('a release in the middle of being put up is not stored: its page is new and its list is old', async () => {
    const worker = new Worker(scope)
    worker.release(scope, ['assets/page-1.js'], pageOf(`${scope}assets/page-2.js`))
    await worker.install()
    expect([...worker.cache.keys()]).toEqual([])
  })

  test('nor one of whose files is missing, or answered with a page', async () => {
    for (const answer of [
      { body: 'gone', status: 404 },
      { body: '<p>start', type: HTML },
    ]) {
      const worker = new Worker(scope)
      worker.release(scope, ['assets/page-1.js', 'assets/late-1.js'])
      worker.network.set(`${scope}assets/late-1.js`, answer)
      await worker.install()
      expect(worker.stored(scope)).toBeUndefined()
    }
  })

  test('what another program of the same origin or a portal answers is passed on, and not stored as the page', async () => {
    const worker = await installed(['assets/page-1.js'])
    const before = await worker.stored(scope)
    for (const place of [`${scope}blog`, `${scope}signin`]) {
      worker.network.set(place, { body: '<title>another site</title>', type: HTML })
      expect(await worker.ask(place)).toContain('another site')
    }
    expect(await worker.stored(scope)).toBe(before)
  })

  test('a new release replaces the page, and the files of the one before stay for tabs that are open', async () => {
    const worker = await installed(['assets/page-1.js'])
    worker.release(scope, ['assets/page-2.js'])
    await worker.ask(scope)
    expect(await worker.stored(scope)).toContain('page-2.js')
    expect(worker.stored(`${scope}assets/page-1.js`)).toBeDefined()
    worker.release(scope, ['assets/page-3.js'])
    await worker.ask(scope)
    expect(worker.stored(`${scope}assets/page-1.js`)).toBeUndefined()
  })

  test('a server that fails is bridged by the store', async () => {
    const worker = await installed(['assets/page-1.js'])
    worker.network.set(scope, { body: 'bad gateway', status: 502, type: HTML })
    expect(await worker.ask(scope)).toContain('IOMMU Playground')
  })
})

test('what lies outside its folder is left alone', async () => {
  const worker = new Worker('https://a.example/tools/')
  worker.network.set('https://a.example/blog', { body: 'blog', type: HTML })
  expect(await worker.ask('https://a.example/blog')).toBeUndefined()
  expect(await worker.ask('https://b.example/tools/')).toBeUndefined()
})
