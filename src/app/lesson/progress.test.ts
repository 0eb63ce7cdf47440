import { expect, test } from 'vitest'
import { keptIn } from '../store/kept.ts'
import { FakeStorage } from '../store/fake-store.test-helper.ts'
import { createProgressStore, PROGRESS_KEY } from './progress.ts'

const storeOn = (local: FakeStorage) => createProgressStore(keptIn(local))

test('two tabs note progress in different lessons, and in one', () => {
  const local = new FakeStorage()
  const a = storeOn(local)
  const b = storeOn(local)
  a.getState().note('one', () => ({ card: 2 }))
  b.getState().note('two', () => ({ done: true }))
  a.getState().note('two', ({ answers }) => ({ answers: { ...answers, '0.1': 1 } }))
  b.getState().note('two', ({ answers }) => ({ answers: { ...answers, '0.2': 0 } }))
  expect(storeOn(local).getState().all).toMatchObject({
    one: { card: 2 },
    two: { done: true, answers: { '0.1': 1, '0.2': 0 } },
  })
})

test('a goal that was reached uncounted is still reached at the next visit', () => {
  const local = new FakeStorage()
  storeOn(local)
    .getState()
    .note('one', () => ({ goals: { '0.1': null, '0.2': 3 } }))
  expect(storeOn(local).getState().all['one']?.goals).toEqual({ '0.1': null, '0.2': 3 })
})

test('a lesson that is forgotten takes no other along', () => {
  const local = new FakeStorage()
  const a = storeOn(local)
  a.getState().note('one', () => ({ card: 1 }))
  storeOn(local)
    .getState()
    .note('two', () => ({ card: 1 }))
  a.getState().forget('one')
  expect(Object.keys(storeOn(local).getState().all)).toEqual(['two'])
  a.getState().forget()
  expect(storeOn(local).getState().all).toEqual({})
})

test.each(['full', 'forbidden'] as const)('progress goes on in a storage that is %s', (how) => {
  const local = new FakeStorage()
  if (how === 'full') local.room = 0
  else local.forbidden = true
  const store = storeOn(local)
  store.getState().note('one', () => ({ card: 1 }))
  store.getState().note('one', () => ({ done: true }))
  expect(store.getState().all['one']).toMatchObject({ card: 1, done: true })
})

test.each([
  '{',
  '[]',
  'null',
  '7',
  '{"one":7}',
  '{"one":{"card":-1,"answers":[1],"goals":"x"}}',
  '{"one":{"card":1e999}}',
])('whatever stands there, a lesson begins and is noted: %s', (text) => {
  const local = new FakeStorage()
  local.setItem(PROGRESS_KEY, text)
  const store = storeOn(local)
  expect(store.getState().all['one']?.card ?? 0).toBe(0)
  store.getState().note('one', () => ({ card: 3 }))
  expect(storeOn(local).getState().all['one']?.card).toBe(3)
})

test('fields of a newer release stay', () => {
  const local = new FakeStorage()
  local.setItem(PROGRESS_KEY, JSON.stringify({ one: { card: 1, medals: 2 }, newer: { stars: 3 } }))
  storeOn(local)
    .getState()
    .note('one', () => ({ card: 2 }))
  expect(local.value(PROGRESS_KEY)).toMatchObject({ one: { card: 2, medals: 2 }, newer: { stars: 3 } })
})
