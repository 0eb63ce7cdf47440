/**
 * A lesson: one Markdown file, made of cards.
 *
 *     ---
 *     chapter: Groups
 *     summary: One sentence for the list.
 *     ---
 *     # The title
 *
 *     ## The first card
 *
 *     Words. The learner reads a card from the top; what follows a block shows when the block is done.
 *
 *     ```setup
 *     machine dual-e1000e
 *     kernel linux-5.10
 *     process qemu user=root
 *     unbind 01:00.0
 *     ```
 *
 *     ```script
 *     bind 01:00.1 vfio-pci
 *     g1 = open_group 3
 *     g2 = open_group 3        #= EBUSY
 *     ```
 *
 *     ```predict
 *     What does the kernel answer?
 *     try:
 *     c1 = open_container
 *     - [answer ok] It opens
 *     - [answer EBUSY] `EBUSY`
 *       > Told to those who choose this.
 *     ```
 *
 *     ```goal
 *     Get the device open.
 *     - [device-open 01:00.1] `01:00.1` is open
 *     hint: Words that help a little.
 *     solution:
 *     group_set_container g1 c1
 *     ```
 *
 * A `picture` block says what the picture shows beside the words that follow it (`lesson-picture.ts`):
 *
 *     ```picture
 *     lens topology
 *     hide groups
 *     ```
 *
 * A goal whose solution is not the shortest way says how long that is, above its solution: `par: 8`.
 *
 * `setup` boots a machine anew and does its operations at once; the others go on from what was done before, a goal by its
 * solution. Lines of operations are those of a script (`script.ts`); each succeeds, or says behind `#=` what it is
 * answered. The right choice of a prediction is the one whose condition (docs/conditions.md) holds in the replay.
 */
import type { Code, RootContent } from 'mdast'
import type { Op } from '../../sim/op.ts'
import type { Condition } from '../condition/moment.ts'
import { BlockReader, FENCES } from './lesson-blocks.ts'
import { pictureFaults, type PictureBlock } from './lesson-picture.ts'
import {
  lineOf,
  parseMarkdown,
  plainText,
  readProse,
  wordsOf,
  type Inline,
  type Line,
  type Prose,
} from './lesson-words.ts'
import type { Scenario } from '../document/scenario.ts'

export interface Lesson {
  /** Part of the lesson's address: the file's name without its number. */
  readonly slug: string
  readonly file: string
  readonly title: string
  readonly chapter: string
  /** One sentence: what there is to learn. */
  readonly summary: string
  readonly cards: readonly Card[]
}

export interface Card {
  readonly title: string
  readonly parts: readonly Part[]
  /** What the picture shows, from some part on. */
  readonly pictures: readonly PictureBlock[]
}

/** An operation with what the lesson says of it. */
export interface LessonStep {
  readonly op: Op
  /** Words for when it is done. */
  readonly note: string | undefined
  /** What it is answered: `ok`, an errno, `waits` or `BUG`. */
  readonly answer: string
  /** Where it stands in the file. */
  readonly line: number
}

/** A condition with its words. */
export interface Claim {
  readonly words: readonly Inline[]
  readonly condition: Condition
  /** What is told to those who choose it. */
  readonly reply: readonly Inline[] | undefined
  readonly line: number
}

/** A block of operations: what the run was before it and is after it. */
export interface Doing {
  readonly line: number
  /** The run as the lesson has it before this part and after it. */
  readonly before: Scenario
  readonly after: Scenario
  readonly steps: readonly LessonStep[]
}

export interface SetupPart extends Doing {
  readonly kind: 'setup'
}
export interface ScriptPart extends Doing {
  readonly kind: 'script'
}
export interface PredictPart extends Doing {
  readonly kind: 'predict'
  readonly question: readonly Inline[]
  readonly choices: readonly Claim[]
}
export interface GoalPart extends Doing {
  readonly kind: 'goal'
  readonly task: readonly Inline[]
  /** All must hold at the same time. */
  readonly wanted: readonly Claim[]
  readonly hints: readonly (readonly Inline[])[]
  /** The fewest operations that reach it, as a search finds (`src/explore/par.ts`). */
  readonly par: number
}
export type Part = { readonly kind: 'words'; readonly prose: readonly Prose[] } | DoingPart
export type DoingPart = SetupPart | ScriptPart | PredictPart | GoalPart

/** A fault in a lesson's file; `line` counts from 1. */
export interface LessonProblem {
  readonly file: string
  readonly line: number
  readonly words: string
}

export type LessonReading =
  { readonly ok: true; readonly lesson: Lesson } | { readonly ok: false; readonly problems: readonly LessonProblem[] }

/**
 * Reads a lesson's file. Whether its goals can be reached and its predictions have one answer is for `checkLesson`.
 * @param file its name: `01-what-is-a-group.md`
 */
export function parseLesson(file: string, text: string): LessonReading {
  const reader = new Reader(text)
  const lesson = reader.read(file)
  if (reader.problems.length === 0) return { ok: true, lesson }
  const problems = reader.problems.toSorted((a, b) => a.line - b.line).map((problem) => ({ file, ...problem }))
  return { ok: false, problems }
}

class Reader {
  readonly problems: { line: number; words: string }[] = []
  private readonly lines: readonly Line[]
  readonly cards: { title: string; parts: Part[]; pictures: PictureBlock[] }[] = []
  private readonly fault = (line: number, words: string): void => {
    this.problems.push({ line, words })
  }

  constructor(text: string) {
    this.lines = text.split(/\r?\n/).map((line, index): Line => ({ line: index + 1, text: line }))
  }

  read(file: string): Lesson {
    const name = /^(\d\d)-([a-z0-9]+(?:-[a-z0-9]+)*)\.md$/.exec(file)
    if (name === null) this.fault(1, 'expected a file name such as 01-what-is-a-group.md')
    const { facts, end } = this.frontMatter()
    // Blank lines in its place, so that lines are counted as in the file.
    const text = this.lines.map((each) => (each.line <= end ? '' : each.text)).join('\n')
    const [first, ...rest] = parseMarkdown(text)
    const isTitle = first?.type === 'heading' && first.depth === 1
    if (!isTitle) this.fault(first === undefined ? 1 : lineOf(first), 'expected the title: "# …"')
    const title = isTitle ? plainText(wordsOf(first, this.fault)) : ''
    this.readCards(isTitle || first === undefined ? rest : [first, ...rest], title)
    if (this.cards.length === 0) this.fault(this.lines.length, 'expected at least one card: "## …"')
    const [chapter = '', summary = ''] = ['chapter', 'summary'].map((key) => facts.get(key))
    pictureFaults(this, this.fault)
    return { slug: name?.[2] ?? '', file, title, chapter, summary, cards: this.cards }
  }

  /** Reads what stands above the title. `end`: the number of its last line, 0 without one. */
  private frontMatter(): { readonly facts: ReadonlyMap<string, string>; readonly end: number } {
    const facts = new Map<string, string>()
    const end = this.lines.findIndex(({ text }, index) => index > 0 && text === '---')
    if (this.lines[0]?.text !== '---' || end < 0) {
      this.fault(1, 'expected "---", the lines "chapter: …" and "summary: …", and "---"')
      return { facts, end: 0 }
    }
    for (const { line, text } of this.lines.slice(1, end)) {
      const [, key = '', value = ''] = /^(chapter|summary): +(\S.*)$/.exec(text) ?? []
      if (key === '') this.fault(line, 'expected "chapter: …" or "summary: …"')
      else if (facts.has(key)) this.fault(line, `a second "${key}"`)
      facts.set(key, value.trim())
    }
    for (const key of ['chapter', 'summary']) {
      if (!facts.has(key)) this.fault(end + 1, `expected a line "${key}: …" above`)
    }
    return { facts, end: end + 1 }
  }

  private readCards(nodes: readonly RootContent[], title: string): void {
    const blocks = new BlockReader(title, this.fault)
    for (const node of nodes) {
      if (node.type === 'heading') {
        if (node.depth !== 2) this.fault(lineOf(node), 'expected "## …" for a new card, or words')
        else this.cards.push({ title: plainText(wordsOf(node, this.fault)), parts: [], pictures: [] })
      } else if (node.type === 'code') this.readBlock(node, blocks)
      else this.readWords(node)
    }
  }

  /** The card at hand. */
  private cardAt(line: number): Pick<Reader['cards'][number], 'parts' | 'pictures'> {
    const card = this.cards.at(-1)
    if (card === undefined) this.fault(line, 'expected "## …" before the words of a card')
    return card ?? { parts: [], pictures: [] }
  }

  private readWords(node: RootContent): void {
    const prose = readProse(node, this.fault)
    const { parts } = this.cardAt(lineOf(node))
    const last = parts.at(-1)
    if (prose === null) return
    if (last?.kind === 'words') parts[parts.length - 1] = { kind: 'words', prose: [...last.prose, prose] }
    else parts.push({ kind: 'words', prose: [prose] })
  }

  private readBlock(node: Code, blocks: BlockReader): void {
    const line = lineOf(node)
    const end = node.position?.end.line ?? line
    const word = [node.lang, node.meta].flatMap((each) => each ?? []).join(' ')
    const fence = FENCES.find((known) => known === word)
    if (fence === undefined) return this.fault(line, `expected \`\`\`${FENCES.join(', ```')}, not \`\`\`${word}`)
    if (end === line || !/^```\s*$/.test(this.lines[end - 1]?.text ?? '')) {
      return this.fault(line, 'a block that is not closed: expected ``` below')
    }
    const { parts, pictures } = this.cardAt(line)
    const lines = this.lines.slice(line, end - 1)
    if (fence === 'picture') {
      const block = blocks.picture(line, parts.length, lines)
      if (block !== null) pictures.push(block)
      return
    }
    const part = blocks.read(fence, line, lines)
    if (part !== null) parts.push(part)
  }
}
