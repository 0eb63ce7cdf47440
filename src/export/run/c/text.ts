/** Words as C takes them, whatever they hold. */

/**
 * A string literal. Trigraphs, which `-std=c17` reads, are broken up; signs outside ASCII stand as their UTF-8 bytes, so
 * that the file's encoding does not matter.
 */
export function literal(text: string): string {
  const bytes = [...new TextEncoder().encode(text)].map((byte) => {
    if (byte === 0x22 || byte === 0x5c || byte === 0x3f) return `\\${String.fromCharCode(byte)}`
    // Octal escapes end after three digits; hexadecimal ones would swallow digits behind them.
    return byte < 0x20 || byte > 0x7e ? `\\${byte.toString(8).padStart(3, '0')}` : String.fromCharCode(byte)
  })
  return `"${bytes.join('')}"`
}

/** Text for the inside of a comment: it neither ends it nor begins another, and has no trigraph or joined line in it. */
export function commentText(text: string): string {
  return text
    .replaceAll(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]+/gu, ' ')
    .replaceAll('\\', '/')
    .replaceAll(/\*(?=\/)|\/(?=\*)|\?(?=\?)/g, (sign) => `${sign} `)
    .trim()
}

/** Words as a comment of lines that are not too long. */
export function comment(text: string, indent = ''): string {
  const lines = text.split('\n').flatMap((line) => wrapped(commentText(line), 110))
  const [first = '', ...more] = lines
  if (more.length === 0) return `${indent}/* ${first} */`
  return [`${indent}/*`, ...lines.map((line) => `${indent} * ${line}`.trimEnd()), `${indent} */`].join('\n')
}

/** Breaks a line between words; a word that is longer than a line stays whole. */
export function wrapped(text: string, width: number): string[] {
  const lines: string[] = []
  let line = ''
  for (const word of text.split(/ +/)) {
    if (line !== '' && line.length + 1 + word.length > width) {
      lines.push(line)
      line = word
    } else line = line === '' ? word : `${line} ${word}`
  }
  return [...lines, line]
}

/** A number of 64 bits. A document holds it as a double, which is exact or was rounded by whoever read it. */
export function u64(value: number): string {
  return `0x${BigInt(value).toString(16)}ull`
}

/** Gives every name an identifier of its own: signs that C does not take become `_`, and equal results are told apart. */
export class Identifiers {
  private readonly known = new Map<string, string>()
  private readonly taken = new Set<string>()

  /** @param prefix keeps identifiers apart from each other and from the words of C */
  of(prefix: string, name: string): string {
    const key = `${prefix} ${name}`
    const known = this.known.get(key)
    if (known !== undefined) return known
    const plain = `${prefix}_${name.replaceAll(/[^A-Za-z0-9]/g, '_')}`
    let identifier = plain
    for (let count = 2; this.taken.has(identifier); count++) identifier = `${plain}__${count}`
    this.taken.add(identifier)
    this.known.set(key, identifier)
    return identifier
  }
}
