/** Places that have a path of their own. The run is in the part after `#`, and a lesson's run is the lesson. */
import type { AppState, Place } from './store.ts'

/** The place and lesson that a path stands for; null: none of its own. */
export function placeOfPath(pathname: string): { readonly place: Place; readonly lesson: string | null } | null {
  const slug = /^\/lesson\/([a-z0-9-]+)\/?$/.exec(pathname)?.[1]
  if (slug !== undefined) return { place: 'lessons', lesson: slug }
  if (/^\/lessons?\/?$/.test(pathname)) return { place: 'lessons', lesson: null }
  if (/^\/debate\/?$/.test(pathname)) return { place: 'debate', lesson: null }
  if (/^\/explore\/?$/.test(pathname)) return { place: 'explore', lesson: null }
  return null
}

/** The path of what is shown. */
export function pathOf({ place, lesson }: Pick<AppState, 'place' | 'lesson'>): string {
  if (lesson !== null) return `/lesson/${lesson}`
  return place === 'lessons' || place === 'debate' || place === 'explore' ? `/${place}` : '/'
}
