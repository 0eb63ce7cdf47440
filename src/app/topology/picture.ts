import { acsMark } from '../../explain/acs.ts'
import { shortBdf } from '../../explain/words.ts'
import { shortName } from '../../machines/short-name.ts'
import { peersIn } from '../../sim/isolation.ts'
import { parseAcsOverride } from '../../sim/pci/acs.ts'
import type { Snapshot } from '../../sim/snapshot.ts'
import type { World } from '../../sim/world.ts'
import { driverOf } from '../canvas/device-cards.ts'
import type { Box } from '../canvas/geometry.ts'
import { nodeId } from '../canvas/ids.ts'
import type { CanvasNode, Tag, TreeLook } from '../canvas/looks.ts'
import { fitName, MONO } from '../canvas/text.ts'
import { OTHER_BUSES } from './forest.ts'
import { isGuess } from './outlines.ts'
import type { Hull, TreeLayout } from './tree.ts'
import { positionWords } from './position.ts'

const HUES = 6
const STROKES = 4

/** Nodes by id as they were last drawn of some hardware, so that what shows the same stays the same object. */
const drawn = new WeakMap<World['groups'], Map<string, { key: string; node: CanvasNode }>>()

/**
 * The nodes of the topology lens.
 * @param snapshot the state whose drivers are shown
 * @param looked index of the group that is looked at
 */
export function treePicture(
  world: World,
  snapshot: Snapshot,
  layout: TreeLayout,
  looked: number | undefined,
): CanvasNode[] {
  const known = drawn.get(world.groups) ?? new Map<string, { key: string; node: CanvasNode }>()
  drawn.set(world.groups, known)
  const nodes: CanvasNode[] = []
  const add = (node: Omit<CanvasNode, 'handles'>): void => {
    const key = JSON.stringify(node)
    const before = known.get(node.id)
    const kept = before?.key === key ? before.node : { ...node, handles: [] }
    known.set(node.id, { key, node: kept })
    nodes.push(kept)
  }
  const backdrop = (id: string, box: Box, look: TreeLook, layer: number): void =>
    add({ id, box, label: '', look, selectable: false, layer, backdrop: true })

  for (const bus of layout.buses) {
    const title =
      bus.name === OTHER_BUSES
        ? 'More root buses, where nothing happens'
        : `${bus.cutOff ? 'Bus' : 'Root complex · bus'} ${shortBus(bus.name)}`
    const count = `${bus.functions} function${bus.functions === 1 ? '' : 's'}`
    const facts = bus.cutOff ? `${count}, no bridge listed` : count
    backdrop(`bus ${bus.name}`, { ...bus.box, height: 30 }, { kind: 'tree-bus', title, facts }, 0)
  }
  const { width, height, lines, slots } = layout
  backdrop('tree lines', { x: 0, y: 0, width, height }, { kind: 'tree-lines', width, height, lines, slots }, 2)

  const looks = looksOf(layout.hulls)
  const override = parseAcsOverride(world.setup.boot.acsOverride)
  for (const hull of layout.hulls) {
    addHull(world, hull, looks.get(hull.group) ?? { hue: 0, stroke: 0 }, hull.group === looked, add)
  }
  for (const device of layout.places.keys()) {
    const tag = driverOf(world, snapshot, device)
    addFunction({ world, layout, device, driver: tag, acs: override }, add)
  }
  for (const fold of layout.folds) {
    const groups = [
      ...new Set(fold.devices.map((device) => world.groups[world.devices[device]?.group ?? -1]?.id ?? -1)),
    ]
    const shown = groups.filter((id) => id >= 0)
    const words = shown.length === 0 ? 'in no group' : `group${shown.length === 1 ? '' : 's'} ${ranges(shown)}`
    add({
      id: fold.id,
      box: fold.box,
      label: `${fold.what}, ${words}: press Enter to unfold`,
      look: { kind: 'tree-fold', what: fold.what, groups: words },
      selectable: true,
      layer: 5,
    })
  }
  addWarnings(world, layout, backdrop)
  return nodes
}

type Add = (node: Omit<CanvasNode, 'handles'>) => void

/** Groups of several functions are told apart by hue and by stroke, in the order in which they stand. */
function looksOf(hulls: readonly Hull[]): Map<number, { hue: number; stroke: number }> {
  const looks = new Map<number, { hue: number; stroke: number }>()
  const sizes = new Map<number, number>()
  for (const { group, devices } of hulls) sizes.set(group, (sizes.get(group) ?? 0) + devices.length)
  for (const { group } of hulls) {
    if (looks.has(group) || (sizes.get(group) ?? 0) < 2) continue
    looks.set(group, { hue: 1 + (looks.size % HUES), stroke: looks.size % STROKES })
  }
  return looks
}

function addHull(world: World, hull: Hull, look: { hue: number; stroke: number }, looked: boolean, add: Add): void {
  const { group, part, parts, devices, box, path } = hull
  const id = world.groups[group]?.id ?? 0
  const estimated = world.setup.machine.estimated === true
  const members = world.groups[group]?.devices ?? []
  const several = parts > 1 ? `, part ${part + 1} of ${parts}` : ''
  const names = devices.map((device) => shortBdf(world.devices[device]?.spec.bdf ?? '')).join(', ')
  add({
    id: part === 0 ? nodeId.group(group) : `${nodeId.group(group)} part ${part}`,
    box,
    label: `IOMMU group ${id}: ${estimated ? 'estimated, ' : ''}${members.length} function${members.length === 1 ? '' : 's'}${several}: ${names}`,
    look: {
      kind: 'tree-hull',
      id,
      ...look,
      label: parts > 1 ? `${part + 1}/${parts}` : '',
      width: box.width,
      height: box.height,
      path,
      looked,
    },
    selectable: true,
    open: true,
    layer: 1,
  })
}

interface FunctionCard {
  readonly world: World
  readonly layout: TreeLayout
  readonly device: number
  readonly driver: Tag
  readonly acs: ReturnType<typeof parseAcsOverride>
}

/** What a card's border and padding take of its width, and a chip's of its own. */
const CARD_EDGE = 22
const CHIP_EDGE = 16

function addFunction({ world, layout, device, driver, acs }: FunctionCard, add: Add): void {
  const box = layout.places.get(device)
  const target = world.devices[device]
  if (box === undefined || target === undefined) return
  const { spec } = target
  const mark = acsMark(spec, acs)
  const group = world.groups[target.group]
  const name = `${shortName(spec)}${spec.assumed?.includes('kind') === true && spec.bridge ? '?' : ''}`
  const facts = [
    `Device ${shortBdf(spec.bdf)}`,
    name,
    group === undefined ? 'in no group' : `group ${group.id}`,
    ...(mark === null ? [] : [mark.word]),
    driver.text.includes('driver') || driver.text === 'empty slot' ? driver.text : `driver ${driver.text}`,
    positionWords(world, device),
  ]
  add({
    id: nodeId.device(device),
    box,
    label: facts.join(', '),
    look: {
      kind: 'tree-function',
      bdf: shortBdf(spec.bdf),
      name,
      acs: mark,
      driver: { ...driver, text: fitName(driver.text, box.width - CARD_EDGE - CHIP_EDGE, MONO) },
      guessed: isGuess(world, device),
    },
    selectable: true,
    layer: 6,
  })
}

/** Outlines around groups between which DMA passes beside the IOMMU, whatever the kernel believes. */
function addWarnings(
  world: World,
  layout: TreeLayout,
  backdrop: (id: string, box: Box, look: TreeLook, layer: number) => void,
): void {
  for (const groups of setsOfPeers(world)) {
    const devices = new Set([...groups].flatMap((group) => world.groups[group]?.devices ?? []))
    const ids = [...groups].map((group) => world.groups[group]?.id ?? 0).sort((a, b) => a - b)
    const pretended = (world.setup.boot.acsOverride ?? '') !== ''
    const words = pretended ? '⚠ not apart in hardware' : '⚠ no ACS between these'
    layout.around(devices).forEach(({ box, path }, part) => {
      backdrop(`warning ${ids.join(' ')} ${part}`, box, { kind: 'tree-warning', ...size(box), path, words }, 3)
    })
  }
}

function size({ width, height }: Box): { width: number; height: number } {
  return { width, height }
}

/** Groups that are not apart in hardware, together. */
export function setsOfPeers(world: World): readonly ReadonlySet<number>[] {
  const sets: Set<number>[] = []
  for (const { device, other } of peersIn(world)) {
    const pair = [world.devices[device]?.group ?? -1, world.devices[other]?.group ?? -1]
    const touched = sets.filter((set) => pair.some((group) => set.has(group)))
    for (const set of touched) sets.splice(sets.indexOf(set), 1)
    sets.push(new Set([...touched.flatMap((set) => [...set]), ...pair]))
  }
  return sets
}

function shortBus(name: string): string {
  return name.startsWith('0000:') ? name.slice(5) : name
}

/** `3–7, 9` */
function ranges(numbers: readonly number[]): string {
  const sorted = numbers.toSorted((a, b) => a - b)
  const runs: [number, number][] = []
  for (const number of sorted) {
    const last = runs.at(-1)
    if (last !== undefined && last[1] === number - 1) last[1] = number
    else runs.push([number, number])
  }
  return runs.map(([from, to]) => (from === to ? String(from) : `${from}–${to}`)).join(', ')
}
