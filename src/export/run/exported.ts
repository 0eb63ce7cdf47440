import type { Run } from '../../sim/replay.ts'
import type { Scenario } from '../../scenario/document/scenario.ts'

/** A run to export: the document, what its replay gave, and its address. */
export interface PlayedRun {
  readonly scenario: Scenario
  readonly run: Run
  /** Absent: it is too large for a link, or nobody knows where the page is. */
  readonly link?: string
}

/** What an export gives: a text, or a sentence that says why this run has none. */
export type Exported = { readonly ok: true; readonly text: string } | { readonly ok: false; readonly words: string }
