/**
 * Lets the page open without a network from the second visit on (public/sw.js). Does nothing in development, where a
 * stored file would hide the change just made, and nothing where the browser has no service workers.
 */
export function keepForOffline(): void {
  if (!import.meta.env.PROD || !('serviceWorker' in navigator)) return
  // After the load: storing the parts that nobody opened yet must not compete with the first screen.
  window.addEventListener('load', () => {
    navigator.serviceWorker.register('/sw.js').catch((error: unknown) => {
      console.warn('The page will not be available offline:', error)
    })
  })
}
