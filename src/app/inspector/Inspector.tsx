import { useState, type ReactNode } from 'react'
import { isTaskOpen } from '../store/first-task.ts'
import { useApp } from '../store/store.ts'
import { late } from '../ui/late.tsx'
import { Overview } from './Overview.tsx'

/** Fetches the panels of what is selected: nothing is in the first picture. */
export const loadPanels = async () => (await import('./Panels.tsx')).Selected
const Selected = late(loadPanels, 'what is selected', 'part')
const GoalOffers = late(async () => (await import('./GoalOffers.tsx')).GoalOffers, 'actions for the goal', 'part')
const WhatElse = late(async () => (await import('./WhatElse.tsx')).WhatElse, 'the list of calls', 'part')

/** What is selected: its verdict, the checks behind it, and what can be done with it now. */
export function Inspector(): ReactNode {
  const selection = useApp((s) => s.selection)
  const dead = useApp((s) => s.snapshot.dead)
  const asked = useApp((s) => s.direction.hidden.size > 0)
  const goal = useApp((s) => s.direction.goal !== null)
  if (asked) return <Asked />
  const panel = selection === null ? <Overview /> : <Selected selection={selection} />
  return (
    <div className="flex flex-col gap-3.5 p-4" aria-live="off">
      {dead && (
        <p className="rounded-lg bg-bad-bg px-3 py-2 text-bad">The kernel has stopped. The key [ and Undo lead back.</p>
      )}
      {dead ? (
        <details>
          <summary className="cursor-pointer text-[12.5px] text-dim hover:text-ink">The state it stopped in</summary>
          <div className="mt-3 flex flex-col gap-3.5">{panel}</div>
        </details>
      ) : (
        panel
      )}
      {!dead && goal && <GoalOffers />}
      {!dead && <AllThatCanHappen />}
    </div>
  )
}

/** While a question asks about the picture itself, nothing here may answer it. */
function Asked(): ReactNode {
  const open = useApp((s) => s.forecastsHidden)
  return (
    <p className="p-4 text-dim">
      Verdicts and actions are shown here {open ? 'when the question is answered' : 'after a question on a later card'}.
    </p>
  )
}

/** Opens what is worked out only when somebody asks; a prediction that is open must not be told. */
function AllThatCanHappen(): ReactNode {
  const hidden = useApp((s) => s.forecastsHidden || isTaskOpen(s))
  const [open, setOpen] = useState(false)
  if (hidden) return null
  return (
    <details onToggle={(event) => setOpen(event.currentTarget.open)}>
      <summary className="cursor-pointer text-[12.5px] text-dim hover:text-ink">All that can happen now</summary>
      <div className="mt-2">{open && <WhatElse />}</div>
    </details>
  )
}
