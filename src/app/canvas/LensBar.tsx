import { useState, type ReactNode } from 'react'
import { store, useApp, type Lens } from '../store/store.ts'
import { late } from '../ui/late.tsx'
import { PopoverButton } from '../ui/PopoverButton.tsx'

const TopologyTools = late(
  async () => (await import('../topology/Tools.tsx')).Tools,
  'the tools of the topology',
  'part',
)
const Legend = late(async () => (await import('./Legend.tsx')).Legend, 'the legend', 'overlay')
const Find = late(async () => (await import('./Find.tsx')).Find, 'the search for a function', 'part')

/** Up to this many functions are found by looking. */
const FEW = 16

const LENSES: readonly (readonly [lens: Lens, name: string, title: string])[] = [
  ['ownership', 'Ownership', 'Who holds what, and where DMA lands'],
  ['topology', 'Topology', 'The PCI tree, ACS, and why groups are as they are'],
]

/** Chooses the lens; beside it what the lens needs. */
export function LensBar(): ReactNode {
  const lens = useApp((s) => s.lens)
  // Only the topology can be drawn without groups.
  const groupsHidden = useApp((s) => s.direction.hidden.has('groups'))
  const many = useApp((s) => s.machine.devices.length > FEW)
  return (
    <div className="flex min-h-9 flex-none flex-wrap items-center gap-x-3 gap-y-1 border-b border-line bg-panel px-2.5 py-1">
      <div role="group" aria-label="Lens" className="flex rounded-lg border border-line bg-panel2 p-0.5">
        {LENSES.map(([own, name, title]) => (
          <button
            key={own}
            type="button"
            aria-pressed={lens === own}
            disabled={own === 'ownership' && groupsHidden}
            aria-keyshortcuts="t"
            title={`${title} (key t)`}
            className={`min-h-6 rounded-md px-2.5 text-[12px] ${lens === own ? 'bg-bg font-semibold text-ink ring-1 ring-line2' : 'text-dim hover:text-ink'}`}
            onClick={() => store.getState().setLens(own)}
          >
            {name}
          </button>
        ))}
      </div>
      {lens === 'topology' && !groupsHidden && <TopologyTools />}
      {many && !groupsHidden && <Find />}
      <LegendButton />
    </div>
  )
}

/** Opens what the lines, colours and words of the picture mean. */
function LegendButton(): ReactNode {
  const [open, setOpen] = useState(false)
  // Its words may answer a question of a lesson: it closes when one is asked.
  const asked = useApp((s) => s.forecastsHidden)
  const [wasAsked, setWasAsked] = useState(asked)
  if (asked !== wasAsked) {
    setWasAsked(asked)
    if (asked) setOpen(false)
  }
  return (
    <PopoverButton
      className="ml-auto min-h-6 rounded-md px-2 text-[12px] text-dim underline decoration-dotted underline-offset-3 hover:text-ink"
      title="What the lines, colours and words mean"
      open={open}
      onOpenChange={setOpen}
      dialog={Legend}
    >
      Legend
    </PopoverButton>
  )
}
