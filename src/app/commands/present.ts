import { store } from '../store/store.ts'
import { fillScreen } from '../ui/screen.ts'

/** Presents the run; over the whole screen where the browser lets a page have it. */
export function present(): void {
  store.getState().show('present')
  fillScreen()
}
