/**
 * How wide a text is, and the longest form of it that fits. The widths are those of DejaVu Sans, the widest of the fonts
 * that the page asks for: what fits in it fits in all of them, and the layout can be computed without a browser.
 */

/** A font of the picture. */
export interface Font {
  readonly family: 'sans' | 'bold' | 'mono'
  /** In pixels. */
  readonly size: number
}

export const TITLE: Font = { family: 'bold', size: 13 }
export const STATUS: Font = { family: 'bold', size: 12 }
export const TEXT: Font = { family: 'sans', size: 12 }
export const MONO: Font = { family: 'mono', size: 12 }
export const ADDRESS: Font = { family: 'mono', size: 13 }

/** Advances of the characters from U+0020 to U+007E, two digits each, in fiftieths of the font size. */
const ADVANCES = {
  sans: '1621234232483914202025421619161732323232323232323232171742424227503535353932293938151533284438403140353231373550353135201720422525313228323118323214142914493231323221272032304130302732173242',
  bold: '1823274235514416232327421921191935353535353535353535202042424230503939374235354242191939325042433743393735413956393737231923422525343630363422363618183418533635363625302436334733333036193642',
} as const

const FIRST = 0x20
const LAST = 0x7e
/** Every character of DejaVu Sans Mono, in font sizes. */
const MONO_ADVANCE = 0.61
/** From here on characters are as wide as they are high. */
const WIDE = 0x2e80
/** Latin letters with marks, and dashes and arrows, are no wider than this. */
const OTHER = 1

function advance(font: Font['family'], point: number): number {
  if (point >= WIDE) return 1.05
  if (font === 'mono') return MONO_ADVANCE
  if (point < FIRST || point > LAST) return OTHER
  return Number(ADVANCES[font].slice((point - FIRST) * 2, (point - FIRST) * 2 + 2)) / 50
}

/** Widths that were reckoned before, by font and text: pictures say the same words over and over. */
const known = new Map<Font, Map<string, number>>()
const MOST_KNOWN = 20_000

/** The width of a text in pixels; never less than a browser draws it. */
export function textWidth(text: string, font: Font): number {
  const widths = known.get(font) ?? new Map<string, number>()
  const before = widths.get(text)
  if (before !== undefined) return before
  let width = 0
  for (const character of text) width += advance(font.family, character.codePointAt(0) ?? 0)
  const reckoned = Math.ceil(width * font.size)
  if (widths.size >= MOST_KNOWN) widths.clear()
  widths.set(text, reckoned)
  known.set(font, widths)
  return reckoned
}

/** The first of some forms of a text, from the fullest to the shortest, that fits into a width; undefined: none does. */
export function fitForm(forms: readonly string[], width: number, font: Font): string | undefined {
  return forms.find((form) => textWidth(form, font) <= width)
}

/** A name that a person chose, shortened with an ellipsis where it is wider than the room; the whole belongs in a title. */
export function fitName(name: string, width: number, font: Font): string {
  if (textWidth(name, font) <= width) return name
  const characters = Array.from(name)
  while (characters.length > 1 && textWidth(`${characters.join('')}…`, font) > width) characters.pop()
  return `${characters.join('').trimEnd()}…`
}

/** A text in as many lines as it needs, broken between words; undefined: more than `most`, or a word that is too wide. */
export function wrapText(text: string, width: number, font: Font, most: number): readonly string[] | undefined {
  const lines: string[] = []
  for (const word of text.split(' ')) {
    const last = lines.at(-1)
    const joined = last === undefined ? word : `${last} ${word}`
    if (last !== undefined && textWidth(joined, font) <= width) lines[lines.length - 1] = joined
    else lines.push(word)
  }
  return lines.length <= most && lines.every((line) => textWidth(line, font) <= width) ? lines : undefined
}
