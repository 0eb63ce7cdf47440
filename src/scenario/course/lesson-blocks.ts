/**
 * The blocks of a lesson between its words: what stands between the fences, read in the order of the file, because each goes
 * on from the run that those before it made.
 */
import type { Op } from '../../sim/op.ts'
import { compileWorld, type World } from '../../sim/world.ts'
import { readCondition } from '../condition/moment.ts'
import { machineOf, setupOf, type Scenario } from '../document/scenario.ts'
import { parseScript } from '../script/script.ts'
import { readPicture, type PictureBlock } from './lesson-picture.ts'
import { readInline, type Fault, type Inline, type Line } from './lesson-words.ts'
import type { Claim, Doing, DoingPart, LessonStep, SetupPart } from './lesson.ts'

/** Blocks in which something is done or asked. */
const DOING = ['setup', 'script', 'predict', 'goal'] as const
export const FENCES = [...DOING, 'picture'] as const
type Fence = (typeof DOING)[number]
const NEEDS_SETUP = 'expected a ```setup before it: a machine and a kernel'
const HEAD = /^\s*(?:title|machine|kernel|compare|boot|process|cursor)(?=\s|$)/
const NOTHING = /^\s*(?:#|$)/
const ANSWER = /#=\s*(ok|waits|BUG|E[A-Z]+)\s*$/
const CLAIM = /^- \[([^\]]*)\] *(.*)$/

export class BlockReader {
  private readonly fault: Fault
  /** The title of the lesson, which its runs bear. */
  private readonly title: string
  /** The lines of the last setup that say on what it runs. */
  private head: string[] = []
  /** The run so far; null before the first setup. */
  private scenario: Scenario | null = null
  private world: World | null = null
  /** The last setup was faulty: what goes on from it cannot be read, and is no fault of its own. */
  private lost = false

  constructor(title: string, fault: Fault) {
    this.title = title
    this.fault = fault
  }

  /**
   * Reads a block that says what the picture shows.
   * @param before the part of the card before which it stands
   * @returns null where no machine is known, which is a fault
   */
  picture(line: number, before: number, lines: readonly Line[]): PictureBlock | null {
    if (this.world !== null && this.scenario !== null) return readPicture(line, before, lines, this.world, this.fault)
    if (!this.lost) this.fault(line, NEEDS_SETUP)
    return null
  }

  /**
   * Reads a block.
   * @param line where its fence stands
   * @param lines what stands between its fences
   * @returns null if it cannot be read, which is a fault
   */
  read(fence: Fence, line: number, lines: readonly Line[]): DoingPart | null {
    if (fence === 'setup') return this.setup(line, lines)
    const { scenario: before, world } = this
    if (before === null || world === null) {
      if (!this.lost) this.fault(line, NEEDS_SETUP)
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
        const hints = blockParts.hints.map((hint) => readInline(hint, this.fault))
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
    return readInline({ line: lines[0]?.line ?? line, text }, this.fault)
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
      const words = readInline({ line, text }, this.fault)
      return [
        {
          words,
          condition: reading.condition,
          reply: reply === '' ? undefined : readInline({ line, text: reply }, this.fault),
          line,
        },
      ]
    })
  }

  private setup(line: number, lines: readonly Line[]): SetupPart | null {
    const first = lines.findIndex(({ text }) => !HEAD.test(text) && !NOTHING.test(text))
    const head = first < 0 ? lines : lines.slice(0, first)
    this.scenario = null
    this.lost = true
    this.head = [`title ${this.title}`, ...head.filter(({ text }) => !/^\s*title\b/.test(text)).map(({ text }) => text)]
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
    const after: Scenario = { ...scenario, title: this.title, cursor: scenario.ops.length }
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
