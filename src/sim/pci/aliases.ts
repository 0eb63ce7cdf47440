import { busKey, type Topology } from './topology.ts'

/** A requester ID under which DMA of a function can reach the IOMMU, and the function visited when it was found. */
export interface Alias {
  readonly via: number
  /** (segment × 256 + bus) × 256 + devfn. */
  readonly rid: number
}

/**
 * Requester IDs of a function, in the kernel's order (pci_for_each_dma_alias): its own, those of its alias mask, and
 * those that bridges above put in its place. All of them are programmed with one translation; on the wire a
 * conventional device behind a bridge appears as the last.
 */
export function dmaAliases(topology: Topology, index: number): Alias[] {
  const f = topology.functions[index]
  const address = topology.addresses[index]
  if (f === undefined || address === undefined) return []
  const own = busKey(address) * 256
  const aliases: Alias[] = [{ via: index, rid: own + address.devfn }]
  for (const devfn of [...(f.aliases ?? [])].sort((a, b) => a - b)) aliases.push({ via: index, rid: own + devfn })
  for (let at = topology.parents[index] ?? -1; at >= 0; at = topology.parents[at] ?? -1) {
    const bridge = topology.functions[at]
    const place = topology.addresses[at]
    if (bridge === undefined || place === undefined || bridge.xlateRoot === true) break
    const ownRid = busKey(place) * 256 + place.devfn
    const secondaryRid = busKey({ segment: place.segment, bus: bridge.secondary ?? 0 }) * 256
    if (bridge.kind === 'pcie2pci') aliases.push({ via: at, rid: secondaryRid })
    else if (bridge.kind === 'pci2pcie') aliases.push({ via: at, rid: ownRid })
    else if (bridge.kind === 'pci') aliases.push({ via: at, rid: bridge.bridgeAlias === true ? secondaryRid : ownRid })
  }
  return aliases
}

/** Prints a requester ID as an address. */
export function formatRid(rid: number): string {
  const hex = (value: number, width: number): string => value.toString(16).padStart(width, '0')
  const devfn = rid % 256
  const bus = Math.floor(rid / 256) % 256
  return `${hex(Math.floor(rid / 65536), 4)}:${hex(bus, 2)}:${hex(devfn >> 3, 2)}.${devfn & 7}`
}
