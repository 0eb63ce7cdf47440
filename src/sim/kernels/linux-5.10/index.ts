/** Linux 5.10: VFIO asks whether a group is viable, and stops the machine when somebody breaks it later. */
import { contextOf } from '../../iommu/context.ts'
import { contextsOf } from '../../iommu/hardware.ts'
import type { Kernel } from '../../kernel.ts'
import type { OpKind } from '../../op.ts'
import { OK, refuse, type Result } from '../../result.ts'
import type { GroupView } from '../../snapshot.ts'
import { allocate } from '../../state.ts'
import type { Call } from '../../world.ts'
import { closeContainer, containerIoctl, openContainer } from '../shared/container.ts'
import { dmaProbe } from '../shared/dma.ts'
import { CLOSED, closeAll, closeSlot, CONTAINER_FD, DEVICE_FD, GROUP_FD, kindOf } from '../shared/files.ts'
import { at, bootMachine, machineColumns } from '../shared/machine-state.ts'
import { outcomeOf } from '../shared/outcome.ts'
import { resume } from '../shared/pending.ts'
import { deviceInfo, hotReset, hotResetInfo, resetDevice } from '../shared/reset.ts'
import { bootVfio, containerOf, vfioColumns } from '../shared/vfio-state.ts'
import { containersOf, devicesOf, domainsOf, fdsOf, pendingOf, processesOf } from '../shared/views.ts'
import { bind, driverOverride, driversProbe, frozen, goOn, hotAdd, unbind } from './bind.ts'
import type { LegacyState, LegacyTrace } from './codes.ts'
import {
  chownGroup,
  closeDevice,
  closeGroup,
  groupIoctl,
  isLendable,
  kvmAdd,
  kvmDel,
  kvmDestroy,
  openGroup,
} from './group.ts'
import { legacyIommuCore } from './iommu-core.ts'
import { isGroupViable, viabilityRule } from './viability.ts'

const ABI: readonly OpKind[] = [
  'bind',
  'unbind',
  'driver_override',
  'drivers_probe',
  'hot_add',
  'chown_group',
  'open_container',
  'open_group',
  'get_api_version',
  'check_extension',
  'group_get_status',
  'group_set_container',
  'group_unset_container',
  'set_iommu',
  'iommu_get_info',
  'map_dma',
  'unmap_dma',
  'group_get_device_fd',
  'kvm_group_add',
  'kvm_group_del',
  'device_get_info',
  'device_reset',
  'device_hot_reset',
  'close',
  'exit',
  'dma_probe',
]

export const linux510: Kernel<LegacyState> = {
  id: 'linux-5.10',
  abi: ABI,

  create(world) {
    return allocate(world, (columns) => ({
      ...machineColumns(world, columns, world.capacity.containers),
      ...vfioColumns(world, columns),
    }))
  },

  boot(state) {
    bootMachine(state)
    bootVfio(state)
  },

  apply(state, call, trace) {
    if (state.dead[0] === 1) return outcomeOf(frozen())
    const result = perform(state, call, trace)
    return resume(state, result, (pending, device, driver) => goOn(state, pending, device, driver, trace))
  },

  snapshot(state) {
    return {
      dead: state.dead[0] === 1,
      processes: processesOf(state),
      fds: fdsOf(state),
      containers: containersOf(state),
      groups: state.world.groups.map((_, group) => groupView(state, group)),
      devices: devicesOf(state),
      contexts: contextsOf(state),
      domains: domainsOf(state),
      pending: pendingOf(state),
    }
  },
}

function perform(state: LegacyState, call: Call, trace?: LegacyTrace): Result {
  switch (call.op) {
    case 'bind':
      return bind(state, call, trace)
    case 'unbind':
      return unbind(state, call, trace)
    case 'driver_override':
      return driverOverride(state, call, trace)
    case 'drivers_probe':
      return driversProbe(state, call, trace)
    case 'hot_add':
      return hotAdd(state, call, trace)
    case 'chown_group':
      return chownGroup(state, call, trace)
    case 'open_container':
      return canOpen(state, call) ? openContainer(state, call, closeFile, trace) : refuse('EMFILE')
    case 'open_group':
      return canOpen(state, call) ? openGroup(state, call, closeFile, trace) : refuse('EMFILE')
    case 'get_api_version':
    case 'check_extension':
    case 'group_get_status':
    case 'group_set_container':
    case 'group_unset_container':
    case 'set_iommu':
    case 'iommu_get_info':
    case 'map_dma':
    case 'unmap_dma':
    case 'group_get_device_fd':
    case 'device_get_info':
    case 'device_reset':
    case 'device_hot_reset':
      return ioctl(state, call, trace)
    case 'kvm_group_add':
      return kvmAdd(state, call, trace)
    case 'kvm_group_del':
      return kvmDel(state, call, trace)
    case 'close':
      return close(state, call, trace)
    case 'exit':
      return exit(state, call, trace)
    case 'dma_probe':
      return dmaProbe(state, call, trace)
    default:
      return refuse('ENOTTY')
  }
}

/** A process that the scenario has, and a name to hold the file by. */
function canOpen(state: LegacyState, call: Call): boolean {
  return call.as >= 0 && call.by >= 0 && call.by < state.world.setup.processes.length
}

/** Every ioctl: the kind of file decides who answers, and a call meant for another kind gets what that file says to it. */
function ioctl(state: LegacyState, call: Call, trace?: LegacyTrace): Result {
  const kind = kindOf(state, call.fd)
  trace?.check('L.FD.open', kind !== CLOSED, { kind: 'slot', slot: call.fd })
  if (kind === CLOSED) return refuse('EBADF')
  if (trace !== undefined) trace.check('L.FD.kind', kind === kindFor(call.op), { kind: 'slot', slot: call.fd })
  const object = at(state.fdObject, call.fd)
  const process = at(state.fdProcess, call.fd)
  switch (kind) {
    case CONTAINER_FD:
      return containerIoctl(legacyIommuCore, state, object, process, call, trace)
    case GROUP_FD:
      return groupIoctl(state, object, process, call, closeFile, trace)
    default:
      return deviceIoctl(state, object, process, call, trace)
  }
}

/** The kind of file that a call is meant for. */
function kindFor(op: OpKind): number {
  switch (op) {
    case 'group_get_status':
    case 'group_set_container':
    case 'group_unset_container':
    case 'group_get_device_fd':
      return GROUP_FD
    case 'device_get_info':
    case 'device_reset':
    case 'device_hot_reset':
      return DEVICE_FD
    default:
      return CONTAINER_FD
  }
}

/** vfio_pci_ioctl: group, container and viability are not asked any more. */
function deviceIoctl(state: LegacyState, device: number, process: number, call: Call, trace?: LegacyTrace): Result {
  switch (call.op) {
    case 'device_get_info':
      return deviceInfo(state, device)
    case 'device_reset':
      return resetDevice(state, device, trace)
    case 'device_hot_reset':
      return hotReset(
        state,
        device,
        groupArgument(state, process, call.other),
        (group) => isLendable(state, group, trace),
        trace,
      )
    case 'map_dma':
      // The ioctl number of VFIO_DEVICE_PCI_HOT_RESET, with flags that it does not know.
      return refuse('EINVAL')
    case 'iommu_get_info':
      // The ioctl number of VFIO_DEVICE_GET_PCI_HOT_RESET_INFO.
      return hotResetInfo(state, device)
    default:
      return refuse('ENOTTY')
  }
}

/** The group file passed to a hot reset: its group, -1 for none, -2 for one not open in this process, -3 for another file. */
function groupArgument(state: LegacyState, process: number, slot: number): number {
  if (slot < 0) return -1
  const kind = kindOf(state, slot)
  if (kind === CLOSED || state.fdProcess[slot] !== process) return -2
  return kind === GROUP_FD ? at(state.fdObject, slot) : -3
}

function close(state: LegacyState, call: Call, trace?: LegacyTrace): Result {
  const open = kindOf(state, call.fd) !== CLOSED
  trace?.check('L.FD.open', open, { kind: 'slot', slot: call.fd })
  if (!open) return refuse('EBADF')
  closeSlot(state, call.fd, closeFile, trace)
  return OK
}

function closeFile(state: LegacyState, kind: number, object: number, _process: number, trace?: LegacyTrace): void {
  switch (kind) {
    case CONTAINER_FD:
      return closeContainer(state, object, trace)
    case GROUP_FD:
      return closeGroup(state, object, trace)
    default:
      return closeDevice(state, object, trace)
  }
}

/** A process ends: its files in the order of their numbers, then its virtual machine. */
function exit(state: LegacyState, call: Call, trace?: LegacyTrace): Result {
  if (call.by < 0 || call.by >= state.exited.length) return refuse('EINVAL')
  closeAll(state, call.by, closeFile, trace)
  kvmDestroy(state, call.by, trace)
  state.exited[call.by] = 1
  trace?.effect('process.ended')
  return OK
}

function groupView(state: LegacyState, group: number): GroupView {
  const members = (state.world.groups[group]?.devices ?? []).filter((device) => state.present[device] === 1)
  const kvm = state.world.setup.processes.flatMap((_, process) =>
    state.kvm[process * state.world.groups.length + group] === 1 ? [process] : [],
  )
  return {
    group,
    node: state.node[group] === 1,
    owner: state.world.users[at(state.owner, group)] ?? 'root',
    opened: state.opened[group] === 1,
    container: containerOf(state, group),
    users: at(state.users, group),
    kvm,
    viable: isGroupViable(state, group),
    members: members.map((device) => {
      const code = viabilityRule(state, device)
      return { device, good: code !== 'L.V.6', code }
    }),
    context: contextOf(state.world, at(state.groupDomain, group)),
  }
}
