import { expect, test } from 'vitest'
import { START } from '../../scenario/library/first-visit.ts'
import { encodeLink } from '../../scenario/link/link.ts'
import type { Scenario } from '../../scenario/document/scenario.ts'
import type { Op } from '../../sim/op.ts'
import { damagedKey } from './kept.ts'
import { KEYS } from './persistence.ts'
import { FakeStorage, openTab, type FakeTab } from './fake-store.test-helper.ts'

const OPEN: Op = { op: 'open_container', as: 'c9' }

/** Does something at the end of the run that nobody else does. */
function play({ state }: FakeTab, as: string): void {
  state().go(state().run.steps.length)
  state().perform([{ op: 'open_container', as }])
}

function slots({ state }: FakeTab): string[] {
  return state().doc.scenario.ops.flatMap((op) => ('as' in op && op.as !== undefined ? [op.as] : []))
}

const names = ({ state }: FakeTab): string[] => state().saves.map(({ name }) => name)

// ---- Kept runs --------------------------------------------------------------------------------------------------

test('two tabs that each keep a run keep both', () => {
  const local = new FakeStorage()
  const a = openTab(local)
  const b = openTab(local)
  a.state().save('of a')
  b.state().save('of b')
  expect(names(openTab(local))).toEqual(['of b', 'of a'])
  a.state().readKept()
  expect(names(a)).toEqual(['of b', 'of a'])
})

test('a run that goes on from the one of the same name takes its place; another one leaves it', () => {
  const local = new FakeStorage()
  const tab = openTab(local)
  tab.state().save('mine')
  play(tab, 'c8')
  tab.state().save('mine')
  expect(names(tab)).toEqual(['mine'])
  tab.state().open({ ...START, ops: [OPEN], cursor: 0, notes: {} })
  tab.state().save('mine')
  expect(names(tab)).toEqual(['mine', 'mine (2)'])
  expect(tab.state().saves[1]?.scenario.ops.at(-1)).toMatchObject({ as: 'c8' })
})

test('an entry that this release cannot read stays as it is', () => {
  const local = new FakeStorage()
  const newer = { name: 'newer', savedAt: 'x', scenario: { version: 9, machine: 'quantum' }, extra: [1] }
  local.setItem(KEYS.saves, JSON.stringify([newer, 7, null]))
  const tab = openTab(local)
  expect(tab.state()).toMatchObject({ saves: [], unreadable: 3 })
  tab.state().save('mine')
  const [mine] = tab.state().saves
  if (mine !== undefined) tab.state().forget(mine)
  expect(local.value(KEYS.saves)).toEqual([newer, 7, null])
})

test('what another tab kept meanwhile is not forgotten with what is', () => {
  const local = new FakeStorage()
  const a = openTab(local)
  a.state().save('of a')
  const b = openTab(local)
  b.state().save('of b')
  const [kept] = a.state().saves
  if (kept !== undefined) a.state().forget(kept)
  expect(names(openTab(local))).toEqual(['of b'])
})

test.each(['full', 'forbidden'] as const)('a storage that is %s says so and lists nothing that is not kept', (how) => {
  const local = new FakeStorage()
  const tab = openTab(local)
  tab.state().save('before')
  if (how === 'full') local.room = 0
  else local.forbidden = true
  tab.state().save('after')
  expect(names(tab)).toEqual(how === 'full' ? ['before'] : [])
  expect(tab.state().toasts.at(-1)).toMatchObject({ tone: 'bad' })
  expect(tab.state().keep([''])).toBe(false)
})

// ---- The run that is played -------------------------------------------------------------------------------------

test('the run of the last visit is there again, with its endings', () => {
  const local = new FakeStorage()
  const tab = openTab(local)
  tab.state().go(1)
  tab.state().perform([OPEN])
  tab.state().keep([''])
  const again = openTab(local)
  expect(again.state().doc).toEqual(tab.state().doc)
  expect(again.state().doc.branches).toHaveLength(1)
})

test('what is kept is a scenario that releases before this one read as well', () => {
  const local = new FakeStorage()
  const tab = openTab(local)
  play(tab, 'c8')
  tab.state().keep([''])
  expect(local.value(KEYS.current)).toMatchObject(JSON.parse(JSON.stringify(tab.state().doc.scenario)))
})

test('two tabs that play different runs lose neither', () => {
  const local = new FakeStorage()
  const a = openTab(local)
  const b = openTab(local)
  play(a, 'of_a')
  play(b, 'of_b')
  a.state().keep([''])
  b.state().keep([''])
  const next = openTab(local)
  expect(slots(next)).toContain('of_b')
  expect(next.state().earlier.map(({ scenario }) => scenario.ops.at(-1))).toMatchObject([{ as: 'of_a' }])
})

test('looking at somebody’s link leaves the own run; playing on with it does too', () => {
  const local = new FakeStorage()
  const own = openTab(local)
  play(own, 'mine')
  own.state().keep([''])
  const hash = `#${encodeLink({ ...START, title: 'of somebody', ops: [OPEN], cursor: 0, notes: {} }) ?? ''}`
  const visit = openTab(local, { hash })
  visit.state().go(1)
  visit.state().keep([hash])
  expect(slots(openTab(local))).toContain('mine')
  play(visit, 'theirs')
  visit.state().keep([hash])
  const next = openTab(local)
  expect(slots(next)).toContain('theirs')
  expect(next.state().earlier[0]?.scenario.ops.at(-1)).toMatchObject({ as: 'mine' })
})

test('another run that is opened leaves the one before among the earlier ones', () => {
  const local = new FakeStorage()
  const tab = openTab(local)
  play(tab, 'mine')
  tab.state().keep([''])
  tab.state().open({ ...START, ops: [OPEN], cursor: 0, notes: {} })
  tab.state().keep([''])
  tab.state().readKept()
  expect(tab.state().earlier.map(({ scenario }) => scenario.ops.at(-1))).toMatchObject([{ as: 'mine' }])
})

test('undo, playing on and other endings make no earlier run', () => {
  const local = new FakeStorage()
  const tab = openTab(local)
  const keep = (): unknown => tab.state().keep([''])
  play(tab, 'c8')
  keep()
  play(tab, 'd8')
  keep()
  tab.state().undo()
  keep()
  tab.state().go(1)
  tab.state().perform([OPEN])
  keep()
  const [branch] = tab.state().doc.branches
  if (branch !== undefined) tab.state().take(branch)
  keep()
  expect(openTab(local).state().earlier).toEqual([])
})

test('a full storage gives up the oldest earlier runs for the present one', () => {
  const local = new FakeStorage()
  const tab = openTab(local)
  for (const as of ['c1', 'c2', 'c3']) {
    tab.state().open({ ...START, cursor: 0 })
    tab.state().perform([{ op: 'open_container', as }])
    tab.state().keep([''])
  }
  local.room = [...local.texts].reduce((sum, [key, text]) => sum + key.length + text.length, 0)
  tab.state().annotate(1, 'words '.repeat(40))
  expect(tab.state().keep([''])).toBe(true)
  expect(openTab(local).state().doc.scenario.notes?.['1']).toContain('words')
})

// ---- A tab that is loaded anew ----------------------------------------------------------------------------------

test('a reload finds the run, its endings, its history and its answers', () => {
  const local = new FakeStorage()
  const tab = openTab(local)
  tab.state().go(1)
  tab.state().perform([OPEN])
  tab.state().annotate(2, 'a note')
  tab.state().answer(1, 'ok')
  tab.state().keep(['', '#1.new'])
  for (const hash of ['', '#1.new']) {
    const again = openTab(new FakeStorage(), { hash, session: tab.session })
    expect(again.state().doc).toEqual(tab.state().doc)
    expect(again.state().past).toEqual(tab.state().past)
    expect(again.state().answers).toEqual({ '1': 'ok' })
    again.state().undo()
    expect(again.state().doc.scenario.notes?.['2']).toBe(START.notes?.['2'])
  }
})

test('who comes by an address sees what it says, also where this tab has gone on from there', () => {
  const local = new FakeStorage()
  const scenario: Scenario = { ...START, title: 'of somebody' }
  const hash = `#${encodeLink(scenario) ?? ''}`
  const tab = openTab(local, { hash })
  play(tab, 'c7')
  tab.state().keep([hash])
  const coming = openTab(local, { hash, session: tab.session, byAddress: true })
  expect(slots(coming)).not.toContain('c7')
  expect(slots(openTab(local, { hash, session: tab.session }))).toContain('c7')
})

test('another link in the same tab is opened as it is', () => {
  const local = new FakeStorage()
  const tab = openTab(local)
  play(tab, 'mine')
  tab.state().keep(['#1.old'])
  const hash = `#${encodeLink({ ...START, title: 'of somebody' }) ?? ''}`
  expect(openTab(local, { hash, session: tab.session }).state().doc.scenario.title).toBe('of somebody')
})

test('a lesson keeps the run that waits behind it', () => {
  const local = new FakeStorage()
  const tab = openTab(local)
  play(tab, 'mine')
  tab.state().startLesson('what-is-a-group')
  tab.state().stage({ ...START, ops: [], cursor: 0, notes: {} })
  tab.state().keep([''])
  expect(slots(openTab(local))).toContain('mine')
})

test('texts that are being written outlive a reload', () => {
  const tab = openTab(new FakeStorage())
  tab.state().draft('script', 'half a scri')
  tab.state().draft('other', 'x')
  tab.state().draft('other', undefined)
  expect(openTab(new FakeStorage(), { session: tab.session }).state().drafts).toEqual({ script: 'half a scri' })
})

// ---- Damaged and foreign entries --------------------------------------------------------------------------------

const DAMAGED: readonly string[] = [
  '',
  '{',
  'null',
  '[]',
  '7',
  '"text"',
  '{"__proto__":{"x":1}}',
  '{"machine":"no-such","kernel":"linux-5.10","ops":[]}',
  JSON.stringify({ ...START, kernel: 'linux-9.9' }),
  JSON.stringify({ ...START, machine: { id: 'x', title: 'x', devices: 7 } }),
  JSON.stringify({ ...START, branches: [{ at: 99, ops: [OPEN] }, 7, { at: 0, ops: 'x' }, { at: -1, ops: [] }] }),
  JSON.stringify([{ name: {}, savedAt: [], scenario: START }]),
  JSON.stringify({ hashes: [''], doc: 7, past: 'x', future: {}, answers: [] }),
]

test.each(DAMAGED)('the page opens whatever stands in its entries, and works on: %.50s', (text) => {
  const local = new FakeStorage()
  const session = new FakeStorage()
  for (const key of Object.values(KEYS)) {
    local.setItem(key, text)
    session.setItem(key, text)
  }
  const tab = openTab(local, { session })
  expect(tab.state().run.steps.length).toBeGreaterThan(0)
  play(tab, 'c8')
  tab.state().save('mine')
  tab.state().setSettings({ theme: 'dark' })
  tab.state().draft('script', 'x')
  expect(tab.state().keep([''])).toBe(true)
  const again = openTab(local, { session })
  expect(names(again)).toContain('mine')
  expect(again.state().settings.theme).toBe('dark')
  expect(slots(again)).toContain('c8')
})

test('a damaged entry is put aside before it is written over', () => {
  const local = new FakeStorage()
  local.setItem(KEYS.saves, '[{"name":"cut o')
  openTab(local).state().save('mine')
  expect(local.texts.get(damagedKey(KEYS.saves))).toBe('[{"name":"cut o')
})

test('settings of a newer release stay', () => {
  const local = new FakeStorage()
  local.setItem(KEYS.settings, JSON.stringify({ theme: 'contrast', sound: 3 }))
  const tab = openTab(local)
  expect(tab.state().settings.theme).toBe('system')
  tab.state().setSettings({ welcomed: true })
  expect(local.value(KEYS.settings)).toEqual({ theme: 'contrast', sound: 3, welcomed: true })
})

test('a scenario with every kind of field comes back as it was', () => {
  const scenario: Scenario = {
    ...START,
    compare: ['linux-5.10', 'linux-6.1'],
    predictions: { '1': { about: 'answer' } },
  }
  const tab = openTab(new FakeStorage())
  tab.state().open(scenario)
  tab.state().save('all')
  expect(tab.state().saves[0]?.scenario).toEqual({ ...scenario, title: 'all' })
})
