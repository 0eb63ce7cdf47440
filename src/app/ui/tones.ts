/** Colours of results; a glyph and a word always stand with them. */
export const RESULT_CHIP: Readonly<Record<'ok' | 'info' | 'bad' | 'wait' | 'bug' | 'warn', string>> = {
  ok: 'chip border-transparent bg-ok-bg text-ok',
  info: 'chip border-transparent bg-warn-bg text-warn',
  bad: 'chip border-transparent bg-bad-bg text-bad',
  wait: 'chip border-transparent bg-warn-bg text-warn',
  warn: 'chip border-transparent bg-warn-bg text-warn',
  bug: 'chip border-transparent bg-bad-solid text-white font-bold',
}
export const RESULT_TEXT: Readonly<Record<'ok' | 'info' | 'bad' | 'wait' | 'bug', string>> = {
  ok: 'text-ok',
  info: 'text-warn',
  bad: 'text-bad',
  wait: 'text-warn',
  bug: 'text-bad font-bold',
}
export const RESULT_DOT: Readonly<Record<'ok' | 'info' | 'bad' | 'wait' | 'bug', string>> = {
  ok: 'bg-ok',
  info: 'bg-warn',
  bad: 'bg-bad',
  wait: 'bg-warn',
  bug: 'bg-bad-solid',
}
