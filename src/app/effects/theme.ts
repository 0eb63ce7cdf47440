import { isLight } from '../ui/theme.ts'
import { store } from '../store/store.ts'

/** Puts the chosen theme on the document, and follows the system where nothing is chosen. Returns how to stop. */
export function applyTheme(): () => void {
  const light = matchMedia('(prefers-color-scheme: light)')
  const apply = (): void => {
    document.documentElement.dataset['theme'] = isLight(store.getState().settings.theme) ? 'light' : 'dark'
  }
  apply()
  light.addEventListener('change', apply)
  const unsubscribe = store.subscribe((state, before) => {
    if (state.settings !== before.settings) apply()
  })
  return () => {
    light.removeEventListener('change', apply)
    unsubscribe()
  }
}
