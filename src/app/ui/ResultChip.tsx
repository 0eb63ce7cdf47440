import type { ReactNode } from 'react'
import { RESULT_CHIP } from './tones.ts'

/** What came of a call: colour, glyph and word. */
export function ResultChip({
  result: { tone, glyph, word },
}: {
  readonly result: { readonly tone: keyof typeof RESULT_CHIP; readonly glyph: string; readonly word: string }
}): ReactNode {
  return (
    <span className={RESULT_CHIP[tone]}>
      {glyph} {word}
    </span>
  )
}
