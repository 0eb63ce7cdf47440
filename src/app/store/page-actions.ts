import type { Scenario } from '../../scenario/document/scenario.ts'
import { derive } from './document.ts'
import type { Place } from './places.ts'
import type { ActionsOf, AppState, PageState } from './state.ts'
import type { Tools } from './tools.ts'

const TOAST_MS = 7000
const MAX_TOASTS = 3

/** Where a document is shown: it may say that it is compared or presented. */
export function placeFor(scenario: Scenario, place: Place): Place {
  if (scenario.compare !== undefined) return 'compare'
  if (scenario.present === true) return 'present'
  return place === 'compare' || place === 'present' ? 'play' : place
}

/** A picture to which no lesson says anything. */
export const UNDIRECTED: Pick<PageState, 'direction' | 'pointed'> = {
  direction: { hidden: new Set(), unfold: [], highlight: null, path: null, goal: null },
  pointed: null,
}

/** Ends a lesson: what was on the canvas before comes back. */
export function leaveLesson({ get, set }: Pick<Tools, 'get' | 'set'>): void {
  const { lesson, aside } = get()
  if (lesson === null) return
  const before = aside === null ? {} : { ...derive(aside.doc), past: aside.past, future: [] }
  set({ ...before, ...UNDIRECTED, lesson: null, aside: null, forecastsHidden: false, selection: null })
}

/**
 * Goes to a place. The document says whether it is compared or presented, so that its link does; going there and away is
 * no edit, as time travel is none.
 */
function arrival({ doc, compared }: AppState, place: Place): Partial<AppState> {
  const { compare, present, ...scenario } = doc.scenario
  if (place === 'present') return { place, doc: { ...doc, scenario: { ...scenario, present: true } }, teaching: false }
  if (place === 'compare') {
    const kernels = compare ?? compared
    return { place, compared: kernels, doc: { ...doc, scenario: { ...scenario, compare: kernels } } }
  }
  if (present === true) return { place, doc: { ...doc, scenario } }
  if (place === 'play' && compare !== undefined) return { place, compared: compare, doc: { ...doc, scenario } }
  return { place }
}

/** What is opened, selected and said. */
export function pageActions(tools: Tools): ActionsOf<PageState> {
  const { get, set } = tools
  return {
    ...lessonActions(tools),
    ...messages(tools),
    select: (selection) => set({ selection, allOffers: false }),
    listAllOffers: (allOffers) => set({ allOffers }),
    // Only the topology can hide groups.
    setLens: (lens) => set({ lens: get().direction.hidden.has('groups') ? 'topology' : lens }),
    showOnCanvas: (selection) =>
      set({
        selection,
        allOffers: false,
        ...(get().lesson === null ? arrival(get(), 'play') : {}),
        reveal: { selection, count: (get().reveal?.count ?? 0) + 1 },
      }),
    show: (place) => {
      leaveLesson(tools)
      set(arrival(get(), place))
    },
    setCompared: (compared) => {
      const { doc } = get()
      set({ compared, doc: { ...doc, scenario: { ...doc.scenario, compare: compared } } })
    },
    setQuery: (query) => set({ query }),
    setPalette: (palette) => set({ palette }),
    setSharing: (sharing) => set({ sharing }),
    setHelping: (helping) => set({ helping }),
  }
}

function lessonActions({
  get,
  set,
}: Tools): Pick<PageState, 'startLesson' | 'stage' | 'hideForecasts' | 'direct' | 'point' | 'teach'> {
  return {
    startLesson: (lesson) => {
      const { doc, past, aside, lesson: before } = get()
      set({
        lesson,
        ...UNDIRECTED,
        lens: 'ownership',
        place: 'lessons',
        aside: before === null ? { doc, past } : aside,
        selection: null,
        forecastsHidden: false,
      })
      get().setSettings({ welcomed: true })
    },
    stage: (scenario) =>
      set({
        ...derive({ scenario, branches: [] }, get()),
        past: [],
        future: [],
        selection: null,
        allOffers: false,
        toasts: [],
      }),
    hideForecasts: (forecastsHidden) => set({ forecastsHidden }),
    direct: (direction) => set(direction === null ? UNDIRECTED : { direction }),
    point: (pointed) => set({ pointed }),
    teach: (teaching) => {
      set({ teaching })
      // Whoever writes has found the way.
      if (teaching) get().setSettings({ welcomed: true })
    },
  }
}

function messages({ get, set }: Tools): Pick<PageState, 'toast' | 'dismiss' | 'announce'> {
  let next = 1
  return {
    toast: (tone, text) => {
      const id = next++
      set({ toasts: [...get().toasts, { id, tone, text }].slice(-MAX_TOASTS) })
      setTimeout(() => get().dismiss(id), TOAST_MS)
    },
    dismiss: (id) => set({ toasts: get().toasts.filter((toast) => toast.id !== id) }),
    announce: (announcement) => set({ announcement }),
  }
}
