import { expect, test } from 'vitest'
import type { CanvasNode } from '../looks.ts'
import { boxToShow, contentOf, isInView, viewOfAll } from './view.ts'

function node(
  id: string,
  x: number,
  y: number,
  width: number,
  height: number,
  more: Partial<CanvasNode> = {},
): CanvasNode {
  return {
    id,
    box: { x, y, width, height },
    label: id,
    look: { kind: 'new', words: [] },
    handles: [],
    selectable: true,
    layer: 1,
    ...more,
  }
}

const LANE = node('lane 0', -3000, 0, 7000, 100, { backdrop: true })
const CARD = node('group 3', 150, 20, 250, 80)
const CHILD = node('device 0', 9000, 9000, 10, 10, { parent: 'group 3' })
const SHEET = { width: 1000, height: 500 }

test('the content is the cards and the names at their left, whatever the reach of the lanes', () => {
  expect(contentOf([LANE, CARD, CHILD], SHEET)).toEqual({ x: 0, y: 0, width: 400, height: 100 })
  expect(contentOf([LANE], SHEET)).toEqual({ x: 0, y: 0, ...SHEET })
})

test.each([
  ['a content that fits is as large as at first, at the top', { width: 400, height: 100 }, { x: 300, y: 0, zoom: 1 }],
  ['a wide one is made smaller and stands in the middle', { width: 1968, height: 100 }, { x: 8, y: 225, zoom: 0.5 }],
  ['a high one too', { width: 400, height: 968 }, { x: 400, y: 8, zoom: 0.5 }],
])('%s', (_, size, viewport) => {
  expect(viewOfAll({ x: 0, y: 0, ...size }, SHEET, 1)).toEqual(viewport)
})

test.each([
  [{ x: 0, y: 0, width: 10, height: 10 }, true],
  [{ x: 495, y: 0, width: 10, height: 10 }, false],
  [{ x: -1, y: 0, width: 10, height: 10 }, false],
  [{ x: 0, y: 245, width: 10, height: 10 }, false],
])('%j is in a view of twice the size: %s', (box, seen) => {
  expect(isInView(box, { x: 0, y: 0, zoom: 2 }, SHEET)).toBe(seen)
})

test('as much as goes into the view is brought into it, the first in any case', () => {
  const first = { x: 0, y: 0, width: 2000, height: 10 }
  const near = { x: 0, y: 0, width: 100, height: 100 }
  const far = { x: 950, y: 0, width: 100, height: 100 }
  expect(boxToShow([first, near], 1, SHEET)).toEqual(first)
  expect(boxToShow([near, far, { ...near, y: 200 }], 1, SHEET)).toEqual({ x: 0, y: 0, width: 100, height: 300 })
  expect(boxToShow([], 1, SHEET)).toBeNull()
})
