import { useState, type ReactNode } from 'react'
import { Canvas } from '../canvas/Canvas.tsx'
import { Inspector } from '../inspector/Inspector.tsx'
import { InspectorAside } from '../inspector/InspectorAside.tsx'
import { Dmesg } from '../kernel-path/Dmesg.tsx'
import { KernelPath } from '../kernel-path/KernelPath.tsx'
import { BugBanner } from '../kernel-path/BugBanner.tsx'
import { NarrowPicture } from '../kernel-path/NarrowPicture.tsx'
import { Tabs } from '../ui/Tabs.tsx'
import { useMedia } from '../ui/useMedia.ts'
import { Scrubber } from '../timeline/Scrubber.tsx'
import { Steps } from '../timeline/Steps.tsx'

/** Words beside the canvas, or above it where there is no room beside. */
export function Stage({ words }: { words: ReactNode }): ReactNode {
  const wide = useMedia('(min-width: 1000px)')
  const roomy = useMedia('(min-width: 1360px)')
  if (!wide) return <Narrow words={words} />
  return (
    <div
      className={`grid h-full ${roomy ? 'grid-cols-[380px_minmax(0,1fr)_330px]' : 'grid-cols-[350px_minmax(0,1fr)]'}`}
    >
      <section aria-label="Lesson" className="flex min-h-0 flex-col border-r border-line bg-panel">
        {words}
      </section>
      <div className="flex min-h-0 min-w-0 flex-col">
        {!roomy && (
          <div className="max-h-[40%] flex-none overflow-y-auto">
            <BugBanner />
          </div>
        )}
        {/* The picture says how high it would be; the panes below it give way, down to what is of use. */}
        <div className="min-h-0 shrink grow">
          <Canvas />
        </div>
        <section
          aria-label="Timeline"
          className={`flex shrink-[1000] flex-col border-t border-line bg-panel ${roomy ? 'min-h-[150px] basis-[30vh]' : 'min-h-[220px] basis-[42vh]'}`}
        >
          <Scrubber />
          <Details inspector={!roomy} />
        </section>
      </div>
      {roomy && (
        <InspectorAside className="">
          <BugBanner />
        </InspectorAside>
      )}
    </div>
  )
}

function Narrow({ words }: { words: ReactNode }): ReactNode {
  return (
    <div className="flex h-full flex-col overflow-y-auto">
      <section aria-label="Lesson" className="flex flex-none flex-col border-b border-line bg-panel">
        {words}
      </section>
      <NarrowPicture />
      <section aria-label="Timeline" className="flex flex-none flex-col border-t border-line bg-panel">
        <Scrubber />
        <div className="flex h-[60svh] flex-col">
          <Details inspector />
        </div>
      </section>
    </div>
  )
}

type Tab = 'inspect' | 'path' | 'steps' | 'dmesg'

function Details({ inspector }: { inspector: boolean }): ReactNode {
  const [chosen, setChosen] = useState<Tab>(inspector ? 'inspect' : 'path')
  const tab = chosen === 'inspect' && !inspector ? 'path' : chosen
  return (
    <>
      <Tabs
        label="Details"
        current={tab}
        onChange={setChosen}
        tabs={[
          ...(inspector ? ([['inspect', 'Inspector']] as const) : []),
          ['path', 'Kernel path'],
          ['steps', 'Steps'],
          ['dmesg', 'dmesg'],
        ]}
      />
      <div className="min-h-0 flex-1">
        {tab === 'inspect' && (
          <div className="h-full overflow-y-auto" id="inspector" tabIndex={-1}>
            <Inspector />
          </div>
        )}
        {tab === 'path' && <KernelPath />}
        {tab === 'steps' && <Steps />}
        {tab === 'dmesg' && <Dmesg />}
      </div>
    </>
  )
}
