import { Dialog } from '@base-ui/react/dialog'
import { useEffect, useMemo, useState, type KeyboardEvent, type ReactNode } from 'react'
import { describeGoal, describeOp, describeResult } from '../../explain/index.ts'
import { shortBdf } from '../../explain/words.ts'
import { MACHINES } from '../../machines/index.ts'
import { LIBRARY } from '../../scenario/library/index.ts'
import {
  containerOffers,
  deviceOffers,
  groupOffers,
  iommufdOffers,
  processOffers,
} from '../../scenario/actions/offers.ts'
import { KERNELS } from '../../sim/kernels/registry.ts'
import { LESSONS } from '../lesson/lessons.ts'
import { freshRun } from '../store/document.ts'
import { KERNEL_NAMES } from '../ui/kernels.ts'
import { present } from '../commands/present.ts'
import { store, useApp } from '../store/store.ts'
import { forecast, presentOf, situationOf } from '../store/view.ts'
import { RESULT_CHIP } from '../ui/tones.ts'

interface Entry {
  readonly id: string
  readonly text: string
  readonly detail: string
  readonly run: () => void
  readonly result?: () => ReactNode
}

const SHOWN = 40

/** Everything that can be done, found by typing. */
export function Palette(): ReactNode {
  const open = useApp((s) => s.palette)
  return (
    <Dialog.Root open={open} onOpenChange={(next) => store.getState().setPalette(next)}>
      <Dialog.Portal>
        <Dialog.Backdrop className="fixed inset-0 z-40 bg-black/55" />
        <Dialog.Popup
          finalFocus={() => document.getElementById('canvas')}
          className="fixed inset-x-3 top-[10vh] z-50 mx-auto max-w-[640px] overflow-hidden rounded-2xl border border-line2 bg-panel shadow-node"
        >
          <Dialog.Title className="sr-only">Find an action</Dialog.Title>
          {open && <PaletteBody />}
        </Dialog.Popup>
      </Dialog.Portal>
    </Dialog.Root>
  )
}

function entries(): Entry[] {
  const state = store.getState()
  const { world } = state.run
  const situation = situationOf(state)
  const list: Entry[] = []
  const seen = new Set<string>()
  const earlier = state.doc.scenario.ops.slice(0, state.doc.scenario.cursor)
  const offers = state.snapshot.dead
    ? []
    : [
        ...world.setup.processes.flatMap((_, index) => processOffers(situation, index)),
        ...state.snapshot.containers.flatMap((view) => containerOffers(situation, view.container)),
        ...state.snapshot.iommufds.flatMap((view) => iommufdOffers(situation, view.iommufd)),
        ...world.groups.flatMap((_, index) => groupOffers(situation, index)),
        ...world.devices.flatMap((_, index) => deviceOffers(situation, index)),
      ]
  for (const offer of offers) {
    const texts = offer.ops.map((op) => describeOp(world, op, earlier))
    const detail = texts.map((text) => text.call).join(' ; ')
    if (seen.has(detail)) continue
    seen.add(detail)
    list.push({
      id: `op ${detail}`,
      text:
        offer.goal === undefined ? texts.map((text) => text.words).join(', then ') : describeGoal(world, offer.goal),
      detail,
      run: () => store.getState().perform(offer.ops),
      result: () => {
        // While something is asked, nothing tells its answer.
        if (state.hushed) return null
        const badge = describeResult(forecast(presentOf(store.getState()), offer).result)
        return (
          <span className={RESULT_CHIP[badge.tone]}>
            {badge.glyph} {badge.word}
          </span>
        )
      },
    })
  }
  world.devices.forEach(({ spec }, device) => {
    list.push({
      id: `show ${spec.bdf}`,
      text: `Show ${shortBdf(spec.bdf)} ${spec.name ?? ''}`,
      detail: `device ${spec.vendor ?? ''}:${spec.device ?? ''}`,
      run: () => store.getState().showOnCanvas({ kind: 'device', device }),
    })
  })
  for (const machine of MACHINES) {
    list.push({
      id: `machine ${machine.id}`,
      text: `Start from a machine: ${machine.title}`,
      detail: machine.id,
      run: () => store.getState().open(freshRun(machine.id, machine.title, state.kernel.id)),
    })
  }
  for (const kernel of KERNELS) {
    list.push({
      id: `kernel ${kernel.id}`,
      text: `Run on ${KERNEL_NAMES[kernel.id]}`,
      detail: 'the same operations under another kernel',
      run: () => store.getState().setKernel(kernel.id),
    })
  }
  for (const lens of ['ownership', 'topology'] as const) {
    list.push({
      id: `lens ${lens}`,
      text: `Lens: ${lens}`,
      detail: lens === 'topology' ? 'the PCI tree with ACS and groups' : 'who holds what',
      run: () => {
        store.getState().show('play')
        store.getState().setLens(lens)
      },
    })
  }
  for (const option of ['downstream', 'multifunction', 'downstream,multifunction', '']) {
    if (option === (state.doc.scenario.boot.acsOverride ?? '')) continue
    list.push({
      id: `override ${option}`,
      text: option === '' ? 'Boot without pcie_acs_override' : `Boot with pcie_acs_override=${option}`,
      detail: 'what if: groups by what the kernel believes of ACS',
      run: () => {
        store.getState().show('play')
        store.getState().setLens('topology')
        void import('../topology/revise.ts').then(({ bootWithOverride }) => bootWithOverride(option))
      },
    })
  }
  for (const theme of ['dark', 'light', 'system'] as const) {
    list.push({
      id: `theme ${theme}`,
      text: `Theme: ${theme}`,
      detail: 'colours',
      run: () => store.getState().setSettings({ theme }),
    })
  }
  for (const entry of LIBRARY) {
    list.push({
      id: `scenario ${entry.id}`,
      text: `Open scenario: ${entry.scenario.title}`,
      detail: entry.summary,
      run: () => store.getState().open(entry.scenario),
    })
  }
  for (const lesson of LESSONS) {
    list.push({
      id: `lesson ${lesson.slug}`,
      text: `Lesson: ${lesson.title}`,
      detail: lesson.summary,
      run: () => store.getState().startLesson(lesson.slug),
    })
  }
  list.push(
    { id: 'lessons', text: 'Lessons', detail: 'the course', run: () => store.getState().show('lessons') },
    {
      id: 'debate',
      text: 'The debate: what each proposal answers',
      detail: 'IOASID, June 2021: questions against policies and kernels',
      run: () => store.getState().show('debate'),
    },
    {
      id: 'explore',
      text: 'Explore: search for the shortest way to a state',
      detail: 'BUG_ON, a shared group, an errno: a run, or proof that there is none',
      run: () => store.getState().show('explore'),
    },
    { id: 'undo', text: 'Undo', detail: 'Ctrl Z', run: () => store.getState().undo() },
    { id: 'redo', text: 'Redo', detail: 'Ctrl Shift Z', run: () => store.getState().redo() },
    {
      id: 'share',
      text: 'Share this run',
      detail: 'link, script or file',
      run: () => store.getState().setSharing(true),
    },
    {
      id: 'teach',
      text: 'Make a lesson of this run: notes and questions',
      detail: 'write a note on any step, ask before a step',
      run: () => {
        store.getState().show('play')
        store.getState().teach(true)
      },
    },
    { id: 'present', text: 'Present this run', detail: 'full screen, big type, arrow keys', run: present },
    { id: 'machine', text: 'Check my machine', detail: 'paste a listing', run: () => store.getState().show('machine') },
    { id: 'help', text: 'Help: keys and words', detail: '?', run: () => store.getState().setHelping(true) },
    { id: 'script', text: 'Open the script', detail: 'the run as text', run: () => store.getState().show('script') },
  )
  return list
}

/** What begins with the words typed comes first. */
function rank(entry: Entry, query: string): number {
  const text = entry.text.toLowerCase()
  const wanted = query.toLowerCase().trim()
  return wanted === '' ? 0 : text.startsWith(wanted) ? 0 : text.includes(` ${wanted}`) ? 1 : 2
}

function PaletteBody(): ReactNode {
  const [query, setQuery] = useState('')
  const [at, setAt] = useState(0)
  /** Nothing is done by an Enter that came before anything was typed or chosen. */
  const [moved, setMoved] = useState(false)
  const all = useMemo(() => entries(), [])
  const words = query.toLowerCase().split(/\s+/).filter(Boolean)
  const hits = all
    .filter((entry) => words.every((word) => `${entry.text} ${entry.detail}`.toLowerCase().includes(word)))
    .sort((a, b) => rank(a, query) - rank(b, query))
    .slice(0, SHOWN)
  useEffect(() => setAt(0), [query])
  useEffect(() => {
    document.getElementById(`palette-${at}`)?.scrollIntoView({ block: 'nearest' })
  }, [at])
  const choose = (entry: Entry | undefined): void => {
    if (entry === undefined) return
    store.getState().setPalette(false)
    entry.run()
  }
  const onKey = (event: KeyboardEvent): void => {
    if (event.key === 'ArrowDown' || event.key === 'ArrowUp') setMoved(true)
    if (event.key === 'ArrowDown') setAt(Math.min(hits.length - 1, at + 1))
    else if (event.key === 'ArrowUp') setAt(Math.max(0, at - 1))
    else if (event.key === 'Enter') choose(query.trim() === '' && !moved ? undefined : hits[at])
    else return
    event.preventDefault()
  }
  return (
    <>
      <input
        autoFocus
        role="combobox"
        aria-expanded="true"
        aria-controls="palette-list"
        aria-activedescendant={hits.length > 0 ? `palette-${at}` : undefined}
        aria-label="Find an action"
        className="w-full border-b border-line bg-panel px-4 py-3 text-[14px] outline-none"
        placeholder="bind 01:00.0, open group, map, share …"
        value={query}
        onChange={(event) => setQuery(event.target.value)}
        onKeyDown={onKey}
      />
      <ul id="palette-list" role="listbox" aria-label="Actions" className="max-h-[52vh] overflow-y-auto p-1.5">
        {hits.map((entry, index) => (
          <li
            key={entry.id}
            id={`palette-${index}`}
            role="option"
            aria-selected={index === at}
            className={`flex cursor-pointer items-center gap-3 rounded-lg px-2.5 py-1.5 ${index === at ? 'bg-panel2 ring-1 ring-line2' : ''}`}
            onPointerMove={() => setAt(index)}
            onPointerUp={() => choose(entry)}
          >
            <span className="min-w-0 flex-1">
              <span className="block truncate">{entry.text}</span>
              <span className="block truncate font-mono text-[11px] text-faint">{entry.detail}</span>
            </span>
            {index < 12 && entry.result?.()}
          </li>
        ))}
      </ul>
      {hits.length === 0 && (
        <p className="px-4 py-3 text-dim">
          Nothing is called that. Try bind, open, map, close, scenario, machine, kernel.
        </p>
      )}
    </>
  )
}
