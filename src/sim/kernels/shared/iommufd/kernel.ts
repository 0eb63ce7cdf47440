/**
 * A kernel built with iommufd and device files: VFIO groups and containers, and beside them /dev/iommu, where devices are
 * bound one by one, and still a group has one owner and one page table.
 */
import type { Kernel } from '../../../kernel.ts'
import { allocate } from '../../../state.ts'
import { assemble } from '../assemble.ts'
import { containerFile, openContainer } from '../container.ts'
import { probeDma } from '../dma.ts'
import { driverCalls } from '../drivers.ts'
import { BOUND_CDEV_FD, CDEV_FD, CONTAINER_FD, DEVICE_FD, GROUP_FD, IOMMUFD_FD } from '../files.ts'
import { at, machineColumns } from '../machine-state.ts'
import { bootOwned, owningIommuCore, ownershipColumns, OWNERSHIP_SHAPE } from '../ownership/dma-owner.ts'
import { ownershipDriverRules } from '../ownership/drivers.ts'
import { groupFile } from '../ownership/group.ts'
import { kvmParts } from '../ownership/kvm.ts'
import { FD_OBJECTS, MACHINE_SHAPE, VFIO_SHAPE } from '../shape.ts'
import { vfioColumns } from '../vfio-state.ts'
import { boundFile, openCdev, unboundFile } from './device.ts'
import { chown, deadFiles, groupCalls, groupDeviceFile, groupGone, LOCKED, openGroup } from './group.ts'
import { chownIommu, iommufdFile, openIommufd } from './iommufd.ts'
import type { IommufdRules } from './rules.ts'
import { domainRoom, iommufdColumns, IOMMUFD_SHAPE, isForeign, type IommufdState } from './state.ts'
import { allDomains, snapshotOf } from './views.ts'

const drivers = driverCalls(
  ownershipDriverRules<IommufdState>({
    locked: LOCKED,
    overrideTakesLock: false,
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

const kvm = kvmParts<IommufdState>({
  takesDevices: true,
  group: groupCalls,
  devices: [
    { kind: DEVICE_FD, file: groupDeviceFile, kept: (state) => state.keptFiles },
    { kind: CDEV_FD, file: unboundFile, kept: (state) => state.keptCdevs },
    { kind: BOUND_CDEV_FD, file: boundFile, kept: (state) => state.keptBound },
  ],
})

/** Assembles such a kernel. */
export function iommufdKernel(rules: IommufdRules): Kernel<IommufdState> {
  return assemble<IommufdState>({
    id: rules.id,
    shape: {
      columns: { ...MACHINE_SHAPE, ...VFIO_SHAPE, ...OWNERSHIP_SHAPE, ...IOMMUFD_SHAPE },
      objects: FD_OBJECTS,
      isForeign,
      domains: ['container', 'ioas', 'hwpt'],
    },

    create: (world) =>
      allocate(world, (columns) => ({
        ...machineColumns(world, columns, domainRoom(world)),
        ...vfioColumns(world, columns),
        ...ownershipColumns(world, columns),
        ...iommufdColumns(world, columns),
      })),

    boot: bootOwned,

    calls: {
      ...drivers.calls,
      chown_group: chown,
      chown_iommu: chownIommu,
      ...kvm.calls,
      dma_probe: (state, call, trace) => probeDma(state, allDomains, call, trace),
    },
    opens: {
      open_container: openContainer,
      open_group: openGroup,
      open_iommufd: openIommufd,
      open_cdev: openCdev,
    },
    files: {
      [CONTAINER_FD]: containerFile<IommufdState>(owningIommuCore, rules.type1),
      [GROUP_FD]: groupFile(groupCalls),
      ...deadFiles,
      [DEVICE_FD]: groupDeviceFile,
      [CDEV_FD]: unboundFile,
      [BOUND_CDEV_FD]: boundFile,
      [IOMMUFD_FD]: iommufdFile(rules),
    },

    resumeCall: drivers.resumeCall,
    keep: kvm.keep,
    endProcess: kvm.endProcess,

    snapshot: snapshotOf,
  })
}
