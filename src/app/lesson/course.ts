/** Where one is in a lesson: pure functions over its cards. */
import type { DoingPart, Lesson, Part } from '../../scenario/course/lesson.ts'
import type { Scenario } from '../../scenario/document/scenario.ts'
import { startsWith, type Op } from '../../sim/op.ts'

/** Whether the learner has something to do in a part. A setup at the top of a card is done at once. */
function asks(parts: readonly Part[], index: number): boolean {
  const kind = parts[index]?.kind
  if (kind === undefined || kind === 'words') return false
  return kind !== 'setup' || parts.slice(0, index).some((part) => part.kind !== 'words' && part.kind !== 'setup')
}

/** The first part of a card, from `from` on, in which there is something to do; the number of parts if there is none. */
export function firstOpen(parts: readonly Part[], from: number): number {
  for (let index = from; index < parts.length; index++) if (asks(parts, index)) return index
  return parts.length
}

/** The run as the lesson has it where a part begins; undefined only in a lesson where nothing is done at all. */
export function sceneAt(lesson: Lesson, card: number, part: number): Scenario | undefined {
  const doing = (parts: readonly Part[]): DoingPart[] => parts.flatMap((each) => (each.kind === 'words' ? [] : [each]))
  const before = lesson.cards.slice(0, card).flatMap((each) => doing(each.parts))
  const own = doing(lesson.cards[card]?.parts.slice(0, part) ?? [])
  const last = [...before, ...own].at(-1)
  return last?.after ?? lesson.cards.flatMap((each) => doing(each.parts))[0]?.after
}

/** Whether two runs have the same machine, kernel, boot options and processes. */
export function sameGround(a: Scenario, b: Scenario): boolean {
  return groundOf(a) === groundOf(b)
}

function groundOf({ machine, kernel, boot, processes }: Scenario): string {
  return JSON.stringify([machine, kernel, boot, processes])
}

/** How many operations of `ops` a run has done in this order, from its beginning; -1 when it has done another one. */
export function followed(run: Scenario, ops: readonly Op[]): number {
  const done = run.ops.slice(0, run.cursor)
  return startsWith(ops, done) ? done.length : -1
}

/** Whether a run stands exactly where a scene does. */
export function standsAt(run: Scenario, scene: Scenario): boolean {
  return sameGround(run, scene) && followed(run, scene.ops) === scene.ops.length
}

/** Operations done since a goal's beginning; null when the run has left what was before. */
export function opsSince(run: Scenario, before: Scenario): number | null {
  const kept = followed({ ...run, cursor: Math.min(run.cursor, before.ops.length) }, before.ops) === before.ops.length
  return kept ? run.cursor - before.ops.length : null
}
