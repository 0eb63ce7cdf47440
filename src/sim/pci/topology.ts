import type { AcsBit, PciFunction } from '../machine.ts'

/** Address of a function, taken apart. `devfn` = slot × 8 + function. */
export interface Address {
  readonly segment: number
  readonly bus: number
  readonly slot: number
  readonly fn: number
  readonly devfn: number
}

const BDF = /^([0-9a-f]{4,8}):([0-9a-f]{2}):([0-1][0-9a-f])\.([0-7])$/

/** Takes `dddd:bb:dd.f` apart; null if it is not such an address. */
export function parseBdf(bdf: string): Address | null {
  const match = BDF.exec(bdf)
  if (match === null) return null
  const [segment = 0, bus = 0, slot = 0, fn = 0] = match.slice(1).map((digits) => Number.parseInt(digits, 16))
  return { segment, bus, slot, fn, devfn: slot * 8 + fn }
}

/**
 * The functions of a machine with their addresses and bridges resolved; all lists are in scan order.
 * Addresses that cannot be parsed are refused by the schema before a machine gets here; one that does slip through
 * counts as 0000:00:00.0.
 */
export interface Topology {
  readonly functions: readonly PciFunction[]
  readonly addresses: readonly Address[]
  /** Index of the bridge above each function, -1 on a root bus. */
  readonly parents: readonly number[]
  /** Index by address. */
  readonly byBdf: ReadonlyMap<string, number>
  /** Indices of the functions on each bus, keyed by `busKey`. */
  readonly byBus: ReadonlyMap<number, readonly number[]>
}

/** One number for segment and bus. */
export function busKey(address: { readonly segment: number; readonly bus: number }): number {
  return address.segment * 256 + address.bus
}

/**
 * Resolves addresses and parents. A function counts as on a root bus if its parent is not among the functions, or if
 * the chain of parents leads back to it (no hardware does that, but a document might).
 */
export function topologyOf(functions: readonly PciFunction[]): Topology {
  const origin: Address = { segment: 0, bus: 0, slot: 0, fn: 0, devfn: 0 }
  const addresses = functions.map((f) => parseBdf(f.bdf) ?? origin)
  const byBdf = new Map(functions.map((f, index) => [f.bdf, index]))
  const parents = functions.map((f) => (f.parent === null ? -1 : (byBdf.get(f.parent) ?? -1)))
  cutLoops(parents)
  const byBus = new Map<number, number[]>()
  addresses.forEach((address, index) => {
    const bus = byBus.get(busKey(address))
    if (bus === undefined) byBus.set(busKey(address), [index])
    else bus.push(index)
  })
  return { functions, addresses, parents, byBdf, byBus }
}

/** Makes a root of one function of every loop. Each function is looked at once. */
function cutLoops(parents: number[]): void {
  const walkOf = parents.map(() => -1)
  parents.forEach((_, start) => {
    let at = start
    while (at >= 0 && walkOf[at] === -1) {
      walkOf[at] = start
      const parent = parents[at] ?? -1
      if (parent >= 0 && walkOf[parent] === start) parents[at] = -1
      at = parents[at] ?? -1
    }
  })
}

/** What Linux requires of a port or multifunction device before it counts as isolating (REQ_ACS_FLAGS). */
export const REQUIRED_ACS: readonly AcsBit[] = ['SV', 'RR', 'CR', 'UF']
