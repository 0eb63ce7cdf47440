/** What the browser keeps for the person: nothing leaves it. Every entry has a version in its key. */
import { readScenarioShape } from '../../scenario/document/read.ts'
import type { Scenario } from '../../scenario/document/scenario.ts'
import { sameOp } from '../../sim/op.ts'
import type { Branch, Doc } from './document.ts'
import { isRecord, type Kept } from './kept.ts'

/** A run with the name that it is kept under. */
export interface Saved {
  readonly name: string
  /** ISO 8601. */
  readonly savedAt: string
  readonly scenario: Scenario
  /** Its other endings. */
  readonly branches: readonly Branch[]
}

export interface Settings {
  readonly theme: 'system' | 'dark' | 'light'
  /** The greeting of the first visit was used or closed. */
  readonly welcomed: boolean
  /** The person has done the first task, and seen the kernel stop. */
  readonly metBug: boolean
}

/** What a tab was doing, for when it is loaded anew. */
export interface TabState {
  /** Fragments that the address may have then: as it was, and as it was about to be. */
  readonly hashes: readonly string[]
  readonly doc: Doc
  readonly past: readonly Doc[]
  readonly future: readonly Doc[]
  readonly answers: Readonly<Record<string, string>>
}

export const KEYS = {
  current: 'iommu-playground.current.v1',
  saves: 'iommu-playground.saves.v1',
  earlier: 'iommu-playground.earlier.v1',
  settings: 'iommu-playground.settings.v1',
  tab: 'iommu-playground.tab.v1',
  drafts: 'iommu-playground.drafts.v1',
} as const

function valueOf(kept: Kept, key: string): unknown {
  const found = kept.read(key)
  return found.kind === 'value' ? found.value : undefined
}

function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : []
}

function textOr(value: unknown, other: string): string {
  return typeof value === 'string' ? value : other
}

function scenarioOf(value: unknown): Scenario | undefined {
  const outcome = readScenarioShape(value)
  return outcome.ok ? outcome.scenario : undefined
}

// ---- Settings ---------------------------------------------------------------------------------------------------

export function readSettings(kept: Kept): Settings {
  const value = valueOf(kept, KEYS.settings)
  const { theme, welcomed, metBug } = isRecord(value) ? value : {}
  return {
    theme: theme === 'dark' || theme === 'light' ? theme : 'system',
    welcomed: welcomed === true,
    metBug: metBug === true,
  }
}

/** Writes the settings that changed; those of a newer release stay. */
export function writeSettings(kept: Kept, change: Partial<Settings>): boolean {
  return kept.change(KEYS.settings, (now) => ({ ...(isRecord(now) ? now : {}), ...change }))
}

// ---- Kept runs --------------------------------------------------------------------------------------------------

/** An entry of a list of runs; null if this release cannot read it. */
function savedOf(entry: unknown): Saved | null {
  if (!isRecord(entry)) return null
  const scenario = scenarioOf(entry['scenario'])
  if (scenario === undefined) return null
  const branches = listOf(entry['branches']).flatMap((branch) => branchOf(scenario, branch) ?? [])
  return { name: textOr(entry['name'], scenario.title), savedAt: textOr(entry['savedAt'], ''), scenario, branches }
}

export interface SavedList {
  readonly saves: readonly Saved[]
  readonly unreadable: number
}

export function readSaves(kept: Kept): SavedList {
  const entries = listOf(valueOf(kept, KEYS.saves)).map(savedOf)
  const saves = entries.filter((entry) => entry !== null)
  return { saves, unreadable: entries.length - saves.length }
}

/**
 * Keeps a run. One of the same name is replaced if the new run goes on from it; else it stays under a name of its own.
 * Entries that this release cannot read stay as they are.
 * @returns false if the browser does not keep it
 */
export function addSave(kept: Kept, saved: Saved): boolean {
  return kept.change(KEYS.saves, (now) => {
    const entries = listOf(now)
    const taken = new Set(entries.map((entry) => savedOf(entry)?.name))
    const others = entries.flatMap((entry) => {
      const old = savedOf(entry)
      if (old?.name !== saved.name) return [entry]
      return containsAll(saved, old) ? [] : [{ ...old, name: freeName(old.name, taken) }]
    })
    return [saved, ...others]
  })
}

function freeName(name: string, taken: ReadonlySet<string | undefined>): string {
  for (let number = 2; ; number++) {
    const next = `${name} (${number})`
    if (!taken.has(next)) return next
  }
}

export function removeSave(kept: Kept, saved: Saved): boolean {
  return kept.change(KEYS.saves, (now) => listOf(now).filter((entry) => !isSame(savedOf(entry), saved)))
}

function isSame(a: Saved | null, b: Saved): boolean {
  return a?.name === b.name && a.savedAt === b.savedAt
}

/** Whether a run holds all of another: the same machine, its operations and its notes. */
export function contains(run: Scenario, other: Scenario): boolean {
  const sameMachine = JSON.stringify(run.machine) === JSON.stringify(other.machine)
  const notes = Object.entries({ ...other.notes })
  const questions = Object.entries({ ...other.predictions })
  return (
    sameMachine &&
    other.ops.length <= run.ops.length &&
    other.ops.every((op, index) => {
      const own = run.ops[index]
      return own !== undefined && sameOp(op, own)
    }) &&
    notes.every(([step, words]) => run.notes?.[step] === words) &&
    questions.every(([step, asked]) => JSON.stringify(run.predictions?.[step]) === JSON.stringify(asked))
  )
}

// ---- The run that is played -------------------------------------------------------------------------------------

const MOST_EARLIER = 20

/** The run that was played last, with its other endings. */
export function readCurrent(kept: Kept): Doc | undefined {
  return docOf(valueOf(kept, KEYS.current))
}

/**
 * Keeps a run as the one that was played last. What stood there and is not part of it goes to the earlier ones: another
 * tab may have played it, or another run was opened since.
 * @param own what this tab kept here last: of that, a run may be the rest that undo left
 * @returns false if the browser does not keep it
 */
export function writeCurrent(kept: Kept, doc: Doc, savedAt: string, own: Doc | null): boolean {
  const before = readCurrent(kept)
  if (before !== undefined && before.scenario.ops.length > 0) {
    const isOwn = own !== null && JSON.stringify(flat(own)) === JSON.stringify(flat(before))
    const isPart = isOwn
      ? runsOf(before).every((run) => contains(run, doc.scenario) || holds(doc, run))
      : containsAll(doc, before)
    if (!isPart) addEarlier(kept, { ...before, name: before.scenario.title, savedAt })
  }
  const write = (): boolean => kept.change(KEYS.current, () => flat(doc))
  while (!write()) if (!dropOldest(kept)) return false
  return true
}

/** A document as it is kept: its endings beside the scenario's own fields, where old releases do not see them. */
function flat({ scenario, branches }: Doc): object {
  return { ...scenario, branches }
}

/** The runs of a document: its own, and what each other ending makes of it. */
function runsOf({ scenario, branches }: Doc): readonly Scenario[] {
  const endings = branches.map(({ at, ops, notes, predictions }) => ({
    ...scenario,
    ops: [...scenario.ops.slice(0, at), ...ops],
    notes: { ...scenario.notes, ...notes },
    predictions: { ...scenario.predictions, ...predictions },
  }))
  return [scenario, ...endings]
}

/** Whether a document holds a run: as its own or as another ending. */
function holds(doc: Doc, run: Scenario): boolean {
  return runsOf(doc).some((own) => contains(own, run))
}

/** Whether each run of a document is part of one of another document. */
export function containsAll(doc: Doc, other: Doc): boolean {
  return runsOf(other).every((run) => holds(doc, run))
}

/** Runs that another one took the place of, the newest first. */
export function readEarlier(kept: Kept): readonly Saved[] {
  return listOf(valueOf(kept, KEYS.earlier))
    .map(savedOf)
    .filter((entry) => entry !== null)
}

/** Adds a run to the earlier ones. What it contains goes; the oldest go when there are many or the storage is full. */
export function addEarlier(kept: Kept, saved: Saved): boolean {
  const add = (): boolean =>
    kept.change(KEYS.earlier, (now) => {
      const others = listOf(now).filter((entry) => {
        const old = savedOf(entry)
        return old === null || !containsAll(saved, old)
      })
      return [saved, ...others].slice(0, MOST_EARLIER)
    })
  while (!add()) if (!dropOldest(kept)) return false
  return true
}

export function removeEarlier(kept: Kept, saved: Saved): boolean {
  return kept.change(KEYS.earlier, (now) => listOf(now).filter((entry) => !isSame(savedOf(entry), saved)))
}

/** Makes room in a full storage; false if there is nothing to drop. */
function dropOldest(kept: Kept): boolean {
  const count = listOf(valueOf(kept, KEYS.earlier)).length
  return count > 0 && kept.change(KEYS.earlier, (now) => listOf(now).slice(0, -1))
}

// ---- This tab ---------------------------------------------------------------------------------------------------

/** Characters of a tab's state above which its history is left out. */
const LARGE_TAB = 1_000_000

/** What this tab was doing before it was loaded anew at an address with this fragment. */
export function readTab(session: Kept, hash: string): TabState | undefined {
  const value = valueOf(session, KEYS.tab)
  if (!isRecord(value) || !listOf(value['hashes']).includes(hash)) return undefined
  const doc = docOf(value['doc'])
  if (doc === undefined) return undefined
  const docs = (list: unknown): Doc[] => listOf(list).flatMap((each) => docOf(each) ?? [])
  const answers = isRecord(value['answers']) ? value['answers'] : {}
  return {
    hashes: [],
    doc,
    past: docs(value['past']),
    future: docs(value['future']),
    answers: Object.fromEntries(Object.entries(answers).map(([step, choice]) => [step, textOr(choice, '')])),
  }
}

export function writeTab(session: Kept, tab: TabState): boolean {
  const whole = { ...tab, doc: flat(tab.doc), past: tab.past.map(flat), future: tab.future.map(flat) }
  const small = JSON.stringify(whole).length < LARGE_TAB
  return session.change(KEYS.tab, () => (small ? whole : { ...whole, past: [], future: [] }))
}

/** A scenario with its other endings; endings that cannot be read are left out. */
function docOf(value: unknown): Doc | undefined {
  const scenario = scenarioOf(value)
  if (scenario === undefined) return undefined
  const branches = isRecord(value) ? listOf(value['branches']) : []
  return { scenario, branches: branches.flatMap((branch) => branchOf(scenario, branch) ?? []) }
}

/** An ending is as good as the run that it would make. */
function branchOf(scenario: Scenario, value: unknown): Branch | undefined {
  if (!isRecord(value)) return undefined
  const at = value['at']
  if (typeof at !== 'number' || !Number.isInteger(at) || at < 0 || at > scenario.ops.length) return undefined
  const ops = listOf(value['ops'])
  const { notes: _notes, predictions: _predictions, expects: _expects, ...rest } = scenario
  const run = scenarioOf({
    ...rest,
    ops: [...scenario.ops.slice(0, at), ...ops],
    cursor: 0,
    ...(value['notes'] === undefined ? {} : { notes: value['notes'] }),
    ...(value['predictions'] === undefined ? {} : { predictions: value['predictions'] }),
    ...(value['expects'] === undefined ? {} : { expects: value['expects'] }),
  })
  if (run === undefined || ops.length === 0) return undefined
  const { notes, predictions, expects } = run
  return {
    at,
    ops: run.ops.slice(at),
    ...(notes === undefined ? {} : { notes }),
    ...(predictions === undefined ? {} : { predictions }),
    ...(expects === undefined ? {} : { expects }),
  }
}

/** Texts that are being written, by what they are for. */
export function readDrafts(session: Kept): Readonly<Record<string, string>> {
  const value = valueOf(session, KEYS.drafts)
  if (!isRecord(value)) return {}
  return Object.fromEntries(
    Object.entries(value).flatMap(([of, text]) => (typeof text === 'string' ? [[of, text] as const] : [])),
  )
}

export function writeDrafts(session: Kept, drafts: Readonly<Record<string, string>>): boolean {
  return session.change(KEYS.drafts, () => drafts)
}
