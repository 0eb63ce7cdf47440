import { openQuestion } from '../store/document.ts'
import { useApp } from '../store/store.ts'

/** The step from which on nothing is told, because a question comes before it; Infinity if there is none. */
export function useUntold(): number {
  return useApp((s) => (s.teaching ? Infinity : openQuestion(s.doc.scenario, s.answers)))
}
