import { store } from '../store/store.ts'
import { listedOffers, offeredOn } from '../store/view.ts'

/** Keys that work everywhere but in a field: undo, redo, steps, the palette, and the numbers of the offered actions. */
export function hearKeys(): () => void {
  const onKey = (event: KeyboardEvent): void => {
    const { target } = event
    const state = store.getState()
    // A presentation has keys of its own.
    if (state.place === 'present') return
    const key = event.key.toLowerCase()
    const command = event.ctrlKey || event.metaKey
    if (command && key === 'k') {
      event.preventDefault()
      state.setPalette(true)
      return
    }
    const field = target instanceof HTMLElement && target.closest('input, textarea, select, [role="dialog"]') !== null
    if (field || state.palette || state.sharing || state.helping) return
    if (command && key === 'z') {
      event.preventDefault()
      if (event.shiftKey) state.redo()
      else state.undo()
    } else if (command && key === 'y') {
      event.preventDefault()
      state.redo()
    } else if (command || event.altKey) {
      return
    } else if (key === '[') state.go(state.doc.scenario.cursor - 1)
    else if (key === ']') state.go(state.doc.scenario.cursor + 1)
    else if (key === 'escape') state.select(null)
    else if (/^[1-9]$/.test(key) && (state.place === 'play' || state.lesson !== null)) {
      const offer = listedOffers(state, offeredOn(state)).listed[Number(key) - 1]
      if (offer !== undefined) state.perform(offer.ops)
    } else if (key === '.') document.querySelector<HTMLElement>('[data-testid="offers"] button')?.focus()
    else if (key === 't') state.setLens(state.lens === 'topology' ? 'ownership' : 'topology')
    else if (key === '?') state.setHelping(true)
    else if (key === '/') {
      event.preventDefault()
      state.setPalette(true)
    }
  }
  window.addEventListener('keydown', onKey)
  return () => window.removeEventListener('keydown', onKey)
}
