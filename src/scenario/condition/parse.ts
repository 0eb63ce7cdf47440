/**
 * Reads conditions: terms joined by `&` and `|` (or `and`, `or`), negated by `!` (or `not`), grouped by parentheses. A
 * term is `name:argument:argument@subject,subject`; subjects and arguments may also follow it behind blanks, subjects
 * first: `driver 01:00.0 vfio-pci`.
 */
import {
  ARGUMENT_FORMS,
  formOf,
  isArgument,
  isTerm,
  OLD_NAMES,
  OLD_VALUES,
  TERM_NAMES,
  type Argument,
  type Subject,
  type Term,
} from './terms.ts'

/** A piece of a condition and where it begins, in characters from 1. */
export interface Token {
  readonly text: string
  readonly column: number
}

/** A term with its arguments and what it is about. */
export interface Atom {
  readonly term: Term
  readonly args: readonly string[]
  /** Where each argument begins. */
  readonly argColumns: readonly number[]
  readonly subjects: readonly Token[]
  readonly column: number
}

/** A condition. Negations stand at the terms only. */
export type Formula =
  | { readonly kind: 'term'; readonly atom: Atom; readonly negated: boolean }
  | { readonly kind: 'and' | 'or'; readonly parts: readonly Formula[] }

export type FormulaReading =
  | { readonly ok: true; readonly formula: Formula }
  | { readonly ok: false; readonly column: number; readonly words: string }

/** A fault in a condition, and where it begins. */
export class ConditionError extends Error {
  readonly column: number
  constructor(column: number, words: string) {
    super(words)
    this.column = column
  }
}

export interface ParseOptions {
  /** Characters before the condition that it is read after, such as `never `. Columns count from the whole text. */
  readonly from?: number
  /** Read the contrary. */
  readonly negated?: boolean
  /** Terms about a group have to name it, or a device. */
  readonly named?: boolean
}

/** Reads a condition. Names of devices, groups and processes are looked up when it is compiled. */
export function parseCondition(text: string, options: ParseOptions = {}): FormulaReading {
  try {
    return { ok: true, formula: new Parser(text, options).whole() }
  } catch (error) {
    if (error instanceof ConditionError) return { ok: false, column: error.column, words: error.message }
    throw error
  }
}

/** All terms of a condition, from the left. */
export function atomsOf(formula: Formula): Atom[] {
  return formula.kind === 'term' ? [formula.atom] : formula.parts.flatMap(atomsOf)
}

const MAX_CHARACTERS = 2000
const MAX_DEPTH = 50
const JOINTS = ['&', '|', ')', 'and', 'or']

class Parser {
  private readonly tokens: Token[] = []
  private readonly end: number
  private readonly negated: boolean
  private readonly named: boolean
  private at = 0
  private depth = 0

  constructor(text: string, { from = 0, negated = false, named = false }: ParseOptions) {
    if (text.length > MAX_CHARACTERS) throw new ConditionError(1, `more than ${MAX_CHARACTERS} characters`)
    this.end = text.length + 1
    this.negated = negated
    this.named = named
    for (const match of text.slice(from).matchAll(/[()!&|]|[^\s()!&|]+/g)) {
      this.tokens.push({ text: match[0], column: from + match.index + 1 })
    }
  }

  whole(): Formula {
    const formula = this.or(this.negated)
    const extra = this.tokens[this.at]
    if (extra !== undefined) throw new ConditionError(extra.column, `expected &, | or the end, not "${extra.text}"`)
    return formula
  }

  private or(negated: boolean): Formula {
    return this.row(['|', 'or'], negated ? 'and' : 'or', () => this.and(negated))
  }

  private and(negated: boolean): Formula {
    return this.row(['&', 'and'], negated ? 'or' : 'and', () => this.not(negated))
  }

  private row(joints: readonly string[], kind: 'and' | 'or', part: () => Formula): Formula {
    const parts = [part()]
    while (joints.includes(this.tokens[this.at]?.text ?? '')) {
      this.at++
      parts.push(part())
    }
    const [only] = parts
    return parts.length === 1 && only !== undefined ? only : { kind, parts }
  }

  private not(negated: boolean): Formula {
    const token = this.tokens[this.at]
    if (token === undefined) throw new ConditionError(this.end, 'expected a term such as bug or viable')
    if (++this.depth > MAX_DEPTH) throw new ConditionError(token.column, 'nested too deeply')
    this.at++
    let formula: Formula
    if (token.text === '!' || token.text === 'not') formula = this.not(!negated)
    else if (token.text === '(') {
      formula = this.or(negated)
      const close = this.tokens[this.at]
      if (close?.text !== ')') throw new ConditionError(close?.column ?? this.end, 'expected )')
      this.at++
    } else formula = this.term(token, negated)
    this.depth--
    return formula
  }

  /** The words that follow a term behind blanks. */
  private following(): Token[] {
    const from = this.at
    for (let next = this.tokens[this.at]; next !== undefined; next = this.tokens[this.at]) {
      if (JOINTS.includes(next.text) || /^[(!]$|^not$/.test(next.text)) break
      this.at++
    }
    return this.tokens.slice(from, this.at)
  }

  private term(token: Token, negated: boolean): Formula {
    const { name, args, subjects } = partsOf(token)
    const more = this.following()
    // "answer EBUSY" and "bound 01:00.0" were said in lessons, "bound:vfio-pci" in questions.
    if (name.text === 'answer') return this.answer(name, [...args, ...more], subjects, negated)
    if (name.text === 'bound') {
      const term = args.length > 0 ? 'driver' : 'iommufd-bound'
      return this.atom(term, name, args, subjects, more, negated)
    }
    if (name.text === 'unsafe') {
      const isolated = this.atom('isolated', name, args, subjects, more, !negated)
      // A group in the host's hands is not unsafe either.
      return negated
        ? { kind: 'or', parts: [isolated, this.atom('host', name, args, subjects, more, false)] }
        : isolated
    }
    const term = isTerm(name.text) ? name.text : Object.hasOwn(OLD_NAMES, name.text) ? OLD_NAMES[name.text] : undefined
    if (term === undefined) {
      throw new ConditionError(name.column, `expected one of ${TERM_NAMES.join(', ')}, not "${name.text}"`)
    }
    // Where a group has to be named, “waiting” alone is about whatever call.
    const anyCall = this.named && term === 'waiting' && subjects.length + more.length === 0
    return this.atom(anyCall ? 'any-waiting' : term, name, args, subjects, more, negated)
  }

  /** `answer ok`, `answer EBUSY`, `answer waits`, `answer BUG`: the terms for each, by one word. */
  private answer(
    name: Token,
    [value, ...rest]: readonly Token[],
    subjects: readonly Token[],
    negated: boolean,
  ): Formula {
    const form = 'ok, an errno, waits or BUG'
    if (value === undefined) throw new ConditionError(this.tokens[this.at]?.column ?? this.end, `expected ${form}`)
    const terms: Readonly<Record<string, Term>> = { ok: 'ok', waits: 'blocked', BUG: 'bug' }
    const term = Object.hasOwn(terms, value.text) ? terms[value.text] : undefined
    if (term !== undefined) return this.atom(term, name, [], subjects, rest, negated)
    if (!isArgument('errno', value.text)) {
      throw new ConditionError(value.column, `expected ${form}, not "${value.text}"`)
    }
    return this.atom('errno', name, [value], subjects, rest, negated)
  }

  private atom(
    term: Term,
    { text: name, column }: Token,
    args: readonly Token[],
    subjects: readonly Token[],
    more: readonly Token[],
    negated: boolean,
  ): Formula {
    const form = formOf(term)
    const given = { args: [...args], subjects: [...subjects] }
    for (const token of more) {
      const wanted = form.args[given.args.length]
      if (isSubject(token.text, form.subjects, wanted)) given.subjects.push(token)
      else if (wanted !== undefined) given.args.push(token)
      else
        throw new ConditionError(
          token.column,
          `expected ${subjectsOr(form.subjects)}&, | or the end, not "${token.text}"`,
        )
    }
    const end = this.tokens[this.at]?.column ?? this.end
    const values = form.args.flatMap((argument, index): string[] => {
      const token = given.args[index]
      if (token !== undefined) return [argumentOf(argument, token)]
      if (argument.endsWith('?')) return []
      const words = `expected ${name}:${ARGUMENT_FORMS[argument]}`
      throw new ConditionError(more.length > 0 ? end : column, words)
    })
    const extra = given.args[form.args.length]
    if (extra !== undefined) throw new ConditionError(extra.column, `${name} takes no "${extra.text}"`)
    this.checkSubjects(name, term, given.subjects, end)
    const argColumns = given.args.map((token) => token.column)
    return { kind: 'term', atom: { term, args: values, argColumns, subjects: given.subjects, column }, negated }
  }

  private checkSubjects(name: string, term: Term, subjects: readonly Token[], end: number): void {
    const { subjects: kinds, pair, about } = formOf(term)
    for (const { text, column } of subjects) {
      if (kinds.length === 0) throw new ConditionError(column - 1, 'expected nothing after "@"')
      if (text === '') throw new ConditionError(column - 1, `expected a ${kinds.join(', a ')} after "@"`)
      if (!kinds.includes(kindOf(text))) {
        throw new ConditionError(column, `expected a ${kinds.join(' or a ')}, not "${text}"`)
      }
    }
    if (pair && subjects.length !== 2) throw new ConditionError(end, `expected two devices after "${name}"`)
    const seen = subjects.map(({ text }) => (kindOf(text) === 'process' ? 'process' : 'place'))
    const second = subjects.find((_, index) => seen.indexOf(seen[index] ?? 'place') < index)
    if (!pair && second !== undefined) throw new ConditionError(second.column, `"${name}" is about one of a kind only`)
    if (this.named && about === 'group' && !seen.includes('place')) {
      throw new ConditionError(end, `expected ${subjectWords(kinds)} after "${name}"`)
    }
  }
}

/** `name:argument:argument@subject,subject` in pieces. An address has colons as well, but only behind the `@`. */
function partsOf({ text, column }: Token): { name: Token; args: Token[]; subjects: Token[] } {
  const sign = text.indexOf('@')
  const before = sign < 0 ? text : text.slice(0, sign)
  const [name, ...args] = split(before, ':', column)
  const subjects = sign < 0 ? [] : split(text.slice(sign + 1), ',', column + sign + 1)
  return { name: name ?? { text: '', column }, args, subjects }
}

function split(text: string, separator: string, column: number): Token[] {
  let at = column
  return text.split(separator).map((part) => {
    const token = { text: part, column: at }
    at += part.length + 1
    return token
  })
}

/** What a word names, by its form. */
export function kindOf(text: string): Subject {
  return text.includes(':') ? 'device' : /^\d+$/.test(text) ? 'group' : 'process'
}

/** Whether a word behind a term is what the term is about, and not the argument that it still wants. */
function isSubject(text: string, subjects: readonly Subject[], wanted: Argument | undefined): boolean {
  const kind = kindOf(text)
  if (!subjects.includes(kind)) return false
  return kind !== 'process' || wanted === undefined
}

function argumentOf(argument: Argument, { text, column }: Token): string {
  const old = OLD_VALUES[argument]
  const value = old !== undefined && Object.hasOwn(old, text) ? (old[text] ?? text) : text
  if (!isArgument(argument, value)) {
    throw new ConditionError(column, `expected ${ARGUMENT_FORMS[argument]}, not "${text}"`)
  }
  return value
}

function subjectsOr(kinds: readonly Subject[]): string {
  return kinds.length === 0 ? '' : `a ${kinds.join(', a ')}, `
}

function subjectWords(kinds: readonly Subject[]): string {
  return kinds.includes('group') ? 'the number of an IOMMU group or a device' : `a ${kinds.join(' or a ')}`
}
