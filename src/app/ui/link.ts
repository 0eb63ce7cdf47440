import { encodeLink } from '../../scenario/link/link.ts'
import type { Scenario } from '../../scenario/document/scenario.ts'

/**
 * The whole address of a run, to be copied.
 * @param path the place in the page, without the slash before it
 * @returns undefined if the run is too large for a link
 */
export function linkTo(scenario: Scenario, path = ''): string | undefined {
  const hash = encodeLink(scenario)
  return hash === undefined ? undefined : `${location.origin}${import.meta.env.BASE_URL}${path}#${hash}`
}
