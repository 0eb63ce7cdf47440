import type { Advice, Need, Verdict } from '../../adviser/advice.ts'
import { kindOf } from '../../adviser/kinds.ts'
import { missedFrom, missedName } from '../../adviser/missed.ts'

interface Mark {
  readonly glyph: string
  readonly text: string
  readonly box: string
  /** A few words that stand with the glyph in a list. */
  readonly words: string
}

/** Glyph and colour of a verdict. */
const VERDICT_MARK: Readonly<Record<Verdict, { readonly glyph: string; readonly text: string; readonly box: string }>> =
  {
    ready: { glyph: '✓', text: 'text-ok', box: 'bg-ok-bg text-ok' },
    yes: { glyph: '✓', text: 'text-ok', box: 'bg-ok-bg text-ok' },
    'with-others': { glyph: '⚠', text: 'text-warn', box: 'bg-warn-bg text-warn' },
    against: { glyph: '✗', text: 'text-bad', box: 'bg-bad-bg text-bad' },
    no: { glyph: '✗', text: 'text-bad', box: 'bg-bad-bg text-bad' },
    unknown: { glyph: '?', text: 'text-warn', box: 'bg-warn-bg text-warn' },
  }

const WORDS: Readonly<Record<Verdict, string>> = {
  ready: 'ready',
  yes: 'can go',
  'with-others': 'with others',
  against: 'better not',
  no: 'cannot go',
  unknown: 'not known yet',
}

/**
 * The mark of an answer, the same in the list of devices and above the answer itself. A device that can go, but that the
 * host would miss, has a warning instead of a tick. @param advice null: there is none, for the device cannot go
 */
export function markOf(advice: Advice | null): Mark {
  if (advice === null) return { ...VERDICT_MARK.no, words: WORDS.no }
  const { verdict } = advice
  const missed = missedFrom(advice)
  if (missed !== null) return { ...VERDICT_MARK['with-others'], words: `${WORDS[verdict]}, ${missedName(missed)}` }
  return { ...VERDICT_MARK[verdict], words: WORDS[verdict] }
}

/** The mark in the list of devices. Nobody should try what a listing says nothing about. */
export function listMarkOf(advice: Advice | null): Mark {
  if (advice === null || advice.verdict === 'no' || kindOf(advice.wanted) !== 'unknown') return markOf(advice)
  return { ...VERDICT_MARK.unknown, words: 'kind unknown' }
}

/** What a member needs. */
export const NEED_MARK: Readonly<Record<Need, { readonly glyph: string; readonly chip: string }>> = {
  bind: { glyph: '→', chip: 'bg-user-bg text-user' },
  release: { glyph: '↑', chip: 'bg-warn-bg text-warn' },
  nothing: { glyph: '✓', chip: 'bg-ok-bg text-ok' },
  ask: { glyph: '?', chip: 'bg-warn-bg text-warn' },
  leave: { glyph: '—', chip: 'bg-panel2 text-dim' },
  done: { glyph: '✓', chip: 'bg-ok-bg text-ok' },
}
