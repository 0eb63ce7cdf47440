import { decodeLink } from '../../scenario/link/link.ts'
import { plainWords, type Scenario } from '../../scenario/document/scenario.ts'
import { withDriver } from '../../what-if/edit.ts'
import { act, annotate, ask, moveTo, openQuestion, takeBranch, UnknownPart, type Doc } from './document.ts'
import { leaveLesson, placeFor } from './page-actions.ts'
import { addEarlier, containsAll } from './persistence.ts'
import { MAX_UNDO, type Tools } from './tools.ts'
import type { ActionsOf, AppState, RunState } from './state.ts'

/** What is done to the run, and the way through it in time. */
export function runActions(tools: Tools): ActionsOf<RunState> {
  const { get, set, commit } = tools
  const change = (fields: Partial<Scenario>): void =>
    commit((doc) => ({ ...doc, scenario: { ...doc.scenario, ...fields } }))
  const rewrite = rewriting(tools)
  return {
    perform: (ops) => commit((doc) => act(doc, ops)),
    ...timeTravel(tools),
    take: (branch) => commit((doc) => takeBranch(doc, branch)),
    open: (scenario, branches = []) => openRun(tools, { scenario, branches }, {}),
    openLink: (hash) => {
      const link = decodeLink(hash)
      if (link.ok) openRun(tools, { scenario: link.scenario, branches: [] }, { visiting: true })
      else set({ brokenLink: { hash, reason: link.words } })
    },
    revise: (doc) => commit(() => doc),
    annotate: (step, words) => rewrite(`note ${step}`, annotate(get().doc, step, words)),
    ask: (step, prediction) => {
      // Words of a question go on from words; what is asked about is a change of its own.
      const { question, ...asked } = prediction ?? {}
      const what = JSON.stringify([step, question !== undefined, asked])
      rewrite(what, ask(get().doc, step, prediction))
    },
    answer: (step, choice) => {
      set({ answers: { ...get().answers, [String(step)]: choice } })
      get().go(step)
    },
    askAgain: (step) =>
      set({ answers: Object.fromEntries(Object.entries(get().answers).filter(([key]) => Number(key) < step)) }),
    setKernel: (kernel) => change({ kernel }),
    setDriver: (bdf, driver) => {
      const { doc, machine } = get()
      if (typeof doc.scenario.machine !== 'string') change({ machine: withDriver(machine, bdf, driver) })
    },
    setBoot: (boot) => change({ boot }),
    setProcesses: (processes) => change({ processes: [...processes] }),
    rename: (title) => {
      const plain = plainWords(title, 'title')
      if (plain !== '') change({ title: plain })
    },
    dismissBrokenLink: () => set({ brokenLink: null }),
  }
}

function timeTravel({ get, set, arrive }: Tools): Pick<RunState, 'go' | 'undo' | 'redo'> {
  const leap = (doc: Doc, history: Pick<AppState, 'past' | 'future'>): void =>
    set({ ...arrive(doc), ...history, toasts: [], place: placeFor(doc.scenario, get().place) })
  return {
    // Time travel is not an edit: it leaves undo alone. It goes no further than the next question.
    go: (cursor) => {
      const { teaching, answers, doc: before } = get()
      const stop = teaching ? Infinity : openQuestion(before.scenario, answers)
      const doc = moveTo(before, Math.min(cursor, stop - 1))
      if (cursor >= stop) set({ blockingQuestionStep: stop })
      if (doc !== before) set({ doc, snapshot: get().run.snapshotAt(doc.scenario.cursor), toasts: [] })
    },
    undo: () => {
      const { past, future, doc } = get()
      const before = past.at(-1)
      if (before !== undefined) leap(before, { past: past.slice(0, -1), future: [doc, ...future] })
    },
    redo: () => {
      const { past, future, doc } = get()
      const [after, ...rest] = future
      if (after !== undefined) leap(after, { past: [...past, doc], future: rest })
    },
  }
}

/** Goes to a document that differs in its words only. What is written in one go is undone in one go. */
function rewriting({ get, set }: Tools): (what: string, doc: Doc) => void {
  let last: { readonly what: string; readonly doc: Doc } | null = null
  return (what, doc) => {
    const { doc: before, past } = get()
    if (doc === before) return
    const goesOn = last?.what === what && last.doc === before
    last = { what, doc }
    set({ doc, visiting: false, future: [], past: goesOn ? past : [...past, before].slice(-MAX_UNDO) })
  }
}

/**
 * Keeps the run on the canvas before another one takes its place: the page itself keeps only what has settled. A run of
 * which the next one is the beginning goes to the earlier ones here; later it would look cut short by undo.
 */
function keepWhatStands({ get, kept, now, keepCurrent }: Tools, next: Doc): void {
  const { doc, past, visiting } = get()
  const { scenario } = doc
  if (visiting || past.length === 0 || scenario.ops.length === 0 || containsAll(next, doc)) return
  keepCurrent(doc)
  addEarlier(kept, { ...doc, name: scenario.title, savedAt: now() })
}

function openRun(tools: Tools, doc: Doc, also: Partial<AppState>): void {
  const { get, commit } = tools
  const { scenario } = doc
  try {
    leaveLesson(tools)
    keepWhatStands(tools, doc)
    commit(() => doc, {
      selection: null,
      place: placeFor(scenario, 'play'),
      brokenLink: null,
      teaching: false,
      answers: {},
      // The next Tab goes on from the picture, not from the top of the page.
      canvasFocus: get().canvasFocus + 1,
      ...also,
    })
    // Whoever opens something has found the way: the doors of the first visit close.
    get().setSettings({ welcomed: true })
  } catch (error) {
    if (!(error instanceof UnknownPart)) throw error
    get().toast('bad', `Cannot open “${scenario.title}”: ${error.message}`)
  }
}
