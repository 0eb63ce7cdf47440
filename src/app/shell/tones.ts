/** Colours of results; a glyph and a word always stand with them. */
export const RESULT_CHIP: Readonly<Record<'ok' | 'bad' | 'wait' | 'bug' | 'warn', string>> = {
  ok: 'chip border-transparent bg-ok-bg text-ok',
  bad: 'chip border-transparent bg-bad-bg text-bad',
  wait: 'chip border-transparent bg-warn-bg text-warn',
  warn: 'chip border-transparent bg-warn-bg text-warn',
  bug: 'chip border-transparent bg-bad-solid text-white font-bold',
}
export const RESULT_TEXT: Readonly<Record<'ok' | 'bad' | 'wait' | 'bug', string>> = {
  ok: 'text-ok',
  bad: 'text-bad',
  wait: 'text-warn',
  bug: 'text-bad font-bold',
}
export const RESULT_DOT: Readonly<Record<'ok' | 'bad' | 'wait' | 'bug', string>> = {
  ok: 'bg-ok',
  bad: 'bg-bad',
  wait: 'bg-warn',
  bug: 'bg-bad-solid',
}
