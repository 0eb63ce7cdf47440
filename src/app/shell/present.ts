import { store } from '../store/store.ts'

/** Presents the run; over the whole screen where the browser lets a page have it. */
export function present(): void {
  store.getState().show('present')
  fillScreen()
}

/** Asks for the whole screen. A browser that does not give it shows the presentation in its window. */
export function fillScreen(): void {
  if (document.fullscreenEnabled) document.documentElement.requestFullscreen().catch(() => undefined)
}
