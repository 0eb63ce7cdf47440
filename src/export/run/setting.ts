import { bootWords } from '../../scenario/document/boot.ts'
import { recordOf } from '../../sim/kernels/list.ts'
import type { Result } from '../../sim/result.ts'
import type { Step } from '../../sim/replay.ts'
import type { PlayedRun } from './exported.ts'

/** What a run's answers depend on, an item each: kernel, machine, boot options, processes. */
export function settingOf({ scenario, run }: PlayedRun): string[] {
  const { machine, boot, processes } = run.world.setup
  const { title, about } = recordOf(scenario.kernel)
  return [
    `${title} (${about}), simulated`,
    `machine ${machine.id}`,
    `booted with ${bootWords(boot).join(' ')}`,
    ...processes.map(({ name, user }) => `process ${name} of ${user}`),
  ]
}

/** The steps until the kernel stops: nothing answers after that. */
export function stepsUntilEnd(steps: readonly Step[]): readonly Step[] {
  const end = steps.findIndex(stopsKernel)
  return end < 0 ? steps : steps.slice(0, end + 1)
}

/** Whether the kernel stops in a step, in its call or in one that had waited. */
export function stopsKernel({ result, completes }: Step): boolean {
  const isBug = (answer: Result): boolean => 'bug' in answer
  return isBug(result) || completes.some((late) => isBug(late.result))
}
