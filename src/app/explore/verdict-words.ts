/** The verdict of a search in words, and how far a limit is raised to go on. */
import type { ExploreProgress, ExploreResult } from '../../explore/exploration.ts'
import { parseGoal } from '../../explore/goals.ts'
import type { Limits } from '../../explore/search.ts'
import type { Answer } from './ask.ts'
import { count, megabytes, operations, states } from '../ui/numbers.ts'
import { atomsOf } from '../../scenario/condition/parse.ts'

const LIMIT_WORDS: Readonly<Record<keyof Limits, string>> = {
  states: 'number of states',
  memory: 'memory',
  depth: 'number of operations',
}

interface VerdictWords {
  readonly glyph: string
  readonly title: string
  readonly look: string
  readonly about: string
}

/** What of a result its verdict is worded from. */
export type Found = Pick<ExploreResult, 'verdict' | 'limit' | 'form' | 'path' | 'states' | 'frontier' | 'depth'>

/** The verdict of an answer: of a search that ended, met a limit or was stopped. */
export function verdictWords(result: Found | null, progress: Answer['progress']): VerdictWords {
  if (result === null) {
    return {
      glyph: '‖',
      title: 'Stopped',
      look: 'border-warn bg-warn-bg',
      about: `${states(progress?.states ?? 0)} found, ${count(progress?.frontier ?? 0)} of them not examined. Nothing is known yet.`,
    }
  }
  if (result.verdict === 'limit') return limitWords(result)
  return result.path === null ? impossibleWords(result) : reachedWords(result.form, result.path.length)
}

function limitWords({ limit, states: found, frontier, depth }: Found): VerdictWords {
  return {
    glyph: '…',
    title: 'Not decided: stopped at a limit',
    look: 'border-warn bg-warn-bg',
    about: `The ${LIMIT_WORDS[limit ?? 'states']} reached its limit after ${states(found)}, ${count(frontier)} of them not examined. Up to ${operations(depth)} nothing was found; this proves nothing about longer runs.`,
  }
}

/** `length`: operations of the shortest run that was found. */
function reachedWords(form: Found['form'], length: number): VerdictWords {
  const look =
    form === 'possible' ? { glyph: '➜', look: 'border-user bg-user-bg' } : { glyph: '✗', look: 'border-bad bg-bad-bg' }
  if (length === 0) return { ...look, title: 'It holds already', about: 'The state at the start is one already.' }
  return {
    ...look,
    title: form === 'possible' ? `Possible, in ${operations(length)}` : `No: it happens after ${operations(length)}`,
    about: 'There is no shorter way: every run of fewer operations was tried.',
  }
}

function impossibleWords({ form, states: found, depth }: Found): VerdictWords {
  const examined = `all ${states(found)} examined`
  return {
    ...(form === 'possible'
      ? { glyph: '∅', title: `Impossible: ${examined}`, look: 'border-line2 bg-panel' }
      : { glyph: '✓', title: `Never: ${examined}`, look: 'border-ok bg-ok-bg' }),
    about: `No order of these operations leads there, however long. The longest way to a new state took ${operations(depth)}.`,
  }
}

/** Whether a question about sharing was asked of one process. */
export function lacksSecondProcess({ goal, assumed }: ExploreResult): boolean {
  const reading = parseGoal(goal)
  const asksOfSharing = reading.ok && atomsOf(reading.goal.formula).some(({ term }) => term === 'shared')
  return asksOfSharing && assumed.processes.length < 2
}

/** The limit that was met, raised: what to search on with, and the new limit in words. */
export function raisedLimit(
  kind: keyof Limits,
  limits: Partial<Limits>,
  at: ExploreProgress,
): { readonly limits: Partial<Limits>; readonly words: string } {
  switch (kind) {
    case 'memory': {
      const memory = 2 * Math.max(limits.memory ?? 0, at.memory)
      return { limits: { memory }, words: megabytes(memory) }
    }
    case 'states': {
      const most = 4 * Math.max(limits.states ?? 0, at.states)
      return { limits: { states: most }, words: states(most) }
    }
    case 'depth': {
      const depth = Math.max(limits.depth ?? 0, at.depth) + 5
      return { limits: { depth }, words: operations(depth) }
    }
  }
}
