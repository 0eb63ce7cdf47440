import type { ReactNode } from 'react'
import { START } from '../../scenario/library/first-visit.ts'
import type { KernelId } from '../../sim/kernel.ts'
import { recordOf } from '../../sim/kernels/list.ts'
import { endsWithTask, FIRST_TASK, isFirstRun } from '../store/first-task.ts'
import { store, type AppState } from '../store/store.ts'

/** The kernel on which the first task is done once more: the first one that refuses it. */
const NEXT_KERNEL = 'linux-6.1' satisfies KernelId

/** What there is to try next, for somebody who has done the first task. */
export function nextToTry({ doc, kernel, settings }: AppState): 'other kernel' | 'lesson' | null {
  const { scenario } = doc
  if (!settings.metBug || !isFirstRun(scenario)) return null
  if (kernel.id === START.kernel) return scenario.cursor === START.ops.length ? 'other kernel' : null
  return endsWithTask(scenario.ops.slice(0, scenario.cursor)) ? 'lesson' : null
}

/** Names the next thing to try after the first task, with the button for it. */
export function FirstRunNote({ next }: { next: 'other kernel' | 'lesson' }): ReactNode {
  const { revise, startLesson, show } = store.getState()
  const { title } = recordOf(NEXT_KERNEL)
  return (
    <div
      className="flex flex-none flex-wrap items-center gap-x-3 gap-y-1.5 border-b border-line bg-user-bg px-3.5 py-2 text-[13px]"
      data-testid="note"
    >
      <p className="min-w-48 flex-1">
        <b>Next:</b>{' '}
        {next === 'other kernel'
          ? `bind 01:00.0 to e1000e on ${title}, and compare.`
          : 'learn why both ports are in one group, or see what each kernel answers to this run.'}
      </p>
      {next === 'other kernel' ? (
        <button
          type="button"
          data-next
          className="button button-primary flex-none"
          onClick={() => {
            const ops = [...START.ops, FIRST_TASK]
            revise({ scenario: { ...START, kernel: NEXT_KERNEL, ops, cursor: ops.length }, branches: [] })
          }}
        >
          Do it on {title}
        </button>
      ) : (
        <>
          <button
            type="button"
            className="button button-primary flex-none"
            onClick={() => startLesson('what-is-a-group')}
          >
            Lesson 1: What is a group?
          </button>
          <button type="button" className="button flex-none" onClick={() => show('compare')}>
            Compare the kernels
          </button>
        </>
      )}
    </div>
  )
}
