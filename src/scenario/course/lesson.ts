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
 * A goal whose solution is not the shortest way says how long that is, above its solution: `par: 8`.
 *
 * `setup` boots a machine anew and does its operations at once; the others go on from what was done before, a goal by its
 * solution. Lines of operations are those of a script (`script.ts`); each succeeds, or says behind `#=` what it is
 * answered. The right choice of a prediction is the one whose condition (docs/conditions.md) holds in the replay.
 */
import type { Op } from '../../sim/op.ts'
import { compileWorld, type World } from '../../sim/world.ts'
import { readCondition, type Condition } from '../condition/moment.ts'
import { readInline, readProse, type Inline, type Line, type Prose } from './lesson-words.ts'
import { machineOf, setupOf, type Scenario } from '../document/scenario.ts'
import { parseScript } from '../script/script.ts'

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

interface Doing {
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
  const reader = new Reader()
  const lesson = reader.read(file, text)
  if (lesson !== null && reader.problems.length === 0) return { ok: true, lesson }
  const problems = reader.problems.toSorted((a, b) => a.line - b.line).map((problem) => ({ file, ...problem }))
  return { ok: false, problems }
}

const FENCES = ['setup', 'script', 'predict', 'goal'] as const
type Fence = (typeof FENCES)[number]
const HEAD = /^\s*(?:title|machine|kernel|compare|boot|process|cursor)(?=\s|$)/
const NOTHING = /^\s*(?:#|$)/
const ANSWER = /#=\s*(ok|waits|BUG|E[A-Z]+)\s*$/
const CLAIM = /^- \[([^\]]*)\] *(.*)$/

class Reader {
  readonly problems: { line: number; words: string }[] = []
  /** The lines of the last setup that say on what it runs. */
  private head: string[] = []
  /** The run so far; null before the first setup. */
  private scenario: Scenario | null = null
  private world: World | null = null
  /** The last setup was faulty: what goes on from it cannot be read, and is no fault of its own. */
  private lost = false

  read(file: string, text: string): Lesson | null {
    const name = /^(\d\d)-([a-z0-9]+(?:-[a-z0-9]+)*)\.md$/.exec(file)
    if (name === null) this.fault(1, 'expected a file name such as 01-what-is-a-group.md')
    const all = text.split('\n').map((line, index): Line => ({ line: index + 1, text: line.replace(/\r$/, '') }))
    const { facts, rest } = this.frontMatter(all)
    const titleAt = rest.findIndex(({ text: line }) => line.trim() !== '')
    const title = /^# (.+)$/.exec(rest[titleAt]?.text ?? '')?.[1]?.trim()
    if (title === undefined) this.fault(rest[titleAt]?.line ?? 1, 'expected the title: "# …"')
    const cards = this.cards(rest.slice(titleAt + 1), title ?? '')
    if (cards.length === 0) this.fault(all.length, 'expected at least one card: "## …"')
    return {
      slug: name?.[2] ?? '',
      file,
      title: title ?? '',
      chapter: facts.get('chapter') ?? '',
      summary: facts.get('summary') ?? '',
      cards,
    }
  }

  private fault(line: number, words: string): void {
    this.problems.push({ line, words })
  }

  private readonly note = (line: number, words: string): void => this.fault(line, words)

  private frontMatter(lines: readonly Line[]): { facts: Map<string, string>; rest: readonly Line[] } {
    const facts = new Map<string, string>()
    const end = lines.findIndex(({ text }, index) => index > 0 && text === '---')
    if (lines[0]?.text !== '---' || end < 0) {
      this.fault(1, 'expected "---", the lines "chapter: …" and "summary: …", and "---"')
      return { facts, rest: lines }
    }
    for (const { line, text } of lines.slice(1, end)) {
      const [, key = '', value = ''] = /^(chapter|summary): +(\S.*)$/.exec(text) ?? []
      if (key === '') this.fault(line, 'expected "chapter: …" or "summary: …"')
      else if (facts.has(key)) this.fault(line, `a second "${key}"`)
      facts.set(key, value.trim())
    }
    for (const key of ['chapter', 'summary']) {
      if (!facts.has(key)) this.fault(end + 1, `expected a line "${key}: …" above`)
    }
    return { facts, rest: lines.slice(end + 1) }
  }

  private cards(lines: readonly Line[], title: string): Card[] {
    const cards: { title: string; parts: Part[] }[] = []
    let prose: Line[] = []
    const parts = (line: number): Part[] => {
      const card = cards.at(-1)
      if (card === undefined) this.fault(line, 'expected "## …" before the words of a card')
      return card?.parts ?? []
    }
    const finish = (): void => {
      const [first] = prose.filter(({ text }) => text.trim() !== '')
      if (first !== undefined) parts(first.line).push({ kind: 'words', prose: readProse(prose, this.note) })
      prose = []
    }
    let open: { fence: Fence | null; line: number; lines: Line[] } | null = null
    for (const line of lines) {
      const mark = /^```(.*)$/.exec(line.text)
      if (open !== null) {
        if (mark === null) open.lines.push(line)
        else {
          const part = open.fence === null ? null : this.block(open.fence, open.line, open.lines, title)
          if (part !== null) parts(open.line).push(part)
          open = null
        }
      } else if (mark !== null) {
        finish()
        const word = mark[1]?.trim() ?? ''
        const fence = FENCES.find((known) => known === word) ?? null
        if (fence === null) this.fault(line.line, `expected \`\`\`${FENCES.join(', ```')}, not \`\`\`${word}`)
        open = { fence, line: line.line, lines: [] }
      } else if (line.text.startsWith('## ')) {
        finish()
        cards.push({ title: line.text.slice(3).trim(), parts: [] })
      } else if (line.text.startsWith('#')) this.fault(line.line, 'expected "## …" for a new card, or words')
      else prose.push(line)
    }
    if (open !== null) this.fault(open.line, 'a block that is not closed: expected ``` below')
    finish()
    return cards
  }

  private block(fence: Fence, line: number, lines: readonly Line[], title: string): Part | null {
    if (fence === 'setup') return this.setup(line, lines, title)
    const { scenario: before, world } = this
    if (before === null || world === null) {
      if (!this.lost) this.fault(line, 'expected a ```setup before it: a machine and a kernel')
      return null
    }
    const blockParts = divide(lines)
    const doing = this.doing(line, before, fence === 'script' ? lines : blockParts.ops)
    const { opsWord, ops } = blockParts
    switch (fence) {
      case 'script':
        if (lines.every(({ text }) => NOTHING.test(text))) this.fault(line, 'expected at least one operation')
        return { kind: 'script', ...doing }
      case 'predict': {
        if (opsWord !== undefined && opsWord.text !== 'try:') this.fault(opsWord.line, 'a prediction has "try:"')
        if (blockParts.hints.length > 0) this.fault(blockParts.hints[0]?.line ?? line, 'a prediction has no hints')
        const choices = this.claims(blockParts.claims, world)
        if (countOf(blockParts.claims) < 2) this.fault(line, 'expected at least two choices: "- [condition] words"')
        return { kind: 'predict', ...doing, question: this.sentence(line, blockParts.words), choices }
      }
      case 'goal': {
        if (opsWord?.text !== 'solution:' || ops.length === 0) {
          this.fault(opsWord?.line ?? line, 'expected "solution:" and operations that reach the goal')
        }
        const wanted = this.claims(blockParts.claims, world)
        if (countOf(blockParts.claims) === 0) this.fault(line, 'expected what is to be reached: "- [condition] words"')
        const hints = blockParts.hints.map((hint) => readInline(hint, this.note))
        const par = blockParts.par ?? doing.steps.length
        return { kind: 'goal', ...doing, task: this.sentence(line, blockParts.words), wanted, hints, par }
      }
    }
  }

  /** The one paragraph that a prediction or a goal begins with. */
  private sentence(line: number, lines: readonly Line[]): Inline[] {
    const text = lines
      .map((each) => each.text.trim())
      .join(' ')
      .trim()
    if (text === '') this.fault(line, 'expected words before the conditions')
    return readInline({ line: lines[0]?.line ?? line, text }, this.note)
  }

  private claims(lines: readonly Line[], world: World): Claim[] {
    const claims: { line: number; condition: string; text: string; reply: string }[] = []
    for (const { line, text } of lines) {
      const claim = CLAIM.exec(text)
      const last = claims.at(-1)
      const reply = /^ +> ?(.*)$/.exec(text)
      if (claim !== null) claims.push({ line, condition: claim[1] ?? '', text: claim[2] ?? '', reply: '' })
      else if (last !== undefined && reply !== null) last.reply = `${last.reply} ${reply[1] ?? ''}`.trim()
      else if (last !== undefined && /^ {2}/.test(text)) last.text += ` ${text.trim()}`
      else if (text.trim() !== '') this.fault(line, 'expected "- [condition] words", "  > a reply" or the end')
    }
    return claims.flatMap(({ line, condition, text, reply }): Claim[] => {
      const reading = readCondition(condition, world, { named: true })
      if (!reading.ok) this.fault(line, `in [${condition}], column ${reading.column}: ${reading.words}`)
      if (text === '') this.fault(line, 'expected words after the condition')
      if (!reading.ok) return []
      const words = readInline({ line, text }, this.note)
      return [
        {
          words,
          condition: reading.condition,
          reply: reply === '' ? undefined : readInline({ line, text: reply }, this.note),
          line,
        },
      ]
    })
  }

  private setup(line: number, lines: readonly Line[], title: string): SetupPart | null {
    const first = lines.findIndex(({ text }) => !HEAD.test(text) && !NOTHING.test(text))
    const head = first < 0 ? lines : lines.slice(0, first)
    this.scenario = null
    this.lost = true
    this.head = [`title ${title}`, ...head.filter(({ text }) => !/^\s*title\b/.test(text)).map(({ text }) => text)]
    const reading = parseScript(lines.map(({ text }) => text).join('\n'))
    if (!reading.ok) {
      for (const problem of reading.problems)
        this.fault(line + problem.line, `column ${problem.column}: ${problem.words}`)
      return null
    }
    const machine = machineOf(reading.scenario)
    if (machine === undefined) return null
    for (const word of ['cursor', 'compare', 'present']) {
      if (word in reading.scenario && lines.some(({ text }) => text.trim().split(/\s/)[0] === word)) {
        this.fault(line, `a lesson has no "${word}"`)
      }
    }
    const { notes: _notes, predictions: _predictions, ...scenario } = reading.scenario
    const after: Scenario = { ...scenario, title, cursor: scenario.ops.length }
    this.world = compileWorld(setupOf(after, machine), [])
    this.scenario = after
    this.lost = false
    const before = { ...after, ops: [], cursor: 0 }
    return {
      kind: 'setup',
      line,
      before,
      after,
      steps: stepsOf(after.ops, lines.slice(Math.max(0, first)), reading.scenario.notes),
    }
  }

  /** Reads operations that go on from a run. */
  private doing(line: number, before: Scenario, lines: readonly Line[]): Doing {
    const texts = lines.map(({ text }) => text)
    const reading = parseScript([...this.head, ...texts].join('\n'))
    if (!reading.ok) {
      for (const { line: at, column, words } of reading.problems) {
        this.fault(lines[at - this.head.length - 1]?.line ?? line, `column ${column}: ${words}`)
      }
      return { line, before, after: before, steps: [] }
    }
    const { ops } = reading.scenario
    const after = { ...before, ops: [...before.ops, ...ops], cursor: before.ops.length + ops.length }
    this.scenario = after
    return { line, before, after, steps: stepsOf(ops, lines, reading.scenario.notes) }
  }
}

/** The parts of a prediction or a goal: words, `- [` lines, `hint:` lines, and the operations after `try:` or `solution:`. */
function divide(lines: readonly Line[]): {
  words: Line[]
  claims: Line[]
  hints: Line[]
  opsWord: Line | undefined
  ops: Line[]
  par: number | undefined
} {
  const parts = {
    words: new Array<Line>(),
    claims: new Array<Line>(),
    hints: new Array<Line>(),
    ops: new Array<Line>(),
  }
  let opsWord: Line | undefined
  let par: number | undefined
  let into = parts.words
  for (const line of lines) {
    const { text } = line
    const hint = /^hint: +(.*)$/.exec(text)
    const shortest = /^par: +(\d+)$/.exec(text)
    if (shortest !== null) par = Number(shortest[1])
    else if (text === 'try:' || text === 'solution:') {
      opsWord ??= line
      into = parts.ops
    } else if (hint !== null) {
      into = parts.hints
      into.push({ line: line.line, text: hint[1] ?? '' })
    } else if (CLAIM.test(text)) {
      into = parts.claims
      into.push(line)
    } else if (into === parts.hints) {
      const last = into.pop()
      into.push({ line: last?.line ?? line.line, text: `${last?.text ?? ''} ${text.trim()}`.trim() })
    } else into.push(line)
  }
  return { ...parts, opsWord, par }
}

/** How many claims some lines make. */
function countOf(lines: readonly Line[]): number {
  return lines.filter(({ text }) => CLAIM.test(text)).length
}

function stepsOf(ops: readonly Op[], lines: readonly Line[], notes: Scenario['notes']): LessonStep[] {
  const own = lines.filter(({ text }) => !NOTHING.test(text))
  return ops.map((op, index) => {
    const { line = 0, text = '' } = own[index] ?? {}
    return { op, line, note: notes?.[String(index + 1)], answer: ANSWER.exec(text)?.[1] ?? 'ok' }
  })
}
