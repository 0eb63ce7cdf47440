import { createStore, type StoreApi } from 'zustand/vanilla'
import { KERNEL_IDS } from '../../sim/kernels/list.ts'
import { MACHINE_HASH, placeOfPath } from './address.ts'
import { derive, KernelNotLoaded, mainMember, type Derived, type Doc } from './document.ts'
import { firstDoc, startDoc, type FirstDoc } from './first-doc.ts'
import { keepActions } from './keep-actions.ts'
import { pageActions, placeFor, UNDIRECTED } from './page-actions.ts'
import { readDrafts, readEarlier, readSaves, readSettings, writeCurrent } from './persistence.ts'
import { runActions } from './run-actions.ts'
import type { AppState, ValuesOf } from './state.ts'
import { MAX_UNDO, type StoreParts, type Tools } from './tools.ts'

/** The document, what is derived from it, what of the page is open, and what the browser keeps. Touches no DOM. */
export function createAppStore(parts: StoreParts): StoreApi<AppState> {
  return createStore<AppState>()((set, get) => {
    const tools = toolsOf(parts, set, get)
    // Again when a kernel has come that the first document waits for.
    const begin = (): void => set(firstState(parts))
    return { ...firstState(parts), begin, ...runActions(tools), ...pageActions(tools), ...keepActions(tools) }
  })
}

/** The first document, or the start scenario in its place and the kernel that has to be fetched before it can be shown. */
function firstOrWaiting(...from: Parameters<typeof firstDoc>): FirstDoc & Pick<AppState, 'waitsFor'> {
  try {
    return { ...firstDoc(...from), waitsFor: null }
  } catch (error) {
    if (!(error instanceof KernelNotLoaded)) throw error
    return { ...startDoc(), waitsFor: error.kernel }
  }
}

function firstState({ location, kept, session, reloaded }: StoreParts): ValuesOf<AppState> {
  const toMachine = location.hash.startsWith(MACHINE_HASH)
  const { derived, ...first } = firstOrWaiting(toMachine ? '' : location.hash, kept, session, reloaded)
  const address = placeOfPath(location.pathname)
  const settings = readSettings(kept)
  return {
    ...derived,
    ...first,
    blockingQuestionStep: 0,
    loadFault: null,
    selection: null,
    allOffers: false,
    lens: 'ownership',
    place: toMachine ? 'machine' : (address?.place ?? placeFor(derived.doc.scenario, 'play')),
    lesson: address?.lesson ?? null,
    aside: { doc: derived.doc, past: first.past },
    forecastsHidden: false,
    ...UNDIRECTED,
    teaching: false,
    compared: derived.doc.scenario.compare ?? [...KERNEL_IDS],
    query: location.search,
    // Whoever comes by a link wants what it leads to, not the doors of a first visit.
    settings: location.hash.length > 1 && first.brokenLink === null ? { ...settings, welcomed: true } : settings,
    ...readSaves(kept),
    earlier: readEarlier(kept),
    drafts: readDrafts(session),
    toasts: [],
    palette: false,
    sharing: false,
    helping: false,
    announcement: '',
    reveal: null,
    canvasFocus: 0,
  }
}

/**
 * A document that cannot be shown must say so now, not when its kernel and words have come.
 * @throws UnknownPart
 */
function mustBeShown(doc: Doc, before: Derived): void {
  try {
    derive(doc, before)
  } catch (error) {
    if (!(error instanceof KernelNotLoaded)) throw error
  }
}

function toolsOf(parts: StoreParts, set: Tools['set'], get: Tools['get']): Tools {
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

  const commit: Tools['commit'] = (change, also = {}) => {
    const { doc: before, past } = get()
    const doc = change(before)
    if (doc === before) {
      set(also)
      return
    }
    const { kernel } = doc.scenario
    if (!parts.words.has(kernel)) {
      mustBeShown(doc, get())
      whenWordsCame(kernel, () => commit(change, also))
      return
    }
    const history = { past: [...past, before].slice(-MAX_UNDO), future: [] }
    set({ ...arrive(doc), ...history, toasts: [], visiting: false, ...also })
  }

  const whenWordsCame = (kernel: AppState['kernel']['id'], then: () => void): void => {
    set({ loadFault: null })
    const failed = (why: string): void =>
      set({
        loadFault: {
          words: `The explanations of this kernel did not load (${why}). Nothing is lost: the run stays as it is.`,
          retry: () => whenWordsCame(kernel, then),
        },
      })
    parts.words.load().then(
      () => {
        if (parts.words.has(kernel)) then()
        else failed(`this release has none for ${kernel}`)
      },
      (error: unknown) => failed(error instanceof Error ? error.message : String(error)),
    )
  }

  let keptLast: Doc | null = null
  const keepCurrent = (doc: Doc): boolean => {
    const done = writeCurrent(parts.kept, doc, parts.now(), keptLast)
    if (done) keptLast = doc
    return done
  }

  return { ...parts, get, set, commit, arrive, keepCurrent }
}
