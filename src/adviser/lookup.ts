/** What the adviser asks of a machine again and again, worked out once for each machine. */
import type { Machine, PciFunction } from '../sim/machine.ts'
import { parseAcsOverride } from '../sim/pci/acs.ts'
import { formGroups } from '../sim/pci/groups.ts'
import { parseBdf, topologyOf, type Topology } from '../sim/pci/topology.ts'
import { isOnBoard, kindOf, slotOf, type DeviceKind } from './kinds.ts'
import { remembered } from './remember.ts'

export interface Lookup {
  readonly topology: Topology
  readonly byBdf: ReadonlyMap<string, PciFunction>
  /** Functions of one chip or card, by `dddd:bb:dd`. */
  readonly bySlot: ReadonlyMap<string, readonly PciFunction[]>
  readonly children: ReadonlyMap<string, readonly PciFunction[]>
  readonly ofKind: ReadonlyMap<DeviceKind, readonly PciFunction[]>
  /** By vendor and device, `vvvv:dddd`. */
  readonly byId: ReadonlyMap<string, readonly PciFunction[]>
  /** Members of each group in the machine's order: as reported, else as they form from the tree. */
  readonly groups: ReadonlyMap<string, readonly PciFunction[]>
  readonly groupOf: ReadonlyMap<PciFunction, string>
  readonly rootPorts: readonly PciFunction[]
  /** Number of the group of each function if groups form from the tree with a value of pcie_acs_override. */
  readonly formed: (override: string) => readonly number[]
}

/** The tables of a machine, made at the first question. */
export const lookupOf: (machine: Machine) => Lookup = remembered(build)

function build(machine: Machine): Lookup {
  const { devices } = machine
  const topology = topologyOf(devices)
  const formed = new Map<string, readonly number[]>()
  const form = (override: string): readonly number[] => {
    const groups =
      formed.get(override) ?? formGroups(topology, override === '' ? undefined : parseAcsOverride(override)).groups
    formed.set(override, groups)
    return groups
  }
  const byBdf = new Map(devices.map((f) => [f.bdf, f]))
  const groups = groupsOf(machine, byBdf, form)
  return {
    topology,
    byBdf,
    bySlot: by(devices, ({ bdf }) => slotOf(bdf)),
    children: by(devices, ({ parent }) => parent),
    ofKind: by(devices, kindOf),
    byId: by(devices, ({ vendor, device }) => (vendor && device ? `${vendor}:${device}` : null)),
    groups,
    groupOf: new Map([...groups].flatMap(([id, members]) => members.map((f) => [f, id] as const))),
    rootPorts: devices.filter(({ kind }) => kind === 'rp'),
    formed: form,
  }
}

function by<K>(functions: readonly PciFunction[], keyOf: (f: PciFunction) => K | null): Map<K, PciFunction[]> {
  const map = new Map<K, PciFunction[]>()
  for (const f of functions) {
    const key = keyOf(f)
    if (key === null) continue
    const list = map.get(key)
    if (list === undefined) map.set(key, [f])
    else list.push(f)
  }
  return map
}

function groupsOf(
  { devices, groups }: Machine,
  byBdf: ReadonlyMap<string, PciFunction>,
  form: (override: string) => readonly number[],
): Map<string, PciFunction[]> {
  if (groups === undefined) {
    const numbers = form('')
    const at = new Map(devices.map((f, index) => [f, index]))
    return by(devices, (f) => String(numbers[at.get(f) ?? 0]))
  }
  const groupOf = new Map(
    Object.entries(groups).flatMap(([id, bdfs]) => bdfs.flatMap((bdf) => (byBdf.has(bdf) ? [[bdf, id] as const] : []))),
  )
  return by(devices, ({ bdf }) => groupOf.get(bdf) ?? null)
}

/** The bridges above a function, nearest first. */
export function bridgesAbove({ byBdf }: Lookup, f: PciFunction): PciFunction[] {
  const above: PciFunction[] = []
  for (let at = f.parent; at !== null;) {
    const bridge = byBdf.get(at)
    if (bridge === undefined || above.includes(bridge)) break
    above.push(bridge)
    at = bridge.parent
  }
  return above
}

/**
 * Whether a function hangs off the chipset and not off the processor: below an Intel root port of device 1a to 1d, or
 * below a switch that is one chip with a USB or SATA controller, as AMD's chipsets are.
 */
export function isBehindChipset(lookup: Lookup, f: PciFunction): boolean {
  return bridgesAbove(lookup, f).some((bridge) => {
    const address = parseBdf(bridge.bdf)
    if (address === null) return false
    if (bridge.parent === null) return address.bus === 0 && address.slot >= 0x1a && address.slot <= 0x1d
    if (bridge.kind !== 'usp') return false
    const beside = lookup.bySlot.get(slotOf(bridge.bdf)) ?? []
    // Of a switch that is one chip with functions of unknown class nothing else is known.
    return beside.some((other) => /^(?:0c03|0106)/.test(other.class ?? '') || kindOf(other) === 'unknown')
  })
}

/** One of the functions of a chip on a root bus that has the ISA bridge among them, as Intel's 00:1f.* and AMD's 00:14.*. */
export function isPartOfChipset({ bySlot }: Lookup, f: PciFunction): boolean {
  return isOnBoard(f) && (bySlot.get(slotOf(f.bdf)) ?? []).some((other) => other !== f && kindOf(other) === 'isa')
}
