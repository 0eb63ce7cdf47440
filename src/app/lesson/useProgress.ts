/** The progress of whoever sits before this browser. */
import { useStore } from 'zustand'
import { kept } from '../store/store.ts'
import { createProgressStore, NO_PROGRESS, type Progress, type ProgressState } from './progress.ts'

const progress = createProgressStore(kept)
window.addEventListener('storage', () => progress.getState().read())

/** What is known of a lesson now. */
export function progressOf(slug: string): Progress {
  return progress.getState().all[slug] ?? NO_PROGRESS
}

export const { note: noteProgress, forget: forgetProgress } = progress.getState()

/** Progress in all lessons, by slug. */
export function useProgress(): ProgressState['all'] {
  return useStore(progress, (state) => state.all)
}
