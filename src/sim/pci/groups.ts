import { acsEnabled, acsPath, type AcsOverride } from './acs.ts'
import { dmaAliases } from './aliases.ts'
import { busKey, type Topology } from './topology.ts'

/** Why a function is in its group: the step of the kernel's choice that decided, and the function whose group it joined. */
export interface GroupReason {
  readonly step: 'alias' | 'peer-to-peer' | 'alias-mask' | 'function' | 'new'
  readonly joined: number
}

export interface Grouping {
  /** Group number of each function, counted up from 0 in scan order. */
  readonly groups: readonly number[]
  readonly reasons: readonly GroupReason[]
}

/**
 * Forms IOMMU groups as Linux does (pci_device_group, the same in 5.10, 6.1 and 6.12): functions are taken in scan
 * order, each joins the group of something it shares requester IDs with or may reach without passing the IOMMU,
 * else it starts a new one. Groups are never merged later.
 */
export function formGroups(topology: Topology, override?: AcsOverride): Grouping {
  const { functions, addresses, parents, byBus } = topology
  const groups: number[] = functions.map(() => -1)
  const reasons: GroupReason[] = []
  let count = 0

  const grouped = (index: number): boolean => (groups[index] ?? -1) >= 0
  const isolates = (index: number): boolean => {
    const f = functions[index]
    return f !== undefined && acsEnabled(f, override)
  }
  const onBus = (index: number): readonly number[] => {
    const address = addresses[index]
    return address === undefined ? [] : (byBus.get(busKey(address)) ?? [])
  }
  const devfn = (index: number): number => addresses[index]?.devfn ?? 0

  /** get_pci_alias_group: somebody on the bus with whom `x` shares an alias mask. */
  const aliasGroup = (x: number, seen: Set<number>): number => {
    if (seen.has(devfn(x))) return -1
    seen.add(devfn(x))
    if (grouped(x)) return x
    for (const t of onBus(x)) {
      if (t === x) continue
      const aliased =
        functions[x]?.aliases?.includes(devfn(t)) === true || functions[t]?.aliases?.includes(devfn(x)) === true
      if (!aliased) continue
      const found = aliasGroup(t, seen)
      if (found >= 0) return found
      const sibling = functionGroup(t, seen)
      if (sibling >= 0) return sibling
    }
    return -1
  }

  /** get_pci_function_alias_group: another function of the slot that may exchange DMA inside the chip. */
  const functionGroup = (x: number, seen: Set<number>): number => {
    if (functions[x]?.multifunction !== true || isolates(x)) return -1
    for (const t of onBus(x)) {
      if (t === x || addresses[t]?.slot !== addresses[x]?.slot || isolates(t)) continue
      const found = aliasGroup(t, seen)
      if (found >= 0) return found
    }
    return -1
  }

  const choose = (index: number): GroupReason => {
    let visited = index
    for (const { via } of dmaAliases(topology, index)) {
      visited = via
      if (grouped(via)) return { step: 'alias', joined: via }
    }
    let current = visited
    for (let bridge = parents[visited] ?? -1; bridge >= 0; bridge = parents[bridge] ?? -1) {
      if (acsPath(topology, bridge, override)) break
      current = bridge
      if (grouped(bridge)) return { step: 'peer-to-peer', joined: bridge }
    }
    const seen = new Set<number>()
    const alias = aliasGroup(current, seen)
    if (alias >= 0) return { step: 'alias-mask', joined: alias }
    const sibling = functionGroup(current, seen)
    if (sibling >= 0) return { step: 'function', joined: sibling }
    return { step: 'new', joined: -1 }
  }

  functions.forEach((_, index) => {
    const reason = choose(index)
    reasons.push(reason)
    groups[index] = reason.joined < 0 ? count++ : (groups[reason.joined] ?? 0)
  })
  return { groups, reasons }
}
