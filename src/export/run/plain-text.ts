/** Words for mails: the signs that programs type, one line, in columns that every reader has. */

const ASCII: readonly (readonly [sign: RegExp, instead: string])[] = [
  [/[‘’]/g, "'"],
  [/[“”]/g, '"'],
  [/→/g, '->'],
  [/…/g, '...'],
  [/[–—]/g, '-'],
  [/×/g, 'x'],
  [/≠/g, '!='],
  [/\u00a0/g, ' '],
]

/** Text of one line, without control characters, typographic signs as ASCII has them. */
export function plainText(text: string): string {
  const line = text.replaceAll(/[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]+/gu, ' ')
  return ASCII.reduce((all, [sign, instead]) => all.replaceAll(sign, instead), line).trim()
}

/** Columns that a text takes: signs of East Asia and pictures take two. */
export function columnsOf(text: string): number {
  let columns = 0
  for (const sign of text) columns += isWide(sign) ? 2 : 1
  return columns
}

function isWide(sign: string): boolean {
  const code = sign.codePointAt(0) ?? 0
  return (
    code >= 0x1100 &&
    (code <= 0x115f || (code >= 0x2e80 && code <= 0xd7a3) || (code >= 0xf900 && code <= 0xffff) || code >= 0x1f000)
  )
}

/**
 * Breaks a line between words; a word that does not fit into a line is cut.
 * @param width columns of a line, `first` and `rest` with them
 * @param first what the first line begins with; `rest`: what the others begin with
 */
export function wrap(text: string, width: number, first = '', rest = first): string[] {
  const lines: string[] = []
  let line = first
  let empty = true
  const flush = (): void => {
    lines.push(line.trimEnd())
    line = rest
    empty = true
  }
  for (const word of text.split(/ +/)) {
    if (!empty && columnsOf(line) + 1 + columnsOf(word) > width) flush()
    if (!empty) line += ' '
    for (const sign of word) {
      if (columnsOf(line) + columnsOf(sign) > width) flush()
      line += sign
      empty = false
    }
  }
  if (!empty || lines.length === 0) flush()
  return lines
}
