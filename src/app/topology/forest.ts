/** The forest that is drawn: root buses, what is on them, and the folds that stand for what nothing happens to. */
import { classLabel } from '../../machines/short-name.ts'
import { busKey } from '../../sim/pci/topology.ts'
import type { World } from '../../sim/world.ts'
import { chooseGroups } from '../canvas/groups.ts'
import type { Fold } from './tree.ts'

/** Up to this many functions all are drawn; above, those in whose groups nothing happens are folded by kind. */
const FOLD_ABOVE = 64

/** What gets a card: a function with what is behind it, or a fold. */
export interface Item {
  /** The function, or the first of a fold. */
  readonly device: number
  /** Device number on its bus. */
  readonly slot: number
  readonly fold: Omit<Fold, 'box'> | null
  readonly children: readonly Item[]
}

/** Root buses by name with what is drawn on them, folds included. */
export function forestOf(world: World, named: ReadonlySet<string>, open: ReadonlySet<string>): Map<string, Item[]> {
  const { below, roots } = branchesOf(world)
  const tree: Tree = { world, below, quiet: quietFunctions(world, named, below), open }
  const forest = new Map<string, Item[]>()
  const away: Item[] = []
  for (const [key, devices] of [...roots].sort(([a], [b]) => a - b)) {
    const name = busName(key)
    const id = `fold bus ${name}`
    const [first] = devices
    if (first !== undefined && devices.every((device) => tree.quiet.has(device)) && !open.has(id)) {
      const fold = { id, what: `bus ${name.replace(/^0000:/, '')}: ${devices.length} functions`, devices }
      away.push({ device: first, slot: -1, fold, children: [] })
    } else forest.set(name, itemsOf(tree, devices, name))
  }
  if (away.length > 0) forest.set(OTHER_BUSES, away)
  return forest
}

/** Functions below each bridge, and on each root bus, by the key of the bus. */
interface Branches {
  readonly below: ReadonlyMap<number, readonly number[]>
  readonly roots: ReadonlyMap<number, readonly number[]>
}

/** What decides what is folded. */
interface Tree {
  readonly world: World
  readonly below: Branches['below']
  /** Functions that nothing happens to, nor to anything below them. */
  readonly quiet: ReadonlySet<number>
  /** Folds that are open, by id. */
  readonly open: ReadonlySet<string>
}

function branchesOf({ topology: { functions, parents, addresses } }: World): Branches {
  const below = new Map<number, number[]>()
  const roots = new Map<number, number[]>()
  functions.forEach((_, device) => {
    const parent = parents[device] ?? -1
    const [map, key] = parent >= 0 ? [below, parent] : [roots, busKey(addresses[device] ?? { segment: 0, bus: 0 })]
    const list = map.get(key)
    if (list === undefined) map.set(key, [device])
    else list.push(device)
  })
  return { below, roots }
}

function quietFunctions(world: World, named: ReadonlySet<string>, below: Branches['below']): ReadonlySet<number> {
  const quiet = new Set<number>()
  const { functions } = world.topology
  if (functions.length <= FOLD_ABOVE) return quiet
  const { shown } = chooseGroups(world, named)
  const inShown = new Set(shown.flatMap((group) => world.groups[group]?.devices ?? []))
  // From the last on: what is below a bridge comes after it.
  for (let device = functions.length - 1; device >= 0; device--) {
    const children = below.get(device) ?? []
    if (!inShown.has(device) && children.every((child) => quiet.has(child))) quiet.add(device)
  }
  return quiet
}

/** What is drawn of functions that are together in one place: each, or a fold for those of one kind. */
function itemsOf(tree: Tree, devices: readonly number[], place: string): Item[] {
  const { world, below } = tree
  const { functions, addresses } = world.topology
  const folded = foldsOf(tree, devices, place)
  return devices.flatMap((device): Item[] => {
    const fold = folded.get(device)
    if (fold !== undefined) return fold === null ? [] : [fold]
    const bdf = functions[device]?.bdf ?? ''
    const slot = addresses[device]?.slot ?? 0
    return [{ device, slot, fold: null, children: itemsOf(tree, below.get(device) ?? [], bdf) }]
  })
}

/** The folds of a place, each by its first function; null for the others that it stands for. */
function foldsOf(tree: Tree, devices: readonly number[], place: string): ReadonlyMap<number, Item | null> {
  const { world, below, quiet, open } = tree
  const everything = (device: number): number[] => [device, ...(below.get(device) ?? []).flatMap(everything)]
  const kinds = new Map<string, number[]>()
  for (const device of devices) {
    if (!quiet.has(device)) continue
    const kind = kindOf(world, device, (below.get(device) ?? []).length)
    kinds.set(kind, [...(kinds.get(kind) ?? []), device])
  }
  const folded = new Map<number, Item | null>()
  for (const [kind, members] of kinds) {
    const [first] = members
    const id = `fold ${place} ${kind}`
    if (members.length < 2 || first === undefined || open.has(id)) continue
    const fold = { id, what: `${members.length} × ${kind}`, devices: members.flatMap(everything) }
    for (const member of members) folded.set(member, null)
    folded.set(first, { device: first, slot: -1, fold, children: [] })
  }
  return folded
}

/** In place of a bus name: root buses on which nothing happens. */
export const OTHER_BUSES = ''

/** The plural of what a function is, for a fold. */
function kindOf(world: World, device: number, children: number): string {
  const f = world.topology.functions[device]
  if (f === undefined) return 'unnamed'
  const label = classLabel(f)
  if (f.bridge) return children === 0 ? `${label.toLowerCase()}s with nothing behind` : `${label.toLowerCase()}s`
  return label === '' ? 'unnamed' : label
}

function busName(key: number): string {
  return `${(key >> 8).toString(16).padStart(4, '0')}:${(key & 255).toString(16).padStart(2, '0')}`
}

/** Functions whose bridge the listing should have had: they are on no bus that a host bridge could make. */
export function isCutOff(world: World, items: readonly Item[]): boolean {
  return items.some(({ device }) => {
    const f = world.topology.functions[device]
    return f?.assumed?.includes('parent') === true && f.kind !== 'rciep'
  })
}

/** Cards of an item and of what is behind it. */
export function countOf(item: Item): number {
  return item.children.reduce((sum, child) => sum + countOf(child), 1)
}

/** Functions of an item and behind it, those in folds included. */
export function sizeOf(item: Item): number {
  return item.children.reduce((sum, child) => sum + sizeOf(child), item.fold?.devices.length ?? 1)
}

/** Cards from an item to the last that is behind it. */
export function depthOf(item: Item): number {
  return 1 + Math.max(0, ...item.children.map(depthOf))
}

/** Rows that an item takes. */
export function leavesOf(item: Item): number {
  return item.children.length === 0 ? 1 : item.children.reduce((sum, child) => sum + leavesOf(child), 0)
}
