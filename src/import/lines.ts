import { BDF } from './address.ts'
import {
  decodedQuotedPrintable,
  isQuotedPrintable,
  withEnglishHeading,
  withEnglishNames,
  withoutEntities,
  withPlainCharacters,
  withScannedDigits,
} from './dress.ts'
import { isWorthSaying } from './sources.ts'

/** A line of a pasted text, freed of what editors, forums, mailers and terminals wrap around it. */
export interface Line {
  /** Counted from 1 in the pasted text; pieces of one line share its number. */
  readonly no: number
  /** Columns are kept (a tree needs them), trailing spaces are not. */
  readonly text: string
  /** Without the spaces in front. */
  readonly bare: string
  readonly indent: number
  /** A Markdown fence or a line made of forum tags: what stands before and after it may be different outputs. */
  readonly fence: boolean
  /** The line was longer than any listing's and has been cut. */
  readonly long: boolean
  /** Letters of an address that stood for digits have been corrected. */
  readonly scanned: boolean
  /** What has been cut off has an address, a driver or a group in it. */
  readonly lost: boolean
  /** The line as it was pasted has an address, a driver or a group that is joined to another word without the tags. */
  readonly joined: boolean
}

/** No listing has longer lines; what is longer (after lines that lost their breaks are split) is cut. */
const MAX_LINE = 2000

/** Takes a text apart into lines. Linear in the length of the text. */
export function linesOf(pasted: string): Line[] {
  // A file in UTF-16 that was read as UTF-8 has a zero beside each character.
  let text = pasted.includes('\u0000') ? pasted.replaceAll('\u0000', '') : pasted
  // Both may stand within what tells the beginning of an item.
  if (text.includes('\u001b')) text = text.replace(ANSI, '')
  text = text.replace(SPACES, ' ')
  // A file that a diff adds.
  if (text.startsWith('+') && !/^[^+\r\n]/m.test(text)) text = text.replace(/^\+/gm, '')
  const printable = isQuotedPrintable(text)
  const lines: Line[] = []
  let no = 0
  let start = 0
  let joined = ''
  let joinedFrom = 0
  while (start <= text.length) {
    let end = start
    while (end < text.length) {
      const code = text.charCodeAt(end)
      if (code === 10 || code === 13) break
      end++
    }
    no++
    let line = text.slice(start, end)
    if (printable) {
      // `=` at the end joins lines; what is joined has the number of the first.
      if (joined === '') joinedFrom = no
      joined += line.replace(/=[ \t]{0,8}$/, '')
      const goesOn = /=[ \t]{0,8}$/.test(line) && end < text.length
      line = goesOn ? '' : decodedQuotedPrintable(joined)
      if (!goesOn) joined = ''
      if (!goesOn) for (const piece of pieces(line)) lines.push(cleaned(piece, joinedFrom))
    } else for (const piece of pieces(line)) lines.push(cleaned(piece, no))
    if (text.charCodeAt(end) === 13 && text.charCodeAt(end + 1) === 10) end++
    start = end + 1
  }
  return singleSpaced(withWrappedNumbers(text.includes('$') ? withVariables(lines) : lines))
}

const ASSIGNMENT =
  /^(?:\S{0,60}[$#] )?(?:export )?([A-Za-z_]\w{0,30})=["']?([\w:./-]{1,40}|\/sys\/bus\/pci\/devices\/\$\{?\w{1,31}\}?)["']?;?$/
const VARIABLE = /\$(?:\{([A-Za-z_]\w{0,30})\}|([A-Za-z_]\w{0,30}))/g
const MOST_VARIABLES = 32
const LONGEST_COMMAND = 400

/** `BDF="0000:3d:00.0"` above `readlink -e /sys/bus/pci/devices/$BDF/iommu_group`: commands as the shell saw them. */
function withVariables(lines: Line[]): Line[] {
  const values = new Map<string, string>()
  const filled = (text: string): string =>
    text.replace(VARIABLE, (whole, braced?: string, bare?: string) => values.get(braced ?? bare ?? '') ?? whole)
  return lines.map((line) => {
    if (line.long || line.text.length > LONGEST_COMMAND) return line
    const [, name = '', value = ''] = line.text.includes('=') ? (ASSIGNMENT.exec(line.bare) ?? []) : []
    if (name !== '' && (values.has(name) || values.size < MOST_VARIABLES)) {
      const told = filled(value)
      if (ADDRESS.test(told)) values.set(name, told)
    }
    if (values.size === 0 || !line.text.includes('$')) return line
    const text = filled(line.text)
    return text === line.text ? line : { ...line, text, bare: text.trimStart() }
  })
}

/** `IOMMU Group` and its number on the next line, alone or before a member: one line. */
function withWrappedNumbers(lines: Line[]): Line[] {
  const whole: Line[] = []
  for (const line of lines) {
    const above = whole.at(-1)
    if (above !== undefined && WRAPPED_GROUP.test(above.bare) && /^\d{1,6}(?=:|\s|$)/.test(line.bare)) {
      const text = `${above.text} ${line.bare}`
      whole[whole.length - 1] = { ...line, text, bare: text.trimStart(), indent: above.indent }
    } else whole.push(line)
  }
  return whole
}

const WRAPPED_GROUP = /^\W{0,4}iommu[ _-]group$/i

/** Some word processors and web pages put a blank line below each line; records and trees need them as they were. */
function singleSpaced(lines: Line[]): Line[] {
  const isBlank = (line: Line | undefined): boolean => line?.bare === '' && !line.fence
  const full = lines.filter((line) => !isBlank(line)).length
  const alone = lines.filter((line, at) => !isBlank(line) && (at + 1 === lines.length || isBlank(lines[at + 1]))).length
  if (full < 5 || alone < full) return lines
  return lines.filter((line, at) => !isBlank(line) || isBlank(lines[at - 1]))
}

/** Beginnings of items at which a line is split that lost its line breaks. */
const ITEM = /\/sys\/kernel\/iommu_groups\/\d|iommu[ _]group[\s:#]{0,3}\d|<br\s{0,3}\/?>/gi
/** What makes "IOMMU group 5" a part of a sentence or of a longer line. */
const NO_HEADING = /(?:to|from|,|in|of|the|an|per|same) $/i
/** The next function on the same line: an address, perhaps with ids before it, after the end of a description. */
const NEXT_RECORD = new RegExp(`[\\])] {1,8}(?=(?:\\[[0-9a-f]{4}:[0-9a-f]{4}\\] )?${BDF} [A-Z0-9])`, 'gi')
const ADDRESS = new RegExp(BDF, 'i')
/** Of lines that are too long even so: tags, and lines of the kernel log. */
const IN_LONG_LINE = new RegExp(
  `<(?:device|name|path|parent|driver|capability|class|domain|product|vendor|iommuGroup|address)\\b|${BDF}: Adding to|iommu: Adding device`,
  'gi',
)

/** Splits a line that holds several items, as pastes do that lost their line breaks. */
function pieces(line: string): string[] {
  if (line.length < 40) return [line]
  const cuts: number[] = []
  for (const { index } of line.matchAll(ITEM)) {
    if (!NO_HEADING.test(line.slice(Math.max(0, index - 6), index))) cuts.push(index)
  }
  if (cuts.length < 2) cuts.length = 0
  for (const { 0: end, index } of line.matchAll(NEXT_RECORD)) cuts.push(index + end.length)
  if (line.length > MAX_LINE) for (const { index } of line.matchAll(IN_LONG_LINE)) cuts.push(index)
  if (cuts.length === 0) return [line]
  cuts.sort((a, b) => a - b)
  const parts: string[] = []
  let from = 0
  for (const cut of cuts) {
    const part = line.slice(from, cut)
    // "[8086:1901] 00:01.0 PCI bridge" is one item: no cut before the first address.
    if (part.endsWith('] ') && part.length <= MAX_LINE && !ADDRESS.test(part)) continue
    if (part !== '') parts.push(part)
    from = cut
  }
  // A line break of HTML before one of the text makes one.
  const last = line.slice(from)
  if (parts.length === 0 || !/^<br\s{0,3}\/?>\s{0,20}$/i.test(last)) parts.push(last)
  return parts
}

// The control characters that terminals act upon are what these look for.
/* oxlint-disable no-control-regex */
const ANSI = /\u001b(?:\[[0-9;?]{0,30}[ -/]{0,3}[@-~]|\][^\u0007\u001b]{0,300}(?:\u0007|\u001b\\)?|[@-Z\\^_()])/g
const CONTROL = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f]/g
/* oxlint-enable no-control-regex */
/** What is left of colour codes when the escape character is lost. */
const BARE_COLOUR = /\[(?:\d{1,2}(?:;\d{1,3}){0,4})?m(?!em )(?:\[K)?|\[\d{0,2}K(?![\w\]])/g
const SPACES = /[\u00a0\u1680\u2000-\u200a\u202f\u205f\u3000]/g
const NOTHING = /[\u00ad\u200b-\u200f\u2028\u2029\u202a-\u202e\u2060\ufeff]/g
const HTML =
  /<\/?(?:strong|b|i|u|em|code|pre|tt|p|span|div|font|a|li|ul|ol|td|tr|th|table|tbody|kbd|samp|small|h[1-6]|br|hr|blockquote|details|summary)(?:\s[^<>]{0,200})?\/?>/gi
/** Tags that begin another line or cell, where the words on both sides would become one. */
const BLOCK = /(?<=\w)<\/?(?:p|div|li|ul|ol|td|tr|th|br|hr)(?:\s[^<>]{0,200})?\/?>(?=\w)/gi
const BBCODE =
  /\[\/?(?:b|left|right|center|code|quote|spoiler|indent|list|noparse|pre|color|size|font|url|email|icode|php|hide|mono)(?:=[^[\]]{0,120})?\]/gi
/** Markdown's escapes; `\-` stays, it is a branch of lspci's tree. */
const ESCAPED = /\\([[\](){}_*#<>`.!~])/g

/** Numbers of lines, as web pages show them, before something that begins a line of a listing. */
const LINE_NUMBER = new RegExp(
  `^\\s{0,6}(?:\\d{1,4}[.)]|\\| {0,4}\\d{1,4} ?\\|)(?=\\s{1,40}(?:IOMMU|Group|/sys/|\\[ *\\d+\\.\\d|${BDF} ))`,
  'i',
)

function cleaned(raw: string, no: number): Line {
  if (raw === '')
    return { no, text: '', bare: '', indent: 0, fence: false, long: false, scanned: false, lost: false, joined: false }
  const long = raw.length > MAX_LINE
  let text = long ? raw.slice(0, MAX_LINE) : raw
  if (text.includes('&')) text = withoutEntities(text)
  text = withPlainCharacters(text).replace(SPACES, ' ').replace(NOTHING, '').replace(CONTROL, ' ')
  if (text.includes('m')) text = text.replace(BARE_COLOUR, '')
  const before = text
  if (text.includes('<')) text = text.replace(BLOCK, ' ').replace(HTML, '')
  if (text.includes('[')) text = text.replace(BBCODE, '')
  const onlyTags = text.trim() === '' && before.replace(/<br\s{0,3}\/?>/gi, '').trim() !== ''
  text = unquoted(text)
  if (/^\s{0,6}[\d|]/.test(text)) text = text.replace(LINE_NUMBER, '')
  if (text.includes('\\')) text = text.replace(ESCAPED, '$1')
  if (text.includes('**')) text = text.replaceAll('**', '')
  const fenced = text.includes('```') || /^\s{0,20}~~~/.test(text)
  // Back-ticks at both ends of a line or around a command; none of the formats has any.
  if (text.includes('`')) text = text.replace(/(?<=\w)```(?=\w)/g, ' ').replaceAll('`', '')
  if (text.includes('\t')) text = untabbed(text)
  text = withEnglishNames(withEnglishHeading(withoutBars(withoutLoneQuote(text)))).trimEnd()
  const scanned = long ? null : withScannedDigits(text)
  if (scanned !== null) text = scanned
  const bare = text.trimStart()
  return {
    no,
    text,
    bare,
    indent: text.length - bare.length,
    fence: onlyTags || (fenced && !ADDRESS.test(bare) && !/group/i.test(bare)),
    long,
    scanned: scanned !== null,
    lost: long && isWorthSaying(raw.slice(MAX_LINE)),
    joined: /[<[*`]/.test(raw) && !long && isWorthSaying(raw) && !isWorthSaying(bare),
  }
}

/** A quote that opens before a listing and closes behind it, or the other way round. */
function withoutLoneQuote(text: string): string {
  const at = text.indexOf('"')
  if (at < 0 || at !== text.lastIndexOf('"')) return text
  return text.replace(/^(\s*)"|"(\s*)$/, '$1$2')
}

/** `| IOMMU Group 1 00:01.0 PCI bridge |`: a bar at both ends and none between is a frame. */
function withoutBars(text: string): string {
  const match = /^(\s*)([|│┃║])(.*)\2\s*$/.exec(text)
  if (match === null) return text
  const [, indent = '', bar = '', within = ''] = match
  return within.includes(bar) || within.trim() === '' ? text : `${indent}${within.replace(/^ /, '')}`
}

/** Takes off quote marks, `> ` in front of lines, any number of them, and the `# ` of a comment. */
function unquoted(text: string): string {
  let at = 0
  for (;;) {
    let mark = at
    while (mark - at < 8 && text[mark] === ' ') mark++
    if (text[mark] !== '>') break
    at = mark + 1
    if (text[at] === ' ') at++
  }
  if (text.startsWith('# ', at)) at += 2
  return at === 0 ? text : text.slice(at)
}

/** Tabs become spaces up to the next column that is a multiple of eight. */
function untabbed(text: string): string {
  let out = ''
  for (const part of text.split('\t').entries()) {
    const [index, piece] = part
    if (index > 0) out += ' '.repeat(8 - (out.length % 8))
    out += piece
  }
  return out
}
