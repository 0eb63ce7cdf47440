/**
 * Finds the small faults ("mutants") that can be planted in a source file, and rewrites the file so that each of them
 * can be switched on while it runs: `a < b` becomes `(__mutation.is(7) ? (a <= b) : a < b)`.
 */
import { parseSync, Visitor, type ESTree } from 'rolldown/utils'

/** One planted fault: the text from `start` to `end` is replaced. */
export interface Mutant {
  readonly id: number
  /** Path from the project's root. */
  readonly file: string
  /** Counted from 1. */
  readonly line: number
  readonly start: number
  readonly end: number
  readonly replacement: string
  /** `skip` leaves out what lies between: a statement, or all statements of a block. */
  readonly kind: 'replace' | 'skip'
}

type Found = Omit<Mutant, 'id' | 'file' | 'line'>

const BINARY: Readonly<Record<string, readonly string[]>> = {
  '+': ['-'],
  '-': ['+'],
  '*': ['/'],
  '/': ['*'],
  '%': ['*'],
  '<<': ['>>'],
  '>>': ['<<'],
  '>>>': ['<<'],
  '&': ['|'],
  '|': ['&'],
  '^': ['&'],
  '<': ['<=', '>='],
  '<=': ['<', '>'],
  '>': ['>=', '<='],
  '>=': ['>', '<'],
  '===': ['!=='],
  '!==': ['==='],
  '&&': ['||'],
  '||': ['&&'],
}

const ASSIGNMENT: Readonly<Record<string, string>> = {
  '+=': '-=',
  '-=': '+=',
  '*=': '/=',
  '|=': '&=',
  '&=': '|=',
  '^=': '&=',
  '<<=': '>>=',
  '>>=': '<<=',
  '>>>=': '<<=',
}

/** Methods that another one takes the place of; an empty name leaves the call out: `list.filter(f)` becomes `list`. */
const METHODS: Readonly<Record<string, string>> = {
  some: 'every',
  every: 'some',
  min: 'max',
  max: 'min',
  startsWith: 'endsWith',
  endsWith: 'startsWith',
  filter: '',
  slice: '',
  sort: '',
  toSorted: '',
  reverse: '',
  toReversed: '',
  trim: '',
}

/**
 * All mutants of a file, in the order of the text.
 *
 * Left out: what no run can notice. That is the fallback of an element access (`list[i] ?? 0`), which the compiler asks
 * for where the index is known to exist, and whatever belongs to types and imports.
 *
 * @param file path from the project's root, used in the mutants and to tell TypeScript from TSX
 * @throws when the source has a syntax error
 */
export function mutantsOf(file: string, source: string): Omit<Mutant, 'id'>[] {
  const { program, errors } = parseSync(file, source)
  if (errors[0]) throw new Error(`${file}: ${errors[0].message}`)
  const lineOf = (offset: number): number => source.slice(0, offset).split('\n').length
  return collect(program, source)
    .sort((a, b) => a.start - b.start || b.end - a.end)
    .map((found) => ({ ...found, file, line: lineOf(found.start) }))
}

function collect(program: ESTree.Program, source: string): Found[] {
  const found: Found[] = []
  const text = (node: ESTree.Span): string => source.slice(node.start, node.end)
  const replace = ({ start, end }: ESTree.Span, replacement: string): void => {
    found.push({ start, end, replacement, kind: 'replace' })
  }
  const skip = ({ start, end }: ESTree.Span): void => {
    found.push({ start, end, replacement: '', kind: 'skip' })
  }
  /** Replaces the operator between two operands and nothing else. */
  const operator = (
    node: ESTree.Span & { readonly left: ESTree.Span; readonly right: ESTree.Span; readonly operator: string },
    by: string,
  ): void => {
    const between = source.slice(node.left.end, node.right.start).replace(node.operator, by)
    replace(node, source.slice(node.start, node.left.end) + between + source.slice(node.right.start, node.end))
  }
  const condition = (test: ESTree.Expression, values: readonly string[]): void => {
    if (test.type !== 'Literal') values.forEach((value) => replace(test, value))
  }
  /** Literals at these offsets are no values of their own, or nobody could notice another one. */
  const fixed = new Set<number>()
  const fix = (node: ESTree.Span | null | undefined): void => {
    if (node) fixed.add(node.start)
  }
  /** Calls in `a?.b.c()`: parentheses around a part of the chain would end it early. */
  const chained = new Set<number>()

  new Visitor({
    ImportDeclaration: (node) => fix(node.source),
    ExportAllDeclaration: (node) => fix(node.source),
    ExportNamedDeclaration: (node) => fix(node.source),
    ImportExpression: (node) => fix(node.source),
    TSImportType: (node) => fix(node.source),
    TSLiteralType: (node) => fix(node.literal),
    JSXAttribute: (node) => fix(node.value),
    Property: (node) => {
      if (!node.computed) fix(node.key)
    },
    PropertyDefinition: (node) => {
      if (!node.computed) fix(node.key)
    },
    TSPropertySignature: (node) => fix(node.key),
    ChainExpression: (node) => {
      for (let inner = parts(node.expression); inner; inner = parts(inner)) chained.add(inner.end)
    },

    BinaryExpression: (node) => {
      const texts = [node.left, node.right].some(isText)
      if (!(texts && node.operator === '+')) BINARY[node.operator]?.forEach((by) => operator(node, by))
    },
    LogicalExpression: (node) => {
      if (node.operator === '??' && isElementFallback(node)) {
        fix(node.right)
        if (node.right.type === 'UnaryExpression') fixed.add(-node.right.start)
        return
      }
      // In parentheses: `a ?? b` must not stand beside `&&` without them.
      if (node.operator === '??') replace(node, `(${text(node.left)}) && (${text(node.right)})`)
      else BINARY[node.operator]?.forEach((by) => operator(node, by))
    },
    AssignmentExpression: (node) => {
      const by = ASSIGNMENT[node.operator]
      if (by !== undefined) operator(node, by)
    },
    UpdateExpression: (node) =>
      replace(
        node,
        text(node).replace(/\+\+|--/, (sign) => (sign === '++' ? '--' : '++')),
      ),
    UnaryExpression: (node) => {
      if (node.operator === '!') replace(node, text(node.argument))
      if (node.operator === '-' && !fixed.has(-node.start)) replace(node, text(node.argument))
    },
    ConditionalExpression: (node) => condition(node.test, ['true', 'false']),
    IfStatement: (node) => condition(node.test, ['true', 'false']),
    WhileStatement: (node) => condition(node.test, ['false']),
    ForStatement: (node) => {
      if (node.test) condition(node.test, ['false'])
    },
    Literal: (node) => {
      if (fixed.has(node.start)) return
      if (typeof node.value === 'boolean') replace(node, String(!node.value))
      if (typeof node.value === 'string') replace(node, node.value === '' ? "'mutant'" : "''")
    },
    TemplateLiteral: (node) => {
      if (!fixed.has(node.start) && text(node) !== '``') replace(node, "''")
    },
    ArrayExpression: (node) => {
      if (node.elements.length > 0) replace(node, '[]')
    },
    CallExpression: (node) => {
      const { callee } = node
      if (callee.type !== 'MemberExpression' || callee.computed || chained.has(node.end)) return
      const by = METHODS[text(callee.property)]
      if (by === undefined) return
      const left = text(callee.object)
      replace(node, by === '' ? left : `${left}.${by}${source.slice(callee.end, node.end)}`)
    },
    ArrowFunctionExpression: (node) => {
      if (node.body.type !== 'BlockStatement' && node.body.type !== 'ObjectExpression') replace(node.body, 'undefined')
    },
    ExpressionStatement: (node) => {
      if (node.directive === null || node.directive === undefined) skip(node)
    },
    BlockStatement: (node) => {
      // A block of one statement is the same fault as that statement left out.
      const only = node.body.length === 1 ? node.body[0] : undefined
      if (node.body.length === 0 || only?.type === 'ExpressionStatement') return
      skip({ start: node.start + 1, end: node.end - 1 })
    },
  }).visit(program)
  return found.filter(
    ({ kind, start, end, replacement }) => kind === 'skip' || source.slice(start, end) !== replacement,
  )
}

function isText(node: ESTree.Node): boolean {
  return node.type === 'TemplateLiteral' || (node.type === 'Literal' && typeof node.value === 'string')
}

/** `list[i] ?? fallback`, `list.at(-1) ?? fallback`, `a?.b ?? fallback` with a literal as the fallback. */
function isElementFallback({ left, right }: ESTree.LogicalExpression): boolean {
  const plain = ['Literal', 'UnaryExpression', 'ArrayExpression'].includes(right.type)
  return plain && (left.type === 'ChainExpression' || (left.type === 'MemberExpression' && left.computed))
}

/** The part of a chain that stands to the left of its last member or call. */
function parts(node: ESTree.Node): ESTree.Node | undefined {
  if (node.type === 'CallExpression') return node.callee
  if (node.type === 'MemberExpression') return node.object
  return undefined
}

interface Insertion {
  readonly at: number
  readonly text: string
  readonly closes: boolean
  /** Length of the text between the opening and the closing insertion. */
  readonly span: number
  /** Place in the order in which pairs were made: a later pair of the same span lies outside. */
  readonly pair: number
}

/**
 * The source with all given mutants built in, none of them on. Loops count their rounds, so that a mutant that makes one
 * endless can be ended.
 * @param mutants of this file
 */
export function instrument(file: string, source: string, mutants: readonly Mutant[]): string {
  const insertions: Insertion[] = []
  const around = (start: number, end: number, before: string, after: string): void => {
    const pair = insertions.length
    insertions.push({ at: start, text: before, closes: false, span: end - start, pair })
    insertions.push({ at: end, text: after, closes: true, span: end - start, pair })
  }
  for (const { id, kind, start, end, replacement } of mutants.toReversed()) {
    if (kind === 'skip') around(start, end, `{ if (!__mutation.is(${id})) {`, '}}')
    else around(start, end, `(__mutation.is(${id}) ? (${replacement}) : (`, '))')
  }
  const loop = ({ body }: { readonly body: ESTree.Span }): void =>
    around(body.start, body.end, '{ __mutation.round(); ', '}')
  new Visitor({
    ForStatement: loop,
    ForInStatement: loop,
    ForOfStatement: loop,
    WhileStatement: loop,
    DoWhileStatement: loop,
    // In braces, so that a parenthesis at its start does not make a call of the line before.
    ExpressionStatement: ({ start, end, directive }) => {
      if (directive === null || directive === undefined) around(start, end, '{', '}')
    },
  }).visit(parseSync(file, source).program)
  return applied(source, insertions)
}

/** Of insertions at one place, closing ones come first; of pairs around the same text, the later made lies outside. */
function applied(source: string, insertions: readonly Insertion[]): string {
  const inOrder = insertions.toSorted((a, b) => {
    if (a.at !== b.at) return a.at - b.at
    if (a.closes !== b.closes) return a.closes ? -1 : 1
    const inward = a.span - b.span || a.pair - b.pair
    return a.closes ? inward : -inward
  })
  let result = ''
  let from = 0
  for (const { at, text } of inOrder) {
    result += source.slice(from, at) + text
    from = at
  }
  return result + source.slice(from)
}
