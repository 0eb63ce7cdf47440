import { commandFor } from '../commands/keys.ts'
import { store } from '../store/store.ts'

/** Lets the keys of the commands work wherever the keyboard is. */
export function hearKeys(): () => void {
  const onKey = (event: KeyboardEvent): void => {
    const { target } = event
    const state = store.getState()
    const inField = target instanceof HTMLElement && target.closest('input, textarea, select, [role="dialog"]') !== null
    // On many keyboards [ and ] are written with AltGr, which some systems tell as Control and Alt.
    const graph = event.getModifierState('AltGraph')
    const pressed = {
      key: event.key,
      control: !graph && (event.ctrlKey || event.metaKey),
      shift: event.shiftKey,
      alt: !graph && event.altKey,
    }
    const command = commandFor(pressed, state, inField || state.palette || state.sharing || state.helping)
    if (command === undefined) return
    event.preventDefault()
    command.run(state)
  }
  window.addEventListener('keydown', onKey)
  return () => window.removeEventListener('keydown', onKey)
}
