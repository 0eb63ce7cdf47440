/**
 * The Markdown that lessons are written in, read by a CommonMark parser: paragraphs, lists, asides (`>`) and, within
 * them, `code`, **strong**, *em* and [links](https://…). Anything else that Markdown knows is a fault, so that nothing is
 * silently shown as it stands.
 */
import type { Heading, Nodes, Paragraph, PhrasingContent, RootContent } from 'mdast'
import { fromMarkdown } from 'mdast-util-from-markdown'

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

/** The blocks of a Markdown text, with their places in it. */
export function parseMarkdown(text: string): readonly RootContent[] {
  return fromMarkdown(text).children
}

/** The line of a text on which a node begins, from 1. */
export function lineOf(node: Nodes): number {
  return node.position?.start.line ?? 1
}

/** Reads a paragraph, a list or an aside. @returns null for any other block, which is a fault */
export function readProse(node: RootContent, fault: Fault): Prose | null {
  switch (node.type) {
    case 'paragraph':
      return { kind: 'paragraph', words: wordsOf(node, fault) }
    case 'blockquote': {
      const words = onlyParagraph(node.children, lineOf(node), 0, fault)
      return { kind: 'aside', words }
    }
    case 'list': {
      const items = node.children.map((item) => onlyParagraph(item.children, lineOf(item), 0, fault))
      return { kind: 'list', ordered: node.ordered === true, items }
    }
    default:
      fault(lineOf(node), `expected a paragraph, a list or an aside, not Markdown’s “${node.type}”`)
      return null
  }
}

/** Reads one run of text, such as the words of a choice. */
export function readInline({ line, text }: Line, fault: Fault): Inline[] {
  return text.trim() === '' ? [] : onlyParagraph(parseMarkdown(text), line, line - 1, fault)
}

/** The words of blocks that are to be one paragraph; `before` as for `wordsOf`. */
function onlyParagraph(nodes: readonly RootContent[], line: number, before: number, fault: Fault): Inline[] {
  const [first, second] = nodes
  if (first?.type === 'paragraph' && second === undefined) return wordsOf(first, fault, before)
  const wrong = first?.type === 'paragraph' ? second : first
  fault(wrong === undefined ? line : before + lineOf(wrong), 'expected one paragraph')
  return []
}

/** The words of a paragraph or a heading. `before`: lines of the file in front of the text that was parsed. */
export function wordsOf({ children }: Paragraph | Heading, fault: Fault, before = 0): Inline[] {
  return children.flatMap((node) => inlineOf(node, before, fault))
}

function inlineOf(node: PhrasingContent, before: number, fault: Fault): Inline[] {
  const line = before + lineOf(node)
  const inner = (nodes: readonly PhrasingContent[]): Inline[] => nodes.flatMap((each) => inlineOf(each, before, fault))
  switch (node.type) {
    case 'text':
      for (const mark of ['`', '**']) if (node.value.includes(mark)) fault(line, `a ${mark} without its end`)
      return [node.value.replaceAll('\n', ' ')]
    case 'inlineCode':
      return [{ kind: 'code', text: node.value }]
    case 'strong':
      return [{ kind: 'strong', words: inner(node.children) }]
    case 'emphasis':
      return [{ kind: 'em', words: inner(node.children) }]
    case 'link':
      if (!/^(?:https:\/\/|\/lesson\/|\/debate$)/.test(node.url)) {
        fault(line, `expected a link to https://…, /lesson/… or /debate, not "${node.url}"`)
      }
      return [{ kind: 'link', href: node.url, words: inner(node.children) }]
    default:
      fault(line, `expected words, code, **strong**, *em* or a link, not Markdown’s “${node.type}”`)
      return []
  }
}

/** The text alone. */
export function plainText(words: readonly Inline[]): string {
  return words
    .map((part) => (typeof part === 'string' ? part : 'text' in part ? part.text : plainText(part.words)))
    .join('')
}
