import { bridgeByClass, codeOfClass } from './class-names.ts'

/** What stands behind the address in a line of lspci, in whole or in part. */
export interface Description {
  readonly class: string | null
  readonly className: string
  readonly vendor: string | null
  readonly device: string | null
  readonly name: string
  readonly bridge: boolean | null
  /** How sure it is that this is a line of lspci: a known class or ids; or only the shape of one; or neither. */
  readonly evidence: 'sure' | 'shape' | 'none'
  /** Has a class code and ids in brackets, as `-nn` prints them; has bare numbers, as `-n`; has names. */
  readonly style: 'nn' | 'n' | 'plain'
}

const ID = /\[([0-9a-f]{4}):([0-9a-f]{4})\]/gi
const CODE = /\[([0-9a-f]{4})\]:?(?= |$)/i
/** `-n`: `0300: 10de:1187`, older `Class 0300: 10de:1187`. */
const NUMERIC = /^(?:Class )?([0-9a-f]{4})(?:[0-9a-f]{2})?: ([0-9a-f]{4}):([0-9a-f]{4})\b/i
/** A class that has no name: `Class 0c80:`, `Class [0c80]:`, `Class 060000:`. */
const NAMELESS = /^Class \[?([0-9a-f]{4})(?:[0-9a-f]{2})?\]?(?: \[[0-9a-f]{4}\])?:?(?: |$)/i
/** How names of classes look, known or not. */
const CLASS_SHAPE = /^[A-Z0-9][\w.\-/]*(?: [\w.\-/()]+){0,7}$/
const MAX_CLASS_NAME = 60

/** Reads `classname [cccc]: vendor and device name [vvvv:dddd] (rev xx)` with any of its parts missing or cut off. */
export function parseDescription(text: string): Description {
  // A text that ends within a bracket: `VGA compatible controller [03`, `[GeForce GTX 1080] [10de:1b`.
  const s = undecorated(text)
    .trim()
    .replace(/ \[[0-9a-f]{0,4}(?::[0-9a-f]{0,4})?$/i, '')
  const numeric = NUMERIC.exec(s)
  if (numeric !== null) {
    const [, code = '', vendor = '', device = ''] = numeric
    return described(code, '', vendor, device, '', 'sure', 'n')
  }
  let vendor: string | null = null
  let device: string | null = null
  let idAt = s.length
  // The last such bracket: names hold others ("[6:0]" does not fit, "[10de:1187]" of a subsystem comes after a comma).
  if (s.includes(':')) {
    for (const match of s.matchAll(ID)) {
      vendor = match[1]?.toLowerCase() ?? null
      device = match[2]?.toLowerCase() ?? null
      idAt = match.index
    }
  }
  const nameless = NAMELESS.exec(s)
  if (nameless !== null) {
    const name = withoutRevision(s.slice(nameless[0].length, idAt))
    return described(nameless[1]?.toLowerCase() ?? null, '', vendor, device, name, 'sure', 'nn')
  }
  const code = CODE.exec(s)
  if (code !== null && code.index <= MAX_CLASS_NAME && !s.slice(0, code.index).includes(': ')) {
    const className = s.slice(0, code.index).trim()
    const name = withoutRevision(s.slice(code.index + code[0].length, idAt))
    return described(code[1]?.toLowerCase() ?? null, className, vendor, device, name, 'sure', 'nn')
  }
  const colon = s.indexOf(':')
  const className = colon < 0 ? s : s.slice(0, colon).trim()
  const known = className.length <= MAX_CLASS_NAME ? codeOfClass(className) : undefined
  const afterColon = colon >= 0 && (colon + 1 === s.length || s[colon + 1] === ' ')
  if (known !== undefined && (colon < 0 || afterColon)) {
    const name = colon < 0 ? '' : s.slice(colon + 1, idAt)
    return described(known, className, vendor, device, withoutRevision(name), 'sure', vendor === null ? 'plain' : 'nn')
  }
  const listed = NAME_IN_BRACKETS.exec(s.slice(0, idAt))
  const listedClass = codeOfClass(listed?.[1] ?? '')
  if (listedClass !== undefined) {
    const [, name = '', words = ''] = listed ?? []
    return described(listedClass, name, vendor, device, words, 'sure', vendor === null ? 'plain' : 'nn')
  }
  if (afterColon && className.length <= MAX_CLASS_NAME && CLASS_SHAPE.test(className)) {
    const name = withoutRevision(s.slice(colon + 1, idAt))
    return described(null, className, vendor, device, name, vendor === null ? 'shape' : 'sure', 'plain')
  }
  return described(
    null,
    '',
    vendor,
    device,
    withoutRevision(s.slice(0, idAt)),
    vendor === null ? 'none' : 'sure',
    'plain',
  )
}

function described(
  code: string | null,
  className: string,
  vendor: string | null,
  device: string | null,
  name: string,
  evidence: Description['evidence'],
  style: Description['style'],
): Description {
  const classCode = code === null ? null : code.toLowerCase()
  return {
    class: classCode,
    className,
    vendor: vendor?.toLowerCase() ?? null,
    device: device?.toLowerCase() ?? null,
    name,
    bridge: bridgeByClass(classCode, className === '' ? undefined : className),
    evidence,
    style,
  }
}

/** A dash between address and class, and asterisks around ids, as lists in Markdown have them. */
function undecorated(text: string): string {
  return text.replace(/^\s*[–—-] +/, '').replace(/\*(?=\[[0-9a-f]{4}:)|(?<=[0-9a-f]{4}\])\*/gi, '')
}

/** `PCI bridge (Intel 200 Series Root Port #17)`: a class with the name in brackets. */
const NAME_IN_BRACKETS = /^([A-Z][\w./ -]{2,50}?) \((.{2,200})\)\s*$/

/** Takes `(rev a1) (prog-if 00 [Normal decode])` off the end of a name. */
function withoutRevision(name: string): string {
  const at = name.search(/ \((?:rev|prog-if) /)
  return (at < 0 ? name : name.slice(0, at)).trim()
}
