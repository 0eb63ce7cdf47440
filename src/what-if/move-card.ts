/** Moving a card to another slot: what hangs below one port comes below another, and takes its bus number. */
import type { Machine, PciFunction } from '../sim/machine.ts'
import { scanOrder } from '../sim/pci/scan-order.ts'
import { busKey, parseBdf } from '../sim/pci/topology.ts'

/** A slot that cards fit in: a root port or a downstream port of a switch. */
export interface Slot {
  readonly port: PciFunction
  /** The functions right behind the port; none in an empty slot. */
  readonly card: readonly PciFunction[]
}

/** All slots of a machine, in scan order. */
export function slotsOf({ devices }: Machine): Slot[] {
  const behind = new Map<string, PciFunction[]>()
  for (const f of devices) if (f.parent !== null) behind.set(f.parent, [...(behind.get(f.parent) ?? []), f])
  return devices
    .filter(({ kind, bridge }) => bridge && (kind === 'rp' || kind === 'dsp'))
    .map((port) => ({ port, card: behind.get(port.bdf) ?? [] }))
}

/** The slot that a function, or the card that it is on, sits in. */
export function slotOf(machine: Machine, bdf: string): Slot | undefined {
  const slots = new Map(slotsOf(machine).map((slot) => [slot.port.bdf, slot]))
  const byBdf = new Map(machine.devices.map((f) => [f.bdf, f]))
  for (let at = byBdf.get(bdf)?.parent ?? null; at !== null; at = byBdf.get(at)?.parent ?? null) {
    const slot = slots.get(at)
    if (slot !== undefined) return slot
  }
  return undefined
}

/** The slots that a card can be moved to: not behind itself, nor to the ports above its own. */
export function slotsFor(machine: Machine, from: Slot): Slot[] {
  const byBdf = new Map(machine.devices.map((f) => [f.bdf, f]))
  const { bdf } = from.port
  return slotsOf(machine).filter(
    ({ port }) => port.bdf !== bdf && !isBelow(byBdf, port.bdf, bdf) && !isBelow(byBdf, bdf, port.bdf),
  )
}

export type Move =
  | {
      readonly ok: true
      readonly machine: Machine
      /** Addresses that changed, before → after. */
      readonly moved: ReadonlyMap<string, string>
    }
  /**
   * `same`: nothing to move; `inside`: one slot is behind the other's card; `no-bus`: the buses of the card do not fit
   * into the numbers that are free there.
   */
  | { readonly ok: false; readonly reason: 'same' | 'inside' | 'no-bus' }

/**
 * Moves the card below one port to another; what was there comes back in exchange. A port keeps its bus number as long
 * as cards have no bridges of their own; else the buses below the root buses concerned are numbered anew, depth first,
 * as firmware does.
 * @param from the port that the card is behind
 * @param to the port that it comes behind
 */
export function moveCard(machine: Machine, from: string, to: string): Move {
  const { devices } = machine
  const slots = slotsOf(machine)
  const source = slots.find(({ port }) => port.bdf === from)
  const target = slots.find(({ port }) => port.bdf === to)
  if (source === undefined || target === undefined || from === to) return { ok: false, reason: 'same' }
  if (source.card.length + target.card.length === 0) return { ok: false, reason: 'same' }
  const byBdf = new Map(devices.map((f) => [f.bdf, f]))
  if (isBelow(byBdf, from, to) || isBelow(byBdf, to, from)) return { ok: false, reason: 'inside' }

  const swapped = new Map<string, string>([
    ...source.card.map(({ bdf }): [string, string] => [bdf, to]),
    ...target.card.map(({ bdf }): [string, string] => [bdf, from]),
  ])
  // The tree by old addresses, so that every function is still who it was.
  const tree: Tree = new Map()
  for (const f of devices) {
    const parent = swapped.get(f.bdf) ?? f.parent
    const known = tree.get(parent)
    if (known === undefined) tree.set(parent, [f])
    else known.push(f)
  }
  const anew = [...source.card, ...target.card].some(({ bridge }) => bridge)
  const roots = new Set([rootOf(byBdf, from), rootOf(byBdf, to)])
  const numbers = numberBuses(devices, byBdf, tree, anew ? roots : new Set())
  if (numbers === null) return { ok: false, reason: 'no-bus' }

  const moved = new Map<string, string>()
  for (const [parent, children] of tree) {
    if (parent === null) continue
    const secondary = numbers.get(parent)
    const segment = parseBdf(rootFunction(byBdf, parent))?.segment ?? 0
    for (const f of children) {
      const address = parseBdf(f.bdf)
      if (secondary === undefined || address === null) continue
      const bus = secondary + offsetOf(byBdf, f)
      if (bus > 255) return { ok: false, reason: 'no-bus' }
      const bdf = `${hex(segment, 4)}:${hex(bus, 2)}:${hex(address.slot, 2)}.${address.fn}`
      if (bdf !== f.bdf) moved.set(f.bdf, bdf)
    }
  }
  const now = (bdf: string): string => moved.get(bdf) ?? bdf
  const changed = devices.map((f): PciFunction => {
    const parent = swapped.get(f.bdf) ?? f.parent
    const secondary = numbers.get(f.bdf)
    const { assumed: before = [], ...rest } = f
    // Where a person put a card is no guess.
    const assumed = swapped.has(f.bdf) ? before.filter((what) => what !== 'parent') : before
    return {
      ...rest,
      bdf: now(f.bdf),
      parent: parent === null ? null : now(parent),
      ...(secondary === undefined ? {} : { secondary }),
      ...(assumed.length === 0 ? {} : { assumed }),
    }
  })
  if (new Set(changed.map(({ bdf }) => bdf)).size < changed.length) return { ok: false, reason: 'no-bus' }
  const rename = (groups: Machine['groups']): Machine['groups'] =>
    groups === undefined
      ? undefined
      : Object.fromEntries(Object.entries(groups).map(([id, members]) => [id, members.map(now)]))
  const { groups, reported, ...rest } = machine
  const [renamed, kept] = [rename(groups), rename(reported)]
  return {
    ok: true,
    machine: {
      ...rest,
      devices: scanOrder(changed),
      ...(renamed === undefined ? {} : { groups: renamed }),
      ...(kept === undefined ? {} : { reported: kept }),
    },
    moved,
  }
}

/** Functions by the bridge above them. */
type Tree = Map<string | null, PciFunction[]>
type Functions = ReadonlyMap<string, PciFunction>

function isBelow(byBdf: Functions, bdf: string, port: string): boolean {
  for (let at = byBdf.get(bdf)?.parent ?? null; at !== null; at = byBdf.get(at)?.parent ?? null) {
    if (at === port) return true
  }
  return false
}

/** The function on a root bus above a function. */
function rootFunction(byBdf: Functions, bdf: string): string {
  let at = bdf
  for (let parent = byBdf.get(at)?.parent ?? null; parent !== null; parent = byBdf.get(at)?.parent ?? null) at = parent
  return at
}

function rootOf(byBdf: Functions, bdf: string): number {
  const address = parseBdf(rootFunction(byBdf, bdf))
  return address === null ? 0 : busKey(address)
}

/** Virtual functions may be on a bus after the one that their bridge leads to. */
function offsetOf(byBdf: Functions, f: PciFunction): number {
  const bus = parseBdf(f.bdf)?.bus ?? 0
  const secondary = f.parent === null ? undefined : byBdf.get(f.parent)?.secondary
  return secondary === undefined ? 0 : Math.max(0, bus - secondary)
}

/**
 * Bus numbers below every bridge, by its old address. Below the root buses in `anew` they are given depth first; elsewhere
 * they stay, and a bridge without one that has something below it gets a free one.
 * @returns null if they run out
 */
function numberBuses(
  devices: readonly PciFunction[],
  byBdf: Functions,
  tree: Tree,
  anew: ReadonlySet<number>,
): Map<string, number> | null {
  const numbers = new Map<string, number>()
  const rootBuses = [...new Set((tree.get(null) ?? []).map(({ bdf }) => rootOf(byBdf, bdf)))].sort((a, b) => a - b)
  let fits = true
  for (const root of rootBuses) {
    if (!anew.has(root)) continue
    const limit = Math.min(rootBuses.find((other) => other > root) ?? Infinity, (Math.floor(root / 256) + 1) * 256)
    let next = root + 1
    const visit = (parent: string): void => {
      numbers.set(parent, next % 256)
      const children = tree.get(parent) ?? []
      next += 1 + Math.max(0, ...children.map((f) => offsetOf(byBdf, f)))
      for (const f of children) if (f.bridge) visit(f.bdf)
    }
    for (const f of tree.get(null) ?? []) if (f.bridge && rootOf(byBdf, f.bdf) === root) visit(f.bdf)
    if (next > limit) fits = false
  }
  if (!fits) return null
  const taken = new Set(devices.flatMap(({ bdf }) => parseBdf(bdf)?.bus ?? []))
  for (const { secondary } of devices) if (secondary !== undefined) taken.add(secondary)
  for (const f of devices) {
    if (!f.bridge || numbers.has(f.bdf)) continue
    if (f.secondary !== undefined) numbers.set(f.bdf, f.secondary)
    else if ((tree.get(f.bdf) ?? []).length > 0) {
      const free = Array.from({ length: 255 }, (_, index) => index + 1).find((bus) => !taken.has(bus))
      if (free === undefined) return null
      taken.add(free)
      numbers.set(f.bdf, free)
    }
  }
  return numbers
}

function hex(value: number, width: number): string {
  return value.toString(16).padStart(width, '0')
}
