import { addressOf, hashOf, pathOf, placeOfPath, MACHINE_HASH } from '../store/address.ts'
import { store } from '../store/store.ts'

/** Whether the address says all that there is to say by being empty: nothing was done and nothing came by a link. */
function isUntouched(): boolean {
  const { past, visiting, doc } = store.getState()
  const { compare, present } = doc.scenario
  return past.length === 0 && !visiting && location.hash === '' && compare === undefined && present === undefined
}

/** Puts what is shown into the address, so that a reload or a bookmark comes back to it. */
export function writeAddress(): void {
  const state = store.getState()
  if (state.brokenLink !== null || state.lesson !== null) return
  if (state.place !== 'explore' && isUntouched()) return
  const address = addressOf(state, location.search)
  if (address !== location.pathname + location.search + location.hash) history.replaceState(null, '', address)
}

/** Each place with a path of its own is a step in the browser's history. */
export function pushPlaces(): () => void {
  return store.subscribe((state, before) => {
    if (before.brokenLink !== null && state.brokenLink === null) {
      history.replaceState(null, '', location.pathname + location.search)
    }
    if (state.place === before.place && state.lesson === before.lesson) return
    // Leaving a lesson for another place is one move, though it takes two changes.
    queueMicrotask(() => {
      const now = store.getState()
      const path = pathOf(now)
      if (path === location.pathname) return
      const touched = now.past.length > 0 || now.visiting
      history.pushState(null, '', path === '/' && touched ? addressOf(now, location.search) : path)
    })
  })
}

/** Follows the address: another run behind `#`, or a place that the browser goes back to. */
export function followAddress(): () => void {
  const onHash = (event: HashChangeEvent): void => {
    // The address may have been brought up to date since: where somebody went counts.
    const { hash } = new URL(event.newURL)
    const { doc, openLink, show } = store.getState()
    if (hash.startsWith(MACHINE_HASH)) return show('machine')
    if (hash.length < 2 || hash === `#${hashOf(doc.scenario) ?? ''}`) return
    openLink(hash)
    // A question is asked about the run of its link.
    if (placeOfPath(location.pathname)?.place === 'explore') show('explore')
  }
  const onPop = (): void => {
    const { place, lesson, show, startLesson } = store.getState()
    const wanted = placeOfPath(location.pathname)
    if (wanted === null) {
      if (pathOf({ place, lesson }) !== '/') show('play')
    } else if (wanted.lesson === null) show(wanted.place)
    else if (wanted.lesson !== lesson) startLesson(wanted.lesson)
  }
  window.addEventListener('hashchange', onHash)
  window.addEventListener('popstate', onPop)
  return () => {
    window.removeEventListener('hashchange', onHash)
    window.removeEventListener('popstate', onPop)
  }
}
