import { lazy, Suspense, useState, type ReactNode } from 'react'
import { useApp, type Selection } from '../store/store.ts'
import { ContextPanel } from './ContextPanel.tsx'
import { DevicePanel } from './DevicePanel.tsx'
import { GroupPanel } from './GroupPanel.tsx'
import { ContainerPanel, IommufdPanel, ProcessPanel } from './ObjectPanels.tsx'
import { Overview } from './Overview.tsx'

const WhatElse = lazy(async () => ({ default: (await import('./WhatElse.tsx')).WhatElse }))

/** What is selected: its verdict, the checks behind it, and what can be done with it now. */
export function Inspector(): ReactNode {
  const selection = useApp((s) => s.selection)
  const dead = useApp((s) => s.snapshot.dead)
  return (
    <div className="flex flex-col gap-3.5 p-4" aria-live="off">
      {dead && (
        <p className="rounded-lg bg-bad-bg px-3 py-2 text-bad">
          The kernel has stopped: nothing answers any more. Only going back in time helps (the [ key, or Undo).
        </p>
      )}
      {selection === null ? <Overview /> : <Selected selection={selection} />}
      {!dead && <AllThatCanHappen />}
    </div>
  )
}

/** Opens what is worked out only when somebody asks; a prediction that is open must not be told. */
function AllThatCanHappen(): ReactNode {
  const hushed = useApp((s) => s.hushed)
  const [open, setOpen] = useState(false)
  if (hushed) return null
  return (
    <details onToggle={(event) => setOpen(event.currentTarget.open)}>
      <summary className="cursor-pointer text-[12.5px] text-dim hover:text-ink">All that can happen now</summary>
      <div className="mt-2">
        {open && (
          <Suspense>
            <WhatElse />
          </Suspense>
        )}
      </div>
    </details>
  )
}

function Selected({ selection }: { selection: Selection }): ReactNode {
  switch (selection.kind) {
    case 'group':
      return <GroupPanel group={selection.group} selection={selection} />
    case 'device':
      return <DevicePanel device={selection.device} selection={selection} />
    case 'container':
      return <ContainerPanel container={selection.container} selection={selection} />
    case 'iommufd':
      return <IommufdPanel iommufd={selection.iommufd} selection={selection} />
    case 'process':
      return <ProcessPanel process={selection.process} selection={selection} />
    case 'context':
      return <ContextPanel target={selection.context} />
  }
}
