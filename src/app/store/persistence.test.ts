import { describe, expect, test } from 'vitest'
import { START } from '../../scenario/library/first-visit.ts'
import type { Scenario } from '../../scenario/document/scenario.ts'
import type { Op } from '../../sim/op.ts'
import type { Branch, Doc } from './document.ts'
import { FakeStorage } from './fake-store.test-helper.ts'
import { isRecord, keptIn, storageOf } from './kept.ts'
import {
  addEarlier,
  addSave,
  contains,
  containsAll,
  KEYS,
  readCurrent,
  readDrafts,
  readEarlier,
  readSaves,
  readSettings,
  readTab,
  removeEarlier,
  removeSave,
  writeCurrent,
  writeSettings,
  writeTab,
  type Saved,
} from './persistence.ts'

const close = (fd: string): Op => ({ op: 'close', fd })
const { notes: _, ...BARE } = START

/** A run that closes some names: `abc` closes a, b and c. */
function runOf(names: string, change: Partial<Scenario> = {}): Scenario {
  return { ...BARE, title: names, ops: names.split('').map(close), cursor: 0, ...change }
}

function savedOf(name: string, names = name, more: Partial<Saved> = {}): Saved {
  return { name, savedAt: `when ${names} was kept`, scenario: runOf(names), branches: [], ...more }
}

function storage(entries: Readonly<Record<string, unknown>> = {}) {
  const texts = new FakeStorage()
  for (const [key, value] of Object.entries(entries)) texts.setItem(key, JSON.stringify(value))
  return { texts, kept: keptIn(texts) }
}

describe('one run is part of another:', () => {
  const noted = { notes: { '1': 'one' } }
  const asked = { predictions: { '1': { about: 'answer' as const } } }
  test.each<[title: string, run: Scenario, other: Scenario, expected: boolean]>([
    ['the same', runOf('abc'), runOf('abc'), true],
    ['its beginning', runOf('abc'), runOf('ab'), true],
    ['nothing', runOf('abc'), runOf(''), true],
    ['a longer one', runOf('ab'), runOf('abc'), false],
    ['another step', runOf('abc'), runOf('axc'), false],
    ['another machine', runOf('abc'), runOf('ab', { machine: 'mixed' }), false],
    ['another title and kernel', runOf('abc'), runOf('ab', { title: 'x', kernel: 'linux-6.1' }), true],
    ['a note that it has', runOf('abc', noted), runOf('ab', noted), true],
    ['a note that it lacks', runOf('abc'), runOf('ab', noted), false],
    ['a note that it has otherwise', runOf('abc', { notes: { '1': 'two' } }), runOf('ab', noted), false],
    ['fewer notes', runOf('abc', noted), runOf('ab'), true],
    ['a question that it has', runOf('abc', asked), runOf('ab', asked), true],
    ['a question that it lacks', runOf('abc'), runOf('ab', asked), false],
  ])('%s', (_title, run, other, expected) => expect(contains(run, other)).toBe(expected))

  test('each ending has to be there, as the run or as an ending', () => {
    const branch = (at: number, names: string, more: Partial<Branch> = {}): Branch => ({
      at,
      ops: names.split('').map(close),
      ...more,
    })
    const doc = (names: string, ...branches: Branch[]): Doc => ({ scenario: runOf(names), branches })
    expect(containsAll(doc('abc', branch(1, 'x')), doc('ax'))).toBe(true)
    expect(containsAll(doc('abc', branch(1, 'xy')), doc('ab', branch(1, 'x')))).toBe(true)
    expect(containsAll(doc('abc'), doc('ab', branch(1, 'x')))).toBe(false)
    expect(containsAll(doc('axy'), doc('ab', branch(1, 'x')))).toBe(false)
    expect(containsAll(doc('ax'), doc('a', branch(1, 'x', { notes: { '2': 'said' } })))).toBe(false)
    expect(containsAll(doc('abc', branch(1, 'x', { notes: { '2': 'said' } })), doc('ax'))).toBe(true)
    const asked = { predictions: { '2': { about: 'answer' as const } } }
    expect(containsAll(doc('ax'), doc('a', branch(1, 'x', asked)))).toBe(false)
  })
})

describe('settings:', () => {
  test.each<[unknown, unknown]>([
    [
      { theme: 'dark', welcomed: true, metBug: true },
      { theme: 'dark', welcomed: true, metBug: true },
    ],
    [
      { theme: 'light', welcomed: 1, metBug: 'yes' },
      { theme: 'light', welcomed: false, metBug: false },
    ],
    [{ theme: 'green' }, { theme: 'system', welcomed: false, metBug: false }],
    [[], { theme: 'system', welcomed: false, metBug: false }],
    ['dark', { theme: 'system', welcomed: false, metBug: false }],
  ])('%j is read as %j', (entry, expected) => {
    expect(readSettings(storage({ [KEYS.settings]: entry }).kept)).toEqual(expected)
  })

  test('a change leaves the others, and what is no record goes', () => {
    const { texts, kept } = storage({ [KEYS.settings]: ['x'] })
    expect(writeSettings(kept, { theme: 'dark' })).toBe(true)
    expect(writeSettings(kept, { welcomed: true })).toBe(true)
    expect(texts.value(KEYS.settings)).toEqual({ theme: 'dark', welcomed: true })
  })
})

describe('lists of runs:', () => {
  test('an entry without a name has that of its run, and endings that cannot be read are left out', () => {
    const branches = [
      {
        at: 1,
        ops: [close('x')],
        notes: { '2': 'two' },
        predictions: { '2': { about: 'answer' } },
        expects: { '2': ['ok'] },
      },
      { at: 3, ops: [close('x')] },
      { at: 4, ops: [close('x')] },
      { at: -1, ops: [close('x')] },
      { at: 1.5, ops: [close('x')] },
      { at: '1', ops: [close('x')] },
      { at: 1, ops: [] },
      { at: 1, ops: [{ op: 'nonsense' }] },
      { at: 1, ops: [close('y')], notes: 7 },
      null,
    ]
    const { kept } = storage({ [KEYS.saves]: [{ scenario: runOf('abc'), branches }] })
    const { saves, unreadable } = readSaves(kept)
    expect(unreadable).toBe(0)
    expect(saves).toEqual([{ name: 'abc', savedAt: '', scenario: runOf('abc'), branches: branches.slice(0, 2) }])
  })

  test('what stands under a name already goes on under another, unless the new run holds it', () => {
    const { kept } = storage()
    for (const names of ['a', 'ab', 'x', 'y']) expect(addSave(kept, savedOf('mine', names))).toBe(true)
    const kinds = readSaves(kept).saves.map(({ name, scenario }) => `${name}: ${scenario.title}`)
    expect(kinds).toEqual(['mine: y', 'mine (3): x', 'mine (2): ab'])
  })

  test('what is forgotten is the run of that name and time', () => {
    const { kept } = storage()
    for (const names of ['a', 'b']) addSave(kept, savedOf(names))
    expect(removeSave(kept, savedOf('a', 'b'))).toBe(true)
    expect(removeSave(kept, savedOf('b', 'a'))).toBe(true)
    expect(readSaves(kept).saves).toHaveLength(2)
    removeSave(kept, savedOf('a'))
    expect(readSaves(kept).saves.map(({ name }) => name)).toEqual(['b'])
  })

  test('twenty earlier runs are kept, the newest first, and none that another one holds', () => {
    const { kept } = storage()
    const letters = 'abcdefghijklmnopqrstuvw'.split('')
    for (const letter of letters) addEarlier(kept, savedOf(letter))
    const names = (): string[] => readEarlier(kept).map(({ name }) => name)
    expect(names()).toEqual(letters.toReversed().slice(0, 20))
    addEarlier(kept, savedOf('wz'))
    expect(names().slice(0, 2)).toEqual(['wz', 'v'])
    removeEarlier(kept, savedOf('wz'))
    expect(names()[0]).toBe('v')
  })

  test('in a full storage the oldest goes, and the newest is kept', () => {
    const { texts, kept } = storage()
    for (const letter of 'abcde') addEarlier(kept, savedOf(letter))
    texts.room = [...texts.texts.values()].join('').length + KEYS.earlier.length
    expect(addEarlier(kept, savedOf('f'))).toBe(true)
    expect(readEarlier(kept).map(({ name }) => name)).toEqual(['f', 'e', 'd', 'c', 'b'])
    texts.room = 10
    expect(addEarlier(kept, savedOf('g'))).toBe(false)
  })
})

describe('the run that was played last:', () => {
  const doc = (names: string): Doc => ({ scenario: runOf(names), branches: [] })
  /** The titles of the run and of the earlier ones after runs were played, each by a tab that kept the one before or not. */
  const played = (...runs: readonly (readonly [names: string, own: string | null])[]): string => {
    const { kept } = storage()
    for (const [names, own] of runs) writeCurrent(kept, doc(names), 'now', own === null ? null : doc(own))
    return [readCurrent(kept)?.scenario.title, ...readEarlier(kept).map(({ name }) => name)].join(' ')
  }
  test.each([
    ['the first', [['ab', null]], 'ab'],
    [
      'played on',
      [
        ['ab', null],
        ['abc', 'ab'],
      ],
      'abc',
    ],
    [
      'played on by another tab',
      [
        ['ab', null],
        ['abc', null],
      ],
      'abc',
    ],
    [
      'taken back',
      [
        ['abc', null],
        ['ab', 'abc'],
      ],
      'ab',
    ],
    [
      'taken back by another tab',
      [
        ['abc', null],
        ['ab', null],
      ],
      'ab abc',
    ],
    [
      'another one',
      [
        ['ab', null],
        ['xy', 'ab'],
      ],
      'xy ab',
    ],
    [
      'nothing was done yet',
      [
        ['', null],
        ['xy', null],
      ],
      'xy',
    ],
    [
      'another tab has gone on meanwhile',
      [
        ['ab', null],
        ['abc', null],
        ['a', 'ab'],
      ],
      'a abc',
    ],
  ] as const)('%s', (_title, runs, expected) => expect(played(...runs)).toBe(expected))
})

describe('what a tab was doing:', () => {
  const doc: Doc = { scenario: runOf('abc'), branches: [{ at: 1, ops: [close('x')] }] }
  const past: Doc[] = [{ scenario: runOf('ab'), branches: [] }]
  const future: Doc[] = [{ scenario: runOf('abcd'), branches: [] }]
  const state = { hashes: ['', '#1.x'], doc, past, future, answers: { '1': 'ok' } }

  test('is found under each of its addresses, and under no other', () => {
    const { kept } = storage()
    expect(readTab(kept, '')).toBeUndefined()
    expect(writeTab(kept, state)).toBe(true)
    for (const hash of state.hashes) expect(readTab(kept, hash)).toEqual({ ...state, hashes: [] })
    expect(readTab(kept, '#1.y')).toBeUndefined()
  })

  test('is kept without its history where that is large', () => {
    const { kept } = storage()
    const large = runOf('abc', { notes: { '1': 'x'.repeat(1_000_000) } })
    writeTab(kept, { ...state, past: [{ scenario: large, branches: [] }] })
    expect(readTab(kept, '')).toMatchObject({ doc, past: [], future: [] })
  })

  test('is as good as what can be read of it', () => {
    const entry = {
      hashes: [''],
      doc: { ...runOf('ab'), branches: 7 },
      past: [7, runOf('a')],
      future: {},
      answers: { '1': 7 },
    }
    expect(readTab(storage({ [KEYS.tab]: entry }).kept, '')).toEqual({
      hashes: [],
      doc: { scenario: runOf('ab'), branches: [] },
      past: [{ scenario: runOf('a'), branches: [] }],
      future: [],
      answers: { '1': '' },
    })
    expect(readTab(storage({ [KEYS.tab]: { ...entry, doc: 7 } }).kept, '')).toBeUndefined()
    expect(readTab(storage({ [KEYS.tab]: { ...entry, answers: [] } }).kept, '')?.answers).toEqual({})
  })

  test('drafts are texts', () => {
    expect(readDrafts(storage({ [KEYS.drafts]: { a: 'text', b: 7 } }).kept)).toEqual({ a: 'text' })
    expect(readDrafts(storage({ [KEYS.drafts]: ['text'] }).kept)).toEqual({})
  })
})

describe('a storage', () => {
  test('that a browser does not have keeps nothing', () => {
    const none = storageOf(() => {
      throw new Error('SecurityError')
    })
    expect(none).toBeNull()
    const kept = keptIn(none)
    expect(kept.read('x')).toEqual({ kind: 'nothing' })
    expect(kept.change('x', () => 1)).toBe(false)
  })

  test('tells values, nothing and damage apart', () => {
    const { texts, kept } = storage({ one: { a: 1 } })
    texts.setItem('cut', '{"a":')
    expect(kept.read('one')).toEqual({ kind: 'value', value: { a: 1 } })
    expect(kept.read('none')).toEqual({ kind: 'nothing' })
    expect(kept.read('cut')).toEqual({ kind: 'damaged', text: '{"a":' })
    expect(kept.change('cut', (now) => [now ?? null])).toBe(true)
    expect(texts.value('cut')).toEqual([null])
    expect(storageOf(() => texts)).toBe(texts)
  })

  test.each([
    [{}, true],
    [[], false],
    [null, false],
    ['x', false],
  ])('%j is a record: %s', (value, expected) => expect(isRecord(value)).toBe(expected))
})
