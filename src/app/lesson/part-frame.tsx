import { CornerDownLeft } from 'lucide-react'
import type { ReactNode } from 'react'
import type { Scenario } from '../../scenario/document/scenario.ts'
import { store } from '../store/store.ts'

/** The frame of a part. */
export const BOX = 'grid gap-2.5 rounded-xl border p-3'

/** The way back when the learner has left the lesson's run. */
export function Astray({ scene }: { scene: Scenario }): ReactNode {
  return (
    <div className="flex flex-wrap items-center gap-2 rounded-lg bg-warn-bg px-3 py-2 text-[13px]">
      <span className="min-w-0 flex-1">The canvas is somewhere else than the lesson. Look around as you like.</span>
      <button type="button" className="button" onClick={() => store.getState().stage(scene)}>
        <CornerDownLeft size={14} /> Back to the lesson
      </button>
    </div>
  )
}
