import { expect, test, vi } from 'vitest'
import { START } from '../../scenario/library/first-visit.ts'
import { encodeLink } from '../../scenario/link/link.ts'
import type { Scenario } from '../../scenario/document/scenario.ts'
import type { Op } from '../../sim/op.ts'
import { addressOf, hashOf, pathOf, placeOfPath } from './address.ts'
import { FakeStorage, openTab, type FakeTab } from './fake-store.test-helper.ts'
import { PLACE_IDS, PLACES } from './places.ts'

const OPEN: Op = { op: 'open_container', as: 'c9' }
const OTHER: Op = { op: 'open_container', as: 'd9' }

function fresh(): FakeTab {
  return openTab(new FakeStorage())
}

function linkOf(scenario: Scenario): string {
  const hash = encodeLink(scenario)
  if (hash === undefined) throw new Error('too large')
  return `#${hash}`
}

test('an operation is done at the cursor, undone and done again', () => {
  const { state } = fresh()
  const { length } = state().run.steps
  state().go(length)
  state().perform([OPEN])
  expect(state().doc.scenario).toMatchObject({ cursor: length + 1 })
  expect(state().run.steps).toHaveLength(length + 1)
  expect(state().snapshot.fds).toHaveLength(state().run.snapshotAt(length).fds.length + 1)
  state().undo()
  expect(state().run.steps).toHaveLength(length)
  expect(state().past).toHaveLength(0)
  state().redo()
  expect(state().doc.scenario.ops.at(-1)).toEqual(OPEN)
  state().redo()
  expect(state().run.steps).toHaveLength(length + 1)
})

test('undo of nothing changes nothing', () => {
  const { state } = fresh()
  const before = state()
  before.undo()
  before.redo()
  expect(state()).toBe(before)
})

test('going through time is no edit, stays within the run, and shows the state there', () => {
  const { state } = fresh()
  const { length } = state().run.steps
  state().go(length + 7)
  expect(state().doc.scenario.cursor).toBe(length)
  state().go(-3)
  expect(state().doc.scenario.cursor).toBe(0)
  expect(state().snapshot).toEqual(state().run.snapshotAt(0))
  expect(state().past).toHaveLength(0)
})

test('something else done earlier makes an ending, which can be taken again', () => {
  const { state } = fresh()
  const { ops } = state().doc.scenario
  state().go(1)
  state().perform([OTHER])
  const [branch] = state().doc.branches
  expect(branch).toMatchObject({ at: 1, ops: ops.slice(1) })
  if (branch === undefined) return
  state().take(branch)
  expect(state().doc.scenario.ops).toEqual(ops)
  expect(state().doc.branches).toMatchObject([{ at: 1, ops: [OTHER] }])
})

test('the next operation done once more makes no ending', () => {
  const { state } = fresh()
  const [first] = state().doc.scenario.ops
  state().go(0)
  if (first !== undefined) state().perform([first])
  expect(state().doc.scenario.cursor).toBe(1)
  expect(state().doc.branches).toEqual([])
})

test('a question is run into and not over, until it is answered', () => {
  const { state } = fresh()
  state().open({ ...START, cursor: 0, predictions: { '2': { about: 'answer' } } })
  state().go(3)
  expect(state().doc.scenario.cursor).toBe(1)
  expect(state().blockingQuestionStep).toBe(2)
  state().answer(2, 'ok')
  expect(state().doc.scenario.cursor).toBe(2)
  state().go(3)
  expect(state().doc.scenario.cursor).toBe(3)
  state().askAgain(2)
  expect(state().answers).toEqual({})
})

test('words typed in one go are undone in one go', () => {
  const { state } = fresh()
  for (const words of ['a', 'ab', 'abc']) state().annotate(1, words)
  state().annotate(2, 'other')
  expect(state().doc.scenario.notes).toMatchObject({ '1': 'abc', '2': 'other' })
  state().undo()
  expect(state().doc.scenario.notes).toMatchObject({ '1': 'abc' })
  state().undo()
  expect(state().doc.scenario.notes?.['1']).toBe(START.notes?.['1'])
})

test('a lesson is left for what was there before, with its undo', () => {
  const { state } = fresh()
  state().go(state().run.steps.length)
  state().perform([OPEN])
  const { doc, past } = state()
  state().startLesson('what-is-a-group')
  state().stage({ ...START, cursor: 0 })
  expect(state()).toMatchObject({ place: 'lessons', past: [] })
  state().show('play')
  expect(state().doc).toBe(doc)
  expect(state().past).toBe(past)
  expect(state().lesson).toBeNull()
})

// ---- Links and addresses ----------------------------------------------------------------------------------------

test('a link in the address is opened, and nothing of it counts as the own run', () => {
  const hash = linkOf({ ...START, title: 'of somebody', cursor: 2 })
  const { state } = openTab(new FakeStorage(), { hash })
  expect(state()).toMatchObject({ visiting: true, brokenLink: null })
  expect(state().doc.scenario).toMatchObject({ title: 'of somebody', cursor: 2 })
  expect(state().settings.welcomed).toBe(true)
})

test.each(['#1.', '#1.AAAA', '#hello', '#99.x', `#1.${'A'.repeat(200_000)}`])(
  'a link that cannot be opened says why and leaves the last run: %.12s',
  (hash) => {
    const local = new FakeStorage()
    const first = openTab(local)
    first.state().rename('the last run')
    first.state().keep([''])
    const { state } = openTab(local, { hash })
    expect(state().brokenLink).toMatchObject({ hash })
    expect(state().brokenLink?.reason).not.toBe('')
    expect(state().doc.scenario.title).toBe('the last run')
    state().dismissBrokenLink()
    expect(state().brokenLink).toBeNull()
  },
)

test('a link opened while the page stands can be undone', () => {
  const { state } = fresh()
  const { doc } = state()
  state().openLink(linkOf({ ...START, title: 'of somebody' }))
  expect(state()).toMatchObject({ visiting: true })
  state().undo()
  expect(state().doc).toBe(doc)
  state().openLink('#1.nonsense')
  expect(state().brokenLink).not.toBeNull()
  expect(state().doc).toBe(doc)
})

test('every place and lesson with a path is found again by it', () => {
  for (const place of PLACE_IDS) {
    const path = pathOf({ place, lesson: null })
    expect(placeOfPath(path)).toEqual(PLACES[place].path === null ? null : { place, lesson: null })
  }
  expect(placeOfPath(pathOf({ place: 'lessons', lesson: 'two-owners' }))).toEqual({
    place: 'lessons',
    lesson: 'two-owners',
  })
  expect(placeOfPath('/lesson')).toEqual({ place: 'lessons', lesson: null })
  expect(placeOfPath('/debate/')).toEqual({ place: 'debate', lesson: null })
  expect(placeOfPath('/nowhere')).toBeNull()
})

test('the address holds the run where the run is looked at, and a question in Explore only', () => {
  const { state } = fresh()
  const hash = `#${hashOf(state().doc.scenario) ?? ''}`
  const at = (change: object): string => addressOf({ ...state(), query: '?ask=bug', ...change }, '?ask=bug&x=1')
  expect(at({})).toBe(`/${hash}`)
  expect(at({ place: 'explore' })).toBe(`/explore?ask=bug${hash}`)
  expect(at({ place: 'debate' })).toBe('/debate')
  expect(at({ place: 'lessons', lesson: 'x' })).toBe('/lesson/x')
  expect(addressOf(state(), '?x=1')).toBe(`/?x=1${hash}`)
})

test('a run is packed once', () => {
  const { scenario } = fresh().state().doc
  const text = vi.spyOn(JSON, 'stringify')
  hashOf(scenario)
  const before = text.mock.calls.length
  hashOf(scenario)
  expect(text.mock.calls.length).toBe(before)
  text.mockRestore()
})

// ---- The kernel's words -----------------------------------------------------------------------------------------

/** Words that come, or fail to, when the test says so. */
function slowWords() {
  const here = new Set(['linux-5.10'])
  const waiting: { come: () => void; fail: () => void }[] = []
  return {
    words: {
      has: (kernel: string) => here.has(kernel),
      load: () =>
        new Promise<void>((resolve, reject) => {
          waiting.push({ come: resolve, fail: () => reject(new Error('no network')) })
        }),
    },
    waiting,
    here,
  }
}

const settle = (): Promise<void> => new Promise((resolve) => setTimeout(resolve))

test('a kernel is chosen when its words have come, on the run as it is then', async () => {
  const { words, waiting, here } = slowWords()
  const { state } = openTab(new FakeStorage(), { words })
  state().setKernel('linux-6.1')
  expect(state().kernel.id).toBe('linux-5.10')
  state().rename('renamed meanwhile')
  here.add('linux-6.1')
  waiting[0]?.come()
  await settle()
  expect(state().kernel.id).toBe('linux-6.1')
  expect(state().doc.scenario.title).toBe('renamed meanwhile')
  expect(state().loadFault).toBeNull()
})

test('words that do not come are said to be missing, and can be fetched again', async () => {
  const { words, waiting, here } = slowWords()
  const { state } = openTab(new FakeStorage(), { words })
  state().setKernel('linux-6.1')
  waiting[0]?.fail()
  await settle()
  expect(state().kernel.id).toBe('linux-5.10')
  expect(state().loadFault?.words).toContain('no network')
  state().loadFault?.retry()
  expect(state().loadFault).toBeNull()
  here.add('linux-6.1')
  waiting[1]?.come()
  await settle()
  expect(state().kernel.id).toBe('linux-6.1')
})

test('a kernel that has no words is not asked for again and again', async () => {
  const load = vi.fn<() => Promise<void>>(() => Promise.resolve())
  const { state } = openTab(new FakeStorage(), { words: { has: (kernel) => kernel === 'linux-5.10', load } })
  state().setKernel('linux-6.12')
  await settle()
  expect(load).toHaveBeenCalledTimes(1)
  expect(state().loadFault?.words).toContain('linux-6.12')
  expect(state().kernel.id).toBe('linux-5.10')
})
