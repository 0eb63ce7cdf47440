/** One door for whatever a person drops on the page or hands to the command line: a link, a JSON file or a script. */
import { decodeLink } from '../link/link.ts'
import { readScenario } from '../document/read.ts'
import type { Scenario } from '../document/scenario.ts'
import { parseScript } from './script.ts'

/** A fault in a text: the line and column (from 1) where it is known, the place in a JSON document, and words. */
export interface TextProblem {
  readonly line?: number
  readonly column?: number
  readonly place?: string
  readonly words: string
}

export type TextReading =
  | { readonly ok: true; readonly form: TextForm; readonly scenario: Scenario }
  | { readonly ok: false; readonly form: TextForm; readonly problems: readonly TextProblem[] }

export type TextForm = 'link' | 'json' | 'script'

/** Above what the limits of a scenario allow. */
const MAX_TEXT = 8_000_000

/**
 * Reads a scenario in any of its forms. A text that begins with `{` is JSON, a single word with `#` and a version is a
 * link (whole address or hash), all else a script.
 * @returns the scenario and the form that it had, or the faults; never throws
 */
export function readAny(text: string): TextReading {
  const trimmed = text.replace(/^\ufeff/, '').trim()
  const hash = /\s/.test(trimmed) ? '' : trimmed.slice(trimmed.indexOf('#') + 1)
  const link = /^\d+\./.test(hash) ? hash : undefined
  const form = link !== undefined ? 'link' : /^[{[]/.test(trimmed) ? 'json' : 'script'
  const fail = (problems: readonly TextProblem[]): TextReading => ({ ok: false, form, problems })
  if (text.length > MAX_TEXT) return fail([{ words: `more than ${MAX_TEXT} characters` }])

  if (link !== undefined) {
    const reading = decodeLink(link)
    return reading.ok ? { ok: true, form, scenario: reading.scenario } : fail([{ words: reading.words }])
  }
  if (form === 'script') {
    // Not trimmed, so that line numbers are those of the text.
    const reading = parseScript(text.replace(/^\ufeff/, ''))
    return reading.ok ? { ok: true, form, scenario: reading.scenario } : fail(reading.problems)
  }
  let document: unknown
  try {
    document = JSON.parse(trimmed)
  } catch (error) {
    return fail([{ words: `not JSON: ${error instanceof Error ? error.message : 'it cannot be parsed'}` }])
  }
  const reading = readScenario(document)
  return reading.ok ? { ok: true, form, scenario: reading.scenario } : fail(reading.problems)
}
