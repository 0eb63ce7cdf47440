import { expect, test, type Page } from '@playwright/test'

/** Everything that the browser refused because of the policy, and every request that left the page's origin. */
function watch(page: Page, origin: string): { readonly refused: string[]; readonly left: string[] } {
  const refused: string[] = []
  const left: string[] = []
  page.on('console', (message) => {
    if (/Content Security Policy|Content-Security-Policy/.test(message.text())) refused.push(message.text())
  })
  page.on('request', (request) => {
    const url = new URL(request.url())
    if (url.origin !== origin && url.protocol !== 'data:' && url.protocol !== 'blob:') left.push(request.url())
  })
  return { refused, left }
}

const PLACES = [
  '',
  'explore',
  'lessons',
  'lesson/what-is-a-group',
  'debate',
  'compare',
  'my-machine',
  'library',
  'nowhere',
]

test('in every place the policy is in force, breaks nothing, and no request leaves the origin', async ({
  page,
  baseURL,
}) => {
  const origin = new URL(baseURL ?? '').origin
  const seen = watch(page, origin)
  for (const place of PLACES) {
    const response = await page.goto(`/${place}`)
    expect(response?.headers()['content-security-policy'], place).toContain("default-src 'none'")
    await expect(page.getByRole('heading').first(), place).toBeVisible()
  }
  expect(seen).toEqual({ refused: [], left: [] })
})

test('the policy refuses what is inline and what is foreign', async ({ page }) => {
  await page.goto('/')
  const results = await page.evaluate(async () => {
    const inline = document.createElement('script')
    inline.textContent = 'window.name = "ran"'
    document.head.append(inline)
    const fetched = await fetch('https://example.invalid/').then(
      () => 'fetched',
      () => 'refused',
    )
    return { name: window.name, fetched }
  })
  expect(results).toEqual({ name: '', fetched: 'refused' })
})

test('another site cannot frame the page', async ({ page, baseURL }) => {
  await page.route('https://other.example/', (route) =>
    route.fulfill({ contentType: 'text/html', body: `<iframe src="${baseURL ?? ''}/"></iframe>` }),
  )
  await page.goto('https://other.example/')
  // The browser shows its own error in the frame.
  await expect
    .poll(() => page.frames().map((frame) => frame.url()))
    .toContainEqual(expect.stringMatching(/^chrome-error:/))
})

test('on a host that sends no headers a framed page shows a link to itself and nothing else', async ({
  page,
  baseURL,
}) => {
  await page.route('https://other.example/', (route) =>
    route.fulfill({ contentType: 'text/html', body: `<iframe src="${baseURL ?? ''}/"></iframe>` }),
  )
  await page.route(`${baseURL ?? ''}/`, async (route) => {
    const response = await route.fetch()
    await route.fulfill({ response, headers: { 'Content-Type': 'text/html' } })
  })
  await page.goto('https://other.example/')
  const framed = page.frameLocator('iframe').locator('#root')
  await expect(framed.getByRole('link', { name: 'Open IOMMU Playground' })).toBeVisible()
  await expect(framed.locator('> *')).toHaveCount(1)
})
