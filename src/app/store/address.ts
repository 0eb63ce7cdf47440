/** The path and fragment of the address: which place is open, and the run. A lesson's run is the lesson. */
import { encodeLink } from '../../scenario/link/link.ts'
import type { Scenario } from '../../scenario/document/scenario.ts'
import { PLACE_IDS, PLACES, type Place } from './places.ts'
import type { AppState } from './state.ts'

/** The place and lesson that a path stands for; null: none of its own. */
export function placeOfPath(pathname: string): { readonly place: Place; readonly lesson: string | null } | null {
  const slug = /^\/lesson\/([a-z0-9-]+)\/?$/.exec(pathname)?.[1]
  if (slug !== undefined) return { place: 'lessons', lesson: slug }
  if (/^\/lesson\/?$/.test(pathname)) return { place: 'lessons', lesson: null }
  const place = PLACE_IDS.find((id) => PLACES[id].path !== null && PLACES[id].path === pathname.replace(/\/$/, ''))
  return place === undefined ? null : { place, lesson: null }
}

/** The path of what is shown. */
export function pathOf({ place, lesson }: Pick<AppState, 'place' | 'lesson'>): string {
  return lesson === null ? (PLACES[place].path ?? '/') : `/lesson/${lesson}`
}

/** A longer link is not kept in the address: browsers and chat programs cut it. */
const LONGEST_LIVE_LINK = 8000

const links = new WeakMap<Scenario, { readonly hash: string | undefined }>()

/** The link of a run without the `#`, packed once a scenario; undefined if the run is too large for a link. */
export function hashOf(scenario: Scenario): string | undefined {
  const known = links.get(scenario)
  if (known !== undefined) return known.hash
  const hash = encodeLink(scenario)
  links.set(scenario, { hash })
  return hash
}

/**
 * The address of what is shown, from the path on: with the run, unless that is too long or not what is looked at.
 * @param search what stands in the address behind `?` now; a question belongs to its place and does not go along
 */
export function addressOf(state: Pick<AppState, 'place' | 'lesson' | 'doc' | 'query'>, search: string): string {
  const path = pathOf(state)
  const withRun = state.lesson === null && PLACES[state.place].runInAddress
  const hash = withRun ? hashOf(state.doc.scenario) : undefined
  const kept = new URLSearchParams(search).has('ask') ? '' : search
  const query = state.place === 'explore' && state.lesson === null ? state.query : kept
  return path + query + (hash !== undefined && hash.length < LONGEST_LIVE_LINK ? `#${hash}` : '')
}

/** Begins the hash of a link to the page “My machine”, which that page reads itself. */
export const MACHINE_HASH = '#m1.'
