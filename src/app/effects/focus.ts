import { store } from '../store/store.ts'

/** Lets the keyboard go on from the canvas when a run was opened. */
export function focusCanvas(): () => void {
  return store.subscribe((state, before) => {
    if (state.canvasFocus === before.canvasFocus) return
    // By then the canvas stands, if another place was open.
    setTimeout(() => document.getElementById('canvas')?.focus({ preventScroll: true }))
  })
}
