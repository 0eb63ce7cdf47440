import type { Context } from './iommu/context.ts'
import type { WaitingKind } from './op.ts'

/** A state as it can be seen from outside, the same form for every kernel. Numbers are indices into the world's tables. */
export interface Snapshot {
  /** A BUG was hit: nothing answers any more. */
  readonly dead: boolean
  readonly processes: readonly ProcessView[]
  readonly fds: readonly FdView[]
  readonly containers: readonly ContainerView[]
  readonly iommufds: readonly IommufdView[]
  readonly ioases: readonly IoasView[]
  readonly hwpts: readonly HwptView[]
  readonly groups: readonly GroupView[]
  readonly devices: readonly DeviceView[]
  /** Translation that the hardware applies to each requester ID. */
  readonly contexts: readonly Context[]
  /** Address spaces made by userspace that the hardware can be on, by domain index; absent ones are not live. */
  readonly domains: readonly DomainView[]
  /** Calls that have not returned, oldest first. */
  readonly pending: readonly PendingView[]
}

export interface ProcessView {
  readonly process: number
  readonly alive: boolean
}

export type FdKind = 'container' | 'group' | 'device' | 'iommufd' | 'cdev' | 'ioas' | 'hwpt'

/** Something open under a name: a file descriptor, or an object inside an iommufd. */
export interface FdView {
  readonly slot: number
  readonly kind: FdKind
  readonly process: number
  /** Index of the container, group, device, iommufd, IOAS or HWPT. */
  readonly object: number
  /** File descriptor number in that process; for an object inside an iommufd, the number that the kernel gave it. */
  readonly number: number
  /** False for a device file through which the device cannot be driven (yet): a cdev that is not bound. */
  readonly access?: boolean
  /** A group file whose group lost its last vfio device: good for nothing any more, even if the group comes back. */
  readonly dead?: boolean
}

export interface ContainerView {
  readonly container: number
  /** Slots through which it is open; none when only its groups keep it. */
  readonly slots: readonly number[]
  /** IOMMU type by name; null before SET_IOMMU. */
  readonly iommu: string | null
  /** Groups in it, in the kernel's list order. */
  readonly groups: readonly number[]
  /** Index of the domain; -1: none. */
  readonly domain: number
}

/** An open of /dev/iommu, with the objects in it. */
export interface IommufdView {
  readonly iommufd: number
  /** Slots through which it is open; none when only devices or groups keep it. */
  readonly slots: readonly number[]
}

/** An I/O address space inside an iommufd: mappings, whether any hardware is on them or not. */
export interface IoasView {
  readonly ioas: number
  readonly iommufd: number
  /** Object number inside the iommufd. */
  readonly number: number
  /** Slots that name it. */
  readonly slots: readonly number[]
  /** It stands in for a container's address space (the compat IOAS). */
  readonly compat: boolean
  readonly mappings: readonly MappingView[]
}

/** A hardware page table inside an iommufd: what devices are attached to. */
export interface HwptView {
  readonly hwpt: number
  readonly iommufd: number
  readonly ioas: number
  /** Object number inside the iommufd. */
  readonly number: number
  readonly slots: readonly number[]
  /** Made by an attach and gone with the last detach; else by HWPT_ALLOC. */
  readonly auto: boolean
  /** Attached devices. */
  readonly devices: readonly number[]
  /** Groups that are on it, attached devices or not. */
  readonly groups: readonly number[]
  /** Index of its domain. */
  readonly domain: number
}

/** A mapping in a page table, and the process whose memory it reaches. */
export interface MappingView {
  readonly iova: number
  readonly size: number
  readonly process: number
}

export interface DomainView {
  readonly domain: number
  /** What keeps it: a container, an HWPT or, where that needs none, an IOAS, by index. */
  readonly owner: { readonly kind: 'container' | 'hwpt' | 'ioas'; readonly index: number }
  readonly mappings: readonly MappingView[]
}

export interface GroupView {
  readonly group: number
  /** /dev/vfio/N exists. */
  readonly node: boolean
  /** User that owns the node; `root` unless changed. */
  readonly owner: string
  readonly opened: boolean
  /** Index of the container it is in, -1: none. */
  readonly container: number
  /** Index of the iommufd that stands in for its container, -1: none. */
  readonly compat: number
  readonly users: number
  /** Processes whose virtual machine (KVM) holds the group, by index. */
  readonly kvm: readonly number[]
  /** What this kernel's own viability test would say now. */
  readonly viable: boolean
  /** The test's answer for each member, in the kernel's order, with the code of the rule that decided. */
  readonly members: readonly { readonly device: number; readonly good: boolean; readonly code: string }[]
  /** The kernel's own belief about the domain of the whole group. */
  readonly context: Context
  /** Null where the kernel does not count. */
  readonly ownership: OwnershipView | null
}

/** Who uses the DMA of a group, where the kernel counts that (iommu_group.owner_cnt and .owner). */
export interface OwnershipView {
  readonly count: number
  /** `drivers`: as many drivers of the host as the count says; the others own the group exclusively. */
  readonly owner: 'nobody' | 'drivers' | 'vfio-group' | 'iommufd'
  /** Index of the owning iommufd, -1: none. */
  readonly iommufd: number
}

export interface DeviceView {
  readonly device: number
  /** False before it is plugged in. */
  readonly present: boolean
  /** dev->driver; 0: none. */
  readonly driver: number
  /** The sysfs link, which goes before the driver's remove has run; 0: none. */
  readonly link: number
  readonly override: number
  /** The driver's remove is waiting. */
  readonly leaving: boolean
  /** Open device files. */
  readonly opens: number
  /** /dev/vfio/devices/vfioN exists. */
  readonly cdev: boolean
  /** The iommufd it is bound to. */
  readonly binding: BindingView | null
  /** The kernel's own belief about the device's domain, where it keeps one for each; absent: that of its group. */
  readonly context?: Context
}

/** A device bound to an iommufd. */
export interface BindingView {
  readonly iommufd: number
  /** Number of its object inside the iommufd. */
  readonly number: number
  /** Index of the page table it is attached to, -1: none. */
  readonly hwpt: number
}

export interface PendingView {
  readonly call: WaitingKind
  readonly device: number
  readonly driver: number
  /** What it waits for. */
  readonly waitsFor: 'device-fds' | 'container' | 'device-lock'
}
