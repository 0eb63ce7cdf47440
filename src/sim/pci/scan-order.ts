import type { PciFunction } from '../machine.ts'
import { parseBdf } from './topology.ts'

/**
 * Puts functions into the order in which Linux scans them, and so forms groups: all functions of a bus by device and
 * function number, then the buses below, bridge by bridge (pci_scan_child_bus). Root buses come by segment and number.
 * A parent that is not among the functions, or that is its own ancestor, counts as none.
 */
export function scanOrder(functions: readonly PciFunction[]): PciFunction[] {
  const byAddress = [...functions].sort((a, b) => sortKey(a) - sortKey(b))
  const known = new Set(functions.map((f) => f.bdf))
  const below = new Map<string, PciFunction[]>()
  const roots = new Map<string, PciFunction[]>()
  for (const f of byAddress) {
    const [map, key] = f.parent !== null && known.has(f.parent) ? [below, f.parent] : [roots, busOf(f)]
    const list = map.get(key)
    if (list === undefined) map.set(key, [f])
    else list.push(f)
  }

  const ordered: PciFunction[] = []
  const done = new Set<string>()
  const scanBus = (bus: readonly PciFunction[]): void => {
    // A stack of buses instead of recursion: a pasted listing may nest as deep as it likes.
    const waiting: (readonly PciFunction[])[] = [bus]
    for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
      const fresh = next.filter((f) => !done.has(f.bdf))
      for (const f of fresh) {
        done.add(f.bdf)
        ordered.push(f)
      }
      for (const f of fresh.toReversed()) {
        const under = below.get(f.bdf)
        if (under !== undefined) waiting.push(under)
      }
    }
  }
  for (const bus of roots.values()) scanBus(bus)
  for (const f of byAddress) if (!done.has(f.bdf)) scanBus([f])
  return ordered
}

function sortKey(f: PciFunction): number {
  const address = parseBdf(f.bdf)
  return address === null ? 0 : (address.segment * 256 + address.bus) * 256 + address.devfn
}

function busOf(f: PciFunction): string {
  return f.bdf.slice(0, f.bdf.lastIndexOf(':'))
}
