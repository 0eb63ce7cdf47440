/** The end of a kernel, told to somebody who has never seen one. */
import type { KernelId } from '../sim/kernel.ts'
import type { Step } from '../sim/replay.ts'
import type { World } from '../sim/world.ts'
import type { BugStory } from './kernel-words.ts'
import { wordsOf } from './registry.ts'
import { describeOp } from './ops.ts'
import { code, rich } from './words.ts'

/**
 * What happened at or before step `index`, where the kernel met its end: in the step's own call, or in one that had
 * waited and went on in that step. In general words where the kernel's table knows no story.
 */
export function bugStory(kernel: KernelId, world: World, steps: readonly Step[], index: number): BugStory {
  const first = steps.slice(0, index + 1).findIndex(hitBug)
  const at = first < 0 ? index : first
  const known = wordsOf(kernel).bug(world, steps, at)
  if (known !== null) return known
  const step = steps[at]
  const call = step === undefined ? 'the last operation' : describeOp(world, step.op).call
  return {
    what: ['The kernel stopped itself.'],
    who: rich`It happened in ${code(call)}.`,
    why: ['The kernel found a state that it holds to be impossible.'],
    whyAtLength: ['A BUG_ON stops the kernel where going on could damage data.'],
    instead: ['Go back to an earlier step; nothing else answers any more.'],
  }
}

function hitBug(step: Step): boolean {
  return 'bug' in step.result || step.completes.some(({ result }) => 'bug' in result)
}
