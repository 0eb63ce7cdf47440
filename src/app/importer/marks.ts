import type { Need, Verdict } from '../../adviser/advice.ts'

/** Glyph and colour of a verdict; a word always stands with them. */
export const VERDICT_MARK: Readonly<
  Record<Verdict, { readonly glyph: string; readonly text: string; readonly box: string }>
> = {
  ready: { glyph: '✓', text: 'text-ok', box: 'bg-ok-bg text-ok' },
  yes: { glyph: '✓', text: 'text-ok', box: 'bg-ok-bg text-ok' },
  'with-others': { glyph: '⚠', text: 'text-warn', box: 'bg-warn-bg text-warn' },
  against: { glyph: '✗', text: 'text-bad', box: 'bg-bad-bg text-bad' },
  no: { glyph: '✗', text: 'text-bad', box: 'bg-bad-bg text-bad' },
  unknown: { glyph: '?', text: 'text-warn', box: 'bg-warn-bg text-warn' },
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
