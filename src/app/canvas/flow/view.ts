/** How the content of the canvas lies in its view. */
import type { Box } from '../geometry.ts'
import type { CanvasNode } from '../looks.ts'

export interface Size {
  readonly width: number
  readonly height: number
}

/** Where the content's origin lies in the view, and how large it is shown. */
export interface Viewport {
  readonly x: number
  readonly y: number
  readonly zoom: number
}

/** Free room around what is shown whole. */
const MARGIN = 16
const SMALLEST = 0.1

/** The smallest box around some boxes; null: there are none. */
export function unionOf(boxes: readonly Box[]): Box | null {
  if (boxes.length === 0) return null
  const x = Math.min(...boxes.map((box) => box.x))
  const y = Math.min(...boxes.map((box) => box.y))
  const right = Math.max(...boxes.map((box) => box.x + box.width))
  const bottom = Math.max(...boxes.map((box) => box.y + box.height))
  return { x, y, width: right - x, height: bottom - y }
}

/**
 * What 'Show everything' shows: all cards with the names of the lanes at their left. Lanes go on far beyond the cards;
 * that is no content.
 */
export function contentOf(nodes: readonly CanvasNode[], sheet: Size): Box {
  const cards = nodes.filter(({ backdrop, parent }) => backdrop !== true && parent === undefined)
  const { x, y, width, height } = unionOf(cards.map(({ box }) => box)) ?? { x: 0, y: 0, ...sheet }
  const left = Math.min(0, x)
  const top = Math.min(0, y)
  return { x: left, y: top, width: x + width - left, height: y + height - top }
}

/** The view that shows a box whole: in its middle where it is made smaller for that, else at the top and no larger than `most`. */
export function viewOfAll(content: Box, view: Size, most: number): Viewport {
  const fitting = Math.min((view.width - MARGIN) / content.width, (view.height - MARGIN) / content.height)
  const zoom = Math.min(most, Math.max(SMALLEST, fitting))
  const left = (view.width - content.width * zoom) / 2
  const top = zoom < most ? (view.height - content.height * zoom) / 2 : 0
  return { x: left - content.x * zoom, y: top - content.y * zoom, zoom }
}

/** Whether a box of the content lies wholly in the view. */
export function isInView(box: Box, { x, y, zoom }: Viewport, view: Size): boolean {
  const left = box.x * zoom + x
  const top = box.y * zoom + y
  return left >= 0 && top >= 0 && left + box.width * zoom <= view.width && top + box.height * zoom <= view.height
}

/** The most of some boxes, beginning with the first, that go into the view together. */
export function boxToShow(boxes: readonly Box[], zoom: number, view: Size): Box | null {
  let shown: Box | null = null
  for (const box of boxes) {
    const more: Box | null = unionOf(shown === null ? [box] : [shown, box])
    const fits = more !== null && more.width * zoom <= view.width && more.height * zoom <= view.height
    if (shown === null || fits) shown = more
  }
  return shown
}
