/** A kernel with DMA ownership and VFIO groups, and nothing newer: 6.1, and 6.12 as distributions build it. */
import type { Errno } from '../../../errno.ts'
import type { Kernel, KernelId } from '../../../kernel.ts'
import { refuse, type Result } from '../../../result.ts'
import { allocate } from '../../../state.ts'
import { check } from '../../../trace.ts'
import type { Call } from '../../../world.ts'
import { assemble, type FileKind } from '../assemble.ts'
import { containerFile, openContainer } from '../container.ts'
import { dmaProbe } from '../dma.ts'
import { driverCalls } from '../drivers.ts'
import { CLOSED, CONTAINER_FD, DEAD_GROUP_FD, DEAD_KVM, DEVICE_FD, GROUP_FD } from '../files.ts'
import { at, machineColumns } from '../machine-state.ts'
import { chownGroup } from '../node.ts'
import { DEVICE_IOCTLS, deviceIoctl } from '../reset.ts'
import { FD_OBJECTS, MACHINE_SHAPE, VFIO_SHAPE } from '../shape.ts'
import type { Type1Rules } from '../type1.ts'
import { vfioColumns } from '../vfio-state.ts'
import { viewsWithoutIommufd } from '../views.ts'
import type { OwnershipTrace } from './codes.ts'
import { bootOwned, owningIommuCore, ownershipColumns, OWNERSHIP_SHAPE, type OwnedState } from './dma-owner.ts'
import {
  attachContainer,
  closeDevice,
  containerArgument,
  deadGroupFile,
  findDevice,
  getStatus,
  groupFile,
  hasBackend,
  isInside,
  isOut,
  killGroup,
  openDevice,
  openGroup,
  releaseGroup,
  unsetContainer,
  type GroupCalls,
} from './group.ts'
import { ownershipDriverRules } from './drivers.ts'
import { kvmParts } from './kvm.ts'
import { ownedGroupView } from './views.ts'

/** What such a kernel says for itself. */
export interface GroupKernelRules {
  readonly id: KernelId
  /** Errno for a device that may not lose the memory which its firmware demands (RMRR). */
  readonly locked: Errno
  /** Errno of SET_CONTAINER for a file that is no container. */
  readonly notContainer: Errno
  /** The backend of containers. */
  readonly type1: Type1Rules
  /** Whether GET_DEVICE_FD finds a device that is registered in the group. */
  isListed(state: OwnedState, device: number): boolean
  /** KVM takes files of devices as well as those of groups. */
  readonly kvmTakesDevices: boolean
  /** As `DriverRules` has it. */
  readonly overrideTakesLock: boolean
  /** VFIO_DEVICE_PCI_HOT_RESET. */
  hotReset(state: OwnedState, device: number, process: number, call: Call, trace?: OwnershipTrace): Result
}

/** Assembles a kernel with these rules. */
export function groupKernel(rules: GroupKernelRules): Kernel<OwnedState> {
  const calls: GroupCalls<OwnedState> = {
    getStatus,
    unsetContainer,
    release: releaseGroup,

    setContainer(state, group, process, call, trace) {
      const kind = containerArgument(state, process, call, trace)
      if (kind === CLOSED) return refuse('EBADF')
      if (!isOut(state, group, trace)) return refuse('EINVAL')
      trace?.check('O.SC.gone', true, { kind: 'group', group })
      if (!check(trace, 'O.SC.kind', kind === CONTAINER_FD, { kind: 'slot', slot: call.other }))
        return refuse(rules.notContainer)
      return attachContainer(state, group, at(state.fdObject, call.other), rules.locked, trace)
    },

    getDeviceFd(state, group, process, call, trace) {
      const { device } = call
      if (!findDevice(state, group, device, rules.isListed(state, device), trace)) return refuse('ENODEV')
      if (call.as < 0) return refuse('EMFILE')
      if (!isInside(state, group, trace) || !hasBackend(state, group, trace)) return refuse('EINVAL')
      return openDevice(state, group, process, call, trace)
    },
  }
  const deviceFile: FileKind<OwnedState> = {
    ioctls: DEVICE_IOCTLS,
    ioctl: (state, device, process, call, trace) =>
      deviceIoctl(state, device, call, () => rules.hotReset(state, device, process, call, trace), trace),
    release: (state, device, _, trace) => closeDevice(state, device, calls, trace),
  }
  const kvm = kvmParts<OwnedState>({
    takesDevices: rules.kvmTakesDevices,
    group: calls,
    devices: [{ kind: DEVICE_FD, file: deviceFile, kept: (state) => state.keptFiles }],
  })
  const drivers = driverCalls(
    ownershipDriverRules<OwnedState>({
      locked: rules.locked,
      overrideTakesLock: rules.overrideTakesLock,
      openFiles: (state, device) => at(state.opens, device),
      groupGone: (state, group, trace) => killGroup(state, group, 0, trace),
    }),
  )

  return assemble<OwnedState>({
    id: rules.id,
    shape: {
      columns: { ...MACHINE_SHAPE, ...VFIO_SHAPE, ...OWNERSHIP_SHAPE },
      objects: FD_OBJECTS,
      domains: ['container'],
    },

    create: (world) =>
      allocate(world, (columns) => ({
        ...machineColumns(world, columns, world.capacity.containers),
        ...vfioColumns(world, columns),
        ...ownershipColumns(world, columns),
      })),

    boot: bootOwned,

    calls: {
      ...drivers.calls,
      chown_group: chownGroup,
      ...kvm.calls,
      dma_probe: dmaProbe,
    },
    opens: {
      open_container: openContainer,
      open_group: openGroup,
    },
    files: {
      [CONTAINER_FD]: containerFile(owningIommuCore, rules.type1),
      [GROUP_FD]: groupFile(calls),
      [DEAD_GROUP_FD]: deadGroupFile(),
      [DEAD_GROUP_FD + DEAD_KVM]: deadGroupFile(),
      [DEVICE_FD]: deviceFile,
    },

    resumeCall: drivers.resumeCall,
    keep: kvm.keep,
    endProcess: kvm.endProcess,

    snapshot: (state) => ({
      dead: false,
      ...viewsWithoutIommufd(state),
      groups: state.world.groups.map((_, group) => ownedGroupView(state, group)),
    }),
  })
}
