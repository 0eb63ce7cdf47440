/** What is asked in Explore and what came of it. Kept while the page is open, wherever one goes meanwhile. */
import { quoted } from '../../export/shell.ts'
import { useStore } from 'zustand'
import { createStore } from 'zustand/vanilla'
import { ExploreClient } from '../../explore/client.ts'
import type { ExploreProgress, ExploreRequest, ExploreResult, StateGraph } from '../../explore/exploration.ts'
import {
  isParameter,
  ParameterError,
  printParameters,
  readParameters,
  type Settings,
} from '../../explore/parameters.ts'
import type { FromWorker } from '../../explore/messages.ts'
import type { Limits } from '../../explore/search.ts'
import { requestFor, type TableQuestion } from '../../explore/table.ts'
import type { KernelId } from '../../sim/kernel.ts'
import { KERNELS } from '../../sim/kernels/registry.ts'
import { store } from '../store/store.ts'

/** Above so many states nobody reads a picture of them. */
export const MOST_DRAWN = 300

/** How a question stands: `stopped` by a person, `done` with a result, `fault` if it cannot be asked. */
export interface Answer {
  readonly status: 'running' | 'stopped' | 'done' | 'fault'
  readonly request: ExploreRequest
  readonly progress: ExploreProgress | null
  readonly result: ExploreResult | null
  readonly fault: { readonly words: string; readonly column: number | null } | null
  /** All states, if they are few. */
  readonly graph: StateGraph | null
}

/** The same of a cell of the table. */
export type Cell = Pick<Answer, 'status' | 'request' | 'progress' | 'result' | 'fault'>

interface Asking {
  readonly goal: string
  readonly settings: Settings
  readonly answer: Answer | null
  readonly questions: readonly TableQuestion[]
  readonly cells: ReadonlyMap<string, Cell>
  /** Cells that are still to be asked; the first is being asked. */
  readonly due: readonly { readonly question: TableQuestion; readonly kernel: KernelId }[]
}

/** What a person has not set: enough for most questions, and little enough for any machine. */
export const PAGE_LIMITS: Partial<Limits> = { memory: 512 * 2 ** 20 }

const DEFAULT_SETTINGS: Settings = { from: 'boot', options: {}, limits: PAGE_LIMITS, reduce: true }

export const asking = createStore<Asking>()(() => ({
  goal: 'bug',
  settings: DEFAULT_SETTINGS,
  answer: null,
  questions: [],
  cells: new Map(),
  due: [],
}))

/** Subscribes a component to a part of what is asked. */
export function useAsking<T>(selector: (state: Asking) => T): T {
  return useStore(asking, selector)
}

// ---- One question -----------------------------------------------------------------------------------------------

const client = new ExploreClient(hear)

function hear(message: FromWorker): void {
  const { answer } = asking.getState()
  if (answer === null) return
  const update = (change: Partial<Answer>): void => asking.setState({ answer: { ...answer, ...change } })
  switch (message.type) {
    case 'progress':
      update({ progress: message.progress })
      return
    case 'stopped':
      update({ status: 'stopped', progress: message.progress })
      return
    case 'result': {
      const { result } = message
      update({ status: 'done', progress: result, result })
      // A small search is drawn; a large one gives its memory back, unless it can go on.
      if (result.states <= MOST_DRAWN) client.graph(MOST_DRAWN)
      else if (result.verdict !== 'limit') client.dispose()
      return
    }
    case 'graph':
      update({ graph: message.graph })
      if (answer.result?.verdict !== 'limit') client.dispose()
      return
    case 'error':
      update({ status: 'fault', fault: { words: message.words, column: message.column } })
      client.dispose()
  }
}

/** The question as it stands, about the scenario as it stands. */
export function requestNow(): ExploreRequest {
  const { goal, settings } = asking.getState()
  return { scenario: store.getState().doc.scenario, goal, ...settings }
}

/** Begins a search; the one before ends. */
export function ask(request: ExploreRequest = requestNow()): void {
  const answer: Answer = { status: 'running', request, progress: null, result: null, fault: null, graph: null }
  asking.setState({ answer })
  client.start(request)
}

/** Pauses the search. */
export function stop(): void {
  client.stop()
}

/** Goes on after a stop, or after a limit with a higher one. */
export function goOn(limits: Partial<Limits> = {}): void {
  const { answer } = asking.getState()
  if (answer === null) return
  const request = { ...answer.request, limits: { ...answer.request.limits, ...limits } }
  asking.setState({ answer: { ...answer, request, status: 'running', result: null, graph: null } })
  client.continue(limits)
}

export function setGoal(goal: string): void {
  asking.setState({ goal })
}

export function set(settings: Partial<Settings>): void {
  asking.setState({ settings: { ...asking.getState().settings, ...settings } })
}

/** A question without `possible`, `never` or `always` before it. */
export function bare(goal: string): string {
  return goal.trim().replace(/^(?:possible|never|always)\s+/, '')
}

export function isNever(goal: string): boolean {
  return /^\s*never\b/.test(goal)
}

/** What of some settings is worth saying: not what stands on the page anyway. */
function worthSaying(settings: Settings): Settings {
  const { memory, ...limits } = settings.limits
  return { ...settings, limits: memory === undefined || memory === PAGE_LIMITS.memory ? limits : settings.limits }
}

/** The question as it stands, as the query of an address; the run is in the part after `#`. */
export function queryNow(): string {
  const { goal, settings } = asking.getState()
  return `?${new URLSearchParams([['ask', goal], ...printParameters(worthSaying(settings))]).toString()}`
}

/** The same question on the command line. */
export function commandOf({ goal, from, options = {}, limits = {}, reduce = true }: ExploreRequest): string {
  const settings = printParameters(worthSaying({ from, options, limits, reduce }))
  return [
    'explore FILE',
    `--goal ${quoted(goal)}`,
    ...settings.map(([key, value]) => `--${key} ${quoted(value)}`),
  ].join(' ')
}

/**
 * Takes over the question of an address.
 * @returns whether there is one
 */
export function takeQuery(query: string): boolean {
  const given = new URLSearchParams(query)
  const goal = given.get('ask')
  if (goal === null) return false
  const settings = new Map([...given].flatMap(([key, value]) => (isParameter(key) ? [[key, value] as const] : [])))
  try {
    const read = readParameters(settings)
    asking.setState({ goal, settings: { ...read, limits: { ...PAGE_LIMITS, ...read.limits } } })
    return true
  } catch (error) {
    if (!(error instanceof ParameterError)) throw error
    asking.setState({ goal, settings: DEFAULT_SETTINGS })
    store.getState().toast('bad', `The link’s “${error.key}” ${error.message}: the defaults stand`)
    return false
  }
}

// ---- The table --------------------------------------------------------------------------------------------------

const ALL: readonly KernelId[] = KERNELS.map(({ id }) => id)
const tableClient = new ExploreClient(hearTable)

export function cellKey(question: TableQuestion, kernel: KernelId): string {
  return `${question.id} ${kernel}`
}

/** Puts questions to every kernel, one cell after the other. */
export function askTable(questions: readonly TableQuestion[]): void {
  const due = questions.flatMap((question) => ALL.map((kernel) => ({ question, kernel })))
  asking.setState({ questions, cells: new Map(), due })
  next()
}

export function stopTable(): void {
  tableClient.dispose()
  const { due, cells } = asking.getState()
  const [first] = due
  const rest = new Map(cells)
  if (first !== undefined) rest.delete(cellKey(first.question, first.kernel))
  asking.setState({ due: [], cells: rest })
}

function next(): void {
  const [first] = asking.getState().due
  if (first === undefined) {
    tableClient.dispose()
    return
  }
  const request = requestFor(first.question, first.kernel)
  fill({ status: 'running', request, progress: null, result: null, fault: null })
  tableClient.start(request)
}

/** Changes the cell that is being asked. */
function fill(cell: Cell): void {
  const { due, cells } = asking.getState()
  const [first] = due
  if (first === undefined) return
  asking.setState({ cells: new Map(cells).set(cellKey(first.question, first.kernel), cell) })
}

function hearTable(message: FromWorker): void {
  const { due, cells } = asking.getState()
  const [first, ...rest] = due
  const cell = first === undefined ? undefined : cells.get(cellKey(first.question, first.kernel))
  if (cell === undefined) return
  if (message.type === 'progress') fill({ ...cell, progress: message.progress })
  else if (message.type === 'result' || message.type === 'error') {
    if (message.type === 'result') fill({ ...cell, status: 'done', progress: message.result, result: message.result })
    else fill({ ...cell, status: 'fault', fault: { words: message.words, column: message.column } })
    asking.setState({ due: rest })
    next()
  }
}
