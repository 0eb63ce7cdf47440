/** The places of the page: what they are called and which path the address has there. Icons and views: `../places.tsx`. */

export type Place =
  'play' | 'present' | 'lessons' | 'debate' | 'compare' | 'explore' | 'scenarios' | 'machine' | 'script'

export interface PlaceEntry {
  readonly title: string
  /** What stands in the bar of a narrow screen, where the title is too long for it. */
  readonly short?: string
  /** The path of the address; null: `/`, as the run itself is what is looked at. */
  readonly path: string | null
  /** Whether the address holds the run as well. */
  readonly runInAddress: boolean
  /** Where it stands in the rail; a place that is reached from another one names that. */
  readonly rail: 'own' | Place | null
  /** What the command palette says about it. */
  readonly about: string
}

export const PLACES: Readonly<Record<Place, PlaceEntry>> = {
  play: { title: 'Play', path: null, runInAddress: true, rail: 'own', about: 'the run on the canvas' },
  lessons: { title: 'Lessons', path: '/lessons', runInAddress: false, rail: 'own', about: 'the course' },
  compare: {
    title: 'Compare',
    path: null,
    runInAddress: true,
    rail: 'own',
    about: 'the run under several kernels, side by side',
  },
  explore: {
    title: 'Explore',
    path: '/explore',
    runInAddress: true,
    rail: 'own',
    about: 'search for the shortest way to a state: BUG_ON, a shared group, an errno, or proof that there is none',
  },
  scenarios: {
    title: 'Scenarios',
    path: null,
    runInAddress: true,
    rail: 'own',
    about: 'the library, and what this browser keeps',
  },
  machine: {
    title: 'My machine',
    short: 'Machine',
    path: null,
    runInAddress: true,
    rail: 'own',
    about: 'check my machine: paste a listing',
  },
  script: { title: 'Script', path: null, runInAddress: true, rail: 'own', about: 'the run as text' },
  debate: {
    title: 'The debate: what each proposal answers',
    path: '/debate',
    runInAddress: false,
    rail: 'lessons',
    about: 'IOASID, June 2021: questions against policies and kernels',
  },
  present: {
    title: 'Present this run',
    path: null,
    runInAddress: true,
    rail: null,
    about: 'full screen, big type, arrow keys',
  },
}

function isPlace(name: string): name is Place {
  return name in PLACES
}

/** All places, in the order of the rail. */
export const PLACE_IDS: readonly Place[] = Object.keys(PLACES).filter(isPlace)
