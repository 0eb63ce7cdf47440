import { createStore } from 'zustand/vanilla'
import { useStore } from 'zustand'
import { withDriver } from '../../what-if/edit.ts'
import { hasWords } from '../../explain/registry.ts'
import { START } from '../../scenario/library/start.ts'
import { decodeLink } from '../../scenario/link/link.ts'
import type { Prediction, Scenario } from '../../scenario/document/scenario.ts'
import type { KernelId } from '../../sim/kernel.ts'
import { KERNELS } from '../../sim/kernels/registry.ts'
import type { Boot, ProcessSpec } from '../../sim/machine.ts'
import type { Op } from '../../sim/op.ts'
import { placeOfPath } from './address.ts'
import {
  act,
  annotate,
  ask,
  derive,
  mainMember,
  moveTo,
  openQuestion,
  takeBranch,
  UnknownPart,
  type Branch,
  type Derived,
  type Doc,
} from './document.ts'
import {
  loadCurrent,
  loadSaves,
  loadSettings,
  saveSaves,
  saveSettings,
  type Saved,
  type Settings,
} from './persistence.ts'

/** What the inspector is about. Numbers are indices into the world's tables. */
export type Selection =
  | { readonly kind: 'group'; readonly group: number }
  | { readonly kind: 'device'; readonly device: number }
  | { readonly kind: 'process'; readonly process: number }
  | { readonly kind: 'container'; readonly container: number }
  | { readonly kind: 'iommufd'; readonly iommufd: number }
  | { readonly kind: 'context'; readonly context: DmaTarget }

/** Where DMA of a device lands: a page table of userspace, all memory, or nowhere (the IOMMU faults it). */
export type DmaTarget =
  { readonly kind: 'domain'; readonly domain: number } | { readonly kind: 'host' } | { readonly kind: 'nothing' }

export type Place =
  'play' | 'present' | 'lessons' | 'debate' | 'compare' | 'explore' | 'scenarios' | 'machine' | 'script'

/** What the canvas shows: who holds what, or the PCI tree with its groups. */
export type Lens = 'ownership' | 'topology'

/** A link that could not be opened, and what was wrong with it. */
export interface BrokenLink {
  readonly hash: string
  readonly reason: string
}

export interface Toast {
  readonly id: number
  readonly tone: 'ok' | 'bad' | 'wait' | 'bug' | 'info'
  readonly text: string
}

export interface AppState extends Derived {
  readonly past: readonly Doc[]
  readonly future: readonly Doc[]
  readonly selection: Selection | null
  readonly lens: Lens
  readonly place: Place
  /** The lesson that is played, by its slug. Its run is on the canvas, and what was there before waits in `aside`. */
  readonly lesson: string | null
  readonly aside: { readonly doc: Doc; readonly past: readonly Doc[] } | null
  /** A prediction is open: no action tells its result beforehand. */
  readonly hushed: boolean
  /** Notes and questions are being written: nothing is asked. */
  readonly teaching: boolean
  /** What was answered to the questions of the run, by the step's number: the key of a choice, or nothing where it was only shown. */
  readonly answers: Readonly<Record<string, string>>
  /** The step whose question somebody ran into: it takes the place of how the step before was. */
  readonly asking: number
  /** The kernels that were compared last. */
  readonly compared: readonly KernelId[]
  readonly settings: Settings
  readonly saves: readonly Saved[]
  readonly brokenLink: BrokenLink | null
  readonly toasts: readonly Toast[]
  readonly palette: boolean
  readonly sharing: boolean
  readonly helping: boolean
  /** What a screen reader is told about the last step. */
  readonly announcement: string
  /** Something to bring into view on the canvas; the count tells one wish from the next. */
  readonly reveal: { readonly selection: Selection; readonly count: number } | null

  perform(ops: readonly Op[]): void
  go(cursor: number): void
  undo(): void
  redo(): void
  take(branch: Branch): void
  open(scenario: Scenario): void
  startLesson(slug: string): void
  /** Puts a run of a lesson on the canvas; what was there before cannot be brought back by undo. */
  stage(scenario: Scenario): void
  hush(hushed: boolean): void
  teach(teaching: boolean): void
  annotate(step: number, words: string): void
  ask(step: number, prediction: Prediction | null): void
  /** Answers the question before a step and shows the step. */
  answer(step: number, choice: string): void
  /** Forgets what was answered about a step and those after it. */
  askAgain(step: number): void
  openLink(hash: string): void
  setKernel(kernel: KernelId): void
  /** Corrects the driver that a function of the user's own machine has at boot; a machine that ships stays as it is. */
  setDriver(bdf: string, driver: string | null): void
  setBoot(boot: Boot): void
  /** Goes to a document that was made from this one; what is selected stays selected if it is still there. */
  revise(doc: Doc): void
  setProcesses(processes: readonly ProcessSpec[]): void
  rename(title: string): void
  select(selection: Selection | null): void
  setLens(lens: Lens): void
  /** Selects something and brings it into view. */
  showOnCanvas(selection: Selection): void
  show(place: Place): void
  /** Chooses the kernels to compare; at least two. */
  setCompared(kernels: readonly KernelId[]): void
  setSettings(settings: Partial<Settings>): void
  save(name: string): void
  forget(saved: Saved): void
  toast(tone: Toast['tone'], text: string): void
  dismiss(id: number): void
  setPalette(open: boolean): void
  setSharing(open: boolean): void
  setHelping(open: boolean): void
  announce(text: string): void
  dismissBrokenLink(): void
}

const MAX_UNDO = 200
let nextToast = 1

function docOf(scenario: Scenario): Doc {
  return { scenario, branches: [] }
}

/** Where a document is shown: it may say that it is compared or presented. */
function placeFor(scenario: Scenario, place: Place): Place {
  if (scenario.compare !== undefined) return 'compare'
  if (scenario.present === true) return 'present'
  return place === 'compare' || place === 'present' ? 'play' : place
}

/** The first document: a link in the address, else what was played last, else the start scenario. */
function firstDoc(): { derived: Derived; brokenLink: BrokenLink | null } {
  // A machine's link is read by its own page.
  const hash = location.hash.startsWith('#m1.') ? '' : location.hash
  let brokenLink: BrokenLink | null = null
  const candidates: Scenario[] = []
  if (hash.length > 1) {
    const link = decodeLink(hash)
    if (link.ok) candidates.push(link.scenario)
    else brokenLink = { hash, reason: link.words }
  }
  const current = loadCurrent()
  if (current !== undefined) candidates.push(current)
  for (const scenario of candidates) {
    try {
      return { derived: derive(docOf(scenario)), brokenLink }
    } catch (error) {
      if (!(error instanceof UnknownPart)) throw error
      if (hash.length > 1 && brokenLink === null) brokenLink = { hash, reason: error.message }
    }
  }
  return { derived: derive(docOf(START)), brokenLink }
}

/** Fetches the words of the kernels that the first picture does without. */
export async function loadWords(): Promise<void> {
  await import('../../explain/every-kernel.ts')
}

export const store = createStore<AppState>()((set, get) => {
  const { derived, brokenLink } = firstDoc()
  const linked = location.hash.length > 1 && !location.hash.startsWith('#m1.') && brokenLink === null

  /** Goes to a document that can be undone. */
  const commit = (doc: Doc): void => {
    const { doc: before, past } = get()
    if (doc === before) return
    if (!hasWords(doc.scenario.kernel)) {
      // A document that cannot be shown must say so now, not when the words have come.
      derive(doc, get())
      void loadWords().then(() => commit(doc))
      return
    }
    set({ ...arrive(doc), past: [...past, before].slice(-MAX_UNDO), future: [], toasts: [] })
  }

  /** A document with what is derived from it. On another tree, or with other groups, the selection keeps its address. */
  const arrive = (doc: Doc): Partial<AppState> & Derived => {
    const { run, selection } = get()
    const derived = derive(doc, get())
    const before = run.world
    const after = derived.run.world
    if (before.groups === after.groups || selection === null) return derived
    const moved = (device: number): number => after.deviceIndex.get(before.devices[device]?.spec.bdf ?? '') ?? -1
    if (selection.kind === 'device') {
      const device = moved(selection.device)
      return { ...derived, selection: device < 0 ? null : { kind: 'device', device } }
    }
    if (selection.kind !== 'group') return derived
    const group = after.devices[moved(mainMember(before, selection.group))]?.group ?? -1
    return { ...derived, selection: group < 0 ? null : { kind: 'group', group } }
  }

  /**
   * Goes to a place. The document says whether it is compared or presented, so that its link does; going there and away is
   * no edit, as time travel is none.
   */
  const goTo = (place: Place): Partial<AppState> => {
    const { doc, compared } = get()
    const { compare, present, ...scenario } = doc.scenario
    if (place === 'present')
      return { place, doc: { ...doc, scenario: { ...scenario, present: true } }, teaching: false }
    if (place === 'compare') {
      const kernels = compare ?? compared
      return { place, compared: kernels, doc: { ...doc, scenario: { ...scenario, compare: kernels } } }
    }
    if (present === true) return { place, doc: { ...doc, scenario } }
    if (place === 'play' && compare !== undefined) return { place, compared: compare, doc: { ...doc, scenario } }
    return { place }
  }

  /** Goes to a document that differs in its words only, and can be undone. */
  const rewrite = (doc: Doc): void => {
    const { doc: before, past } = get()
    if (doc !== before) set({ doc, past: [...past, before].slice(-MAX_UNDO), future: [] })
  }

  /** Ends a lesson: what was on the canvas before comes back. */
  const leaveLesson = (): void => {
    const { lesson, aside } = get()
    if (lesson === null) return
    const before = aside === null ? {} : { ...derive(aside.doc), past: aside.past, future: [] }
    set({ ...before, lesson: null, aside: null, hushed: false, selection: null })
  }

  const address = placeOfPath(location.pathname)

  return {
    ...derived,
    past: [],
    future: [],
    selection: null,
    lens: 'ownership',
    place: location.hash.startsWith('#m1.') ? 'machine' : (address?.place ?? placeFor(derived.doc.scenario, 'play')),
    lesson: address?.lesson ?? null,
    aside: { doc: derived.doc, past: [] },
    hushed: false,
    teaching: false,
    answers: {},
    asking: 0,
    compared: derived.doc.scenario.compare ?? KERNELS.map(({ id }) => id),
    // Whoever comes by a link wants what it leads to, not the doors of a first visit.
    settings: linked ? { ...loadSettings(), welcomed: true } : loadSettings(),
    saves: loadSaves(),
    brokenLink,
    toasts: [],
    palette: false,
    sharing: false,
    helping: false,
    announcement: '',
    reveal: null,

    perform: (ops) => commit(act(get().doc, ops)),
    // Time travel is not an edit: it leaves undo alone. It goes no further than the next question.
    go: (cursor) => {
      const { teaching, answers, doc: before } = get()
      const stop = teaching ? Infinity : openQuestion(before.scenario, answers)
      const doc = moveTo(before, Math.min(cursor, stop - 1))
      if (cursor >= stop) set({ asking: stop })
      if (doc !== get().doc) set({ doc, snapshot: get().run.snapshotAt(doc.scenario.cursor), toasts: [] })
    },
    undo: () => {
      const { past, future, doc, place } = get()
      const before = past.at(-1)
      if (before !== undefined) {
        set({
          ...arrive(before),
          past: past.slice(0, -1),
          future: [doc, ...future],
          toasts: [],
          place: placeFor(before.scenario, place),
        })
      }
    },
    redo: () => {
      const { past, future, doc, place } = get()
      const [after, ...rest] = future
      if (after !== undefined) {
        set({
          ...arrive(after),
          past: [...past, doc],
          future: rest,
          toasts: [],
          place: placeFor(after.scenario, place),
        })
      }
    },
    take: (branch) => commit(takeBranch(get().doc, branch)),
    startLesson: (lesson) => {
      const { doc, past, aside, lesson: before } = get()
      set({
        lesson,
        lens: 'ownership',
        place: 'lessons',
        aside: before === null ? { doc, past } : aside,
        selection: null,
        hushed: false,
      })
      get().setSettings({ welcomed: true })
    },
    stage: (scenario) => set({ ...derive(docOf(scenario), get()), past: [], future: [], selection: null, toasts: [] }),
    hush: (hushed) => set({ hushed }),
    teach: (teaching) => {
      set({ teaching })
      // Whoever writes has found the way.
      if (teaching) get().setSettings({ welcomed: true })
    },
    annotate: (step, words) => rewrite(annotate(get().doc, step, words)),
    ask: (step, prediction) => rewrite(ask(get().doc, step, prediction)),
    answer: (step, choice) => {
      set({ answers: { ...get().answers, [String(step)]: choice } })
      get().go(step)
    },
    askAgain: (step) =>
      set({ answers: Object.fromEntries(Object.entries(get().answers).filter(([key]) => Number(key) < step)) }),
    open: (scenario) => {
      try {
        leaveLesson()
        commit(docOf(scenario))
        set({ selection: null, place: placeFor(scenario, 'play'), brokenLink: null, teaching: false, answers: {} })
        // Whoever opens something has found the way: the doors of the first visit close.
        get().setSettings({ welcomed: true })
        // The next Tab goes on from the picture, not from the top of the page.
        setTimeout(() => document.getElementById('canvas')?.focus({ preventScroll: true }))
      } catch (error) {
        if (!(error instanceof UnknownPart)) throw error
        get().toast('bad', `Cannot open “${scenario.title}”: ${error.message}`)
      }
    },
    openLink: (hash) => {
      const link = decodeLink(hash)
      if (link.ok) get().open(link.scenario)
      else set({ brokenLink: { hash, reason: link.words } })
    },
    setKernel: (kernel) => commit({ ...get().doc, scenario: { ...get().doc.scenario, kernel } }),
    setDriver: (bdf, driver) => {
      const { doc, machine } = get()
      if (typeof doc.scenario.machine === 'string') return
      commit({ ...doc, scenario: { ...doc.scenario, machine: withDriver(machine, bdf, driver) } })
    },
    revise: (doc) => commit(doc),
    setBoot: (boot) => commit({ ...get().doc, scenario: { ...get().doc.scenario, boot } }),
    setProcesses: (processes) =>
      commit({ ...get().doc, scenario: { ...get().doc.scenario, processes: [...processes] } }),
    rename: (title) => {
      const trimmed = title.trim()
      if (trimmed !== '') commit({ ...get().doc, scenario: { ...get().doc.scenario, title: trimmed } })
    },
    select: (selection) => set({ selection }),
    setLens: (lens) => set({ lens }),
    showOnCanvas: (selection) =>
      set({
        selection,
        ...(get().lesson === null ? goTo('play') : {}),
        reveal: { selection, count: (get().reveal?.count ?? 0) + 1 },
      }),
    show: (place) => {
      leaveLesson()
      set(goTo(place))
    },
    setCompared: (compared) => {
      const { doc } = get()
      set({ compared, doc: { ...doc, scenario: { ...doc.scenario, compare: compared } } })
    },
    setSettings: (settings) => {
      const merged = { ...get().settings, ...settings }
      saveSettings(merged)
      set({ settings: merged })
    },
    save: (name) => {
      const saves = [
        { name, savedAt: new Date().toISOString(), scenario: { ...get().doc.scenario, title: name } },
        ...get().saves.filter((saved) => saved.name !== name),
      ]
      if (saveSaves(saves)) get().toast('ok', `Kept “${name}” in this browser`)
      else get().toast('bad', 'This browser does not let the page keep anything: share it as a link or a file instead')
      set({ saves })
    },
    forget: (saved) => {
      const saves = get().saves.filter((other) => other !== saved)
      saveSaves(saves)
      set({ saves })
    },
    toast: (tone, text) => {
      const id = nextToast++
      set({ toasts: [...get().toasts, { id, tone, text }].slice(-3) })
      setTimeout(() => get().dismiss(id), 7000)
    },
    dismiss: (id) => set({ toasts: get().toasts.filter((toast) => toast.id !== id) }),
    setPalette: (palette) => set({ palette }),
    setSharing: (sharing) => set({ sharing }),
    setHelping: (helping) => set({ helping }),
    announce: (announcement) => set({ announcement }),
    dismissBrokenLink: () => {
      history.replaceState(null, '', location.pathname + location.search)
      set({ brokenLink: null })
    },
  }
})

/** Subscribes a component to a part of the state; the selector must return the same thing for the same state. */
export function useApp<T>(selector: (state: AppState) => T): T {
  return useStore(store, selector)
}
