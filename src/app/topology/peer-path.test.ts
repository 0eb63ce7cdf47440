import { expect, test } from 'vitest'
import type { Box } from '../canvas/geometry.ts'
import { peerWay } from './peer-path.ts'

/*
 * 0 ── 1 ── 3
 *    └ 2 ── 4      5 is a second function beside 4, 6 a card on another root bus.
 */
const PARENTS = [-1, 0, 0, 1, 2, 2, -1]
const CARDS: readonly (readonly [x: number, y: number])[] = [
  [0, 0],
  [100, 0],
  [100, 50],
  [200, 0],
  [200, 50],
  [200, 100],
  [0, 150],
]
const boxOf = (device: number): Box | undefined => {
  const [x, y] = CARDS[device] ?? []
  return x === undefined || y === undefined ? undefined : { x, y, width: 60, height: 40 }
}
const way = (from: number, to: number): string =>
  peerWay(PARENTS, boxOf, from, to)
    .map((points) => points.map(({ x, y }) => `${x},${y}`).join(' '))
    .join(' | ')

test.each<readonly [string, number, number, string]>([
  ['functions of one card', 4, 5, '200,70 188,70 188,120 200,120'],
  [
    'cards behind two ports of a switch',
    3,
    4,
    '200,20 185,20 185,20 160,20 | 100,20 88,20 88,70 100,70 | 160,70 185,70 185,70 200,70',
  ],
  ['cards on two root buses', 0, 6, '0,20 -12,20 -12,170 0,170'],
  ['a device and the bridge above it', 4, 2, ''],
])('the way between %s', (_, from, to, expected) => expect(way(from, to)).toBe(expected))

test('there is no way where a card is folded', () => {
  expect(peerWay(PARENTS, (device) => (device === 1 ? undefined : boxOf(device)), 3, 4)).toEqual([])
})
