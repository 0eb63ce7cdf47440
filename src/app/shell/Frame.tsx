import type { ReactNode } from 'react'
import { COMMANDS } from '../commands/commands.ts'
import { loadPanels } from '../inspector/Inspector.tsx'
import { loadBugStory } from '../kernel-path/BugBanner.tsx'
import { useApp } from '../store/store.ts'
import { late } from '../ui/late.tsx'
import { useMedia } from '../ui/useMedia.ts'
import { PLACE_VIEWS } from './places.tsx'
import { ErrorBoundary } from './ErrorBoundary.tsx'
import { LoadFaultBar } from './LoadFaultBar.tsx'
import { Rail } from './Rail.tsx'
import { Toasts } from './Toasts.tsx'
import { TopBar } from './TopBar.tsx'

// What the first picture does not need comes when it is asked for.
const loadShare = async () => (await import('../share/Share.tsx')).Share
const loadPalette = async () => (await import('./Palette.tsx')).Palette
const Share = late(loadShare, 'the dialog for sharing', 'overlay')
const Palette = late(loadPalette, 'the list of commands', 'overlay')
const BrokenLinkPage = late(
  async () => (await import('./BrokenLinkPage.tsx')).BrokenLinkPage,
  'what is wrong with this link',
)
const Help = late(async () => (await import('./Help.tsx')).Help, 'the help', 'overlay')

/** What a person is about to open, to be fetched before it is wanted. */
export const NEXT = [loadShare, loadPalette, loadPanels, loadBugStory] as const

/** The page: bar, rail, place, inspector, time. */
export function Frame(): ReactNode {
  const place = useApp((s) => s.place)
  const broken = useApp((s) => s.brokenLink)
  if (broken !== null) return <BrokenLinkPage link={broken} />
  if (place === 'present') {
    return (
      <>
        <CurrentPlace />
        <Toasts />
        <Announcer />
      </>
    )
  }
  return <Page />
}

function Page(): ReactNode {
  const onCanvas = useApp((s) => s.place === 'play' || s.lesson !== null)
  const narrow = useMedia('(max-width: 639px)')
  const sharing = useApp((s) => s.sharing)
  const palette = useApp((s) => s.palette)
  const helping = useApp((s) => s.helping)
  return (
    <div className="flex h-full flex-col">
      {onCanvas && (
        <>
          <SkipLink to="canvas" words="To the canvas" onGo={() => document.getElementById('canvas')?.focus()} />
          <SkipLink to="inspector" words="To the actions" onGo={() => COMMANDS.actions.run()} />
        </>
      )}
      <TopBar />
      <LoadFaultBar />
      <div className="flex min-h-0 flex-1">
        {!narrow && <Rail bar={false} />}
        <main className="flex min-h-0 min-w-0 flex-1 flex-col">
          <CurrentPlace />
        </main>
      </div>
      {narrow && <Rail bar />}
      {sharing && <Share />}
      {palette && <Palette />}
      {helping && <Help />}
      <Toasts />
      <Announcer />
    </div>
  )
}

/** A link over the bar that is seen only while it has the keyboard. */
function SkipLink({ to, words, onGo }: { to: string; words: string; onGo: () => void }): ReactNode {
  return (
    <a
      href={`#${to}`}
      className="button sr-only focus:not-sr-only focus:absolute focus:top-2 focus:left-2 focus:z-50"
      onClick={(event) => {
        event.preventDefault()
        onGo()
      }}
    >
      {words}
    </a>
  )
}

/** The place that is open. A fault in it leaves the rest of the page alone. */
function CurrentPlace(): ReactNode {
  const place = useApp((s) => s.place)
  const { View } = PLACE_VIEWS[place]
  const view = (
    <ErrorBoundary key={place} part>
      <View />
    </ErrorBoundary>
  )
  if (place === 'play' || place === 'present') return view
  return <div className="min-h-0 flex-1 overflow-y-auto">{view}</div>
}

function Announcer(): ReactNode {
  const text = useApp((s) => s.announcement)
  return (
    <div className="sr-only" aria-live="polite" data-testid="announcer">
      {text}
    </div>
  )
}
