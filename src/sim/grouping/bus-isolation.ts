/** What a bus lets devices do to one another, as the series of 2025 asks it (pci_bus_isolated). */
import { acsEnabled } from '../pci/acs.ts'
import { isPchPort } from '../pci/quirks.ts'
import type { Topology } from '../pci/topology.ts'
import type { PciFunction } from '../machine.ts'

export type SeriesVersion = 'v2' | 'v3'

/**
 * `isolated` (PCIE_ISOLATED): what comes from below can only go up. `ports` (PCIE_SWITCH_DSP_NON_ISOLATED): downstream
 * ports of a switch reach one another, and not the upstream port. `switch` (PCIE_NON_ISOLATED): nor is the upstream port
 * kept from them. `port` (PCIE_NON_ISOLATED): the port above does not isolate. `pci` (PCI_BUS_NON_ISOLATED): a
 * conventional bus whose PCIe-to-PCI bridge stays out of it. `pci-bridge` (PCI_BRIDGE_NON_ISOLATED): a conventional bus
 * together with its bridge.
 */
export type BusIsolation = 'isolated' | 'ports' | 'switch' | 'port' | 'pci' | 'pci-bridge'

/** The isolation of a bus, and the function that decided (-1: none has to be named). */
export interface BusAnswer {
  readonly isolation: BusIsolation
  readonly cause: number
}

/**
 * The isolation of the bus below a bridge.
 * @param bridge index of the bridge, -1 for a root bus, which counts as isolated
 */
export function busIsolation(topology: Topology, bridge: number, version: SeriesVersion): BusAnswer {
  const f = topology.functions[bridge]
  if (f === undefined) return { isolation: 'isolated', cause: -1 }
  switch (f.kind) {
    case 'rp':
      return { isolation: rootPortIsolates(f, version) ? 'isolated' : 'port', cause: bridge }
    case 'dsp':
      // v3: the link below is point to point; whether the port lets requests back down is asked of the switch's bus.
      return { isolation: version === 'v3' || acsEnabled(f) ? 'isolated' : 'port', cause: bridge }
    case 'usp':
      return switchIsolation(topology, bridge)
    case 'pcie2pci':
      return { isolation: f.memory === true ? 'pci-bridge' : 'pci', cause: bridge }
    case 'pci':
      return { isolation: f.bridgeAlias === true && f.memory !== true ? 'pci' : 'pci-bridge', cause: bridge }
    case 'pci2pcie':
    case 'ep':
    case 'legep':
    case 'rciep':
    case 'rcec':
      return { isolation: 'pci-bridge', cause: bridge }
  }
}

/**
 * v2 asks quirks for the bits of ACS Enhanced as well, and the quirk for Intel's chipset ports without ACS registers
 * does not have those (pci_acs_ctrl_isolated). v3 takes a port without the capability for one without a loopback.
 */
function rootPortIsolates(f: PciFunction, version: SeriesVersion): boolean {
  if (version === 'v3') return f.acsCap === null || acsEnabled(f)
  return acsEnabled(f) && !(f.acsQuirk === true && f.acsCap === null && isPchPort(f))
}

/**
 * The bus inside a switch (pcie_switch_isolated): the first port in scan order that does not isolate decides. One whose
 * ACS is off is asked for PCI_ACS_USP_MT_RR next: a capability without that bit counts as having it built in, no
 * capability counts as not having it.
 */
function switchIsolation(topology: Topology, upstream: number): BusAnswer {
  const { functions, parents, addresses } = topology
  const first = parents.indexOf(upstream)
  for (const [index, f] of functions.entries()) {
    // Virtual functions may sit on a bus of their own.
    if (parents[index] !== upstream || addresses[index]?.bus !== addresses[first]?.bus) continue
    if (f.kind !== 'dsp' || (f.aliases ?? []).length > 0) return { isolation: 'switch', cause: index }
    if (acsEnabled(f)) continue
    const reachesUpstream = f.acsCap === null || f.acsQuirk === false
    return { isolation: reachesUpstream ? 'switch' : 'ports', cause: index }
  }
  return { isolation: 'isolated', cause: -1 }
}

/** A function number above 0 without the multifunction bit: Linux makes SR-IOV virtual functions so, and nothing else. */
export function isVirtualFunction({ bdf, multifunction }: PciFunction): boolean {
  return !multifunction && !bdf.endsWith('.0')
}
