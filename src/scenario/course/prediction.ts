/** What is asked before a step: the choices and the right one among them, all of it from replays. */
import { wireContext } from '../../sim/iommu/landing.ts'
import { KERNELS } from '../../sim/kernels/registry.ts'
import { replay, type Run } from '../../sim/replay.ts'
import { shortBdf } from '../../explain/words.ts'
import { contextWord, spaceName } from '../condition/context-word.ts'
import { answerOf, momentOf, readCondition } from '../condition/moment.ts'
import type { Prediction } from '../document/scenario.ts'

export interface Choice {
  /** `EBUSY`, `viable`, `block`, `c1`: stays the same as long as the run does. */
  readonly key: string
  readonly words: string
  /** Holds after the step if this choice is right (docs/conditions.md). */
  readonly condition: string
}

export interface Question {
  readonly words: string
  readonly choices: readonly Choice[]
  /** The key of the choice that the replay bears out. */
  readonly right: string
}

/**
 * The question before a step, with its answer.
 * @param step the number of the step as people count, from 1; the run has it
 */
export function questionOf(run: Run, step: number, prediction: Prediction): Question {
  const words = prediction.question
  switch (prediction.about) {
    case 'answer':
      return { words: words ?? 'What does the kernel answer?', ...answersAt(run, step) }
    case 'viable':
      return {
        words: words ?? `Is group ${prediction.group} viable then?`,
        ...chosen(run, step, [
          { key: 'viable', words: 'Viable', condition: `viable@${prediction.group}` },
          { key: 'not-viable', words: 'Not viable', condition: `!viable@${prediction.group}` },
        ]),
      }
    case 'isolated':
      return {
        words: words ?? `Is group ${prediction.group} isolated then?`,
        ...chosen(run, step, [
          { key: 'isolated', words: 'Isolated', condition: `isolated@${prediction.group}` },
          {
            key: 'not-isolated',
            words: 'Not isolated: somebody can do harm',
            condition: `!isolated@${prediction.group}`,
          },
          {
            key: 'host',
            words: 'In the host’s own hands: nobody else has it',
            condition: `host@${prediction.group}`,
          },
        ]),
      }
    case 'dma': {
      const { device } = prediction
      return {
        words: words ?? `Where does DMA of ${shortBdf(device)} go then?`,
        ...chosen(run, step, placesAt(run, step, device)),
      }
    }
  }
}

/** Choices with the one that holds after a step; the last, if the machine has not what they name. */
function chosen(run: Run, step: number, choices: readonly Choice[]): Pick<Question, 'choices' | 'right'> {
  const moment = momentOf(run, step)
  const right = choices.find(({ condition }) => {
    const reading = readCondition(condition, run.world)
    return reading.ok && reading.condition.holds(moment)
  })
  return { choices, right: (right ?? choices.at(-1))?.key ?? '' }
}

// ---- Answers ----------------------------------------------------------------------------------------------------

/** As many choices as can be taken in at a glance, and what stands in when no kernel answers otherwise. */
const MOST = 4
const USUAL = ['ok', 'EBUSY', 'EINVAL', 'EPERM'] as const

/** `ok` first, errnos by name, and last what is no answer at all. */
const RANKS: readonly string[] = ['ok', 'E', 'waits', 'BUG']
const rankOf = (answer: string): number => RANKS.indexOf(answer.startsWith('E') ? 'E' : answer)

/** The answer of a step among others that are plausible: what other kernels answer there, and what is usual. */
function answersAt(run: Run, step: number): Pick<Question, 'choices' | 'right'> {
  const right = answerAt(run, step) ?? 'ok'
  const ops = run.steps.slice(0, step).map(({ op }) => op)
  const last = ops.at(-1)?.op
  const others = KERNELS.filter((kernel) => kernel !== run.kernel && last !== undefined && kernel.abi.includes(last))
  const elsewhere = others.flatMap((kernel) => {
    const other = replay(kernel, run.world.setup, ops)
    // A kernel that stopped before answers nothing.
    return other.snapshotAt(step - 1).dead ? [] : [answerAt(other, step) ?? 'ok']
  })
  const keys = [...new Set([right, 'ok', ...elsewhere, ...USUAL])].filter((key) => key !== 'ENOTTY' || key === right)
  const shown = keys.slice(0, MOST).sort((a, b) => rankOf(a) - rankOf(b) || (a < b ? -1 : 1))
  return { choices: shown.map((key) => ({ key, words: answerWords(key), condition: `answer:${key}` })), right }
}

function answerAt(run: Run, step: number): string | undefined {
  const result = run.steps[step - 1]?.result
  return result === undefined ? undefined : answerOf(result)
}

const ANSWERS: ReadonlyMap<string, string> = new Map([
  ['ok', 'It succeeds'],
  ['waits', 'It does not return: it waits'],
  ['BUG', 'The kernel stops itself with a BUG'],
])

function answerWords(answer: string): string {
  return ANSWERS.get(answer) ?? `It is refused with ${answer}`
}

// ---- Where DMA goes ---------------------------------------------------------------------------------------------

/** Where DMA of a device can go after a step: nowhere, the host's domain, and each address space that there is by then. */
function placesAt(run: Run, step: number, bdf: string): Choice[] {
  const { world } = run
  const device = world.deviceIndex.get(bdf) ?? -1
  const after = run.snapshotAt(step)
  const right = contextWord(world, after, wireContext(world, after, device))
  const spaces = [run.snapshotAt(step - 1), after].flatMap((snapshot) =>
    snapshot.domains.map(({ domain }) => spaceName(world, snapshot, domain)),
  )
  const home = world.setup.boot.iommu === 'pt' ? 'id' : 'dd'
  const keys = [...new Set(['block', home, ...spaces, right])]
  return keys.map((key) => ({ key, words: placeWords(key), condition: `${placeTerm(key)}@${bdf}` }))
}

function placeTerm(key: string): string {
  return ['block', 'id', 'dd'].includes(key) ? `context:${key}` : `through:${key}`
}

function placeWords(place: string): string {
  switch (place) {
    case 'block':
      return 'Nowhere: the IOMMU stops it'
    case 'id':
      return 'To all of the host’s memory'
    case 'dd':
      return 'Through the host’s default domain, to the buffers of its drivers'
    case '?':
      return 'Through an address space whose name is gone'
    default:
      return `Through ${place}, to the memory that is mapped there`
  }
}
