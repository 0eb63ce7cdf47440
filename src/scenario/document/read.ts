/** Reads a document of unknown origin. */
import * as v from 'valibot'
import { machineProblems, nameProblems, processProblems, roomProblems, sizeProblems } from './consistency.ts'
import { LIMITS, type Scenario } from './scenario.ts'
import { scenarioSchema } from './schema.ts'

/** A fault in a document: where (`ops[3].device`; empty: the whole), of what kind, and in words. */
export interface Problem {
  readonly place: string
  readonly code: ProblemCode
  readonly words: string
}

/**
 * `shape`: a value is missing or not of the form that it should have; `key`: a key that no document has and that only
 * an attack on the program would use; the others: a name that nothing in the document bears.
 */
export type ProblemCode =
  'shape' | 'key' | 'unknown-machine' | 'unknown-device' | 'unknown-group' | 'unknown-process' | 'machine'

export type Reading =
  { readonly ok: true; readonly scenario: Scenario } | { readonly ok: false; readonly problems: readonly Problem[] }

/**
 * Reads a document. Unknown keys are dropped, what may be left out is filled in.
 * @param value what `JSON.parse` gave
 * @returns the scenario, or at most `LIMITS.problems` faults; never throws
 */
export function readScenario(value: unknown): Reading {
  return read(value, nameProblems)
}

/**
 * As `readScenario`, but a machine that ships is taken on trust: neither its id nor the names that operations use on it
 * are looked up. What the browser kept under a release with other machines is listed, and says so when it is opened.
 */
export function readScenarioShape(value: unknown): Reading {
  return read(value, (scenario) =>
    typeof scenario.machine === 'string'
      ? [...roomProblems(scenario, 0), ...processProblems(scenario)]
      : nameProblems(scenario),
  )
}

function read(value: unknown, namesIn: (scenario: Scenario) => readonly Problem[]): Reading {
  const forbidden = forbiddenKeys(value)
  if (forbidden.length > 0) return { ok: false, problems: forbidden }
  const parsed = v.safeParse(scenarioSchema, value)
  if (!parsed.success) return { ok: false, problems: parsed.issues.slice(0, LIMITS.problems).map(problemOf) }
  const scenario: Scenario = parsed.output
  const sizes = sizeProblems(scenario)
  if (sizes.length > 0) return { ok: false, problems: sizes }
  const problems = [...machineProblems(scenario), ...namesIn(scenario)]
  return problems.length === 0 ? { ok: true, scenario } : { ok: false, problems: problems.slice(0, LIMITS.problems) }
}

/** Says a fault that valibot found in our words. Every message above is the form that was expected. */
function problemOf(issue: v.BaseIssue<unknown>): Problem {
  let place = ''
  for (const { key } of issue.path ?? []) {
    place += typeof key === 'number' ? `[${key}]` : place === '' ? String(key) : `.${String(key)}`
  }
  if (issue.received === 'undefined') return { place, code: 'shape', words: 'missing' }
  // A check of the whole says nothing by printing the whole.
  if (issue.type === 'check') return { place, code: 'shape', words: `expected ${issue.message}` }
  const received = issue.received.length > 60 ? `${issue.received.slice(0, 60)}…` : issue.received
  return { place, code: 'shape', words: `expected ${issue.message}, not ${received}` }
}

/** Keys by which a document would reach into the program instead of its data. Never recursive: documents can be deep. */
function forbiddenKeys(value: unknown): Problem[] {
  const problems: Problem[] = []
  const seen = new Set<object>()
  const todo: { value: unknown; place: string }[] = [{ value, place: '' }]
  for (let next = todo.pop(); next !== undefined; next = todo.pop()) {
    if (typeof next.value !== 'object' || next.value === null || seen.has(next.value)) continue
    seen.add(next.value)
    // The place is cut where nesting is deeper than any document's.
    const prefix = next.place.length > 200 ? '…' : next.place
    if (Array.isArray(next.value)) {
      const items: readonly unknown[] = next.value
      for (let index = 0; index < items.length; index++) {
        const child = items[index]
        if (typeof child === 'object') todo.push({ value: child, place: `${prefix}[${index}]` })
      }
      continue
    }
    for (const [key, child] of Object.entries(next.value)) {
      const isForbidden = key.startsWith('__') || key === 'constructor' || key === 'prototype'
      if (!isForbidden && typeof child !== 'object') continue
      const place = prefix === '' ? key : `${prefix}.${key}`
      if (!isForbidden) todo.push({ value: child, place })
      else if (problems.length < LIMITS.problems)
        problems.push({ place, code: 'key', words: 'a key that is not allowed' })
    }
  }
  return problems
}
