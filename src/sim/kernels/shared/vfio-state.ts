import { defaultContext } from '../../iommu/context.ts'
import type { Columns, U16, U8 } from '../../state.ts'
import type { Trace } from '../../trace.ts'
import type { World } from '../../world.ts'
import type { SharedCheck, SharedEffect } from './codes.ts'
import { add, at, type MachineState } from './machine-state.ts'

/** What the kernels with VFIO groups and containers keep of them. */
export interface VfioColumns {
  // Of each group.
  /** The IOMMU core's belief: the context that the whole group is in (iommu_group.domain). */
  readonly groupDomain: U16
  /** /dev/vfio/N exists. */
  readonly node: U8
  /** User that owns the node, by index; 0: root. */
  readonly owner: U16
  /** A group file is open. */
  readonly opened: U8
  /** 0, or 1 + the container it is in. */
  readonly container: U16
  /** Place in its container's list: the newest has the highest. */
  readonly joined: U16
  /** vfio_group.container_users. */
  readonly users: U16
  /** Process × group: the virtual machine of that process holds the group. */
  readonly kvm: U8
  // Of each container.
  readonly containerOpen: U8
  /** 0: no backend; else 1 + index into IOMMU_TYPES. */
  readonly containerType: U8
}

export type VfioState = MachineState & VfioColumns

/** Types of IOMMU that the type1 backend knows, by the names used in operations. */
export const IOMMU_TYPES = ['type1', 'type1v2', 'type1_nesting'] as const
export const TYPE1 = 1
export const TYPE1_NESTING = 3

export function vfioColumns(world: World, columns: Columns): VfioColumns {
  const groups = world.groups.length
  const { containers } = world.capacity
  return {
    groupDomain: columns.u16(groups),
    node: columns.u8(groups),
    owner: columns.u16(groups),
    opened: columns.u8(groups),
    container: columns.u16(groups),
    joined: columns.u16(groups),
    users: columns.u16(groups),
    kvm: columns.u8(world.setup.processes.length * groups),
    containerOpen: columns.u8(containers),
    containerType: columns.u8(containers),
  }
}

/** Boots the VFIO part: groups in their default domains; nodes where a device is on a vfio driver from the start. */
export function bootVfio(state: VfioState): void {
  state.world.groups.forEach((_, group) => {
    state.groupDomain[group] = defaultContext(state.world, group)
    setNode(state, group, hasVfioDevice(state, group))
  })
}

/** Whether a device is registered with VFIO: its driver is a vfio one (and has not finished its remove). */
export function isVfioDevice(state: MachineState, device: number): boolean {
  return state.world.drivers[at(state.driver, device)]?.family === 'vfio'
}

/** Index of the container a group is in, -1: none. */
export function containerOf(state: VfioState, group: number): number {
  return at(state.container, group) - 1
}

/** Whether the virtual machine of some process holds a group. */
export function heldByKvm(state: VfioState, group: number): boolean {
  const groups = state.world.groups.length
  for (let place = group; place < state.kvm.length; place += groups) if (state.kvm[place] === 1) return true
  return false
}

/** Whether some device of a group is registered with VFIO. */
export function hasVfioDevice(state: MachineState, group: number): boolean {
  const members = state.world.groups[group]?.devices ?? []
  for (let index = 0; index < members.length; index++) if (isVfioDevice(state, members[index] ?? -1)) return true
  return false
}

/** Makes or removes /dev/vfio/N, if that is a change. */
export function setNode(
  state: MachineState & Pick<VfioColumns, 'node' | 'owner'>,
  group: number,
  exists: boolean,
  trace?: Trace<SharedCheck, SharedEffect>,
): void {
  if (group < 0 || exists === (state.node[group] === 1)) return
  state.node[group] = exists ? 1 : 0
  // A new node belongs to root again (devtmpfs).
  state.owner[group] = 0
  trace?.effect(exists ? 'node.made' : 'node.removed', { kind: 'group', group })
}

/** Changes container_users of a group. */
export function addUsers(
  state: VfioState,
  group: number,
  amount: number,
  trace?: Trace<SharedCheck, SharedEffect>,
): void {
  add(state.users, group, amount)
  trace?.effect('users', { kind: 'count', count: at(state.users, group), group })
}

/** A container that nothing keeps: -1 when the world has no room for another. */
export function freeContainer(state: VfioState): number {
  for (let container = 0; container < state.containerOpen.length; container++) {
    if (state.containerOpen[container] === 0 && groupCount(state, container) === 0) return container
  }
  return -1
}

/** How many groups a container holds. */
export function groupCount(state: VfioState, container: number): number {
  let count = 0
  for (let group = 0; group < state.container.length; group++) if (state.container[group] === container + 1) count++
  return count
}

/** Puts a group at the head of a container's list. */
export function joinContainer(state: VfioState, group: number, container: number): void {
  state.joined[group] = groupCount(state, container) + 1
  state.container[group] = container + 1
}

/** Takes a group out of its container's list. */
export function leaveContainer(state: VfioState, group: number): void {
  const container = at(state.container, group)
  const place = at(state.joined, group)
  state.container[group] = 0
  state.joined[group] = 0
  for (let other = 0; other < state.container.length; other++) {
    if (state.container[other] === container && at(state.joined, other) > place) add(state.joined, other, -1)
  }
}

/** The group at a place of a container's list, counted from the oldest (1); -1 if there is none. */
export function groupAt(state: VfioState, container: number, place: number): number {
  for (let group = 0; group < state.container.length; group++) {
    if (state.container[group] === container + 1 && state.joined[group] === place) return group
  }
  return -1
}
