/**
 * What is wrong with a composed picture, by the rules that it has to keep: wires run in gutters, nothing lies on anything
 * else, every text fits. Nothing that ships imports this.
 */
import type { Scene } from './compose.ts'
import type { Box, Point } from './geometry.ts'
import { nodeId } from './ids.ts'
import type { CanvasNode } from './looks.ts'
import { chipWidth, statusWidth } from './sizes.ts'
import { ADDRESS, MONO, STATUS, TEXT, textWidth, TITLE, type Font } from './text.ts'

/** No wire comes nearer than this to a card that it does not end at. */
const CLEAR = 3
/** Two wires may run on one another for this long, where they cross or begin. */
const SHARED = 12
/** Lines that are nearer than this lie on one another. */
const SAME_LINE = 1.5

/** Everything that is wrong with a picture, one fault a line. */
export function faultsOf(scene: Scene): string[] {
  return [...wireFaults(scene), ...sharedPieces(scene), ...overlaps(scene), ...spaceFaults(scene)]
}

/** Cards that no other card holds: everything that wires must not touch. */
function cardsOf(scene: Scene): [string, Box][] {
  return [...scene.boxes].filter(
    ([id]) => !id.startsWith('device ') && !id.startsWith('plate devices ') && !id.startsWith('kept '),
  )
}

/** The group in whose card a device, or the cell for several, stands. */
function groupOf(scene: Scene, id: string): string | undefined {
  return scene.shown.find(
    ({ devices, group }) => devices.some((device) => nodeId.device(device) === id) || id === `plate devices ${group}`,
  )?.id
}

type Segment = readonly [Point, Point]

function segmentsOf(points: readonly Point[]): Segment[] {
  return points.slice(1).map((point, index) => [points[index] ?? point, point])
}

/** Distance between a straight piece and a box; 0: they touch. */
function gapTo([a, b]: Segment, { x, y, width, height }: Box): number {
  const across = Math.max(x - Math.max(a.x, b.x), Math.min(a.x, b.x) - (x + width), 0)
  const down = Math.max(y - Math.max(a.y, b.y), Math.min(a.y, b.y) - (y + height), 0)
  return Math.max(across, down)
}

/** Wires that touch a card, end anywhere but at a border of their cards, or are not at right angles. */
function wireFaults(scene: Scene): string[] {
  const faults: string[] = []
  const cards = cardsOf(scene)
  for (const { id: wire, from, to, points } of scene.wires) {
    const ends = [groupOf(scene, from) ?? from, groupOf(scene, to) ?? to]
    const segments = segmentsOf(points)
    for (const [id, box] of cards) {
      const isEnd = ends.includes(id)
      const inner = { x: box.x + 1, y: box.y + 1, width: box.width - 2, height: box.height - 2 }
      const gap = Math.min(...segments.map((segment) => gapTo(segment, isEnd ? inner : box)))
      if (isEnd ? gap <= 0 : gap < CLEAR) faults.push(`wire ${wire} touches ${id}`)
    }
    for (const [point, end] of [
      [points[0], ends[0]],
      [points.at(-1), ends[1]],
    ] as const) {
      const box = scene.boxes.get(end ?? '')
      if (point === undefined || box === undefined || !isAtBorder(point, box)) faults.push(`wire ${wire} ends nowhere`)
    }
    for (const [a, b] of segments) if (a.x !== b.x && a.y !== b.y) faults.push(`wire ${wire} is slanted`)
  }
  return faults
}

function isAtBorder(point: Point, { x, y, width, height }: Box): boolean {
  const isBeside = point.x >= x && point.x <= x + width
  return isBeside && (Math.abs(point.y - y) < 1 || Math.abs(point.y - y - height) < 1)
}

/** How far two pieces run on one another. */
function shared([a, b]: Segment, [c, d]: Segment): number {
  const along = (from: 'x' | 'y', to: 'x' | 'y'): number =>
    a[from] === b[from] && c[from] === d[from] && Math.abs(a[from] - c[from]) < SAME_LINE
      ? Math.min(Math.max(a[to], b[to]), Math.max(c[to], d[to])) -
        Math.max(Math.min(a[to], b[to]), Math.min(c[to], d[to]))
      : 0
  return Math.max(along('x', 'y'), along('y', 'x'))
}

function sharedPieces(scene: Scene): string[] {
  const wires = scene.wires.map(({ id, points }) => ({ id, segments: segmentsOf(points) }))
  return wires.flatMap((one, index) =>
    wires
      .slice(index + 1)
      .filter((other) => one.segments.some((a) => other.segments.some((b) => shared(a, b) > SHARED)))
      .map((other) => `wire ${one.id} runs on ${other.id}`),
  )
}

/** Cards that lie on one another, and devices that leave their group or lie on one another. */
function overlaps(scene: Scene): string[] {
  const faults: string[] = []
  const lieOn = (a: Box, b: Box): boolean =>
    a.x < b.x + b.width && b.x < a.x + a.width && a.y < b.y + b.height && b.y < a.y + a.height
  const pairs = (cards: readonly (readonly [string, Box])[]): void => {
    cards.forEach(([id, a], index) => {
      for (const [other, b] of cards.slice(index + 1)) if (lieOn(a, b)) faults.push(`${id} lies on ${other}`)
    })
  }
  pairs(cardsOf(scene))
  const cells = new Map<string, [string, Box][]>()
  for (const [id, box] of scene.boxes) {
    const group = groupOf(scene, id)
    const frame = group === undefined ? undefined : scene.boxes.get(group)
    if (group === undefined || frame === undefined) continue
    cells.set(group, [...(cells.get(group) ?? []), [id, box]])
    if (box.x < 2 || box.y < 2 || box.x + box.width > frame.width - 2 || box.y + box.height > frame.height - 2)
      faults.push(`${id} leaves its group`)
  }
  for (const devices of cells.values()) pairs(devices)
  return faults
}

/** The row of address spaces: Host memory first, Blocked last, all in one row. */
function spaceFaults(scene: Scene): string[] {
  const { ids } = scene.chosen
  const isInOrder = ids[0] === nodeId.host && ids.at(-1) === nodeId.nothing
  const isOneRow = new Set(ids.map((id) => scene.boxes.get(id)?.y)).size === 1
  return [...(isInOrder ? [] : ['the order of address spaces']), ...(isOneRow ? [] : ['address spaces wrap'])]
}

/** Texts of nodes that are wider than the room that they have. Paddings are those of `bodies.tsx`. */
export function textFaults(nodes: readonly CanvasNode[]): string[] {
  return nodes.flatMap(({ id, box, look }) => {
    const tooWide = (words: string, room: number, font: Font): string[] =>
      textWidth(words, font) > room ? [`“${words}” is cut in ${id}`] : []
    switch (look.kind) {
      case 'plate':
        return look.lines.flatMap((line, index) => tooWide(line, box.width - 24, index < look.bold ? TITLE : TEXT))
      case 'space':
        return [
          ...tooWide(look.title, box.width - 20, TITLE),
          ...look.lines.flatMap((line) => tooWide(line, box.width - 20, TEXT)),
          ...(40 + look.lines.length * 17 > box.height + 8 ? [`lines of ${id} are cut`] : []),
        ]
      case 'process':
        return [
          ...tooWide(look.name, box.width - 24 - (look.user === '' ? 0 : 8 + textWidth(look.user, TEXT)), TITLE),
          ...look.chips.flatMap(({ name, text, width }) =>
            tooWide(text === '' ? name : `${name} ${text}`, width - 16, MONO),
          ),
        ]
      case 'group': {
        const title = textWidth(look.title, TITLE) + (look.estimated ? 34 : 0)
        const isolation = look.isolation === '' ? 0 : 8 + chipWidth(look.isolation)
        const room = box.width - 24 - (look.twoLines ? 0 : title + 8) - isolation
        return [
          ...(statusWidth(look.status) > room
            ? [`“${look.status}” is cut in ${id}`]
            : tooWide(look.status, room, STATUS)),
          ...tooWide(look.foot, box.width - 24, TEXT),
        ]
      }
      case 'device': {
        const room = box.width - 20
        const holder = look.holder === '' ? 0 : 8 + chipWidth(look.holder)
        const chips = [chipWidth(look.driver.text), chipWidth(look.reach.text)]
        const wide = look.twoLines ? Math.max(...chips) : (chips[0] ?? 0) + 6 + (chips[1] ?? 0)
        return [
          ...tooWide(look.bdf, room - holder, ADDRESS),
          ...tooWide(look.name, room, TEXT),
          ...(wide > room ? [`“${look.driver.text}”, “${look.reach.text}” are cut in ${id}`] : []),
        ]
      }
      default:
        return []
    }
  })
}
