import { store } from '../store/store.ts'
import { writeAddress } from './address.ts'

const SETTLED_AFTER_MS = 300

/** Keeps the run in the browser and in the address once it has settled, and at once when the page is left. */
export function keepRun(): () => void {
  let timer: ReturnType<typeof setTimeout> | undefined
  let due = false
  let warned = false
  const keep = (): void => {
    clearTimeout(timer)
    if (!due) return
    due = false
    const before = location.hash
    writeAddress()
    const { keep: write, toast } = store.getState()
    if (write([...new Set([before, location.hash])]) || warned) return
    warned = true
    toast('bad', 'This browser keeps nothing for the page: share the run as a link before you leave')
  }
  const unsubscribe = store.subscribe((state, before) => {
    const same = state.doc === before.doc && state.past === before.past && state.answers === before.answers
    if (same && state.place === before.place && state.query === before.query) return
    due = true
    clearTimeout(timer)
    timer = setTimeout(keep, SETTLED_AFTER_MS)
  })
  const onHidden = (): void => {
    // A phone may end a page that is hidden without another word.
    if (document.visibilityState === 'hidden') keep()
  }
  const onStorage = (): void => store.getState().readKept()
  window.addEventListener('pagehide', keep)
  document.addEventListener('visibilitychange', onHidden)
  window.addEventListener('storage', onStorage)
  return () => {
    clearTimeout(timer)
    unsubscribe()
    window.removeEventListener('pagehide', keep)
    document.removeEventListener('visibilitychange', onHidden)
    window.removeEventListener('storage', onStorage)
  }
}
