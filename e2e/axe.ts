import { expect, test, type Page } from '@playwright/test'
import axe, { type Result } from 'axe-core'

declare global {
  interface Window {
    axe: typeof axe
  }
}

/** The rules of WCAG 2.2 A and AA, and axe's own list of good practice. */
const tags = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice']

/**
 * Runs axe on the page as it stands.
 * @returns what axe calls violations, with the elements concerned
 */
async function violations(page: Page): Promise<Result[]> {
  // Not as a script tag, which the page’s policy refuses.
  await page.evaluate(axe.source)
  return page.evaluate(async (values) => {
    const results = await window.axe.run(document, { runOnly: { type: 'tag', values }, resultTypes: ['violations'] })
    return results.violations
  }, tags)
}

/** Fails, naming rule and elements, when axe finds anything on the page as it stands. */
export async function expectNoViolations(page: Page): Promise<void> {
  const found = await violations(page)
  const readable = found.flatMap((violation) =>
    violation.nodes.map(
      (node) => `${violation.id}: ${node.target.join(' ')}: ${node.failureSummary ?? violation.help}`,
    ),
  )
  expect(readable).toEqual([])
}

/** Tests in both colour schemes, on a wide and on a narrow page, that axe finds nothing in a place once `visit` has opened it. */
export function axeFindsNothingIn(place: string, visit: (page: Page) => Promise<void>): void {
  for (const colorScheme of ['dark', 'light'] as const) {
    for (const width of [1440, 390]) {
      test(`axe finds nothing in ${place} at ${width} pixels, ${colorScheme}`, async ({ page }) => {
        await page.emulateMedia({ colorScheme })
        await page.setViewportSize({ width, height: 844 })
        await visit(page)
        await expectNoViolations(page)
      })
    }
  }
}
