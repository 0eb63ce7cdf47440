/**
 * Keeps the page usable without a network. Registered by the page (keepForOffline), in production builds only.
 *
 * - The page itself comes from the network whenever there is one, so a new release shows at the next load; the stored
 *   copy is the fallback. That is why this file needs no version and hardly ever changes.
 * - Files under assets/ carry a hash of their content in their name: a stored one can be used for ever.
 * - A page is stored only together with every file of its release, and only if it is this one: another site of the same
 *   origin, a captive portal or a release in the middle of being put up is not. The release before is kept too: a tab
 *   that is still open may yet load a part of it.
 *
 * All addresses are relative to the scope, so that the page can lie in any folder. assets.json is the build's own list
 * of its files (vite.config.ts, `build.manifest`).
 */
const cacheName = 'iommu-playground'
const scope = new URL('./', self.registration.scope)
const page = scope.href
const list = new URL('assets.json', scope).href
const assets = new URL('assets/', scope).href
/** What index.html says of itself (its meta tag "application-name"). */
const mark = 'content="IOMMU Playground"'

self.addEventListener('install', (event) => {
  self.skipWaiting()
  event.waitUntil(fetch(page, { cache: 'no-cache' }).then(store))
})

self.addEventListener('activate', (event) => event.waitUntil(self.clients.claim()))

self.addEventListener('fetch', (event) => {
  const { request } = event
  const url = new URL(request.url)
  if (request.method !== 'GET' || !url.href.startsWith(scope.href)) return
  if (request.mode === 'navigate' && !url.pathname.includes('.')) event.respondWith(fromNetwork(event))
  else if (url.href.startsWith(assets)) event.respondWith(fromCache(request))
})

/** The page: from the network, and then stored in the background; the stored one when that fails. */
async function fromNetwork(event) {
  try {
    const response = await fetch(event.request)
    event.waitUntil(store(response.clone()))
    if (response.status < 500) return response
    return (await stored(page)) ?? response
  } catch (error) {
    const copy = await stored(page)
    if (copy) return copy
    throw error
  }
}

/** A hashed file: stored, or else fetched and stored. */
async function fromCache(request) {
  const copy = await stored(request.url)
  if (copy) return copy
  const response = await fetch(request)
  if (isAsset(response)) {
    const copyToStore = response.clone()
    const cache = await caches.open(cacheName)
    // A full disk must not keep the file from the page.
    await cache.put(request.url, copyToStore).catch(() => {})
  }
  return response
}

async function stored(address) {
  return (await caches.open(cacheName)).match(address, { ignoreVary: true })
}

/** Stores a release: all its files, then its page. Leaves everything as it was when any of them cannot be had. */
async function store(response) {
  if (!isPage(response)) return
  const text = await response.clone().text()
  if (!text.includes(mark)) return
  const cache = await caches.open(cacheName)
  const listing = await fetch(list, { cache: 'no-cache' })
  if (!listing.ok) return
  const files = filesIn(await listing.clone().json())
  // The page and the list may be of two releases while one is put up; then neither is stored, and the next visit does it.
  if (!filesOf(text).every((file) => files.includes(file))) return
  const before = await cache.match(list)
  const filesBefore = before ? filesIn(await before.json()) : []
  const missing = []
  for (const file of files) if (!(await cache.match(file, { ignoreVary: true }))) missing.push(file)

  const fetched = await Promise.all(missing.map((file) => fetch(file)))
  if (!fetched.every(isAsset)) return
  await Promise.all(missing.map((file, index) => cache.put(file, fetched[index])))
  await cache.put(page, response)
  if (missing.length === 0 && before) return

  await cache.put(list, listing)
  const kept = new Set([page, list, ...files, ...filesBefore])
  for (const request of await cache.keys()) if (!kept.has(request.url)) await cache.delete(request)
}

/** The addresses of all files that a Vite manifest names. */
function filesIn(manifest) {
  const entries = Object.values(manifest)
  const names = entries.flatMap((entry) => [entry.file, ...(entry.css ?? []), ...(entry.assets ?? [])])
  return [...new Set(names)].filter((name) => name.startsWith('assets/')).map((name) => new URL(name, scope).href)
}

/** The addresses of the files that a page loads at once. */
function filesOf(html) {
  const names = [...html.matchAll(/(?:src|href)="([^"]+)"/g)].map(([, name]) => new URL(name, scope).href)
  return names.filter((name) => name.startsWith(assets))
}

/** Not a captive portal's redirect, an error, or a download. */
function isPage(response) {
  return response.ok && !response.redirected && contentType(response).includes('text/html')
}

/** Some servers answer a missing file with their start page. */
function isAsset(response) {
  return response.ok && !contentType(response).includes('text/html')
}

function contentType(response) {
  return response.headers.get('Content-Type') ?? ''
}
