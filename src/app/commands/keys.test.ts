import { expect, test } from 'vitest'
import { START } from '../../scenario/library/first-visit.ts'
import { FakeStorage, openTab, type FakeTab } from '../store/fake-store.test-helper.ts'
import { listedOffers, offeredOn } from '../store/view.ts'
import { keyHelp } from './key-help.ts'
import { commandFor, type Pressed } from './keys.ts'
import { ALL_COMMANDS } from './more.ts'

const PLAIN: Pressed = { key: '', control: false, shift: false, alt: false }

function fresh(): FakeTab {
  return openTab(new FakeStorage())
}

function press({ state }: FakeTab, pressed: Partial<Pressed>, inField = false): string | undefined {
  const command = commandFor({ ...PLAIN, ...pressed }, state(), inField)
  command?.run(state())
  return command?.id
}

test.each([false, true])('a digit does the action that the list shows in that place; all listed: %s', (all) => {
  for (let digit = 1; digit <= 9; digit++) {
    const tab = fresh()
    const { state } = tab
    state().open({ ...START, cursor: START.ops.length })
    state().showOnCanvas({ kind: 'device', device: 0 })
    for (let device = 0; device < state().run.world.devices.length; device++) {
      state().select({ kind: 'device', device })
      if (listedOffers(state(), offeredOn(state())).all.length > 9) break
    }
    state().listAllOffers(all)
    const { listed, all: offers } = listedOffers(state(), offeredOn(state()))
    if (all) expect(listed).toEqual(offers)
    const offer = listed[digit - 1]
    press(tab, { key: String(digit) })
    if (offer !== undefined) expect(state().doc.scenario.ops.slice(START.ops.length)).toEqual(offer.ops)
    else expect(state().doc.scenario.ops).toEqual(START.ops)
  }
})

test('the usual actions and all of them differ somewhere, so that the test above tells them apart', () => {
  const { state } = fresh()
  const orders = state().run.world.devices.map((_, device) => {
    state().select({ kind: 'device', device })
    const first = listedOffers(state(), offeredOn(state())).listed.map(({ id }) => id)
    state().listAllOffers(true)
    return [
      first,
      listedOffers(state(), offeredOn(state()))
        .listed.slice(0, first.length)
        .map(({ id }) => id),
    ] as const
  })
  expect(orders.some(([first, all]) => JSON.stringify(first) !== JSON.stringify(all))).toBe(true)
})

test('a digit does nothing while a prediction is open, on a stopped kernel, or where no list is seen', () => {
  const tab = fresh()
  tab.state().hideForecasts(true)
  expect(press(tab, { key: '1' })).toBeUndefined()
  tab.state().hideForecasts(false)
  tab.state().show('scenarios')
  expect(press(tab, { key: '1' })).toBeUndefined()
})

test('undo and redo by their keys', () => {
  const tab = fresh()
  expect(press(tab, { key: 'z', control: true })).toBeUndefined()
  tab.state().rename('other')
  expect(press(tab, { key: 'z', control: true })).toBe('undo')
  expect(press(tab, { key: 'Z', control: true, shift: true })).toBe('redo')
  expect(press(tab, { key: 'z', control: true })).toBe('undo')
  expect(press(tab, { key: 'y', control: true })).toBe('redo')
  expect(tab.state().doc.scenario.title).toBe('other')
})

test.each([
  ['[', 'back'],
  [']', undefined],
  ['?', 'help'],
  ['/', 'palette'],
  ['t', 'lens'],
  ['T', 'lens'],
  ['Escape', undefined],
  ['a', undefined],
])('the key %s at the end of the run', (key, id) => {
  const tab = fresh()
  tab.state().go(99)
  expect(press(tab, { key, shift: key === '?' })).toBe(id)
})

test('a step forward by its key', () => {
  const tab = fresh()
  tab.state().go(0)
  expect(press(tab, { key: ']' })).toBe('on')
  expect(tab.state().doc.scenario.cursor).toBe(1)
})

test('in a field only the palette opens, and in a presentation no key is heard', () => {
  const tab = fresh()
  tab.state().rename('other')
  expect(press(tab, { key: 'z', control: true }, true)).toBeUndefined()
  expect(press(tab, { key: '/' }, true)).toBeUndefined()
  expect(press(tab, { key: 'k', control: true }, true)).toBe('palette')
  tab.state().show('present')
  expect(press(tab, { key: '[' })).toBeUndefined()
})

test('with Alt or a Control that is not asked for, a key is somebody else’s', () => {
  const tab = fresh()
  expect(press(tab, { key: '[', alt: true })).toBeUndefined()
  expect(press(tab, { key: 't', control: true })).toBeUndefined()
})

test('every command has a name and a place of its own, and no two share a key', () => {
  expect(new Set(ALL_COMMANDS.map(({ id }) => id)).size).toBe(ALL_COMMANDS.length)
  expect(new Set(ALL_COMMANDS.map(({ name }) => name)).size).toBe(ALL_COMMANDS.length)
  const keys = ALL_COMMANDS.flatMap((command) => command.keys ?? [])
  expect(new Set(keys).size).toBe(keys.length)
})

test('the help tells every key', () => {
  const words = keyHelp()
    .map(([keys]) => keys)
    .join(' ')
  for (const key of ['Ctrl K', '/', 'Ctrl Z', 'Ctrl Shift Z', 'Ctrl Y', '[', ']', '?', 'T', '.', 'Escape', '1 to 9'])
    expect(words).toContain(key)
})
