/** The plan that advice leads to: what is bound, released and given away; as operations for the simulator, too. */
import { driverFamily, UNKNOWN_DRIVER } from '../sim/drivers.ts'
import type { Kernel } from '../sim/kernel.ts'
import type { Machine, PciFunction } from '../sim/machine.ts'
import type { Op } from '../sim/op.ts'
import type { Advice, Member } from './advice-types.ts'
import { kindOf } from './kinds.ts'
import { withDrivers } from '../what-if/edit.ts'

export interface Plan {
  /** Number of the group in the machine. */
  readonly group: string
  /** The text tells that number; else commands say N. */
  readonly told: boolean
  /** Bound to vfio-pci, in the machine's order; what is on a VFIO driver already is not among them. */
  readonly bind: readonly PciFunction[]
  /** Taken from their driver, and left without one. */
  readonly release: readonly PciFunction[]
  /** Handed to the guest: the wanted function first, then what else there is of its card. */
  readonly guest: readonly PciFunction[]
  /** The ids of what is bound belong to other functions too, so that only addresses tell them apart. */
  readonly byAddress: boolean
  /** Drivers of the host that would take the functions at boot; vfio-pci must be loaded before them. */
  readonly rivals: readonly string[]
  /** The host shows its picture through one of them. */
  readonly display: boolean
  /** Every function of the plan by its driver now: what undoing goes back to. */
  readonly restore: readonly { readonly f: PciFunction; readonly driver: string | null }[]
}

/**
 * Null where nothing can be handed over, where the host would lose the disk that it runs from, or where the text does
 * not tell what would be bound. Where the group is not told the plan is for the card alone, in case it turns out to have
 * its group to itself.
 */
export function planOf(advice: Advice): Plan | null {
  const { members, number, wanted } = advice
  if (!canBePlanned(advice) || number === null) return null
  const needing = (need: string): PciFunction[] => members.filter((m) => m.need === need).map(({ f }) => f)
  const bind = needing('bind')
  const release = needing('release')
  const card = members.filter(({ role, need }) => role === 'card' && (need === 'bind' || need === 'done'))
  const known = [...bind, ...release].map((f) => ({ f, driver: f.driver === UNKNOWN_DRIVER ? f.native : f.driver }))
  return {
    group: number,
    told: advice.group !== null,
    bind,
    release,
    guest: [wanted, ...card.map(({ f }) => f)],
    byAddress: advice.twins.length > 0,
    rivals: rivalsOf(bind),
    display: advice.hostDisplay,
    restore: known,
  }
}

/**
 * What a guest gets under Xen, the wanted function first: there are no groups, so no plan. Null where the host is no Xen,
 * where more than Xen stands in the way, or where the text does not tell what would be taken.
 */
export function xenFunctionsOf({ members, wanted, troubles, refusal, hostDisk }: Advice): PciFunction[] | null {
  const stopping = troubles.filter(({ stops }) => stops)
  const card = members.filter(({ role }) => role === 'card' || role === 'wanted')
  const onlyXen = stopping.length > 0 && stopping.every(({ code }) => code === 'xen')
  if (!onlyXen || refusal !== null || card.some(({ f, need }) => need === 'ask' || f.bdf === hostDisk)) return null
  const rest = card.filter(({ f, need }) => f !== wanted && (need === 'bind' || need === 'done'))
  return [wanted, ...rest.map(({ f }) => f)]
}

function canBePlanned({ verdict, members, doubts, hostDisk }: Advice): boolean {
  const touched = members.filter(({ need }) => need === 'bind' || need === 'release' || need === 'ask')
  if (verdict === 'no' || touched.some(({ f, need }) => need === 'ask' || f.bdf === hostDisk)) return false
  if (verdict !== 'unknown') return true
  const onlyGroup = doubts.every(({ code }) => code === 'group' || code === 'iommu' || code === 'members')
  return onlyGroup && touched.every(({ role }: Member) => role === 'wanted' || role === 'card')
}

/** Drivers that would take the functions at boot. */
function rivalsOf(bind: readonly PciFunction[]): string[] {
  const rivals = bind.flatMap((f) => {
    const driver = f.driver !== null && driverFamily(f.driver) === 'native' ? f.driver : f.native
    return driver === null ? [] : [driver]
  })
  const graphics = bind.some((f) => kindOf(f) === 'graphics')
  return [...new Set(graphics && rivals.includes('nvidia') ? ['nouveau', ...rivals] : rivals)]
}

/** Name of the memory that the guest gets in the simulated run: 2 MiB from 0. */
const GUEST_MEMORY = { iova: 0, size: 2 * 1024 * 1024 }

/**
 * What the administrator does, as the writes to sysfs that it comes to. The commands of every target are these operations
 * in other words, and the simulated run is these operations.
 */
export function bindingOps({ bind, release }: Plan): Op[] {
  return [
    ...release.map(({ bdf }): Op => ({ op: 'unbind', device: bdf })),
    ...bind.flatMap((f): Op[] => [
      { op: 'driver_override', device: f.bdf, driver: 'vfio-pci' },
      ...(f.driver === null ? [] : [{ op: 'unbind', device: f.bdf } as const]),
      { op: 'drivers_probe', device: f.bdf },
    ]),
  ]
}

/** The way back: every function as it was. What the listing did not tell goes to the driver that takes it by itself. */
export function undoOps({ bind, restore }: Plan): Op[] {
  return restore.flatMap(({ f, driver }): Op[] => {
    const clear: Op = { op: 'driver_override', device: f.bdf, driver: '' }
    const probe: Op = { op: 'drivers_probe', device: f.bdf }
    const bound = bind.includes(f)
    // A driver that would not take it by itself, as pci-stub or one of two that match, has to be named.
    const named = driver !== null && driver !== f.native
    return [
      ...(bound ? [{ op: 'unbind', device: f.bdf } as const] : []),
      ...(named ? [{ op: 'driver_override', device: f.bdf, driver } as const] : bound ? [clear] : []),
      ...(driver === null ? [] : [probe]),
      ...(named ? [clear] : []),
    ]
  })
}

/** Whether a kernel can be asked for devices in one of the two ways that QEMU knows. */
export function canRun(kernel: Kernel): boolean {
  return kernel.abi.includes('set_iommu') || usesDeviceFiles(kernel)
}

/** Whether a device has a file of its own that is bound to an iommufd: the newer of QEMU's ways, taken where it exists. */
export function usesDeviceFiles({ abi }: Kernel): boolean {
  return abi.includes('bind_iommufd') && !abi.includes('group_bind_iommufd')
}

/**
 * What QEMU does when it starts with the plan's functions: through the device files and an iommufd where the kernel
 * has them, else through the group and a container. Every function's file is called d1, d2, ... in the order of `guest`.
 */
export function guestOps({ group, guest }: Plan, kernel: Kernel): Op[] {
  if (!usesDeviceFiles(kernel)) {
    return [
      { op: 'open_container', as: 'c1' },
      { op: 'open_group', group, as: 'g1' },
      { op: 'group_set_container', group_fd: 'g1', container_fd: 'c1' },
      { op: 'set_iommu', container_fd: 'c1', type: 'type1v2' },
      { op: 'map_dma', container_fd: 'c1', ...GUEST_MEMORY },
      ...guest.map(({ bdf }, at): Op => ({ op: 'group_get_device_fd', group_fd: 'g1', device: bdf, as: `d${at + 1}` })),
    ]
  }
  return [
    { op: 'open_iommufd', as: 'i1' },
    { op: 'ioas_alloc', iommufd: 'i1', as: 'a1' },
    { op: 'ioas_map', iommufd: 'i1', ioas: 'a1', ...GUEST_MEMORY },
    ...guest.flatMap(({ bdf }, at): Op[] => [
      { op: 'open_cdev', device: bdf, as: `d${at + 1}` },
      { op: 'bind_iommufd', device_fd: `d${at + 1}`, iommufd: 'i1' },
      { op: 'attach', device_fd: `d${at + 1}`, ioas: 'a1' },
    ]),
  ]
}

/** The machine as it boots after vfio-pci was made to come first: what is to be bound is, what is released is blocked. */
export function machineAfterBoot(machine: Machine, { bind, release }: Plan): Machine {
  return withDrivers(
    machine,
    new Map<string, string | null>([
      ...bind.map(({ bdf }) => [bdf, 'vfio-pci'] as const),
      ...release.map(({ bdf }) => [bdf, null] as const),
    ]),
  )
}
