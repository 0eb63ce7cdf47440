/**
 * Serves the built page: `node scripts/serve.mjs`, after `vite build`.
 *
 * PORT (4173 unless set) is the first port that is tried; a busy one makes it try the next. HOST is the address it
 * listens on, this machine only unless set (HOST=0.0.0.0 for a container). DIST names another folder than dist/.
 */
import { existsSync } from 'node:fs'
import { createServer } from 'node:http'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import compression from 'compression'
import sirv from 'sirv'
import { HEADERS } from './headers.mjs'

const dist = process.env['DIST'] ?? fileURLToPath(new URL('../dist', import.meta.url))
const firstPort = Number(process.env['PORT'] ?? 4173)
const host = process.env['HOST'] ?? '127.0.0.1'
const portsToTry = 20

const compress = compression()
const serveFile = sirv(dist, {
  // Looks at the folder for each request: a build beside a running server is served as it is, never half the old one.
  dev: true,
  // A path without a dot is a place inside the page (such as /lesson/first); files and what is under assets/ are there or not.
  single: true,
  ignores: [/^\/assets\//, /\.[^/]*$/],
  setHeaders(response, pathname) {
    // Names under assets/ hold a hash of their content, so they never change; all else is asked for anew.
    response.setHeader(
      'Cache-Control',
      pathname.startsWith('/assets/') ? 'public, max-age=31536000, immutable' : 'no-cache',
    )
  },
})

const server = createServer((request, response) => {
  for (const [name, value] of Object.entries(HEADERS)) response.setHeader(name, value)
  if (request.method !== 'GET' && request.method !== 'HEAD') {
    response.writeHead(405, { Allow: 'GET, HEAD' }).end()
    return
  }
  compress(request, response, () => {
    serveFile(request, response, () => {
      response.writeHead(404, { 'Content-Type': 'text/plain; charset=utf-8', 'Cache-Control': 'no-store' })
      response.end('Not found\n')
    })
  })
})

/** @param {number} port */
function listen(port) {
  server.once('error', (/** @type {NodeJS.ErrnoException} */ error) => {
    if (error.code === 'EADDRINUSE' && port < firstPort + portsToTry) listen(port + 1)
    else {
      console.error(`cannot serve on port ${port}: ${error.message}`)
      process.exitCode = 1
    }
  })
  server.listen(port, host)
}

server.on('listening', () => {
  const address = server.address()
  const port = typeof address === 'object' && address !== null ? address.port : firstPort
  console.log(`IOMMU Playground: http://localhost:${port}/`)
})

if (existsSync(path.join(dist, 'index.html'))) listen(firstPort)
else {
  console.error('Nothing is built yet: run npm start, or npm run build first.')
  process.exitCode = 1
}
