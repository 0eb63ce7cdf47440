import { appendFileSync, readFileSync } from 'node:fs'
import * as v from 'valibot'

/** What the program asks of the process that runs the tests. */
export const planSchema = v.object({
  /** Absolute paths of the test files. */
  tests: v.array(v.string()),
  /** Ids of the mutants to try, one after the other. */
  candidates: v.array(v.number()),
  /** The mutant that is on from the start, while modules load; -1: none. */
  active: v.number(),
  /** Milliseconds of tests that a mutant has to outlive to count as a survivor. */
  patience: v.number(),
  /** Milliseconds that each test takes, by `nameOf`; those that are not in it are not run from the start. */
  times: v.record(v.string(), v.number()),
  /** One more than the highest id. */
  count: v.number(),
  /** The file that notes are appended to. */
  notes: v.string(),
})
export type Plan = v.InferOutput<typeof planSchema>

declare module 'vitest' {
  export interface ProvidedContext {
    mutationPlan: Plan
  }
}

/**
 * `started`: what follows is about this mutant. `reload`: it survived, but it also acts while modules load, which
 * takes a run of its own to find out. `uncovered`: no test comes by. Of no mutant: `broken`, a test that fails anyway, and
 * `timed`, how long a test takes.
 */
const noteSchema = v.object({
  id: v.number(),
  state: v.picklist(['started', 'killed', 'survived', 'uncovered', 'reload', 'broken', 'timed']),
  /** The name of a test; with those of its suites when it is timed. */
  by: v.optional(v.string()),
  milliseconds: v.optional(v.number()),
})
export type Note = v.InferOutput<typeof noteSchema>

export function writeNote(file: string, note: Note): void {
  appendFileSync(file, `${JSON.stringify(note)}\n`)
}

export function readNotes(file: string): Note[] {
  const lines = readFileSync(file, 'utf8').split('\n')
  return lines.filter((line) => line !== '').map((line) => v.parse(noteSchema, JSON.parse(line)))
}
