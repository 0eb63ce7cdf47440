import { defaultContext } from '../../iommu/context.ts'
import { writeContext, type HardwareColumns } from '../../iommu/hardware.ts'
import type { Columns, State, U16, U8 } from '../../state.ts'
import type { World } from '../../world.ts'

/** What every kernel keeps of a machine: drivers of devices, open files, calls that wait; and the hardware's side. */
export interface MachineColumns extends HardwareColumns {
  /** 1 after a BUG. */
  readonly dead: U8
  readonly context: U16
  readonly mapped: U8
  // Of each device.
  readonly present: U8
  /** dev->driver. */
  readonly driver: U16
  /** The `driver` link in sysfs: added before the probe, removed before the driver's remove runs. */
  readonly link: U16
  readonly override: U16
  /** 0, or what the driver's remove waits for (`LEAVING_…`); the device lock is held meanwhile. */
  readonly leaving: U8
  /** Open device files. */
  readonly opens: U16
  // Of each slot.
  /** 0 closed, else 1 + index into FD_KINDS. */
  readonly fdKind: U8
  readonly fdObject: U16
  readonly fdProcess: U8
  readonly fdNumber: U16
  /** A virtual machine holds the file of a device: closing it is not the end of it. */
  readonly fdHeld: U8
  // Of each process.
  readonly exited: U8
  // The queue of calls that wait, oldest first; 0 ends it.
  readonly pendingCall: U8
  readonly pendingDevice: U16
  readonly pendingDriver: U16
}

export type MachineState = State & MachineColumns

export const LEAVING_FDS = 1
export const LEAVING_CONTAINER = 2

/** Lays out the common columns, with page tables for a number of domains. */
export function machineColumns(world: World, columns: Columns, domains: number): MachineColumns {
  const devices = world.devices.length
  const { slots, ranges, pending } = world.capacity
  return {
    dead: columns.u8(1),
    context: columns.u16(world.rids.length),
    mapped: columns.u8(domains * ranges),
    present: columns.u8(devices),
    driver: columns.u16(devices),
    link: columns.u16(devices),
    override: columns.u16(devices),
    leaving: columns.u8(devices),
    opens: columns.u16(devices),
    fdKind: columns.u8(slots),
    fdObject: columns.u16(slots),
    fdProcess: columns.u8(slots),
    fdNumber: columns.u16(slots),
    fdHeld: columns.u8(slots),
    exited: columns.u8(world.setup.processes.length),
    pendingCall: columns.u8(pending),
    pendingDevice: columns.u16(pending),
    pendingDriver: columns.u16(pending),
  }
}

/** Boots the common part: functions in their slots with their drivers, each group in its default domain. */
export function bootMachine(state: MachineState): void {
  state.world.devices.forEach((device, index) => {
    if (device.spec.unplugged === true) return
    state.present[index] = 1
    state.driver[index] = device.bootDriver
    state.link[index] = device.bootDriver
    writeContext(state, index, defaultContext(state.world, device.group))
  })
}

/** Reads a column; a place outside counts as 0. */
export function at(column: Uint8Array | Uint16Array, index: number): number {
  return index < 0 ? 0 : (column[index] ?? 0)
}

/** Adds to a place of a column. */
export function add(column: Uint8Array | Uint16Array, index: number, amount: number): void {
  column[index] = (column[index] ?? 0) + amount
}
