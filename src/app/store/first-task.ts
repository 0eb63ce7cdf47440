/** The first task: what a new visitor is asked to do on the run that the page opens with. */
import { START } from '../../scenario/library/first-visit.ts'
import type { Scenario } from '../../scenario/document/scenario.ts'
import { startsWith, type Op } from '../../sim/op.ts'
import type { AppState } from './state.ts'

/** Gives the idle port back to the host's driver; on the start run's kernel this ends in a BUG. */
export const FIRST_TASK = { op: 'bind', device: '0000:01:00.0', driver: 'e1000e' } as const satisfies Op

/** Whether a run goes on from the start run, on whichever kernel. */
export function isFirstRun({ machine, ops, cursor }: Scenario): boolean {
  return machine === START.machine && cursor >= START.ops.length && startsWith(ops, START.ops)
}

/** Whether operations end with the first task. */
export function endsWithTask(ops: readonly Op[]): boolean {
  const last = ops.at(-1)
  return last?.op === 'bind' && last.device === FIRST_TASK.device && last.driver === FIRST_TASK.driver
}

/** Whether a new visitor is about to do the first task: nothing tells then how it ends. */
export function isTaskOpen({ settings, doc, kernel }: Pick<AppState, 'settings' | 'doc' | 'kernel'>): boolean {
  const { scenario } = doc
  return (
    !settings.welcomed && kernel.id === START.kernel && scenario.cursor === START.ops.length && isFirstRun(scenario)
  )
}
