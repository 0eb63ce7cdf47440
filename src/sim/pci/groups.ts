import { acsEnabled, acsGap, type AcsOverride } from './acs.ts'
import { dmaAliases } from './aliases.ts'
import { busKey, type Topology } from './topology.ts'

/** Why a function is in its group: the step of the kernel's choice that decided, and the function whose group it joined. */
export interface GroupReason {
  readonly step: 'alias' | 'peer-to-peer' | 'alias-mask' | 'function' | 'new'
  readonly joined: number
}

/**
 * One question of the kernel's choice, and its answer, in the order in which they are asked. `step` counts as in
 * pci_device_group: 1 requester IDs, 2 peer-to-peer upstream, 3 aliases of the bus, 4 functions of the slot, 5 a new group.
 * `device` is whom the question is about, `other` a second one, `joined` whose group is taken for the answer (-1: none).
 */
export interface FormationCheck {
  readonly step: 1 | 2 | 3 | 4 | 5
  readonly code: FormationCode
  readonly device: number
  readonly other: number
  readonly joined: number
}

export type FormationCode =
  // 1: `device` is visited because DMA can arrive under a requester ID that it stands for.
  | 'requester-id'
  // 2: everything from bridge `device` up isolates: the walk ends. / `other` on that path does not.
  | 'path-isolates'
  | 'path-open'
  // 3: `device` has a group; no function of the bus shares an alias with it; `other` does.
  | 'has-group'
  | 'no-alias'
  | 'alias-shared'
  // 4: `device` is the only function of its slot; it isolates by itself; function `other` does not isolate either.
  | 'one-function'
  | 'function-isolates'
  | 'function-open'
  // 4: no other function of the slot lacks isolation and has a group.
  | 'no-open-function'
  // 5: nothing was found.
  | 'new'

/** Receives the questions that decide the group of one function. */
export interface FormationRecorder {
  readonly index: number
  readonly checks: FormationCheck[]
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
 * @param recorder receives the questions that are asked for one function
 */
export function formGroups(topology: Topology, override?: AcsOverride, recorder?: FormationRecorder): Grouping {
  const { functions, addresses, parents, byBus } = topology
  const groups: number[] = functions.map(() => -1)
  const reasons: GroupReason[] = []
  let count = 0
  let recording = false
  const note = (
    step: FormationCheck['step'],
    code: FormationCode,
    device: number,
    more: { readonly other?: number; readonly joined?: number } = {},
  ): void => {
    if (recording) recorder?.checks.push({ step, code, device, other: more.other ?? -1, joined: more.joined ?? -1 })
  }

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
      note(3, 'alias-shared', x, { other: t, joined: found })
      if (found >= 0) return found
      const sibling = functionGroup(t, seen)
      if (sibling >= 0) return sibling
    }
    return -1
  }

  /** get_pci_function_alias_group: another function of the slot that may exchange DMA inside the chip. */
  const functionGroup = (x: number, seen: Set<number>): number => {
    if (functions[x]?.multifunction !== true) {
      note(4, 'one-function', x)
      return -1
    }
    if (isolates(x)) {
      note(4, 'function-isolates', x)
      return -1
    }
    for (const t of onBus(x)) {
      if (t === x || addresses[t]?.slot !== addresses[x]?.slot || isolates(t)) continue
      const found = aliasGroup(t, seen)
      note(4, 'function-open', x, { other: t, joined: found })
      if (found >= 0) return found
    }
    note(4, 'no-open-function', x)
    return -1
  }

  const choose = (index: number): GroupReason => {
    let visited = -1
    for (const { via } of dmaAliases(topology, index)) {
      // A function with aliases is visited once for each; asking it again tells nothing new.
      if (via !== visited) note(1, 'requester-id', via, { joined: grouped(via) ? via : -1 })
      visited = via
      if (grouped(via)) return { step: 'alias', joined: via }
    }
    let current = visited
    for (let bridge = parents[visited] ?? -1; bridge >= 0; bridge = parents[bridge] ?? -1) {
      const gap = acsGap(topology, bridge, override)
      if (gap < 0) {
        note(2, 'path-isolates', bridge)
        break
      }
      current = bridge
      note(2, 'path-open', bridge, { other: gap, joined: grouped(bridge) ? bridge : -1 })
      if (grouped(bridge)) return { step: 'peer-to-peer', joined: bridge }
    }
    const seen = new Set<number>()
    const alias = aliasGroup(current, seen)
    if (alias >= 0) {
      if (alias === current) note(3, 'has-group', current, { joined: alias })
      return { step: 'alias-mask', joined: alias }
    }
    note(3, 'no-alias', current)
    const sibling = functionGroup(current, seen)
    if (sibling >= 0) return { step: 'function', joined: sibling }
    note(5, 'new', index)
    return { step: 'new', joined: -1 }
  }

  functions.forEach((_, index) => {
    recording = index === recorder?.index
    const reason = choose(index)
    reasons.push(reason)
    groups[index] = reason.joined < 0 ? count++ : (groups[reason.joined] ?? 0)
  })
  return { groups, reasons }
}
