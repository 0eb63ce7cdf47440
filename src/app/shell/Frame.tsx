import { lazy, Suspense, useEffect, useState, type ReactNode } from 'react'
import { plain, describeOp, describeResult, explainRefusal } from '../../explain/index.ts'
import { encodeLink } from '../../scenario/link/link.ts'
import { Canvas } from '../canvas/Canvas.tsx'
import { Inspector } from '../inspector/Inspector.tsx'
import { Dmesg, KernelPath } from '../kernel-path/KernelPath.tsx'
import { pathOf, placeOfPath } from '../store/address.ts'
import { saveCurrent } from '../store/persistence.ts'
import { mainGroup, offersOf } from '../store/view.ts'
import { loadWords, store, useApp } from '../store/store.ts'
import { Scrubber, Steps } from '../timeline/Timeline.tsx'
import { BrokenLinkPage } from './BrokenLinkPage.tsx'
import { BugBanner } from '../kernel-path/BugBanner.tsx'
import { Rail } from './Rail.tsx'
import { StepNote } from './StepNote.tsx'
import { Tabs } from '../ui/Tabs.tsx'
import { Toasts } from './Toasts.tsx'
import { applyTheme } from '../effects/theme.ts'
import { TopBar } from './TopBar.tsx'
import { useMedia } from '../ui/useMedia.ts'
import { Welcome } from './Welcome.tsx'

// What the first picture does not need comes when it is asked for.
const Library = lazy(async () => ({ default: (await import('../library/Library.tsx')).Library }))
const Lessons = lazy(async () => ({ default: (await import('../lesson/Lessons.tsx')).Lessons }))
const LessonPlay = lazy(async () => {
  const [{ LessonPlay: view }] = await Promise.all([import('../lesson/LessonPlay.tsx'), loadWords()])
  return { default: view }
})
const Present = lazy(async () => {
  const [{ Present: view }] = await Promise.all([import('../teach/Present.tsx'), loadWords()])
  return { default: view }
})
const Debate = lazy(async () => {
  const [{ Debate: view }] = await Promise.all([import('../debate/Debate.tsx'), loadWords()])
  return { default: view }
})
const Compare = lazy(async () => {
  const [{ Compare: view }] = await Promise.all([import('../compare/Compare.tsx'), loadWords()])
  return { default: view }
})
const Explore = lazy(async () => {
  const [{ Explore: view }] = await Promise.all([import('../explore/Explore.tsx'), loadWords()])
  return { default: view }
})
const Importer = lazy(async () => {
  const [{ Importer: view }] = await Promise.all([import('../importer/Importer.tsx'), loadWords()])
  return { default: view }
})
const Script = lazy(async () => ({ default: (await import('../script/Script.tsx')).Script }))
const loadShare = () => import('../share/Share.tsx')
const loadPalette = () => import('./Palette.tsx')
const Share = lazy(async () => ({ default: (await loadShare()).Share }))
const Palette = lazy(async () => ({ default: (await loadPalette()).Palette }))
const Help = lazy(async () => ({ default: (await import('./Help.tsx')).Help }))
const IDLE_AFTER_MS = 1500

/** The page: bar, rail, place, inspector, time. */
export function Frame(): ReactNode {
  useEffect(() => applyTheme(), [])
  useKeys()
  useKeeping()
  useAddress()
  useAnnouncements()
  usePreloading()
  const place = useApp((s) => s.place)
  const lesson = useApp((s) => s.lesson)
  const broken = useApp((s) => s.brokenLink)
  const sharing = useApp((s) => s.sharing)
  const palette = useApp((s) => s.palette)
  const helping = useApp((s) => s.helping)
  const wide = useMedia('(min-width: 1000px)')
  const narrow = useMedia('(max-width: 639px)')
  if (broken !== null) return <BrokenLinkPage link={broken} />
  if (place === 'present') {
    return (
      <>
        <Suspense>
          <Present />
        </Suspense>
        <Toasts />
        <Announcer />
      </>
    )
  }
  return (
    <div className="flex h-full flex-col">
      {(place === 'play' || lesson !== null) && (
        <a
          href="#canvas"
          className="button sr-only focus:not-sr-only focus:absolute focus:top-2 focus:left-2 focus:z-50"
          onClick={(event) => {
            event.preventDefault()
            document.getElementById('canvas')?.focus()
          }}
        >
          To the canvas
        </a>
      )}
      <TopBar />
      <div className="flex min-h-0 flex-1">
        {!narrow && <Rail bar={false} />}
        <main className="flex min-h-0 min-w-0 flex-1 flex-col">
          {place === 'play' && (wide ? <PlayWide /> : <PlayNarrow />)}
          {place !== 'play' && (
            <div className="min-h-0 flex-1 overflow-y-auto">
              <Suspense>
                {place === 'lessons' && (lesson === null ? <Lessons /> : <LessonPlay key={lesson} slug={lesson} />)}
                {place === 'debate' && <Debate />}
                {place === 'compare' && <Compare />}
                {place === 'explore' && <Explore />}
                {place === 'scenarios' && <Library />}
                {place === 'machine' && <Importer />}
                {place === 'script' && <Script />}
              </Suspense>
            </div>
          )}
        </main>
      </div>
      {narrow && <Rail bar />}
      <Suspense>
        {sharing && <Share />}
        {palette && <Palette />}
        {helping && <Help />}
      </Suspense>
      <Toasts />
      <Announcer />
    </div>
  )
}

function PlayWide(): ReactNode {
  return (
    <div className="grid min-h-0 flex-1 grid-cols-[minmax(0,1fr)_352px] grid-rows-[minmax(0,1fr)_clamp(190px,27vh,280px)]">
      <div className="flex min-h-0 min-w-0 flex-col">
        <Welcome />
        <StepNote />
        <div className="flex min-h-0 flex-1">
          <div className="min-w-0 flex-1">
            <Canvas />
          </div>
          <BugBanner beside />
        </div>
      </div>
      <aside
        aria-label="Inspector"
        className="row-span-2 min-h-0 overflow-y-auto border-l border-line bg-panel"
        tabIndex={-1}
        id="inspector"
      >
        <Inspector />
      </aside>
      <section aria-label="Timeline" className="flex min-h-0 min-w-0 flex-col border-t border-line bg-panel">
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
  )
}

function LogTabs(): ReactNode {
  const [tab, setTab] = useState<'path' | 'dmesg'>('path')
  return (
    <>
      <Tabs
        label="Kernel"
        current={tab}
        onChange={setTab}
        tabs={[
          ['path', 'Kernel path'],
          ['dmesg', 'dmesg'],
        ]}
      />
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
      <BugBanner beside={false} />
      <div className="h-[56svh] min-h-80 flex-none">
        <Canvas />
      </div>
      <section aria-label="Timeline" className="sticky top-0 z-10 flex-none border-t border-line bg-panel">
        <Scrubber />
      </section>
      <div className="flex flex-none flex-col bg-panel">
        <Tabs
          label="Details"
          current={tab}
          onChange={setTab}
          tabs={[
            ['inspect', 'Inspector'],
            ['steps', 'Steps'],
            ['path', 'Kernel path'],
            ['dmesg', 'dmesg'],
          ]}
        />
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

/** Keys that work everywhere but in a field: undo, redo, steps, the palette, and the numbers of the offered actions. */
function useKeys(): void {
  useEffect(() => {
    const onKey = (event: KeyboardEvent): void => {
      const { target } = event
      const state = store.getState()
      // A presentation has keys of its own.
      if (state.place === 'present') return
      const key = event.key.toLowerCase()
      const command = event.ctrlKey || event.metaKey
      if (command && key === 'k') {
        event.preventDefault()
        state.setPalette(true)
        return
      }
      const field = target instanceof HTMLElement && target.closest('input, textarea, select, [role="dialog"]') !== null
      if (field || state.palette || state.sharing || state.helping) return
      if (command && key === 'z') {
        event.preventDefault()
        if (event.shiftKey) state.redo()
        else state.undo()
      } else if (command && key === 'y') {
        event.preventDefault()
        state.redo()
      } else if (command || event.altKey) {
        return
      } else if (key === '[') state.go(state.doc.scenario.cursor - 1)
      else if (key === ']') state.go(state.doc.scenario.cursor + 1)
      else if (key === 'escape') state.select(null)
      else if (/^[1-9]$/.test(key) && (state.place === 'play' || state.lesson !== null) && !state.hushed) {
        const group = mainGroup(state.run.world, state.snapshot)
        const selection = state.selection ?? (group === undefined ? null : { kind: 'group' as const, group })
        const offers = selection === null ? [] : offersOf(state, selection)
        const common = offers.filter((offer) => offer.common)
        const offer = (common.length > 0 ? common : offers)[Number(key) - 1]
        if (offer !== undefined && !state.snapshot.dead) state.perform(offer.ops)
      } else if (key === '.') document.querySelector<HTMLElement>('[data-testid="offers"] button')?.focus()
      else if (key === 't') state.setLens(state.lens === 'topology' ? 'ownership' : 'topology')
      else if (key === '?') state.setHelping(true)
      else if (key === '/') {
        event.preventDefault()
        state.setPalette(true)
      }
    }
    window.addEventListener('keydown', onKey)
    return () => window.removeEventListener('keydown', onKey)
  }, [])
}

const LONGEST_LIVE_LINK = 8000

/** Fetches what opens over the page once the first picture stands, so that the first letter typed there is not lost. */
function usePreloading(): void {
  useEffect(() => {
    const timer = setTimeout(() => void Promise.all([loadWords(), loadPalette(), loadShare()]), IDLE_AFTER_MS)
    return () => clearTimeout(timer)
  }, [])
}

/** The address of what is shown: with the run, unless that is too long or not what is looked at. */
function runAddress(): string {
  const page = pathOf(store.getState())
  const hash = page === '/' || page === '/explore' ? encodeLink(store.getState().doc.scenario) : undefined
  // A question belongs to its place.
  const query = page === '/explore' || !new URLSearchParams(location.search).has('ask') ? location.search : ''
  return page + query + (hash !== undefined && hash.length < LONGEST_LIVE_LINK ? `#${hash}` : '')
}

/** Keeps the run in the browser and in the address, so that a reload or a bookmark loses nothing. */
function useKeeping(): void {
  useEffect(() => {
    let timer: ReturnType<typeof setTimeout> | undefined
    let warned = false
    const keep = (): void => {
      const { doc, brokenLink, past, lesson } = store.getState()
      if (brokenLink !== null || lesson !== null) return
      if (!saveCurrent(doc.scenario) && !warned) {
        warned = true
        store
          .getState()
          .toast('bad', 'This browser keeps nothing for the page: share the run as a link before you leave')
      }
      const untouched =
        past.length === 0 &&
        location.hash === '' &&
        doc.scenario.compare === undefined &&
        doc.scenario.present === undefined
      if (!untouched) history.replaceState(null, '', runAddress())
    }
    const unsubscribe = store.subscribe((state, before) => {
      if (state.doc === before.doc) return
      clearTimeout(timer)
      timer = setTimeout(keep, 300)
    })
    const onHash = (event: HashChangeEvent): void => {
      // The address may have been brought up to date since: where somebody went counts.
      const { hash } = new URL(event.newURL)
      const { doc, openLink, show } = store.getState()
      if (hash.startsWith('#m1.')) {
        show('machine')
        return
      }
      const known = hash.length < 2 || hash === `#${encodeLink(doc.scenario) ?? ''}`
      if (known) return
      openLink(hash)
      // A question is asked about the run of its link.
      if (placeOfPath(location.pathname)?.place === 'explore') show('explore')
    }
    const onLeave = (): void => {
      const { doc, lesson, aside } = store.getState()
      saveCurrent((lesson === null ? doc : (aside?.doc ?? doc)).scenario)
    }
    window.addEventListener('hashchange', onHash)
    window.addEventListener('pagehide', onLeave)
    return () => {
      clearTimeout(timer)
      unsubscribe()
      window.removeEventListener('hashchange', onHash)
      window.removeEventListener('pagehide', onLeave)
    }
  }, [])
}

/** Lessons, the debate and Explore have paths of their own; going back in the browser leads out of them. */
function useAddress(): void {
  useEffect(() => {
    const unsubscribe = store.subscribe((state, before) => {
      if (state.place === before.place && state.lesson === before.lesson) return
      // Leaving a lesson for another place is one move, though it takes two changes.
      queueMicrotask(() => {
        const path = pathOf(store.getState())
        if (path === location.pathname) return
        history.pushState(null, '', path === '/' && store.getState().past.length > 0 ? runAddress() : path)
      })
    })
    const onPop = (): void => {
      const { place, lesson, show, startLesson } = store.getState()
      const wanted = placeOfPath(location.pathname)
      if (wanted === null && (place === 'lessons' || place === 'debate' || place === 'explore')) show('play')
      else if (wanted !== null && wanted.lesson !== null && wanted.lesson !== lesson) startLesson(wanted.lesson)
      else if (wanted !== null && wanted.lesson === null) show(wanted.place)
    }
    window.addEventListener('popstate', onPop)
    return () => {
      unsubscribe()
      window.removeEventListener('popstate', onPop)
    }
  }, [])
}

/** Tells a screen reader the last step’s operation and answer, and everybody a refusal with its reason. */
function useAnnouncements(): void {
  useEffect(
    () =>
      store.subscribe((state, before) => {
        const { cursor } = state.doc.scenario
        if (state.run === before.run && cursor === before.doc.scenario.cursor) return
        const step = state.run.steps[cursor - 1]
        if (step === undefined) {
          state.announce('Freshly booted machine')
          return
        }
        const { words } = describeOp(state.run.world, step.op)
        const result = describeResult(step.result)
        const why = explainRefusal(
          state.kernel.id,
          state.run.world,
          step.op,
          state.run.traceOf(cursor - 1),
          step.result,
        )
        state.announce(`Step ${cursor}: ${words}: ${result.word}. ${why === null ? '' : plain(why)}`)
        // Another machine or boot option replays the run; that its last step was refused is no news then.
        const same = state.machine === before.machine && state.doc.scenario.boot === before.doc.scenario.boot
        const performed = same && state.past.length > before.past.length
        // After a prediction the reason stands beside it.
        if (performed && !state.hushed && why !== null && result.tone !== 'bug') {
          state.toast(result.tone, `${result.glyph} ${result.word}: ${plain(why)}`)
        }
      }),
    [],
  )
}

function Announcer(): ReactNode {
  const text = useApp((s) => s.announcement)
  return (
    <div className="sr-only" aria-live="polite" data-testid="announcer">
      {text}
    </div>
  )
}
