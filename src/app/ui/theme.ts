import type { Settings } from '../store/persistence.ts'

/** Whether a chosen theme comes out as the light one; `system` follows the browser. */
export function isLight(theme: Settings['theme']): boolean {
  return theme === 'light' || (theme === 'system' && matchMedia('(prefers-color-scheme: light)').matches)
}
