/** The parts of a snapshot that come out the same for every kernel with VFIO groups and containers. */
import { contextOf } from '../../iommu/context.ts'
import { contextsOf } from '../../iommu/hardware.ts'
import type {
  ContainerView,
  DeviceView,
  DomainView,
  FdView,
  GroupView,
  MappingView,
  PendingView,
  ProcessView,
  Snapshot,
} from '../../snapshot.ts'
import { CLOSED, CONTAINER_FD, fdKindName, isDeadGroup } from './files.ts'
import { at, LEAVING_CONTAINER, LEAVING_FDS, type MachineState } from './machine-state.ts'
import { PENDING_UNBIND, pendingName } from './pending.ts'
import { containerOf, groupAt, groupCount, IOMMU_TYPES, type VfioState } from './vfio-state.ts'

/** All of a snapshot but `dead` and the groups, of a kernel that has VFIO groups and containers and no iommufd. */
export function viewsWithoutIommufd(state: VfioState): Omit<Snapshot, 'dead' | 'groups'> {
  return {
    processes: processesOf(state),
    fds: fdsOf(state),
    containers: containersOf(state),
    iommufds: [],
    ioases: [],
    hwpts: [],
    devices: devicesOf(state),
    contexts: contextsOf(state),
    domains: domainsOf(state),
    pending: pendingOf(state),
  }
}

export function processesOf(state: MachineState): ProcessView[] {
  return state.world.setup.processes.map((_, process) => ({ process, alive: state.exited[process] === 0 }))
}

export function fdsOf(state: MachineState): FdView[] {
  const fds: FdView[] = []
  for (let slot = 0; slot < state.fdKind.length; slot++) {
    const kind = at(state.fdKind, slot)
    if (kind === CLOSED) continue
    fds.push({
      slot,
      kind: fdKindName(kind),
      process: at(state.fdProcess, slot),
      object: at(state.fdObject, slot),
      number: at(state.fdNumber, slot),
      ...(isDeadGroup(kind) ? { dead: true } : {}),
    })
  }
  return fds
}

/** Slots that are open on something, or name it. */
export function slotsOf(state: MachineState, kind: number, object: number): number[] {
  const slots: number[] = []
  for (let slot = 0; slot < state.fdKind.length; slot++) {
    if (state.fdKind[slot] === kind && state.fdObject[slot] === object) slots.push(slot)
  }
  return slots
}

/** Containers that are open or hold a group. */
export function containersOf(state: VfioState): ContainerView[] {
  const containers: ContainerView[] = []
  for (let container = 0; container < state.containerOpen.length; container++) {
    const count = groupCount(state, container)
    if (state.containerOpen[container] === 0 && count === 0) continue
    const slots = slotsOf(state, CONTAINER_FD, container)
    const groups: number[] = []
    for (let place = count; place > 0; place--) groups.push(groupAt(state, container, place))
    const type = at(state.containerType, container)
    containers.push({
      container,
      slots,
      iommu: IOMMU_TYPES[type - 1] ?? null,
      groups,
      domain: type === 0 ? -1 : container,
    })
  }
  return containers
}

/** Domains of containers that have a backend; some group is on each of them. */
export function domainsOf(state: VfioState): DomainView[] {
  const domains: DomainView[] = []
  for (let container = 0; container < state.containerType.length; container++) {
    if (state.containerType[container] === 0) continue
    domains.push({
      domain: container,
      owner: { kind: 'container', index: container },
      mappings: mappingsOf(state, container),
    })
  }
  return domains
}

/** What every kernel says of a group; the rest is its verdict. */
export function groupOf(
  state: VfioState,
  group: number,
): Pick<GroupView, 'group' | 'node' | 'owner' | 'opened' | 'container' | 'compat' | 'users' | 'kvm' | 'context'> {
  const groups = state.world.groups.length
  return {
    group,
    node: state.node[group] === 1,
    owner: state.world.users[at(state.owner, group)] ?? 'root',
    opened: state.opened[group] === 1,
    container: containerOf(state, group),
    compat: -1,
    users: at(state.users, group),
    kvm: state.world.setup.processes.flatMap((_, process) =>
      state.kvm[process * groups + group] === 1 ? [process] : [],
    ),
    context: contextOf(state.world, at(state.groupDomain, group)),
  }
}

/** Members of a group that are plugged in, in the kernel's order. */
export function membersOf(state: MachineState, group: number): readonly number[] {
  return (state.world.groups[group]?.devices ?? []).filter((device) => state.present[device] === 1)
}

/** Mappings of a domain by address. */
export function mappingsOf(state: MachineState, domain: number): MappingView[] {
  const base = domain * state.world.capacity.ranges
  const mappings: MappingView[] = []
  state.world.ranges.forEach(({ iova, size }, range) => {
    const process = at(state.mapped, base + range) - 1
    if (process >= 0) mappings.push({ iova, size, process })
  })
  return mappings.sort((a, b) => a.iova - b.iova)
}

export function devicesOf(state: MachineState): DeviceView[] {
  return state.world.devices.map((_, device) => ({
    device,
    present: state.present[device] === 1,
    driver: at(state.driver, device),
    link: at(state.link, device),
    override: at(state.override, device),
    leaving: at(state.leaving, device) > 0,
    opens: at(state.opens, device),
    cdev: false,
    binding: null,
  }))
}

export function pendingOf(state: MachineState): PendingView[] {
  const pending: PendingView[] = []
  for (let place = 0; place < state.pendingCall.length; place++) {
    const call = at(state.pendingCall, place)
    if (call === 0) break
    const device = at(state.pendingDevice, place)
    const leaving = at(state.leaving, device)
    let waitsFor: PendingView['waitsFor'] = 'device-lock'
    if (call === PENDING_UNBIND && leaving === LEAVING_FDS) waitsFor = 'device-fds'
    if (call === PENDING_UNBIND && leaving === LEAVING_CONTAINER) waitsFor = 'container'
    pending.push({ call: pendingName(call), device, driver: at(state.pendingDriver, place), waitsFor })
  }
  return pending
}
