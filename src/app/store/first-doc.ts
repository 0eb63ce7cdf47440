import { START } from '../../scenario/library/first-visit.ts'
import { decodeLink } from '../../scenario/link/link.ts'
import { loadedKernel } from '../../sim/kernels/loaded.ts'
import { derive, KernelNotLoaded, type Derived, type Doc } from './document.ts'
import type { Kept } from './kept.ts'
import { readCurrent, readTab } from './persistence.ts'
import type { RunState } from './state.ts'

/** What a page begins with. */
export type FirstDoc = Pick<RunState, 'past' | 'future' | 'answers' | 'brokenLink' | 'visiting'> & {
  readonly derived: Derived
}

const FRESH = { past: [], future: [], answers: {}, brokenLink: null, visiting: false } as const

/**
 * The first document: what this tab was doing before it was loaded anew, else a link in the address, else what was
 * played last in this browser, else the start scenario. Whatever cannot be shown is passed over; of a link it is said why.
 * @throws KernelNotLoaded if it, or what undo would bring back, runs on a kernel that has to be fetched first
 */
export function firstDoc(hash: string, kept: Kept, session: Kept, reloaded: boolean): FirstDoc {
  const tab = reloaded ? readTab(session, hash) : undefined
  if (tab !== undefined) {
    const shown = tried(tab.doc)
    if ('derived' in shown) {
      const { past, future, answers } = tab
      const missing = [...past, ...future].find(({ scenario }) => loadedKernel(scenario.kernel) === undefined)
      if (missing !== undefined) throw new KernelNotLoaded(missing.scenario.kernel)
      return { ...FRESH, ...shown, past, future, answers }
    }
  }
  const link = hash.length > 1 ? linked(hash) : undefined
  if (link !== undefined && 'derived' in link) {
    const own = readCurrent(kept)
    // A reload of the own run by its address has its other endings as well.
    const mine = own !== undefined && sameRun(own, link.derived.doc)
    const branches = mine ? own.branches : []
    const { derived } = link
    return { ...FRESH, derived: { ...derived, doc: { ...derived.doc, branches } }, visiting: !mine }
  }
  const brokenLink = link === undefined ? null : { hash, reason: link.fault }
  const current = readCurrent(kept)
  const shown = current === undefined ? undefined : tried(current)
  if (shown !== undefined && 'derived' in shown) return { ...FRESH, ...shown, brokenLink }
  return { ...startDoc(), brokenLink }
}

/** The start scenario, whose kernel is always there. */
export function startDoc(): FirstDoc {
  return { ...FRESH, derived: derive({ scenario: START, branches: [] }) }
}

type Shown = { readonly derived: Derived } | { readonly fault: string }

/**
 * A document that was kept may be one that this release cannot replay.
 * @throws KernelNotLoaded
 */
function tried(doc: Doc): Shown {
  try {
    return { derived: derive(doc) }
  } catch (error) {
    if (error instanceof KernelNotLoaded) throw error
    return { fault: error instanceof Error ? error.message : String(error) }
  }
}

function linked(hash: string): Shown {
  const link = decodeLink(hash)
  return link.ok ? tried({ scenario: link.scenario, branches: [] }) : { fault: link.words }
}

/** Whether two documents hold the same run, wherever one looks at it. */
function sameRun(a: Doc, b: Doc): boolean {
  const { cursor: _a, ...runA } = a.scenario
  const { cursor: _b, ...runB } = b.scenario
  return JSON.stringify(runA) === JSON.stringify(runB)
}
