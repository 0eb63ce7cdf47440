/**
 * What a lesson does with the picture: `picture` blocks between the words of a card.
 *
 *     lens topology              or `ownership`, which every card begins with
 *     unfold 6 7                 groups that are shown whatever happens in them
 *     highlight 01:00.0 3        functions and groups that stand out; all others are dimmed
 *     path 03:00.0 04:00.0       draws the way of DMA from the one to the other, past the IOMMU
 *     hide groups                what is hidden until the next question is answered; without groups the lens is the topology
 *
 * A block counts from its place to the end of its card, or to the next block; what it hides stays hidden over as many
 * cards as it takes to come to the question. A question without operations hides by itself what it asks for.
 */
import type { World } from '../../sim/world.ts'
import type { Formula } from '../condition/parse.ts'
import type { Term } from '../condition/terms.ts'
import type { Fault, Line } from './lesson-words.ts'
import type { Lesson, PredictPart } from './lesson.ts'

/** What can be hidden: the groups themselves, VFIO's verdict on them, the judge's verdict, and where DMA lands. */
export const ASPECTS = ['groups', 'viability', 'isolation', 'dma'] as const
export type Aspect = (typeof ASPECTS)[number]

const LENSES = ['ownership', 'topology'] as const
type LessonLens = (typeof LENSES)[number]

/** A `picture` block. */
export interface PictureBlock {
  readonly line: number
  /** The part of the card before which it stands. */
  readonly before: number
  readonly lens: LessonLens
  /** Groups by number. */
  readonly unfold: readonly number[]
  /** Functions by address, groups by number. */
  readonly highlight: readonly (string | number)[]
  /** Addresses from where to where; null: no path. */
  readonly path: readonly [from: string, to: string] | null
  readonly hide: readonly Aspect[]
}

/** What the picture is to show at some place of a lesson. */
export interface LessonPicture extends Pick<PictureBlock, 'lens' | 'unfold' | 'highlight' | 'path'> {
  readonly hidden: ReadonlySet<Aspect>
}

const PLAIN: Omit<PictureBlock, 'line' | 'before'> = {
  lens: 'ownership',
  unfold: [],
  highlight: [],
  path: null,
  hide: [],
}

const isOneOf = <T extends string>(words: readonly T[], word: string): word is T => words.some((one) => one === word)

/** Reads the lines of a `picture` block. @param world of the last `setup` */
export function readPicture(
  line: number,
  before: number,
  lines: readonly Line[],
  world: World,
  fault: Fault,
): PictureBlock {
  let block: PictureBlock = { ...PLAIN, line, before }
  const written = lines.filter(({ text }) => text.trim() !== '')
  if (written.length === 0) fault(line, 'expected lines such as "lens topology" or "hide groups"')
  for (const { line: at, text } of written) {
    const [word = '', ...rest] = text.trim().split(/\s+/)
    const reader = READERS[word]
    if (reader === undefined) fault(at, `expected ${Object.keys(READERS).join(', ')}, not "${word}"`)
    else block = { ...block, ...reader(rest, world, (words) => fault(at, words)) }
  }
  return block
}

type DirectiveReader = (words: readonly string[], world: World, fault: (words: string) => void) => Partial<PictureBlock>

const READERS: Readonly<Record<string, DirectiveReader>> = {
  lens: ([word = '', ...more], _, fault) => {
    if (isOneOf(LENSES, word) && more.length === 0) return { lens: word }
    fault(`expected "lens ${LENSES.join('" or "lens ')}"`)
    return {}
  },
  unfold: (words, world, fault) => {
    if (words.length === 0) fault('expected numbers of groups behind "unfold"')
    return { unfold: words.flatMap((word) => groupOf(word, world, fault) ?? []) }
  },
  highlight: (words, world, fault) => {
    if (words.length === 0) fault('expected functions or groups behind "highlight"')
    return {
      highlight: words.flatMap((word): (string | number)[] =>
        /^\d+$/.test(word) ? (groupOf(word, world, fault) ?? []) : (addressOf(word, world, fault) ?? []),
      ),
    }
  },
  path: (words, world, fault) => {
    const [from, to] = words.flatMap((word) => addressOf(word, world, fault) ?? [])
    if (words.length !== 2) fault('expected two functions behind "path": from where to where')
    return from === undefined || to === undefined ? {} : { path: [from, to] }
  },
  hide: (words, _, fault) => {
    if (words.length === 0) fault(`expected some of ${ASPECTS.join(', ')} behind "hide"`)
    return {
      hide: words.filter((word): word is Aspect => {
        const known = isOneOf(ASPECTS, word)
        if (!known) fault(`expected ${ASPECTS.join(', ')}, not "${word}"`)
        return known
      }),
    }
  },
}

function groupOf(word: string, world: World, fault: (words: string) => void): [number] | undefined {
  const id = Number(word)
  if (world.groupIndex.has(id)) return [id]
  fault(`the machine has no group ${word}`)
  return undefined
}

function addressOf(word: string, world: World, fault: (words: string) => void): [string] | undefined {
  const bdf = world.deviceIndex.has(word) ? word : `0000:${word}`
  if (world.deviceIndex.has(bdf)) return [bdf]
  fault(`the machine has no device ${word}`)
  return undefined
}

// ---- What holds at a place ----------------------------------------------------------------------------------------

/**
 * What the picture shows while `part` is the first part of a card that is not done.
 * @param part the number of the card's parts where all are done
 */
export function pictureAt({ cards }: Pick<Lesson, 'cards'>, card: number, part: number): LessonPicture {
  const block = cards[card]?.pictures.findLast(({ before }) => before <= part) ?? PLAIN
  const hidden = new Set<Aspect>()
  cards.slice(0, card + 1).forEach(({ parts, pictures }, at) => {
    const end = at < card ? parts.length : part
    for (let index = 0; index <= end; index++) {
      for (const { hide } of pictures.filter(({ before }) => before === index))
        for (const each of hide) hidden.add(each)
      // A question that is passed is answered.
      if (index < end && parts[index]?.kind === 'predict') hidden.clear()
    }
  })
  const open = cards[card]?.parts[part]
  if (open?.kind === 'predict') for (const each of aspectsOf(open)) hidden.add(each)
  const { unfold, highlight, path } = block
  // Only the topology can be drawn without groups.
  const lens = hidden.has('groups') ? 'topology' : block.lens
  return { lens, unfold, highlight, path, hidden }
}

/** What a question asks of the state as it is; a question with operations asks of what comes. */
export function aspectsOf({ steps, choices }: PredictPart): Aspect[] {
  if (steps.length > 0) return []
  const terms = choices.flatMap(({ condition }) => termsOf(condition.formula))
  return ASPECTS.filter((aspect) => ASKED_BY[aspect].some((term) => terms.includes(term)))
}

const ASKED_BY: Readonly<Record<Aspect, readonly Term[]>> = {
  groups: ['same-group'],
  viability: ['viable'],
  isolation: ['isolated', 'host', 'finding', 'user-reaches-host'],
  dma: ['context', 'through', 'reaches', 'same-context'],
}

function termsOf(formula: Formula): Term[] {
  return formula.kind === 'term' ? [formula.atom.term] : formula.parts.flatMap(termsOf)
}

/** Faults of a lesson's pictures that one block does not show. */
export function pictureFaults({ cards }: Pick<Lesson, 'cards'>, fault: Fault): void {
  const questions = cards.flatMap(({ parts }, card) =>
    parts.flatMap((part, index) => (part.kind === 'predict' ? [{ card, index }] : [])),
  )
  cards.forEach(({ pictures }, card) => {
    for (const { hide, before, line } of pictures) {
      const asked = questions.some((each) => each.card > card || (each.card === card && each.index >= before))
      if (hide.length > 0 && !asked) fault(line, 'no question follows that would show again what is hidden')
    }
  })
}
