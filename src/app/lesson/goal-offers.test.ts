import { expect, test } from 'vitest'
import type { GoalPart } from '../../scenario/course/lesson.ts'
import { FakeStorage, openTab } from '../store/fake-store.test-helper.ts'
import { goalOffers } from '../inspector/goal-offers.ts'
import { LESSONS } from './lessons.ts'

function goalsOf(slug: string): GoalPart[] {
  const parts = LESSONS.find((lesson) => lesson.slug === slug)?.cards.flatMap((card) => card.parts) ?? []
  return parts.flatMap((part) => (part.kind === 'goal' ? [part] : []))
}

test.each([
  ['what-is-a-group', '01:00.0'],
  ['who-decides-groups', '01:00.0'],
])('%s: only vfio-pci leads to its goal', (slug, bdf) => {
  const { state } = openTab(new FakeStorage())
  const [goal] = goalsOf(slug)
  if (goal === undefined) throw new Error('the lesson has a goal')
  state().stage(goal.before)
  // A bridge of the host: its own actions are none of the goal.
  state().select({ kind: 'device', device: 0 })
  const offered = goalOffers(state(), goal)
  const drivers = offered.flatMap(({ ops }) => ops.flatMap((op) => (op.op === 'bind' ? [op.driver] : [])))
  expect(new Set(drivers)).toEqual(new Set(['vfio-pci']))
  expect(offered.some(({ ops }) => ops.some((op) => op.op === 'bind' && op.device.endsWith(bdf)))).toBe(true)
})

test('no offer for a goal of any lesson is longer than its solution, and none is made once the goal holds', () => {
  for (const { slug } of LESSONS) {
    for (const goal of goalsOf(slug)) {
      const { state } = openTab(new FakeStorage())
      state().stage(goal.before)
      for (const offer of goalOffers(state(), goal)) {
        expect(offer.ops.length, `${slug}: ${offer.id}`).toBeLessThanOrEqual(goal.steps.length)
      }
      state().stage(goal.after)
      expect(goalOffers(state(), goal), slug).toEqual([])
    }
  }
})
