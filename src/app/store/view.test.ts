import { expect, test } from 'vitest'
import { machine, play } from '../../sim/kernels/play.test-helper.ts'
import { linux510 } from '../../sim/kernels/linux-5.10/index.ts'
import { opsOf } from '../../scenario/script/play.test-helper.ts'
import type { Scenario } from '../../scenario/document/scenario.ts'
import { START } from '../../scenario/library/first-visit.ts'
import { FakeStorage, openTab, type FakeTab } from './fake-store.test-helper.ts'
import type { AppState, Selection } from './state.ts'
import {
  bugOf,
  culpritOf,
  forecast,
  forecastBadge,
  groupSelected,
  listedOffers,
  mainGroup,
  offeredOn,
  presentOf,
  situationOf,
} from './view.ts'

/** A tab after lines of script on a card with two functions in group 3. */
function tabAfter(script: string, change: Partial<Scenario> = {}): FakeTab {
  const tab = openTab(new FakeStorage())
  const ops = opsOf(script)
  const { notes: _, ...start } = START
  tab.state().open({ ...start, ops, cursor: ops.length, ...change })
  return tab
}

const deviceAt = ({ run }: AppState, bdf: string): Selection => ({
  kind: 'device',
  device: run.world.deviceIndex.get(`0000:${bdf}`) ?? -1,
})
const groupAt = ({ run }: AppState, id: number): Selection => ({
  kind: 'group',
  group: run.world.groupIndex.get(id) ?? -1,
})

const HALF = 'unbind 01:00.0; unbind 01:00.1; bind 01:00.1 vfio-pci'
const OPEN = `${HALF}; g1 = open_group 3; c1 = open_container; group_set_container g1 c1; set_iommu c1 type1v2; d1 = group_get_device_fd g1 01:00.1`

const FOUR = '00:01.0rp+[01:00.0ep] 00:02.0rp+[02:00.0ep] 00:03.0rp+[03:00.0ep] 00:04.0rp+[04:00.0ep]'

test.each<[title: string, classes: readonly string[], script: string, expected: string]>([
  ['a graphics card before all others', ['0403', '0108', '0200', '0300'], '', '04'],
  ['then a network card', ['0c03', '0200', '0108', '0106'], '', '02'],
  ['then NVMe', ['0c03', '0106', '0108', '0403'], '', '03'],
  ['then other storage', ['0c03', '0403', '0780', '0106'], '', '04'],
  ['then USB', ['0403', '0780', '0c03', '0c05'], '', '03'],
  ['else the first that is not viable', ['0403', '0780', '0c05', '0880'], '', '01'],
  [
    'a group that VFIO knows before any other',
    ['0403', '0108', '0200', '0300'],
    'unbind 02:00.0; bind 02:00.0 V',
    '02',
  ],
  [
    'and the one that is open before that',
    ['0403', '0108', '0200', '0300'],
    'unbind 02:00.0; bind 02:00.0 V; unbind 03:00.0; bind 03:00.0 V; g = open_group 6',
    '03',
  ],
])('what a run is about: %s', (_, classes, script, expected) => {
  const listed = machine(FOUR, ({ bdf }) => {
    const code = classes[Number(bdf.slice(5, 7)) - 1]
    return bdf.startsWith('0000:00') || code === undefined ? {} : { class: code }
  })
  const run = play(linux510, script, { machine: listed })
  const group = mainGroup(run.world, run.snapshotAt(run.steps.length))
  expect(run.world.devices[run.world.groups[group ?? -1]?.devices[0] ?? -1]?.spec.bdf.slice(5, 7)).toBe(expected)
})

test('the group that is selected is that of the selected device', () => {
  const state = tabAfter('').state()
  const three = state.run.world.groupIndex.get(3)
  expect(groupSelected(state.run.world, deviceAt(state, '01:00.1'))).toBe(three)
  expect(groupSelected(state.run.world, groupAt(state, 3))).toBe(three)
  expect(groupSelected(state.run.world, { kind: 'container', container: 0 })).toBeUndefined()
  expect(groupSelected(state.run.world, null)).toBeUndefined()
})

test('actions are about what is selected, else about the group that the run is about', () => {
  const { state } = tabAfter(HALF)
  expect(offeredOn(state())).toEqual(groupAt(state(), 3))
  state().select(deviceAt(state(), '01:00.0'))
  expect(offeredOn(state())).toBe(state().selection)
})

test('the usual actions are listed, and all when asked for', () => {
  const { state } = tabAfter('')
  const on = deviceAt(state(), '01:00.0')
  const { listed, all } = listedOffers(state(), on)
  expect(listed).toEqual(all.filter(({ common }) => common))
  expect(listed.length).toBeGreaterThan(0)
  expect(all.length).toBeGreaterThan(listed.length)
  state().listAllOffers(true)
  expect(listedOffers(state(), on).listed).toEqual(all)
  expect(listedOffers(state(), { kind: 'context', context: { kind: 'host' } })).toEqual({ listed: [], all: [] })
  expect(listedOffers(state(), null)).toEqual({ listed: [], all: [] })
  state().hideForecasts(true)
  expect(listedOffers(state(), on)).toEqual({ listed: [], all: [] })
})

test('a kernel that stopped offers nothing', () => {
  const { state } = tabAfter(`${OPEN}; bind 01:00.0 e1000e`)
  expect(listedOffers(state(), deviceAt(state(), '01:00.1'))).toEqual({ listed: [], all: [] })
})

test('names of what was opened are taken, of what was refused or comes later they are free', () => {
  const { state } = tabAfter('c1 = open_container; g7 = open_group 3; c2 = open_container', { cursor: 2 })
  const situation = situationOf(state())
  expect([...situation.names]).toEqual(['c1'])
  expect(situationOf(state())).toBe(situation)
  state().go(3)
  expect([...situationOf(state()).names]).toEqual(['c1', 'c2'])
})

/** What a forecast of lines of script says: answer, consequences, and whether there are words about a refusal. */
function foretold(tab: FakeTab, script: string): string {
  const present = presentOf(tab.state())
  const outcome = forecast(present, { ops: opsOf(script) })
  const { result, consequences, why } = outcome
  const answer = 'bug' in result ? 'bug' : 'blocked' in result ? 'blocked' : result.ok ? 'ok' : result.errno
  const lines = consequences.map(({ text, tone }) => `${tone} ${text}`)
  return [answer, forecastBadge(outcome).tone, ...(why === null ? [] : ['why']), ...lines].join('; ')
}

test.each([
  ['unbind 01:00.1; bind 01:00.1 vfio-pci', 'unbind 01:00.0', 'ok; ok; ok group 3 viable'],
  [HALF, 'bind 01:00.0 e1000e', 'ok; ok; bad group 3 not viable'],
  [HALF, 'c1 = open_container', 'ok; ok'],
  // What comes first and is not done decides; what is behind it is not looked at.
  [HALF, 'unbind 01:00.0; bind 01:00.0 e1000e', 'ENODEV; bad; why; bad group 3 not viable'],
  [HALF, 'g1 = open_group 3; h = open_group 3', 'EBUSY; bad; why'],
  [OPEN, 'unbind 01:00.1', 'blocked; wait; why'],
  [`${OPEN}; unbind 01:00.1`, 'close d1; group_unset_container g1', 'ok; ok; ok releases a waiting call'],
  [OPEN, 'bind 01:00.0 e1000e', 'bug; bug; why'],
])('after "%s", a forecast of "%s": %s', (script, offer, expected) => {
  expect(foretold(tabAfter(script), offer)).toBe(expected)
})

test('a forecast changes nothing, and starts at the cursor', () => {
  const tab = tabAfter(`${HALF}; bind 01:00.0 e1000e`, { cursor: 3 })
  const before = tab.state()
  expect(foretold(tab, 'bind 01:00.0 e1000e')).toBe('ok; ok; bad group 3 not viable')
  expect(tab.state()).toBe(before)
  expect(forecast(presentOf(before), { ops: [] })).toEqual({ result: { ok: true }, consequences: [], why: null })
})

test('a BUG is that of the step, or of a call that it let return', () => {
  const { run } = tabAfter(`${OPEN}; bind 01:00.0 e1000e`).state()
  const last = run.steps.at(-1)
  const bug = bugOf(last)
  expect(bug).not.toBeNull()
  expect(bugOf(run.steps[0])).toBeNull()
  expect(bugOf(undefined)).toBeNull()
  const [first] = run.steps
  if (bug === null || first === undefined) return
  expect(bugOf({ ...first, completes: [{ step: 0, result: { bug } }] })).toBe(bug)
})

test('who stopped the kernel is the device of the step that did, as long as it is behind the cursor', () => {
  const tab = tabAfter(`${OPEN}; bind 01:00.0 e1000e; close d1`)
  const at = deviceAt(tab.state(), '01:00.0')
  expect({ kind: 'device', device: culpritOf(tab.state()) }).toEqual(at)
  tab.state().go(8)
  expect(culpritOf(tab.state())).toBeUndefined()
})
