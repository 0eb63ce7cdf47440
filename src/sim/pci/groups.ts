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
  const formation = new Formation(topology, override, recorder)
  topology.functions.forEach((_, index) => formation.add(index))
  return { groups: formation.groups, reasons: formation.reasons }
}

/** The choice of groups so far. */
class Formation {
  readonly groups: number[]
  readonly reasons: GroupReason[] = []
  #count = 0
  readonly #topology: Topology
  readonly #override: AcsOverride | undefined
  readonly #recorder: FormationRecorder | undefined
  /** The questions about the function that is being added are recorded. */
  #recording = false

  constructor(topology: Topology, override: AcsOverride | undefined, recorder: FormationRecorder | undefined) {
    this.groups = topology.functions.map(() => -1)
    this.#topology = topology
    this.#override = override
    this.#recorder = recorder
  }

  /** Chooses the group of the next function. */
  add(index: number): void {
    this.#recording = index === this.#recorder?.index
    const reason = this.#choose(index)
    this.reasons.push(reason)
    this.groups[index] = reason.joined < 0 ? this.#count++ : (this.groups[reason.joined] ?? 0)
  }

  #note(
    step: FormationCheck['step'],
    code: FormationCode,
    device: number,
    more: { readonly other?: number; readonly joined?: number } = {},
  ): void {
    if (!this.#recording) return
    this.#recorder?.checks.push({ step, code, device, other: more.other ?? -1, joined: more.joined ?? -1 })
  }

  #isGrouped(index: number): boolean {
    return (this.groups[index] ?? -1) >= 0
  }

  #isolates(index: number): boolean {
    const f = this.#topology.functions[index]
    return f !== undefined && acsEnabled(f, this.#override)
  }

  #onBus(index: number): readonly number[] {
    const address = this.#topology.addresses[index]
    return address === undefined ? [] : (this.#topology.byBus.get(busKey(address)) ?? [])
  }

  #devfn(index: number): number {
    return this.#topology.addresses[index]?.devfn ?? 0
  }

  /** pci_device_group. */
  #choose(index: number): GroupReason {
    let visited = -1
    for (const { via } of dmaAliases(this.#topology, index)) {
      const joined = this.#isGrouped(via) ? via : -1
      // A function with aliases is visited once for each; asking it again tells nothing new.
      if (via !== visited) this.#note(1, 'requester-id', via, { joined })
      visited = via
      if (joined >= 0) return { step: 'alias', joined: via }
    }
    const { top, joined } = this.#upstream(visited)
    if (joined >= 0) return { step: 'peer-to-peer', joined }
    const seen = new Set<number>()
    const alias = this.#aliasGroup(top, seen)
    if (alias >= 0) {
      if (alias === top) this.#note(3, 'has-group', top, { joined: alias })
      return { step: 'alias-mask', joined: alias }
    }
    this.#note(3, 'no-alias', top)
    const sibling = this.#functionGroup(top, seen)
    if (sibling >= 0) return { step: 'function', joined: sibling }
    this.#note(5, 'new', index)
    return { step: 'new', joined: -1 }
  }

  /**
   * Step 2: up the path as long as it does not isolate. `top` is the last function on that way, `joined` a bridge on it
   * that has a group (-1: none).
   */
  #upstream(visited: number): { readonly top: number; readonly joined: number } {
    const { parents } = this.#topology
    let top = visited
    for (let bridge = parents[visited] ?? -1; bridge >= 0; bridge = parents[bridge] ?? -1) {
      const gap = acsGap(this.#topology, bridge, this.#override)
      if (gap < 0) {
        this.#note(2, 'path-isolates', bridge)
        break
      }
      top = bridge
      const joined = this.#isGrouped(bridge) ? bridge : -1
      this.#note(2, 'path-open', bridge, { other: gap, joined })
      if (joined >= 0) return { top, joined }
    }
    return { top, joined: -1 }
  }

  /** get_pci_alias_group: somebody on the bus with whom `x` shares an alias mask. */
  #aliasGroup(x: number, seen: Set<number>): number {
    const { functions } = this.#topology
    if (seen.has(this.#devfn(x))) return -1
    seen.add(this.#devfn(x))
    if (this.#isGrouped(x)) return x
    for (const t of this.#onBus(x)) {
      if (t === x) continue
      const xHasT = functions[x]?.aliases?.includes(this.#devfn(t)) === true
      const tHasX = functions[t]?.aliases?.includes(this.#devfn(x)) === true
      if (!xHasT && !tHasX) continue
      const found = this.#aliasGroup(t, seen)
      this.#note(3, 'alias-shared', x, { other: t, joined: found })
      if (found >= 0) return found
      const sibling = this.#functionGroup(t, seen)
      if (sibling >= 0) return sibling
    }
    return -1
  }

  /** get_pci_function_alias_group: another function of the slot that may exchange DMA inside the chip. */
  #functionGroup(x: number, seen: Set<number>): number {
    const { addresses, functions } = this.#topology
    if (functions[x]?.multifunction !== true) {
      this.#note(4, 'one-function', x)
      return -1
    }
    if (this.#isolates(x)) {
      this.#note(4, 'function-isolates', x)
      return -1
    }
    for (const t of this.#onBus(x)) {
      if (t === x || addresses[t]?.slot !== addresses[x]?.slot || this.#isolates(t)) continue
      const found = this.#aliasGroup(t, seen)
      this.#note(4, 'function-open', x, { other: t, joined: found })
      if (found >= 0) return found
    }
    this.#note(4, 'no-open-function', x)
    return -1
  }
}
