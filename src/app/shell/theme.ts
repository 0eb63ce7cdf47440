import { useEffect } from 'react'
import type { Settings } from '../store/persistence.ts'
import { useApp } from '../store/store.ts'

/** Puts the chosen theme on the document, following the system where nothing is chosen. */
export function useTheme(): void {
  const theme = useApp((s) => s.settings.theme)
  useEffect(() => {
    const light = matchMedia('(prefers-color-scheme: light)')
    const apply = (): void => {
      const effective = theme === 'system' ? (light.matches ? 'light' : 'dark') : theme
      document.documentElement.dataset['theme'] = effective
    }
    apply()
    light.addEventListener('change', apply)
    return () => light.removeEventListener('change', apply)
  }, [theme])
}

/** Whether a chosen theme comes out as the light one. */
export function isLight(theme: Settings['theme']): boolean {
  return theme === 'light' || (theme === 'system' && matchMedia('(prefers-color-scheme: light)').matches)
}
