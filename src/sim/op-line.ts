/**
 * An operation as a line of text: `qemu: g1 = open_group 3`. Who does it, the name for what it opens, the operation and
 * its values in the order of `OPS`; values that may be absent are written `key=value`, an empty value `-`. Addresses may
 * lack their domain (`01:00.0`), sizes may end in K, M or G, and a `#` begins a comment.
 */
import { isOpKind, keysOf, valueOf, type Op, type OpKind, type Role } from './op.ts'

/** A fault in a line; `column` counts from 1. `expected` is a role's key, or what else should stand there. */
export type OpLineFault = { readonly column: number } & (
  | { readonly fault: 'no-operation' }
  | { readonly fault: 'unknown-operation'; readonly text: string }
  | { readonly fault: 'opens-nothing'; readonly kind: OpKind; readonly text: string }
  | { readonly fault: 'no-name'; readonly kind: OpKind }
  | { readonly fault: 'no-value'; readonly role: Role; readonly key: string }
  | { readonly fault: 'wrong-value'; readonly role: Role; readonly text: string }
  | { readonly fault: 'too-much'; readonly optional: readonly string[]; readonly text: string }
)

/** What a line says: the fields of an operation and their columns; `fields` lacks what `faults` are about. */
export interface OpLine {
  /** Null where the line names no operation. */
  readonly fields: Readonly<Record<string, string | number>> | null
  /** By key; `op` is the operation's own name. */
  readonly columns: ReadonlyMap<string, number>
  readonly faults: readonly OpLineFault[]
}

/** A word of a line. */
export interface Token {
  readonly text: string
  readonly column: number
}

/** Reads a line. Whether names, addresses and numbers have the form that a document wants is not looked at. */
export function parseOpLine(text: string): OpLine {
  const match = /^(\s*)(?:([^\s:=#]+):(\s+|$))?(?:([^\s:=#]+)(\s*=\s*))?(.*)$/s.exec(text)
  const [, indent = '', by, gap = '', as, equals = '', rest = ''] = match ?? []
  const asColumn = indent.length + 1 + (by === undefined ? 0 : by.length + 1 + gap.length)
  const [kind, ...values] = tokensOf(rest, asColumn - 1 + (as === undefined ? 0 : as.length + equals.length))
  const columns = new Map<string, number>()
  if (kind === undefined) return { fields: null, columns, faults: [{ fault: 'no-operation', column: text.length + 1 }] }
  if (!isOpKind(kind.text)) {
    return { fields: null, columns, faults: [{ fault: 'unknown-operation', column: kind.column, text: kind.text }] }
  }
  const fields: Record<string, string | number> = { op: kind.text }
  columns.set('op', kind.column)
  const put = (key: string, value: string | number, column: number): void => {
    fields[key] = value
    columns.set(key, column)
  }
  if (by !== undefined) put('by', by, indent.length + 1)
  const named = as === undefined ? undefined : { text: as, column: asColumn }
  const faults = [...readName(kind, named, put), ...readValues(kind.text, kind, values, put)]
  return { fields, columns, faults }
}

type Put = (key: string, value: string | number, column: number) => void

function readName({ text, column }: Token, as: Token | undefined, put: Put): OpLineFault[] {
  if (!isOpKind(text)) return []
  const makes = keysOf(text).some(([, role]) => role === 'as')
  if (makes && as === undefined) return [{ fault: 'no-name', column, kind: text }]
  if (as === undefined) return []
  if (!makes) return [{ fault: 'opens-nothing', column: as.column, kind: text, text: as.text }]
  put('as', as.text, as.column)
  return []
}

function readValues(kind: OpKind, { text, column }: Token, values: readonly Token[], put: Put): OpLineFault[] {
  const faults: OpLineFault[] = []
  let end = column + text.length
  let used = 0
  for (const [key, role] of keysOf(kind)) {
    if (role === 'other?' || role === 'as') continue
    const token = values[used++]
    if (token === undefined) {
      faults.push({ fault: 'no-value', column: end + 1, role, key })
      break
    }
    end = token.column + token.text.length
    const value = readValue(role, token.text)
    if (value === undefined) faults.push({ fault: 'wrong-value', column: token.column, role, text: token.text })
    else put(key, value, token.column)
  }
  const optional = keysOf(kind).flatMap(([key, role]) => (role === 'other?' ? [key] : []))
  for (const pair of values.slice(used)) {
    const [, key = '', value] = /^([^=]*)=(.*)$/s.exec(pair.text) ?? []
    if (value !== undefined && optional.includes(key)) put(key, value, pair.column + key.length + 1)
    else faults.push({ fault: 'too-much', column: pair.column, optional, text: pair.text })
  }
  return faults
}

/** The value that a word stands for; undefined if it has not the form. */
function readValue(role: Role, text: string): string | number | undefined {
  switch (role) {
    case 'iova':
    case 'size':
      return parseBytes(text)
    case 'device':
      return fullAddress(text)
    case 'driver':
    case 'override':
      return text === '-' ? '' : text
    case 'group':
    case 'fd':
    case 'other':
    case 'other?':
    case 'third':
    case 'as':
    case 'arg':
    case 'user':
      return text
  }
}

/** Writes an operation as a line; `parseOpLine` gives it back. */
export function printOpLine(op: Op): string {
  let line = op.by === undefined ? '' : `${op.by}: `
  const values: string[] = []
  for (const [key, role] of keysOf(op.op)) {
    const value = valueOf(op, key)
    if (value === undefined) continue
    if (role === 'as') line += `${value} = `
    else if (role === 'other?') values.push(`${key}=${value}`)
    else if (typeof value === 'number') values.push(role === 'iova' ? hex(value) : printSize(value))
    else values.push(value === '' ? '-' : value)
  }
  return [line + op.op, ...values].join(' ')
}

const UNITS: readonly (readonly [unit: string, factor: number])[] = [
  ['G', 2 ** 30],
  ['M', 2 ** 20],
  ['K', 2 ** 10],
]

/** Writes a number of bytes: in the largest of G, M and K that divides it, else as it is in hexadecimal. */
export function printSize(bytes: number): string {
  for (const [unit, factor] of UNITS) {
    if (bytes > 0 && bytes % factor === 0) return `${bytes / factor}${unit}`
  }
  return bytes === 0 ? '0' : hex(bytes)
}

function hex(value: number): string {
  return `0x${value.toString(16)}`
}

/** Reads `0x1000`, `4096` or `4K`; undefined for anything else, and for a number that would have to be rounded. */
export function parseBytes(text: string): number | undefined {
  const match = /^(?:(0x[0-9a-f]{1,16})|(\d{1,20})([KMG]?))$/i.exec(text)
  if (match === null) return undefined
  const [, hexadecimal, decimal = '', unit = ''] = match
  const digits = BigInt(hexadecimal ?? decimal)
  const value = Number(digits) * (UNITS.find(([letter]) => letter === unit.toUpperCase())?.[1] ?? 1)
  return BigInt(Number(digits)) === digits ? value : undefined
}

/** `01:00.0` → `0000:01:00.0`, in lower case. */
export function fullAddress(text: string): string {
  const address = text.toLowerCase()
  return /^[0-9a-f]{2}:[0-9a-f]{2}\.[0-7]$/.test(address) ? `0000:${address}` : address
}

/** The words of a line up to a comment, with their columns. `before`: characters in front of `text`. */
export function tokensOf(text: string, before: number): Token[] {
  const tokens: Token[] = []
  for (const match of text.matchAll(/\S+/g)) {
    if (match[0].startsWith('#')) break
    tokens.push({ text: match[0], column: before + match.index + 1 })
  }
  return tokens
}
