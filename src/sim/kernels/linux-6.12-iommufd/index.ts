/**
 * Linux 6.12 built with iommufd and device files: 6.12's groups and containers, and beside them /dev/iommu, where devices
 * are bound one by one, and still a group has one owner and one page table.
 */
import { allocate } from '../../state.ts'
import { assemble } from '../shared/assemble.ts'
import { containerFile, openContainer } from '../shared/container.ts'
import { probeDma } from '../shared/dma.ts'
import { driverCalls } from '../shared/drivers.ts'
import { BOUND_CDEV_FD, CDEV_FD, CONTAINER_FD, DEVICE_FD, GROUP_FD, IOMMUFD_FD } from '../shared/files.ts'
import { at, bootMachine, machineColumns } from '../shared/machine-state.ts'
import { bootOwnership, owningIommuCore, ownershipColumns, OWNERSHIP_SHAPE } from '../shared/ownership/dma-owner.ts'
import { ownershipDriverRules } from '../shared/ownership/drivers.ts'
import { hasExtension } from '../shared/ownership/group-kernel.ts'
import { groupFile, kvmAdd, kvmDel, kvmDestroy } from '../shared/ownership/group.ts'
import { FD_OBJECTS, MACHINE_SHAPE, VFIO_SHAPE } from '../shared/shape.ts'
import { bootVfio, vfioColumns } from '../shared/vfio-state.ts'
import { boundFile, openCdev, unboundFile } from './device.ts'
import { chown, deadFiles, groupCalls, groupDeviceFile, groupGone, LOCKED, openGroup } from './group.ts'
import { iommufdFile, openIommufd } from './iommufd.ts'
import { domainRoom, iommufdColumns, IOMMUFD_SHAPE, type IommufdState } from './state.ts'
import { allDomains, snapshotOf } from './views.ts'

const drivers = driverCalls(
  ownershipDriverRules<IommufdState>({
    locked: LOCKED,
    registered(state, device, trace) {
      // The node is new, and root's.
      state.cdevOwner[device] = 0
      trace?.effect('cdev.made', { kind: 'device', device })
    },
    leaving: (_, device, trace) => trace?.effect('cdev.removed', { kind: 'device', device }),
    openFiles: (state, device) => at(state.opens, device) + at(state.cdevOpens, device),
    groupGone,
  }),
)

export const linux612iommufd = assemble<IommufdState>({
  id: 'linux-6.12-iommufd',
  shape: {
    columns: { ...MACHINE_SHAPE, ...VFIO_SHAPE, ...OWNERSHIP_SHAPE, ...IOMMUFD_SHAPE },
    objects: FD_OBJECTS,
    domains: ['container', 'ioas', 'hwpt'],
  },

  create: (world) =>
    allocate(world, (columns) => ({
      ...machineColumns(world, columns, domainRoom(world)),
      ...vfioColumns(world, columns),
      ...ownershipColumns(world, columns),
      ...iommufdColumns(world, columns),
    })),

  boot(state) {
    bootMachine(state)
    bootVfio(state)
    bootOwnership(state)
  },

  calls: {
    ...drivers.calls,
    chown_group: chown,
    kvm_group_add: kvmAdd,
    kvm_group_del: kvmDel,
    dma_probe: (state, call, trace) => probeDma(state, allDomains, call, trace),
  },
  opens: {
    open_container: openContainer,
    open_group: openGroup,
    open_iommufd: openIommufd,
    open_cdev: openCdev,
  },
  files: {
    [CONTAINER_FD]: containerFile<IommufdState>(owningIommuCore, hasExtension),
    [GROUP_FD]: groupFile(groupCalls),
    ...deadFiles,
    [DEVICE_FD]: groupDeviceFile,
    [CDEV_FD]: unboundFile,
    [BOUND_CDEV_FD]: boundFile,
    [IOMMUFD_FD]: iommufdFile,
  },

  resumeCall: drivers.resumeCall,
  endProcess: (state, process, trace) => kvmDestroy(state, process, groupCalls, trace),

  snapshot: snapshotOf,
})
