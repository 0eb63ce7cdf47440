const IDLE_AFTER_MS = 1500

/** Fetches what opens over the page once the first picture stands, so that the first letter typed there is not lost. */
export function preload(loaders: readonly (() => Promise<unknown>)[]): () => void {
  const timer = setTimeout(() => {
    // What does not come now is fetched, and said to be missing, when it is wanted.
    for (const load of loaders) load().catch(() => undefined)
  }, IDLE_AFTER_MS)
  return () => clearTimeout(timer)
}
