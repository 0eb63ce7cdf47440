/** What advice consists of: facts, codes and functions, no sentences. */
import type { PciFunction } from '../sim/machine.ts'
import type { DeviceKind } from './kinds.ts'
import type { Trouble } from './troubles.ts'
import type { Place } from './surroundings.ts'

/**
 * `ready`: nothing is left to do; `yes`: it can go, alone or with the rest of its card; `with-others`: devices that
 * stand for themselves must go along; `against`: the host cannot do without what would go, or runs from it, as it probably
 * does from the only disk controller; `no`: it cannot be handed over, at all or before something else is mended;
 * `unknown`: the text does not carry an answer.
 */
export type Verdict = 'ready' | 'yes' | 'with-others' | 'against' | 'no' | 'unknown'

/** Why a device cannot be handed over at all. */
export type Refusal = 'bridge' | 'host-part' | 'no-group' | 'rmrr'

/**
 * Why there is no answer yet. `iommu`: nothing shows that the IOMMU works; `group`: its group is not told; `members`: the
 * group may have members that are not told; `kind`: a function on a root bus whose class is not told; `two-machines`: the
 * text shows two machines, or one before and after a change; `guest-listing`: it was made in a virtual machine.
 */
export type DoubtCode = 'iommu' | 'group' | 'members' | 'kind' | 'two-machines' | 'guest-listing'

export interface Doubt {
  readonly code: DoubtCode
  readonly about: readonly PciFunction[]
}

/** `card`: another function of the wanted device's card; `port`: a bridge; `passenger`: anything else of the group. */
export type Role = 'wanted' | 'card' | 'passenger' | 'port'

/**
 * What a member of the group needs: `bind` to vfio-pci; `release` from its driver without another (bridges to the host
 * and other parts of the chipset); `nothing`, it is free already; `leave` alone, as ports are; `done`, on a VFIO driver;
 * `ask`: the text does not tell what it is, and it may be a port or the chipset.
 */
export type Need = 'bind' | 'release' | 'nothing' | 'leave' | 'done' | 'ask'

export interface Member {
  readonly f: PciFunction
  readonly kind: DeviceKind
  readonly role: Role
  readonly need: Need
  /** The listing does not say which driver it has, so it may be free already. */
  readonly unknown: boolean
}

/** Something that the host no longer has while the guest runs. */
export interface Loss {
  readonly f: PciFunction
  readonly kind: 'display' | 'disk' | 'network' | 'usb' | 'sound' | 'chipset' | 'unknown'
  /** The host has no other of this kind outside the group. */
  readonly last: boolean
  /** The text shows that the host uses it now: its root file system, its network, its boot display. */
  readonly used?: Place
}

/** Why the group holds more than the wanted device. */
export type Cause =
  /** Ports above without ACS, which therefore share a group with all below. */
  | { readonly code: 'port-without-acs'; readonly ports: readonly PciFunction[] }
  /** Several ports in one slot without ACS: what is below each is in one group. */
  | { readonly code: 'ports-of-one-slot'; readonly ports: readonly PciFunction[] }
  /** Nearly all root ports of the machine are in the group. */
  | { readonly code: 'all-ports'; readonly ports: readonly PciFunction[] }
  | { readonly code: 'chipset' }
  /** The wanted device is a function of the chipset beside its ISA bridge. */
  | { readonly code: 'part-of-chipset' }
  /** Functions of one card that do not isolate from each other. */
  | { readonly code: 'functions-of-card' }
  /** Ports of one network card, or several controllers of one card. */
  | { readonly code: 'twins-of-card' }
  | { readonly code: 'virtual-functions' }
  /** A bridge to conventional PCI, whose devices all appear under its requester ID. */
  | { readonly code: 'conventional-bridge'; readonly bridge: PciFunction }
  /** An earlier state of the same machine in the same text had a smaller group. */
  | { readonly code: 'changed'; readonly before: readonly string[] }

export type Alternative =
  /** Ports that isolate: with nothing below, or with something that could change places. */
  | { readonly code: 'other-slot'; readonly free: readonly PciFunction[]; readonly taken: readonly PciFunction[] }
  /** `ports`: those that do not isolate, and make the group what it is. */
  | { readonly code: 'firmware-acs'; readonly ports: readonly PciFunction[] }
  /**
   * What `pcie_acs_override=downstream,multifunction` would leave in the group; `reach`: who stays within reach; `parts`:
   * the groups that it would make of this one; `told`: the text shows tree and ACS of all members, so that is no guess.
   */
  | {
      readonly code: 'override'
      readonly left: readonly PciFunction[]
      readonly reach: readonly PciFunction[]
      readonly parts: readonly (readonly PciFunction[])[]
      readonly told: boolean
    }
  /** Devices of the same kind whose group holds nothing else that counts. */
  | { readonly code: 'other-device'; readonly devices: readonly PciFunction[] }
  /** All devices that count go to one guest. */
  | { readonly code: 'together' }
  | { readonly code: 'virtual-functions' }
  | { readonly code: 'older-kernel' }
  | { readonly code: 'usb-sound' }
  /** Intel's VMD switched off in the firmware, or its controller handed over whole. */
  | { readonly code: 'vmd-off'; readonly controller: PciFunction | null }
  /** Xen hands devices over by pciback. */
  | { readonly code: 'xen-pciback' }
  /** The guest gets an emulated or paravirtual device instead. */
  | { readonly code: 'emulated' }

/** `shown`: a line of the text says it; `concluded`: it follows from what is shown; `unknown`: something has to be run. */
export type EvidenceState = 'shown' | 'concluded' | 'unknown'

/**
 * What the verdict rests on. `endpoint`: it is no bridge; `not-endpoint`: it is one, or a part of the host;
 * `iommu-works` and `iommu-off`; `group`: the number of its group; `no-group`: it is in none; `members`: who else is in
 * it; `driver`: which driver a member has; `answers`: it can be read; `dead`: it cannot; `host-needs`: the host runs from
 * it; `trouble`: a message about it; `one-machine` and `two-machines`.
 */
export type ClaimCode =
  | 'endpoint'
  | 'not-endpoint'
  | 'iommu-works'
  | 'iommu-off'
  | 'group'
  | 'no-group'
  | 'members'
  | 'driver'
  | 'host-needs'
  | 'trouble'
  | 'two-machines'

export interface Evidence extends Partial<Place> {
  readonly claim: ClaimCode
  readonly state: EvidenceState
  /** The function that the claim is about; absent: the machine. */
  readonly about?: PciFunction
  /** Which trouble, for `trouble`. */
  readonly trouble?: Trouble
  /** The person said so. */
  readonly byHand?: true
}

export interface Advice {
  readonly wanted: PciFunction
  /** The kernel's number of its group; null: in none, or not told. */
  readonly group: string | null
  readonly estimated: boolean
  readonly verdict: Verdict
  readonly refusal: Refusal | null
  readonly doubts: readonly Doubt[]
  /** Trouble that is not about who is in the group; those that stop the handover first. */
  readonly troubles: readonly Trouble[]
  readonly evidence: readonly Evidence[]
  /** In the machine's order. */
  readonly members: readonly Member[]
  readonly losses: readonly Loss[]
  readonly causes: readonly Cause[]
  readonly alternatives: readonly Alternative[]
  /** The group cannot be made smaller by any setting, slot or option. */
  readonly nothingSplits: boolean
  /** Other functions of the wanted card that are in groups of their own. */
  readonly elsewhere: readonly PciFunction[]
  /** A bridge is all that some tools would find fault with: the kernel does not. */
  readonly onlyBridgesHeld: boolean
  /** The host shows its picture through the wanted device, or may do so. */
  readonly hostDisplay: boolean
  /** Functions outside the group with the same ids as the wanted card: binding by id would take them too. */
  readonly twins: readonly PciFunction[]
  /** Groups are as small as they look only because the override patch says so. */
  readonly overridden: boolean
  /** Number of its group in the machine: the told one, or one that was made up for the simulation. */
  readonly number: string | null
  /** Address of the disk controller that the host is shown to run from. */
  readonly hostDisk: string | null
}
