/** The whole screen for a presentation, and the way out of it. */
import { useEffect } from 'react'
import { fillScreen } from '../ui/screen.ts'
import { store } from '../store/store.ts'

/** Ends the presentation; the keyboard goes on at the canvas. */
export function leave(): void {
  store.getState().show('play')
  setTimeout(() => document.getElementById('canvas')?.focus({ preventScroll: true }))
}

/** The page itself gives the screen back: that is no wish to leave. */
let returning = false

/** Takes the whole screen, or gives it back. */
export function toggleScreen(): void {
  if (document.fullscreenElement === null) fillScreen()
  else {
    returning = true
    void document.exitFullscreen()
  }
}

/** Escape gives the screen back, and the page never sees the key: it then means the same as without full screen. */
export function useScreen(): void {
  useEffect(() => {
    const onChange = (): void => {
      if (document.fullscreenElement !== null) return
      if (!returning) leave()
      returning = false
    }
    document.addEventListener('fullscreenchange', onChange)
    return () => {
      document.removeEventListener('fullscreenchange', onChange)
      if (document.fullscreenElement !== null) void document.exitFullscreen()
    }
  }, [])
}
