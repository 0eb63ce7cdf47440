/** The end of a kernel, told to somebody who has never seen one. */
import type { KernelId } from '../sim/kernel.ts'
import type { Step } from '../sim/replay.ts'
import type { World } from '../sim/world.ts'
import type { BugStory } from './kernel-words.ts'
import { wordsOf } from './registry.ts'
import { describeOp } from './ops.ts'
import { code, rich } from './words.ts'

/** What happened in step `index`, which ended in a BUG; in general words where the kernel's table knows no story. */
export function bugStory(kernel: KernelId, world: World, steps: readonly Step[], index: number): BugStory {
  const known = wordsOf(kernel).bug(world, steps, index)
  if (known !== null) return known
  const step = steps[index]
  const result = step?.result
  const call = step === undefined ? 'the last operation' : describeOp(world, step.op).call
  return {
    what:
      result !== undefined && 'bug' in result
        ? rich`The kernel stopped itself: ${code(result.bug.text)}.`
        : ['The kernel stopped itself.'],
    who: rich`It happened in ${code(call)}.`,
    why: ['The kernel met a state that it holds to be impossible, and could not go on safely.'],
    instead: ['Go back to an earlier step; nothing else answers any more.'],
  }
}
