/** What mailers, forums, word processors and scanners do to a text, undone line by line. */
import { decode } from 'html-entities'
import { BDF } from './address.ts'
import { codeOfClass } from './class-names.ts'

// ---- Quoted-printable -------------------------------------------------------------------------------------------

/** `=3D` for `=` is in every such text that has one. */
const QUOTED_PRINTABLE = /=3D|=20(?:\r?\n|$)|=C2=A0|=E2=80=/

/** Whether a text is the source of a mail: `=3D` stands for `=`, and `=` at the end of a line joins lines. */
export function isQuotedPrintable(text: string): boolean {
  return QUOTED_PRINTABLE.test(text) && /=\r?\n/.test(text)
}

/** Decodes one line of quoted-printable, its bytes as UTF-8. */
export function decodedQuotedPrintable(line: string): string {
  return line.replace(/(?:=[0-9A-F]{2})+/gi, (bytes) => {
    const values = Uint8Array.from(bytes.match(/[0-9A-F]{2}/gi) ?? [], (digits) => Number.parseInt(digits, 16))
    return new TextDecoder().decode(values)
  })
}

// ---- Characters -------------------------------------------------------------------------------------------------

/** Entities of HTML: `&lt;`, `&#9;`, `&nbsp;`; no line breaks come of them. */
export function withoutEntities(text: string): string {
  return decode(text).replaceAll(/[\r\n]/g, ' ')
}

/** Quotes of word processors and of other languages; digits, letters and marks of full width. */
const TYPESET = /[\u2018\u2019\u201a\u201b\u2032\u00b4\u201c-\u201f\u2033\u00ab\u00bb\uff01-\uff5e]/g

export function withPlainCharacters(text: string): string {
  return text.replace(TYPESET, (char) => {
    const code = char.charCodeAt(0)
    if (code >= 0xff01) {
      const plain = String.fromCharCode(code - 0xfee0)
      // A colon of full width has its space within.
      return plain === ':' ? ': ' : plain
    }
    return '\u201c\u201d\u201e\u201f\u2033\u00ab\u00bb'.includes(char) ? '"' : "'"
  })
}

// ---- Translated headings ----------------------------------------------------------------------------------------

const GROUP_WORDS = 'gruppe|groupe|gruppo|grupo|группа|группы|группе|组|組|分组|群组|群組|グループ|그룹'
const TRANSLATED_GROUP = new RegExp(
  `(?:IOMMU[- ]{0,2}(?:${GROUP_WORDS})|(?:${GROUP_WORDS}) {0,2}(?:d['e] ?)?IOMMU)(?![\\p{L}])[ №#]{0,3}(?=\\d|:| :|$)`,
  'giu',
)
const TRANSLATED_ORDER = /^(\W{0,6})第? ?(\d{1,6}) ?号?(?:IOMMU)? ?(?:组|組)(?=[:\s]|$)/u

/** `IOMMU-Gruppe 1`, `Groupe IOMMU 1`, `IOMMU 组 1` become `IOMMU Group 1`. */
export function withEnglishHeading(text: string): string {
  if (!/IOMMU|组|組/i.test(text)) return text
  return text.replace(TRANSLATED_GROUP, 'IOMMU Group ').replace(TRANSLATED_ORDER, '$1IOMMU Group $2')
}

/** `Kernel driver in use:` and `Kernel modules:` in translations, as people paste them from translated tools and pages. */
const TRANSLATED_DRIVER =
  /^(\s*)(?:(?:verwendeter|benutzter|aktiver|genutzter) kernel-?treiber|kernel-?treiber(?: in (?:benutzung|gebrauch|verwendung))?|pilote (?:du )?noyau(?: (?:utilisé|en cours d['e] ?utilisation))?|(?:используемый )?драйвер ядра(?: \(?используется\)?)?|(?:正在)?使用(?:中)?的?内核驱动(?:程序)?|内核驱动(?:程序)?|使用中的核心驅動程式|核心驅動程式)\s{0,2}:/iu
const TRANSLATED_MODULES = /^(\s*)(?:kernel-?module|modules (?:du )?noyau|модули ядра|内核模块|核心模組)\s{0,2}:/iu

/** Names of lspci's lines below a function in English; tools print them in English, people and pages translate them. */
export function withEnglishNames(text: string): string {
  if (!/treiber|pilote|noyau|ядра|内核|核心|kernel-?module/iu.test(text)) return text
  return text.replace(TRANSLATED_DRIVER, '$1Kernel driver in use:').replace(TRANSLATED_MODULES, '$1Kernel modules:')
}

/**
 * The source of a mail as its reader sees it; other texts as they are. Lines keep their numbers: what was joined stands on
 * the first of its lines, the others are empty.
 */
export function decodedMail(text: string): string {
  if (!isQuotedPrintable(text)) return text
  const out: string[] = []
  let from = -1
  for (const line of text.split(/\r\n|[\r\n]/)) {
    const goesOn = /=[ \t]{0,8}$/.test(line)
    const part = goesOn ? line.replace(/=[ \t]{0,8}$/, '') : line
    if (from < 0) {
      from = out.length
      out.push(part)
    } else {
      out[from] = (out[from] ?? '') + part
      out.push('')
    }
    if (!goesOn) from = -1
  }
  return out.map(decodedQuotedPrintable).join('\n')
}

// ---- Scanned text -----------------------------------------------------------------------------------------------

const LOOSE = '[0-9a-fOolI]'
/** An address in which letters may stand for digits. */
const SCANNED = new RegExp(
  `(?<![\\w.:])(?:${LOOSE}{4,8}:)?${LOOSE}{2}:[01OolI]${LOOSE}\\.[0-7OolI](?!\\w|:\\w|\\.\\d)`,
  'gi',
)
const EXACT = new RegExp(`^${BDF}$`, 'i')
const SCANNED_IDS = new RegExp(`\\[(${LOOSE}{4}(?::${LOOSE}{4})?)\\]`, 'gi')
const SCANNED_GROUP = /\b(IOMMU[ _-]?Group[ :#]{0,3})([0-9OolI]{1,4})(?=[: ]|$)/i

/**
 * Digits for the letters O and l of a scanned or retyped line, where an address with them can be meant in one way only
 * and the rest of the line is lspci's or sysfs'. Null: nothing to correct.
 */
export function withScannedDigits(text: string): string | null {
  let corrected = false
  const fixed = text.replace(SCANNED, (word) => {
    const digits = asDigits(word)
    // What has no digit at all is a word.
    if (EXACT.test(word) || !EXACT.test(digits) || !/\d/.test(word)) return word
    corrected = true
    return digits
  })
  if (!corrected || !isListing(fixed)) return null
  return fixed
    .replace(SCANNED_IDS, (whole, ids: string) => (/\d|:/.test(ids) ? `[${asDigits(ids)}]` : whole))
    .replace(SCANNED_GROUP, (_, head: string, number: string) => head + asDigits(number))
}

function asDigits(word: string): string {
  return word.replaceAll(/o/gi, '0').replaceAll(/[lI]/g, '1')
}

const CLASS_BEHIND = new RegExp(`${BDF} +([^[:]{2,60}?) ?[[:]`, 'i')

/** The line has the name of a class or ids behind the address, or is a path of sysfs or a line of the log. */
function isListing(text: string): boolean {
  if (/iommu_groups\/|Adding to iommu group|\[[0-9a-fOolI]{4}:[0-9a-fOolI]{4}\]/i.test(text)) return true
  const behind = CLASS_BEHIND.exec(text)?.[1]
  return behind !== undefined && codeOfClass(behind) !== undefined
}
