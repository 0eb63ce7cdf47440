/**
 * The Markdown that lessons are written in: paragraphs, lists, asides (`>`) and, within them, `code`, **strong**, *em*
 * and [links](https://…). Anything else that Markdown knows is a fault, so that nothing is silently shown as it stands.
 */

/** A piece of running text. */
export type Inline =
  | string
  | { readonly kind: 'code'; readonly text: string }
  | { readonly kind: 'strong' | 'em'; readonly words: readonly Inline[] }
  | { readonly kind: 'link'; readonly href: string; readonly words: readonly Inline[] }

/** A paragraph, a list, or an aside. */
export type Prose =
  | { readonly kind: 'paragraph' | 'aside'; readonly words: readonly Inline[] }
  | { readonly kind: 'list'; readonly ordered: boolean; readonly items: readonly (readonly Inline[])[] }

/** A line of a file, counted from 1. */
export interface Line {
  readonly line: number
  readonly text: string
}

/** Takes a fault at a line. */
export type Fault = (line: number, words: string) => void

/** Reads running text without fences and headings; faults go to `fault`. */
export function readProse(lines: readonly Line[], fault: Fault): Prose[] {
  const prose: Prose[] = []
  let block: Line[] = []
  const finish = (): void => {
    const [first] = block
    if (first !== undefined) prose.push(readBlock(first, block, fault))
    block = []
  }
  for (const line of lines) {
    if (line.text.trim() === '') finish()
    else {
      const [first] = block
      if (first !== undefined && kindOf(first.text) !== kindOf(line.text) && startsBlock(line.text)) finish()
      block.push(line)
    }
  }
  finish()
  return prose
}

const BULLET = /^\s*- +/
const NUMBER = /^\s*\d+\. +/
const ASIDE = /^> ?/

function kindOf(text: string): 'bullet' | 'number' | 'aside' | 'paragraph' {
  return BULLET.test(text) ? 'bullet' : NUMBER.test(text) ? 'number' : ASIDE.test(text) ? 'aside' : 'paragraph'
}

/** A line that is no mere continuation of the block above it. */
function startsBlock(text: string): boolean {
  return kindOf(text) !== 'paragraph'
}

function readBlock(first: Line, lines: readonly Line[], fault: Fault): Prose {
  const kind = kindOf(first.text)
  if (kind === 'paragraph' || kind === 'aside') {
    const text = lines.map((line) => line.text.replace(ASIDE, '').trim()).join(' ')
    return { kind, words: readInline({ line: first.line, text }, fault) }
  }
  const items: { line: number; text: string }[] = []
  for (const { line, text } of lines) {
    const marker = kind === 'bullet' ? BULLET : NUMBER
    const last = items.at(-1)
    if (marker.test(text) || last === undefined) items.push({ line, text: text.replace(marker, '').trim() })
    else last.text += ` ${text.trim()}`
  }
  return { kind: 'list', ordered: kind === 'number', items: items.map((item) => readInline(item, fault)) }
}

/** Reads one run of text; a mark that is opened and not closed is a fault. */
export function readInline({ line, text }: Line, fault: Fault): Inline[] {
  const out: Inline[] = []
  let plain = ''
  let rest = text
  const flush = (): void => {
    if (plain !== '') out.push(plain)
    plain = ''
  }
  while (rest !== '') {
    const code = /^`([^`]+)`/.exec(rest)
    const strong = /^\*\*(.+?)\*\*/.exec(rest)
    const em = /^\*([^*\s](?:[^*]*[^*\s])?)\*/.exec(rest)
    const link = /^\[([^\]]+)\]\(([^)\s]+)\)/.exec(rest)
    const match = code ?? strong ?? em ?? link
    if (match !== null) {
      flush()
      const inner = match[1] ?? ''
      if (code !== null) out.push({ kind: 'code', text: inner })
      else {
        const words = readInline({ line, text: inner }, fault)
        const href = match[2] ?? ''
        if (link === null) out.push({ kind: strong === null ? 'em' : 'strong', words })
        else if (/^(?:https:\/\/|\/lesson\/|\/debate$)/.test(href)) out.push({ kind: 'link', href, words })
        else fault(line, `expected a link to https://…, /lesson/… or /debate, not "${href}"`)
      }
      rest = rest.slice(match[0].length)
      continue
    }
    if (rest.startsWith('`')) fault(line, 'a ` without its end')
    else if (rest.startsWith('**')) fault(line, 'a ** without its end')
    plain += rest[0] ?? ''
    rest = rest.slice(1)
  }
  flush()
  return out
}

/** The text alone. */
export function plainText(words: readonly Inline[]): string {
  return words
    .map((part) => (typeof part === 'string' ? part : 'text' in part ? part.text : plainText(part.words)))
    .join('')
}
