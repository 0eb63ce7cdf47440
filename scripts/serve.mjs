/**
 * Serves the built page, with nothing but Node: `node scripts/serve.mjs`, after `vite build`.
 *
 * PORT (4173 unless set) is the first port that is tried; a busy one makes it try the next. HOST is the address it
 * listens on, this machine only unless set (HOST=0.0.0.0 for a container).
 */
import { existsSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { brotliCompressSync, constants, gzipSync } from 'node:zlib'

const dist = fileURLToPath(new URL('../dist', import.meta.url))
const firstPort = Number(process.env['PORT'] ?? 4173)
const host = process.env['HOST'] ?? '127.0.0.1'
const portsToTry = 20

/** @type {Readonly<Record<string, string>>} */
const contentTypes = {
  '.css': 'text/css; charset=utf-8',
  '.html': 'text/html; charset=utf-8',
  '.ico': 'image/x-icon',
  '.jpg': 'image/jpeg',
  '.js': 'text/javascript; charset=utf-8',
  '.json': 'application/json; charset=utf-8',
  '.jsonl': 'text/plain; charset=utf-8',
  '.map': 'application/json; charset=utf-8',
  '.mjs': 'text/javascript; charset=utf-8',
  '.png': 'image/png',
  '.svg': 'image/svg+xml; charset=utf-8',
  '.txt': 'text/plain; charset=utf-8',
  '.wasm': 'application/wasm',
  '.webmanifest': 'application/manifest+json; charset=utf-8',
  '.webp': 'image/webp',
  '.woff2': 'font/woff2',
}
const compressible = /^(?:text|application\/(?:json|wasm|manifest)|image\/svg)/

/** Compressed bodies by encoding and file: the build does not change while it is served. */
/** @type {Map<string, Buffer>} */
const compressed = new Map()

/**
 * The file that answers a request path, or undefined. A path without a dot in its last part is a place inside the page
 * (such as /lesson/first), which index.html finds its way to; one with a dot is a file, there or not.
 * @param {string} pathname as in the URL, percent-encoded
 * @returns {string | undefined} absolute path inside dist
 */
function fileFor(pathname) {
  let name
  try {
    name = decodeURIComponent(pathname)
  } catch {
    return undefined
  }
  if (name.includes('\0')) return undefined
  const file = path.join(dist, path.posix.normalize(name))
  if (path.relative(dist, file).startsWith('..')) return undefined
  return path.posix.basename(name).includes('.') ? file : path.join(dist, 'index.html')
}

/**
 * @param {string} file
 * @param {Buffer} body
 * @param {string} accepts the request's Accept-Encoding
 * @returns {{ body: Buffer, encoding?: string }}
 */
function encode(file, body, accepts) {
  const encoding = /\bbr\b/.test(accepts) ? 'br' : /\bgzip\b/.test(accepts) ? 'gzip' : undefined
  if (encoding === undefined) return { body }
  const key = `${encoding} ${file}`
  const known = compressed.get(key)
  if (known) return { body: known, encoding }
  const made =
    encoding === 'br'
      ? brotliCompressSync(body, { params: { [constants.BROTLI_PARAM_QUALITY]: 9 } })
      : gzipSync(body, { level: 9 })
  compressed.set(key, made)
  return { body: made, encoding }
}

const server = createServer((request, response) => {
  void answer(request, response).catch((/** @type {unknown} */ error) => {
    console.error(error)
    response.destroy()
  })
})

/**
 * @param {import('node:http').IncomingMessage} request
 * @param {import('node:http').ServerResponse} response
 */
async function answer(request, response) {
  if (request.method !== 'GET' && request.method !== 'HEAD') {
    response.writeHead(405, { Allow: 'GET, HEAD' }).end()
    return
  }
  const pathname = (request.url ?? '/').replace(/[?#].*$/, '')
  const file = fileFor(pathname)
  const content = file === undefined ? undefined : await readFile(file).catch(() => undefined)
  if (file === undefined || content === undefined) {
    response.writeHead(404, { 'Content-Type': 'text/plain; charset=utf-8' }).end('Not found\n')
    return
  }
  const type = contentTypes[path.extname(file)] ?? 'application/octet-stream'
  const accepts = compressible.test(type) ? String(request.headers['accept-encoding'] ?? '') : ''
  const { body, encoding } = encode(file, content, accepts)
  response.writeHead(200, {
    'Content-Type': type,
    'Content-Length': body.length,
    // Names under assets/ hold a hash of their content, so they never change; all else is asked for anew.
    'Cache-Control': pathname.startsWith('/assets/') ? 'public, max-age=31536000, immutable' : 'no-cache',
    Vary: 'Accept-Encoding',
    'X-Content-Type-Options': 'nosniff',
    ...(encoding === undefined ? {} : { 'Content-Encoding': encoding }),
  })
  response.end(request.method === 'HEAD' ? undefined : body)
}

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
