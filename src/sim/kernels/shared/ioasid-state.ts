/** What the policies of the 2021 debate keep: iommu_fds with their address spaces, device files, and a record for each device. */
import { defaultContext } from '../../iommu/context.ts'
import type { PolicyOptions } from '../../machine.ts'
import type { ColumnShape, Shape } from '../../shape.ts'
import { allocate, type Columns, type U16, type U8 } from '../../state.ts'
import type { World } from '../../world.ts'
import { at, machineColumns, type MachineState } from './machine-state.ts'
import { FD_OBJECTS, MACHINE_SHAPE } from './shape.ts'
import { isVfioDevice } from './vfio-state.ts'

export interface IoasidColumns {
  // Of each device.
  /** The translation that the kernel believes the device to have; the hardware has a table by requester ID. */
  readonly record: U16
  /** 0, or 1 + the address space to which the user attached it. */
  readonly attached: U16
  // Of each open device file.
  /** 0: not in use, else 1 + the device. */
  readonly fileDevice: U16
  /** 0, or 1 + the iommu_fd to which the device was bound through this file. */
  readonly fileIommufd: U16
  // Of each group.
  /** 0, or 1 + the iommu_fd that owns the group. */
  readonly groupIommufd: U16
  /** /dev/vfio/N exists; who owns it; somebody has it open. */
  readonly node: U8
  readonly owner: U16
  readonly opened: U8
  // Of each iommu_fd.
  readonly iommufdOpen: U8
  /** The number that its newest object got. */
  readonly iommufdNumber: U16
  // Of each address space; its page table is the domain of the same index.
  /** 0: there is none, else 1 + its iommu_fd. */
  readonly ioasIommufd: U16
  /** The IOASID: its number in that iommu_fd. */
  readonly ioasNumber: U16
}

export type IoasidState = MachineState & IoasidColumns

const COLUMNS: Readonly<Record<keyof IoasidColumns, ColumnShape>> = {
  record: { by: ['device'], holds: 'context' },
  attached: { by: ['device'], holds: 'ioas', base: 1 },
  fileDevice: { by: ['file'], holds: 'device', base: 1 },
  fileIommufd: { by: ['file'], holds: 'iommufd', base: 1 },
  groupIommufd: { by: ['group'], holds: 'iommufd', base: 1 },
  node: { by: ['group'] },
  owner: { by: ['group'] },
  opened: { by: ['group'] },
  iommufdOpen: { by: ['iommufd'] },
  // Only shown, and counted on.
  iommufdNumber: { by: ['iommufd'], readBy: [] },
  ioasIommufd: { by: ['ioas'], holds: 'iommufd', base: 1 },
  ioasNumber: { by: ['ioas'], readBy: [] },
}

/** A file of a device is open on a record of its own. */
export const IOASID_SHAPE: Shape<IoasidState> = {
  columns: { ...MACHINE_SHAPE, ...COLUMNS },
  objects: FD_OBJECTS.map((space) => (space === 'device' ? 'file' : space)),
  domains: ['ioas'],
}

export function createIoasid(world: World): IoasidState {
  const devices = world.devices.length
  const groups = world.groups.length
  const { slots, iommufds, ioases } = world.capacity
  return allocate(world, (columns: Columns) => ({
    ...machineColumns(world, columns, ioases),
    record: columns.u16(devices),
    attached: columns.u16(devices),
    // Every open file has a name; while a name is given to a new one, the old one is still there.
    fileDevice: columns.u16(slots + 1),
    fileIommufd: columns.u16(slots + 1),
    groupIommufd: columns.u16(groups),
    node: columns.u8(groups),
    owner: columns.u16(groups),
    opened: columns.u8(groups),
    iommufdOpen: columns.u8(iommufds),
    iommufdNumber: columns.u16(iommufds),
    ioasIommufd: columns.u16(ioases),
    ioasNumber: columns.u16(ioases),
  }))
}

const NO_OPTIONS: PolicyOptions = {}

/** The choices that the machine was started with. */
export function policyOf(state: MachineState): PolicyOptions {
  return state.world.setup.boot.policy ?? NO_OPTIONS
}

/** Index of a device's group, -1: none. */
export function groupOf(state: MachineState, device: number): number {
  return state.world.devices[device]?.group ?? -1
}

/** Members of a group, plugged in or not, in the kernel's order. */
export function devicesIn(state: MachineState, group: number): readonly number[] {
  return state.world.groups[group]?.devices ?? []
}

/** The default domain of a device. */
export function homeOf(state: MachineState, device: number): number {
  return defaultContext(state.world, groupOf(state, device))
}

/** Whether firmware wants memory of a device mapped at all times, so that it must never be blocked (Roedel, 18 June). */
export function isLocked(state: MachineState, device: number): boolean {
  return state.world.devices[device]?.spec.rmrr === true
}

/** Whether a device has a file in /dev/vfio/devices: it is on a vfio driver that is not leaving. */
export function hasDeviceNode(state: MachineState, device: number): boolean {
  return device >= 0 && isVfioDevice(state, device) && at(state.leaving, device) === 0
}

/** The device that a file is open on. */
export function deviceOfFile(state: IoasidState, file: number): number {
  return at(state.fileDevice, file) - 1
}

/** The iommu_fd to which a device is bound, through whatever file; -1: none. */
export function iommufdOf(state: IoasidState, device: number): number {
  for (let file = 0; file < state.fileDevice.length; file++) {
    if (state.fileDevice[file] === device + 1 && at(state.fileIommufd, file) > 0) return at(state.fileIommufd, file) - 1
  }
  return -1
}

/** Whether some member of a group is bound to an iommu_fd. */
export function hasBound(state: IoasidState, group: number): boolean {
  for (let file = 0; file < state.fileDevice.length; file++) {
    if (at(state.fileIommufd, file) > 0 && groupOf(state, deviceOfFile(state, file)) === group) return true
  }
  return false
}
