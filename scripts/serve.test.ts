import { spawn, type ChildProcess } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import net from 'node:net'
import os from 'node:os'
import path from 'node:path'
import { createInterface } from 'node:readline'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { HEADERS } from './headers.mjs'

const dist = mkdtempSync(path.join(os.tmpdir(), 'serve-'))
const script = '/* some script */ '.repeat(200)
let server: ChildProcess
let address = ''

beforeAll(async () => {
  mkdirSync(path.join(dist, 'assets'))
  writeFileSync(path.join(dist, 'index.html'), '<title>first</title>')
  writeFileSync(path.join(dist, 'assets', 'page-1a2b.js'), script)
  writeFileSync(path.join(dist, 'sw.js'), '// worker')
  server = spawn(process.execPath, ['scripts/serve.mjs'], {
    env: { ...process.env, PORT: '0', DIST: dist },
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  if (server.stdout === null) return
  for await (const line of createInterface(server.stdout)) {
    address = /http:\S+/.exec(line)?.[0] ?? ''
    if (address !== '') return
  }
})

afterAll(() => {
  server.kill()
  rmSync(dist, { recursive: true })
})

/** Asks with the path as it is written; `fetch` would take `..` out of it. */
async function raw(target: string, method = 'GET'): Promise<string> {
  const socket = net.connect(Number(new URL(address).port), '127.0.0.1')
  socket.end(`${method} ${target} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n`)
  let answer = ''
  for await (const part of socket) answer += String(part)
  return answer
}

describe('what a path is answered', () => {
  test.each([
    ['', 200, 'text/html', 'no-cache'],
    ['lesson/first', 200, 'text/html', 'no-cache'],
    ['assets/page-1a2b.js', 200, 'text/javascript', 'immutable'],
    ['sw.js', 200, 'text/javascript', 'no-cache'],
    ['assets/nothing', 404, 'text/plain', 'no-store'],
    ['assets/nothing.js', 404, 'text/plain', 'no-store'],
    ['nothing.png', 404, 'text/plain', 'no-store'],
    ['lesson/first.png', 404, 'text/plain', 'no-store'],
  ])('/%s is %i', async (place, status, type, cache) => {
    const response = await fetch(address + place)
    expect(response.status).toBe(status)
    expect(response.headers.get('Content-Type')).toContain(type)
    expect(response.headers.get('Cache-Control')).toContain(cache)
  })
})

test.each(Object.entries(HEADERS))('every answer says %s', async (name, value) => {
  for (const place of ['', 'assets/page-1a2b.js', 'assets/nothing']) {
    expect((await fetch(address + place)).headers.get(name)).toBe(value)
  }
  expect((await fetch(address, { method: 'POST' })).headers.get(name)).toBe(value)
})

test('nothing inline runs, and nobody frames the page', () => {
  expect(HEADERS['Content-Security-Policy']).not.toMatch(/unsafe|https?:|\*/)
  expect(HEADERS['Content-Security-Policy']).toContain("frame-ancestors 'none'")
})

test('other methods than GET and HEAD are refused', async () => {
  expect((await fetch(address, { method: 'DELETE' })).status).toBe(405)
  expect((await fetch(address, { method: 'HEAD' })).status).toBe(200)
})

test.each([
  '/../package.json',
  '/..%2fpackage.json',
  '/%2e%2e/package.json',
  '/assets/../../package.json',
  '/%00',
  '/%',
])('no path leads out of the folder: %s', async (target) => {
  expect(await raw(target)).not.toContain('iommu-playground')
})

test('a text is compressed where the browser takes it', async () => {
  const response = await fetch(`${address}assets/page-1a2b.js`, { headers: { 'Accept-Encoding': 'gzip' } })
  expect(response.headers.get('Content-Encoding')).toBe('gzip')
  expect(await response.text()).toBe(script)
})

test('a build beside the running server is served at once', async () => {
  writeFileSync(path.join(dist, 'index.html'), '<title>second</title>')
  writeFileSync(path.join(dist, 'assets', 'page-3c4d.js'), '// new')
  expect(await (await fetch(address)).text()).toContain('second')
  expect((await fetch(`${address}assets/page-3c4d.js`)).status).toBe(200)
})
