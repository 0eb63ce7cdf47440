import { useState, type ReactNode } from 'react'
import { Canvas } from '../canvas/Canvas.tsx'
import { Inspector } from '../inspector/Inspector.tsx'
import { InspectorAside } from '../inspector/InspectorAside.tsx'
import { BugBanner } from '../kernel-path/BugBanner.tsx'
import { NarrowPicture } from '../kernel-path/NarrowPicture.tsx'
import { late } from '../ui/late.tsx'
import { Tabs } from '../ui/Tabs.tsx'
import { useMedia } from '../ui/useMedia.ts'
import { Welcome } from './Welcome.tsx'

// What stands around the picture comes right after it.
const StepNote = late(async () => (await import('./StepNote.tsx')).StepNote, 'the note', 'part')
const Scrubber = late(async () => (await import('../timeline/Scrubber.tsx')).Scrubber, 'the timeline', 'part')
const Steps = late(async () => (await import('../timeline/Steps.tsx')).Steps, 'the steps', 'part')
const KernelPath = late(async () => (await import('../kernel-path/KernelPath.tsx')).KernelPath, 'the path', 'part')
const Dmesg = late(async () => (await import('../kernel-path/Dmesg.tsx')).Dmesg, 'the kernel log', 'part')

/** The run on the canvas, with its inspector and its timeline. */
export function Play(): ReactNode {
  const wide = useMedia('(min-width: 1000px)')
  return wide ? <PlayWide /> : <PlayNarrow />
}

function PlayWide(): ReactNode {
  return (
    <div className="flex min-h-0 flex-1">
      <div className="flex min-h-0 min-w-0 flex-1 flex-col">
        {/* The picture says how high it would be; the panes below it give way, down to what is of use. */}
        <div className="flex min-h-0 shrink grow flex-col">
          <Welcome />
          <StepNote />
          <div className="min-h-0 flex-auto">
            <Canvas />
          </div>
        </div>
        <section
          aria-label="Timeline"
          className="flex min-h-[150px] shrink-[1000] basis-[clamp(190px,27vh,280px)] flex-col border-t border-line bg-panel"
        >
          <Scrubber />
          <div className="grid min-h-0 flex-1 grid-cols-2">
            <div className="min-h-0 min-w-0 border-r border-line">
              <Steps />
            </div>
            <div className="flex min-h-0 min-w-0 flex-col">
              <LogTabs />
            </div>
          </div>
        </section>
      </div>
      <InspectorAside className="w-[352px] flex-none">
        <BugBanner />
      </InspectorAside>
    </div>
  )
}

const LOGS = [
  ['path', 'Kernel path'],
  ['dmesg', 'dmesg'],
] as const
const DETAILS = [['inspect', 'Inspector'], ['steps', 'Steps'], ...LOGS] as const

function LogTabs(): ReactNode {
  const [tab, setTab] = useState<'path' | 'dmesg'>('path')
  return (
    <>
      <Tabs label="Kernel" current={tab} onChange={setTab} tabs={LOGS} />
      <div className="min-h-0 flex-1">{tab === 'path' ? <KernelPath /> : <Dmesg />}</div>
    </>
  )
}

/** Canvas above, one panel below: what is selected, the steps, the kernel's path or its log. */
function PlayNarrow(): ReactNode {
  const [tab, setTab] = useState<'inspect' | 'steps' | 'path' | 'dmesg'>('inspect')
  return (
    <div className="flex min-h-0 flex-1 flex-col overflow-y-auto">
      <Welcome />
      <StepNote />
      <NarrowPicture />
      <section aria-label="Timeline" className="sticky top-0 z-10 flex-none border-t border-line bg-panel">
        <Scrubber />
      </section>
      <div className="flex flex-none flex-col bg-panel">
        <Tabs label="Details" current={tab} onChange={setTab} tabs={DETAILS} />
        <div className={tab === 'inspect' ? 'min-h-[40svh]' : 'h-[56svh]'} id="inspector" tabIndex={-1}>
          {tab === 'inspect' && <Inspector />}
          {tab === 'steps' && <Steps />}
          {tab === 'path' && <KernelPath />}
          {tab === 'dmesg' && <Dmesg />}
        </div>
      </div>
    </div>
  )
}
