/** The machine of a scenario: its PCI functions as the hardware and firmware present them at boot. */

/**
 * How a function takes part in PCI Express: `pci` conventional (bridge or not), else the port type of its PCIe
 * capability (`ep` endpoint, `legep` legacy endpoint, `rciep` root-complex integrated endpoint, `rcec` event collector,
 * `rp` root port, `usp`/`dsp` switch up- and downstream port, and the two kinds of bridge between PCIe and PCI).
 */
export type PciKind = 'pci' | 'ep' | 'legep' | 'rciep' | 'rcec' | 'rp' | 'usp' | 'dsp' | 'pcie2pci' | 'pci2pcie'

/** The four Access Control Services bits that Linux requires together (REQ_ACS_FLAGS). */
export type AcsBit = 'SV' | 'RR' | 'CR' | 'UF'

export interface PciFunction {
  /** `dddd:bb:dd.f`, lower-case hexadecimal. */
  readonly bdf: string
  readonly kind: PciKind
  /** Header type is not "normal": a PCI-PCI or CardBus bridge. */
  readonly bridge: boolean
  /** Address of the bridge whose secondary bus the function sits on; null on a root bus. */
  readonly parent: string | null
  /** Bridges: number of the bus below. */
  readonly secondary?: number
  /** Function number above 0, or bit 7 of the header type; false for SR-IOV virtual functions. */
  readonly multifunction: boolean
  /** Bits in the ACS capability register; null: no ACS capability. */
  readonly acsCap: readonly AcsBit[] | null
  /** Bits switched on; absent: everything in the capability, as Linux does when it uses an IOMMU. */
  readonly acsCtrl?: readonly AcsBit[]
  /** Device-function numbers (same bus) under which DMA of this function may also appear (dma_alias_mask). */
  readonly aliases?: readonly number[]
  /** Verdict of a device-specific ACS quirk. */
  readonly acsQuirk?: boolean
  /** It has memory of its own behind a base address register (a bridge: beside its windows). Absent: not told. */
  readonly memory?: boolean
  /** Conventional-looking bridge that is in fact PCIe-to-PCI. */
  readonly bridgeAlias?: boolean
  /** Bridge at which the IOMMU sits: the walk for aliases stops below it. */
  readonly xlateRoot?: boolean
  /** Ids and class as hexadecimal digits without prefix: 4, 4, and 4 (or 6, with the programming interface). */
  readonly vendor?: string
  readonly device?: string
  readonly class?: string
  readonly name?: string
  /** Driver bound at boot; null: none. */
  readonly driver: string | null
  /** Driver of the host whose id table has this function; null: none known. */
  readonly native: string | null
  /** False for a function that can only be reset together with its bus (VFIO_DEVICE_FLAGS_RESET is clear). Default true. */
  readonly resettable?: boolean
  /** Firmware demands a reserved 1:1 region that Linux does not relax (RMRR): not assignable. */
  readonly rmrr?: boolean
  /** Not in its slot at boot: a `hot_add` brings it. */
  readonly unplugged?: boolean
  /** What the listing did not say; the values above are then assumptions. */
  readonly assumed?: readonly ('driver' | 'kind' | 'acs' | 'parent')[]
}

export interface Machine {
  readonly id: string
  readonly title: string
  /** In scan order: all functions of a bus before the buses below it. */
  readonly devices: readonly PciFunction[]
  /**
   * Groups as the machine reported them: number → addresses. Absent: formed from the topology as Linux does it.
   * Functions in none of them are in no group (VFIO cannot use them).
   */
  readonly groups?: Readonly<Record<string, readonly string[]>>
  /** What the machine reported before it was changed: groups form from the tree since. */
  readonly reported?: Readonly<Record<string, readonly string[]>>
  /** The machine reported no groups: those that form from its tree, as told or guessed, are an estimate, their numbers too. */
  readonly estimated?: boolean
  /** The IOMMU can remap interrupts. Default true; without it VFIO wants `allow_unsafe_interrupts`. */
  readonly interruptRemapping?: boolean
  /** Width of an I/O virtual address in bits. Default 39, as QEMU's emulated VT-d. */
  readonly iovaBits?: number
  /** Drivers that are loaded and drive nothing on this machine. Others that no function has are taken for not loaded. */
  readonly loadedDrivers?: readonly string[]
}

/** What the kernel was started with. */
export interface Boot {
  /** `pt`: default domains are identity (iommu=pt); `nopt`: they translate. */
  readonly iommu: 'nopt' | 'pt'
  /** Module parameter of vfio_iommu_type1. */
  readonly allowUnsafeInterrupts?: boolean
  /** Value of the out-of-tree option pcie_acs_override. */
  readonly acsOverride?: string
  /** Choices that the proposals of 2021 left open; kernels look at those that concern them. */
  readonly policy?: PolicyOptions
}

/** What a change of translation passes through on its way: nothing, a blocked moment, or the default domain. */
export type SwitchGap = 'none' | 'blocked' | 'viaDefault'

/** The open points of the IOASID proposals; absent is the documented default. */
export interface PolicyOptions {
  /** T: "all in block" is meant literally, so that an attached sibling makes a group not viable. */
  readonly strictBlock?: boolean
  /** T: VFIO's notifier watches the block state of devices too, not only their drivers. */
  readonly notifyOnBlockChange?: boolean
  /** T, G: groups of several devices are left to legacy VFIO. */
  readonly singletonOnly?: boolean
  /** G: a native driver is denied its probe in a group that is owned; there is no BUG_ON then. */
  readonly denyProbe?: boolean
  /** How the hardware gets from one translation to another at ATTACH and DETACH. Default `blocked`. */
  readonly switchGap?: SwitchGap
  /** W: the interface stays with devices (T's), and access needs all devices of a group in one address space. */
  readonly lockstep?: boolean
}

/** Policy options that are on or off, in the order in which they are written. */
export const POLICY_FLAGS = [
  'strictBlock',
  'notifyOnBlockChange',
  'singletonOnly',
  'denyProbe',
  'lockstep',
] as const satisfies readonly (keyof PolicyOptions)[]

export const SWITCH_GAPS = ['none', 'blocked', 'viaDefault'] as const satisfies readonly SwitchGap[]

/** A process of the scenario and the user it runs as (`root` may open every group). */
export interface ProcessSpec {
  readonly name: string
  readonly user: string
  /** RLIMIT_MEMLOCK in bytes: how much memory it may have mapped for devices, unless its user is root. Default: the kernel's. */
  readonly memlock?: number | 'unlimited'
}
