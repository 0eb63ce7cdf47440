import { expect, test } from 'vitest'
import { Exploration } from '../../explore/exploration.ts'
import { START } from '../../scenario/library/first-visit.ts'
import { layOut } from './graph-layout.ts'

test('every state has a place of its own, in the column of its depth, and a way back to the start', () => {
  const exploration = new Exploration(
    { scenario: START, from: 'boot', goal: 'shared', options: { names: { device: 1 } } },
    () => 0,
  )
  while (exploration.running) exploration.advance(1e6)
  const graph = exploration.graph(300)
  if (graph === null) throw new Error('too many states')
  const { placed, columns, width, height } = layOut(graph)
  expect(placed.length).toBe(graph.nodes.length)
  expect(new Set(placed.map(({ x, y }) => `${x} ${y}`)).size).toBe(placed.length)
  for (const { node, x, y, by } of placed) {
    expect(x).toBeGreaterThan(columns[node.depth]?.x ?? Infinity)
    expect(x).toBeLessThan(columns[node.depth + 1]?.x ?? width)
    expect(y).toBeLessThan(height)
    const before = by === null ? -1 : graph.nodes[by.from]?.depth
    expect(before).toBe(node.depth - 1)
  }
})
