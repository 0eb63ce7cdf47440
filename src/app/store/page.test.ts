/** Places, lessons, messages and what else of the page is open. */
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { KERNEL_IDS } from '../../sim/kernels/list.ts'
import { START } from '../../scenario/library/first-visit.ts'
import type { Scenario } from '../../scenario/document/scenario.ts'
import { addressOf } from './address.ts'
import { FakeStorage, openTab } from './fake-store.test-helper.ts'
import { placeFor, UNDIRECTED } from './page-actions.ts'
import { PLACE_IDS, PLACES, type Place } from './places.ts'

beforeEach(() => void vi.useFakeTimers())
afterEach(() => void vi.useRealTimers())

const fresh = () => openTab(new FakeStorage()).state

test('every place has a title and says what it is', () => {
  expect(
    PLACE_IDS.filter((id) => PLACES[id].title === '' || PLACES[id].about === '' || PLACES[id].short === ''),
  ).toEqual([])
  expect(new Set(PLACE_IDS.map((id) => PLACES[id].title)).size).toBe(PLACE_IDS.length)
})

test('places of the rail, in its order, and those that are reached from another one', () => {
  const inRail = PLACE_IDS.filter((id) => PLACES[id].rail === 'own')
  expect(inRail).toEqual(['play', 'lessons', 'compare', 'explore', 'scenarios', 'machine', 'script'])
  expect([PLACES.debate.rail, PLACES.present.rail]).toEqual(['lessons', null])
})

test.each<[Place, string]>([
  ['play', '/#run'],
  ['lessons', '/lessons'],
  ['compare', '/#run'],
  ['explore', '/explore#run'],
  ['scenarios', '/#run'],
  ['machine', '/#run'],
  ['script', '/#run'],
  ['debate', '/debate'],
  ['present', '/#run'],
])('the address of %s is %s', (place, expected) => {
  const address = addressOf({ ...fresh()(), place, query: '' }, '')
  expect(address.replace(/#1\..+/, '#run')).toBe(expected)
})

test.each<[Partial<Scenario>, Place, Place]>([
  [{ compare: ['linux-5.10', 'linux-6.1'] }, 'play', 'compare'],
  [{ present: true }, 'explore', 'present'],
  [{}, 'compare', 'play'],
  [{}, 'present', 'play'],
  [{}, 'explore', 'explore'],
])('a run with %j that comes at %s is shown at %s', (change, from, expected) => {
  expect(placeFor({ ...START, ...change }, from)).toBe(expected)
})

test.each([
  ['/', '', 'play', null],
  ['/explore', '', 'explore', null],
  ['/lesson/two-owners', '', 'lessons', 'two-owners'],
  ['/', '#m1.abc', 'machine', null],
])('a page that opens at %s%s is at %s', (pathname, hash, place, lesson) => {
  const { state } = openTab(new FakeStorage(), { pathname, hash })
  expect(state()).toMatchObject({ place, lesson, brokenLink: null, lens: 'ownership', ...UNDIRECTED })
  expect(state().compared).toEqual(KERNEL_IDS)
  expect(state().doc.scenario).toBe(START)
})

test('nothing is open, said or selected at first, and the first visit is greeted', () => {
  expect(fresh()()).toMatchObject({
    selection: null,
    allOffers: false,
    forecastsHidden: false,
    teaching: false,
    visiting: false,
    toasts: [],
    palette: false,
    sharing: false,
    helping: false,
    announcement: '',
    reveal: null,
    canvasFocus: 0,
    blockingQuestionStep: 0,
    loadFault: null,
    waitsFor: null,
    settings: { theme: 'system', welcomed: false, metBug: false },
  })
})

test('going to the presentation and to the comparison is part of the run, and leaving them too', () => {
  const state = fresh()
  state().teach(true)
  state().show('present')
  expect(state()).toMatchObject({ place: 'present', teaching: false, doc: { scenario: { present: true } }, past: [] })
  state().show('play')
  expect('present' in state().doc.scenario).toBe(false)
  const two = ['linux-5.10', 'linux-6.12'] as const
  state().show('compare')
  expect(state().doc.scenario.compare).toEqual(KERNEL_IDS)
  state().setCompared(two)
  expect(state()).toMatchObject({ compared: two, doc: { scenario: { compare: two } } })
  // A look elsewhere leaves the comparison open; playing on ends it, and remembers the kernels.
  state().show('explore')
  expect(state()).toMatchObject({ place: 'explore', doc: { scenario: { compare: two } } })
  state().show('play')
  expect('compare' in state().doc.scenario).toBe(false)
  state().show('compare')
  expect(state().doc.scenario.compare).toEqual(two)
})

test('what a lesson says of the picture is gone with it', () => {
  const state = fresh()
  const selection = { kind: 'group', group: 0 } as const
  state().select(selection)
  state().hideForecasts(true)
  state().startLesson('one')
  expect(state()).toMatchObject({
    selection: null,
    forecastsHidden: false,
    lens: 'ownership',
    settings: { welcomed: true },
  })
  const direction = { ...UNDIRECTED.direction, hidden: new Set(['groups'] as const) }
  state().direct(direction)
  state().point(selection)
  expect(state()).toMatchObject({ direction, pointed: selection })
  state().setLens('ownership')
  expect(state().lens).toBe('topology')
  state().hideForecasts(true)
  state().select(selection)
  const { aside } = state()
  state().startLesson('two')
  expect(state()).toMatchObject({ lesson: 'two', aside, ...UNDIRECTED })
  state().direct(direction)
  state().direct(null)
  expect(state()).toMatchObject(UNDIRECTED)
  state().setLens('topology')
  state().setLens('ownership')
  expect(state().lens).toBe('ownership')
  state().hideForecasts(true)
  state().select(selection)
  state().show('explore')
  expect(state()).toMatchObject({
    place: 'explore',
    lesson: null,
    aside: null,
    forecastsHidden: false,
    selection: null,
  })
})

test('a run of a lesson takes the canvas, with nothing to undo, and leaves selection and messages', () => {
  const state = fresh()
  state().startLesson('one')
  state().select({ kind: 'group', group: 0 })
  state().listAllOffers(true)
  state().toast('ok', 'said')
  state().stage({ ...START, cursor: 2 })
  expect(state()).toMatchObject({ selection: null, allOffers: false, toasts: [], past: [], future: [] })
  expect(state().doc.scenario.cursor).toBe(2)
})

test('what is shown on the canvas is selected and brought into view each time, in a lesson where it is', () => {
  const state = fresh()
  const selection = { kind: 'group', group: 1 } as const
  state().show('script')
  state().listAllOffers(true)
  state().showOnCanvas(selection)
  expect(state()).toMatchObject({ place: 'play', selection, allOffers: false, reveal: { selection, count: 1 } })
  state().startLesson('one')
  state().showOnCanvas(selection)
  expect(state()).toMatchObject({ place: 'lessons', selection, reveal: { count: 2 } })
})

test('another selection lists its usual actions again', () => {
  const state = fresh()
  state().listAllOffers(true)
  expect(state().allOffers).toBe(true)
  state().select({ kind: 'group', group: 0 })
  expect(state().allOffers).toBe(false)
})

test('messages: three at most, each for seven seconds', () => {
  const state = fresh()
  const texts = (): string[] => state().toasts.map(({ tone, text }) => `${tone} ${text}`)
  for (const text of ['a', 'b', 'c', 'd']) state().toast('ok', text)
  expect(texts()).toEqual(['ok b', 'ok c', 'ok d'])
  expect(new Set(state().toasts.map(({ id }) => id)).size).toBe(3)
  state().dismiss(state().toasts[1]?.id ?? -1)
  expect(texts()).toEqual(['ok b', 'ok d'])
  vi.advanceTimersByTime(6900)
  state().toast('bad', 'e')
  vi.advanceTimersByTime(200)
  expect(texts()).toEqual(['bad e'])
  state().announce('said aloud')
  expect(state().announcement).toBe('said aloud')
})

test('dialogs and the question of Explore are opened and closed', () => {
  const state = fresh()
  for (const open of [true, false]) {
    state().setPalette(open)
    state().setSharing(open)
    state().setHelping(open)
    state().teach(open)
    expect(state()).toMatchObject({ palette: open, sharing: open, helping: open, teaching: open })
  }
  expect(state().settings.welcomed).toBe(true)
  state().setQuery('?ask=bug')
  expect(state().query).toBe('?ask=bug')
})

test('whoever stops teaching was not welcomed by that', () => {
  const state = fresh()
  state().teach(false)
  expect(state().settings.welcomed).toBe(false)
})
