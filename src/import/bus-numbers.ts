/** Guesses the tree of a machine from a listing that tells addresses, and perhaps groups, but no bridges above them. */
import { busKey, parseBdf } from '../sim/pci/topology.ts'

/** What is known of a function. */
export interface Placed {
  readonly bdf: string
  /** A bridge, or a function of unknown class that may be one. */
  readonly bridge: boolean
  /** Sure to be on a root bus (host bridge, root port). */
  readonly atRoot: boolean
  /** Bus below, where known. */
  readonly secondary: number | null
  /** Number of its group, where known. */
  readonly group: string | null
  /** A virtual function: may be on a bus without a bridge of its own. */
  readonly virtual: boolean
  readonly vendor: string | null
}

/** What is known of all functions together. */
interface Tree {
  /** Functions of each bus, in order; keyed by `busKey`. */
  readonly byBus: ReadonlyMap<number, readonly Placed[]>
  /** The bridge above each bus, null for a root bus; buses that are not in it are still to be placed. */
  readonly above: Map<number, string | null>
  /** Bridges of each group. */
  readonly bridgesIn: ReadonlyMap<string, readonly Placed[]>
}

/**
 * Firmware and Linux number buses depth-first: each bridge, in the order of device and function numbers, gets the next
 * number, and then what is below it. With some bridges empty and some numbers kept free for hot-plugging, the buses that
 * do have functions are matched to bridges in that order; groups exclude what cannot be.
 * @returns the bridge above each function; null on a root bus
 */
export function guessParents(functions: readonly Placed[]): Map<string, string | null> {
  const byBus = new Map<number, Placed[]>()
  const bridgesIn = new Map<string, Placed[]>()
  for (const f of functions) {
    const address = parseBdf(f.bdf)
    if (address === null) continue
    append(byBus, busKey(address), f)
    if (f.bridge && f.group !== null) append(bridgesIn, f.group, f)
  }
  for (const bus of byBus.values()) bus.sort((a, b) => (a.bdf < b.bdf ? -1 : 1))
  const above = new Map<number, string | null>()
  const tree: Tree = { byBus, above, bridgesIn }

  // What bridges say of the bus below them is no guess.
  for (const f of functions) {
    const address = parseBdf(f.bdf)
    if (address === null || f.secondary === null || f.secondary === 0) continue
    const key = busKey({ segment: address.segment, bus: f.secondary })
    if (key !== busKey(address) && !above.has(key)) above.set(key, f.bdf)
  }
  const keys = [...byBus.keys()].sort((a, b) => a - b)
  for (const key of keys) {
    const bus = byBus.get(key) ?? []
    const atRoot = key % 256 === 0 || bus.some((f) => f.atRoot) || looksLikeRoot(bus)
    if (atRoot && !above.has(key)) above.set(key, null)
  }
  for (const key of keys) if (above.get(key) === null) placeBelow(key, keys, tree)
  // A bus that no bridge can have is a root bus as well, and may have others below it.
  for (const key of keys) {
    if (above.has(key) || byBus.get(key)?.every(({ virtual }) => virtual) === true) continue
    above.set(key, null)
    placeBelow(key, keys, tree)
  }

  const parents = new Map<string, string | null>()
  for (const key of keys) {
    const bus = byBus.get(key) ?? []
    const bridge = above.get(key) ?? virtualBus(bus, key, tree)
    for (const { bdf } of bus) parents.set(bdf, bridge)
  }
  return parents
}

/**
 * Bridges in some slots and other functions beside them: on a PCIe link there is only slot 0, below a switch's upstream
 * port there are only bridges.
 */
function looksLikeRoot(bus: readonly Placed[]): boolean {
  return bus.some(({ bridge }) => !bridge) && bus.some(({ bridge, bdf }) => bridge && !bdf.slice(0, -2).endsWith(':00'))
}

function append<K>(map: Map<K, Placed[]>, key: K, f: Placed): void {
  const list = map.get(key)
  if (list === undefined) map.set(key, [f])
  else list.push(f)
}

/** How often a walk that took too many bridges for empty is done again. */
const MAX_RETRIES = 8

/** Places the buses between a root bus and the next one. */
function placeBelow(root: number, keys: readonly number[], tree: Tree): void {
  const next = keys.find((key) => key > root && tree.above.get(key) === null) ?? Infinity
  const end = Math.min(next, (Math.floor(root / 256) + 1) * 256)
  const open = keys.filter((key) => key > root && key < end && !tree.above.has(key))
  const full = new Set<string>()
  let walk = number(root, open, full, tree)
  for (let retry = 0; retry < MAX_RETRIES && walk.placed.size < open.length; retry++) {
    // Some bus found no bridge: the last one passed over as empty before it was not.
    const missing = open.find((key) => !walk.placed.has(key)) ?? Infinity
    const passed = walk.passedOver.findLast(({ candidate }) => candidate < missing)
    if (passed === undefined) break
    full.add(passed.bridge)
    const again = number(root, open, full, tree)
    if (again.placed.size < walk.placed.size) break
    walk = again
  }
  for (const [key, bridge] of walk.placed) tree.above.set(key, bridge)
}

/** A bus whose bridges are being numbered. */
interface Level {
  readonly bridges: readonly Placed[]
  next: number
  /** The bridge above this bus. */
  readonly parent: Placed | null
}

interface Walk {
  /** The bridge for each bus that found one. */
  readonly placed: ReadonlyMap<number, string>
  /** Bridges taken for empty although they could have had the next bus, in order. */
  readonly passedOver: readonly { readonly bridge: string; readonly candidate: number }[]
}

/**
 * Walks the bridges below a root bus in the order of numbering.
 * @param open buses with functions that are to be placed, ascending
 * @param full bridges that are not to be taken for empty
 */
function number(root: number, open: readonly number[], full: ReadonlySet<string>, tree: Tree): Walk {
  const placed = new Map<number, string>()
  const passedOver: { bridge: string; candidate: number }[] = []
  const levelOf = (key: number, parent: Placed | null): Level => ({
    bridges: (tree.byBus.get(key) ?? []).filter(({ bridge }) => bridge),
    next: 0,
    parent,
  })
  const levels = [levelOf(root, null)]
  const visited = new Set<number>()
  let at = 0
  let last = root
  for (let level = levels.at(-1); level !== undefined; level = levels.at(-1)) {
    const bridge = level.bridges[level.next++]
    if (bridge === undefined) {
      levels.pop()
      continue
    }
    if (bridge.secondary !== null && bridge.secondary > 0) {
      const key = Math.floor(root / 256) * 256 + bridge.secondary
      last = Math.max(last, key)
      if (tree.above.get(key) === bridge.bdf && !visited.has(key)) levels.push(levelOf(key, bridge))
      visited.add(key)
      continue
    }
    while ((open[at] ?? Infinity) <= last) at++
    const candidate = open[at]
    if (candidate === undefined) continue
    const bus = tree.byBus.get(candidate) ?? []
    // Numbers that empty bridges would use up.
    const gap = candidate - last - 1
    if (!mayBeBelow(bus, bridge, level.parent, tree)) {
      if (gap > 0) last++
      continue
    }
    if (gap > 0 && !full.has(bridge.bdf)) {
      const followers = levels.flatMap(({ bridges, next, parent }) => bridges.slice(next).map((b) => ({ b, parent })))
      if (gap <= followers.length && followers.some(({ b, parent }) => mayBeBelow(bus, b, parent, tree))) {
        passedOver.push({ bridge: bridge.bdf, candidate })
        last++
        continue
      }
    }
    placed.set(candidate, bridge.bdf)
    last = candidate
    at++
    levels.push(levelOf(candidate, bridge))
  }
  return { placed, passedOver }
}

/**
 * Whether groups allow a bus below a bridge. A bridge that does not isolate is in one group with what is below it; one
 * that shares its group with the bridge above it does not isolate, whatever it can do itself.
 */
function mayBeBelow(bus: readonly Placed[], bridge: Placed, parent: Placed | null, { bridgesIn }: Tree): boolean {
  const group = bus.find((f) => f.group !== null)?.group ?? null
  if (group === null || bridge.group === null) return true
  const [first] = bus
  const inGroup = (bridgesIn.get(group) ?? []).some((other) => first !== undefined && other.bdf < busStart(first.bdf))
  if (inGroup) return bridge.group === group
  return bridge.group !== group && (parent === null || parent.group !== bridge.group)
}

/** The beginning of all addresses on a bus. */
function busStart(bdf: string): string {
  return bdf.slice(0, bdf.lastIndexOf(':'))
}

/** Virtual functions reach over to buses that have no bridge: they are where a function of the same vendor below is. */
function virtualBus(bus: readonly Placed[], key: number, tree: Tree): string | null {
  const [first] = bus
  if (first === undefined || !bus.every(({ virtual }) => virtual)) return null
  for (let below = key - 1; below >= Math.max(key - 8, Math.floor(key / 256) * 256); below--) {
    const physical = tree.byBus.get(below)?.some((f) => !f.virtual && f.vendor === first.vendor)
    if (physical === true) return tree.above.get(below) ?? null
  }
  return null
}
