/** Asks for the whole screen. A browser that does not give it goes on showing the page in its window. */
export function fillScreen(): void {
  if (document.fullscreenEnabled) document.documentElement.requestFullscreen().catch(() => undefined)
}
