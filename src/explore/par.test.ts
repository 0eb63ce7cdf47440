import { describe, expect, test } from 'vitest'
import { momentOf } from '../scenario/condition/moment.ts'
import { isReached } from '../scenario/course/lesson-check.ts'
import { readLessons } from '../scenario/course/lessons/index.ts'
import { machineOf, setupOf } from '../scenario/document/scenario.ts'
import { kernelById } from '../sim/kernels/registry.ts'
import { replay } from '../sim/replay.ts'
import { shortestWay } from './par.ts'

const GOALS = readLessons().flatMap(({ file, cards }) =>
  cards.flatMap(({ parts }) =>
    parts.flatMap((part) => (part.kind === 'goal' ? [[`${file}:${part.line}`, part] as const] : [])),
  ),
)

describe('the par of each goal is the shortest way that a search finds', () => {
  test.each(GOALS)('%s', (_, goal) => {
    const path = shortestWay(goal)
    const machine = machineOf(goal.before)
    const kernel = kernelById(goal.before.kernel)
    if (path === null || machine === undefined || kernel === undefined) throw new Error('not found')
    expect(path).toHaveLength(goal.par)
    // The way that was found does reach the goal, for whoever takes it.
    const ops = [...goal.before.ops, ...path]
    const run = replay(kernel, setupOf(goal.before, machine), ops)
    expect(isReached(goal, momentOf(run, ops.length))).toBe(true)
  })
})

test('there are goals, and one of them has a shorter way than its own solution', () => {
  expect(GOALS.length).toBeGreaterThan(20)
  const shorter = GOALS.filter(([, goal]) => goal.par < goal.steps.length).map(([name]) => name.split(':')[0])
  expect(shorter).toEqual(['16-the-outcome.md'])
})
