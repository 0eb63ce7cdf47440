import { momentOf } from '../../scenario/condition/moment.ts'
import type { GoalPart } from '../../scenario/course/lesson.ts'
import { offersOn, type Offer } from '../../scenario/actions/offers.ts'
import type { Op } from '../../sim/op.ts'
import { replay } from '../../sim/replay.ts'
import { succeeded } from '../../sim/result.ts'
import type { Snapshot } from '../../sim/snapshot.ts'
import type { World } from '../../sim/world.ts'
import type { AppState } from '../store/state.ts'
import { listedOffers, offeredOn, situationOf } from '../store/view.ts'

/** Actions that are listed for a goal beside those of the selection. */
const FOR_GOAL = 8

/**
 * Actions that lead to a goal without a detour, on what the goal is about; without those that the selection lists
 * anyway. So none is lost from sight when the next one belongs to something else.
 */
export function goalOffers(state: AppState, goal: GoalPart): readonly Offer[] {
  const solution = goal.steps.map(({ op }) => op)
  const kinds = new Set(solution.map(({ op }) => op))
  const most = stillNeeded(state, goal, [])
  if (most === null) return []
  const listed = new Set(listedOffers(state, offeredOn(state)).listed.map(({ ops }) => JSON.stringify(ops)))
  const offers = new Map<string, Offer>()
  for (const subject of subjectsOf(state.run.world, state.snapshot, solution)) {
    for (const offer of offersOn(situationOf(state), subject)) {
      const key = JSON.stringify(offer.ops)
      if (listed.has(key) || offers.has(key) || !offer.ops.every(({ op }) => kinds.has(op))) continue
      const rest = stillNeeded(state, goal, offer.ops)
      if (rest !== null && offer.ops.length + rest <= most) offers.set(key, offer)
    }
    if (offers.size >= FOR_GOAL) break
  }
  return [...offers.values()].slice(0, FOR_GOAL)
}

/**
 * How many operations of a goal's solution still have to be done, as its replay tells. What fails has been done already.
 * @param done operations that are done at the cursor first
 * @returns null where no end of the solution reaches the goal from there
 */
function stillNeeded({ run, kernel, doc }: AppState, goal: GoalPart, done: readonly Op[]): number | null {
  const before = [...run.steps.slice(0, doc.scenario.cursor).map(({ op }) => op), ...done]
  const counts = Array.from({ length: goal.steps.length + 1 }, (_, from) => {
    const rest = goal.steps.slice(from).map(({ op }) => op)
    const tried = replay(kernel, run.world.setup, [...before, ...rest], run)
    const end = momentOf(tried, tried.steps.length)
    if (!goal.wanted.every(({ condition }) => condition.holds(end))) return Infinity
    return tried.steps.slice(before.length).filter(({ result }) => succeeded(result)).length
  })
  const fewest = Math.min(...counts)
  return fewest === Infinity ? null : fewest
}

/** Devices that operations name, their groups, and every process, container and iommufd that there is. */
function subjectsOf(world: World, snapshot: Snapshot, ops: readonly Op[]): Parameters<typeof offersOn>[1][] {
  const devices = [...new Set(ops.flatMap((op) => ('device' in op ? (world.deviceIndex.get(op.device) ?? []) : [])))]
  const groups = new Set(devices.map((device) => world.devices[device]?.group ?? -1))
  for (const op of ops) if ('group' in op) groups.add(world.groupIndex.get(Number(op.group)) ?? -1)
  groups.delete(-1)
  return [
    ...devices.map((device) => ({ kind: 'device', device }) as const),
    ...[...groups].map((group) => ({ kind: 'group', group }) as const),
    ...snapshot.containers.map(({ container }) => ({ kind: 'container', container }) as const),
    ...snapshot.iommufds.map(({ iommufd }) => ({ kind: 'iommufd', iommufd }) as const),
    ...world.setup.processes.map((_, process) => ({ kind: 'process', process }) as const),
  ]
}
