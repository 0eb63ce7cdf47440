/**
 * The series "Fix incorrect iommu_groups with PCIe ACS" (J. Gunthorpe, 2025; not merged), v2 of 9 July and v3 of 5
 * September: pci_device_group asks bus by bus instead of device by device.
 */
import type { PciFunction } from '../machine.ts'
import { acsEnabled } from '../pci/acs.ts'
import { busKey, type Topology } from '../pci/topology.ts'
import { busIsolation, isVirtualFunction, type BusAnswer, type SeriesVersion } from './bus-isolation.ts'
import type { Formed, JoinCode, JoinReason } from './formed.ts'

/** Forms groups as a version of the series does. Functions are in scan order: a bridge before what is below it. */
export function formSeriesGroups(topology: Topology, version: SeriesVersion): Formed {
  const formation = new SeriesFormation(topology, version)
  topology.functions.forEach((_, index) => formation.add(index))
  return { groups: formation.groups, reasons: formation.reasons }
}

class SeriesFormation {
  readonly groups: number[]
  readonly reasons: JoinReason[] = []
  #count = 0
  /** Groups with a bus that does not isolate (BUS_DATA_PCI_NON_ISOLATED): they take in everything below them. */
  readonly #open = new Set<number>()
  readonly #buses = new Map<number, BusAnswer>()
  readonly #topology: Topology
  readonly #version: SeriesVersion

  constructor(topology: Topology, version: SeriesVersion) {
    this.groups = topology.functions.map(() => -1)
    this.#topology = topology
    this.#version = version
  }

  /** Chooses the group of the next function. */
  add(index: number): void {
    const { open, ...reason } = this.#choose(index)
    const group = reason.joined < 0 ? this.#count++ : this.#group(reason.joined)
    if (open) this.#open.add(group)
    this.groups[index] = group
    this.reasons.push(reason)
  }

  #group(index: number): number {
    return this.groups[index] ?? -1
  }

  #bus(bridge: number): BusAnswer {
    const answer = this.#buses.get(bridge) ?? busIsolation(this.#topology, bridge, this.#version)
    this.#buses.set(bridge, answer)
    return answer
  }

  #onBus(index: number): readonly number[] {
    const address = this.#topology.addresses[index]
    return address === undefined ? [] : (this.#topology.byBus.get(busKey(address)) ?? [])
  }

  /** __pci_device_group; `open`: the group takes in everything below it from now on. */
  #choose(index: number): JoinReason & { readonly open: boolean } {
    const bridge = this.#topology.parents[index] ?? -1
    if (this.#topology.functions[index]?.xlateRoot === true) return alone(false)
    // A virtual function's bus is that of its physical function, whose bridge is its parent here.
    if (bridge >= 0 && this.#open.has(this.#group(bridge))) {
      return { code: 'below-open-group', joined: bridge, cause: bridge, open: true }
    }
    const { isolation, cause } = this.#bus(bridge)
    switch (isolation) {
      case 'isolated':
        return this.#functionGroup(index)
      case 'port':
        return { code: 'port-open', joined: bridge, cause, open: true }
      case 'switch':
        return { code: 'whole-switch', joined: bridge, cause, open: true }
      case 'pci-bridge':
        return { code: 'pci-bus-and-bridge', joined: bridge, cause, open: true }
      case 'ports':
        return this.#sharedBus(index, 'switch-ports', cause)
      case 'pci':
        return this.#sharedBus(index, 'pci-bus', cause)
    }
  }

  /** All functions of a bus share a group, without the bridge above it. */
  #sharedBus(index: number, code: JoinCode, cause: number): JoinReason & { readonly open: boolean } {
    const joined = this.#onBus(index).find((other) => this.#group(other) >= 0) ?? -1
    return { code, joined, cause, open: true }
  }

  /** pci_get_function_group (v2: pci_get_alias_group): aliases, and functions of the slot that reach one another. */
  #functionGroup(index: number): JoinReason & { readonly open: boolean } {
    const reachable = this.#reachableSet(index)
    if (reachable.length === 0) return alone(false)
    const joined = reachable.find((other) => this.#group(other) >= 0)
    if (joined === undefined) return alone(true)
    // The one that it reaches directly tells more than the first that has a group.
    const direct = reachable.find((other) => this.#reaches(index, other) !== null) ?? joined
    const edge = this.#reaches(index, direct) ?? { code: 'alias' as const, cause: direct }
    return { ...edge, joined, open: true }
  }

  /** pci_reachable_set: functions of the bus that are connected with one, without itself, by address. */
  #reachableSet(start: number): number[] {
    const bus = this.#onBus(start)
    const found = new Set([start])
    for (const from of found) {
      for (const to of bus) if (!found.has(to) && this.#reaches(from, to) !== null) found.add(to)
    }
    found.delete(start)
    const { addresses } = this.#topology
    return [...found].sort((a, b) => (addresses[a]?.devfn ?? 0) - (addresses[b]?.devfn ?? 0))
  }

  /** pci_devs_are_same_group: why two functions of a bus must share a group; null: they need not. */
  #reaches(a: number, b: number): { readonly code: JoinCode; readonly cause: number } | null {
    const { functions, addresses } = this.#topology
    const [f, g, at, bt] = [functions[a], functions[b], addresses[a], addresses[b]]
    if (f === undefined || g === undefined || at === undefined || bt === undefined) return null
    if (f.aliases?.includes(bt.devfn) === true || g.aliases?.includes(at.devfn) === true) {
      return { code: 'alias', cause: b }
    }
    if (at.slot !== bt.slot) return null
    if (this.#version === 'v3' && (isVirtualFunction(f) || isVirtualFunction(g))) return null
    if (f.multifunction !== g.multifunction) return { code: 'slot-unclear', cause: b }
    if (!f.multifunction) return null
    if (this.#version === 'v2' && (staysApart(f) || staysApart(g))) return null
    if (this.#loops(f)) return { code: 'slot-open', cause: a }
    return this.#loops(g) ? { code: 'slot-open', cause: b } : null
  }

  /** Whether a function may turn requests round inside its device. v3: one without the capability does not. */
  #loops(f: PciFunction): boolean {
    return !acsEnabled(f) && (this.#version === 'v2' || f.acsCap !== null)
  }
}

function alone(open: boolean): JoinReason & { readonly open: boolean } {
  return { code: 'new', joined: -1, cause: -1, open }
}

/**
 * pci_mfd_isolated of v2: nobody reaches the function, nor it anybody, whatever the others of its slot are: a host bridge
 * without memory (AMD's dummy functions; memory that is not told counts as none), or an endpoint that a quirk takes for
 * isolating (pci_quirk_mf_endpoint_acs; the quirks of ports do not say so).
 */
function staysApart(f: PciFunction): boolean {
  const isHostBridge = f.class?.startsWith('0600') === true && f.memory !== true
  return isHostBridge || (f.acsQuirk === true && f.kind !== 'rp' && f.kind !== 'dsp')
}
