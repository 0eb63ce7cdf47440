/** Linux 5.10: VFIO asks whether a group is viable, and stops the machine when somebody breaks it later. */
import type { Kernel } from '../../kernel.ts'
import type { GroupView } from '../../snapshot.ts'
import { allocate } from '../../state.ts'
import { assemble } from '../shared/assemble.ts'
import { containerFile, openContainer } from '../shared/container.ts'
import { dmaProbe } from '../shared/dma.ts'
import { driverCalls } from '../shared/drivers.ts'
import { CONTAINER_FD, DEVICE_FD, GROUP_FD } from '../shared/files.ts'
import { bootMachine, machineColumns } from '../shared/machine-state.ts'
import { chownGroup } from '../shared/node.ts'
import { FD_OBJECTS, MACHINE_SHAPE, VFIO_SHAPE } from '../shared/shape.ts'
import { TYPE1_RULES_5_10 } from '../shared/type1.ts'
import { bootVfio, vfioColumns } from '../shared/vfio-state.ts'
import { groupOf, membersOf, viewsWithoutIommufd } from '../shared/views.ts'
import type { LegacyState } from './codes.ts'
import { legacyDeviceFile } from './device.ts'
import { legacyDriverRules } from './drivers.ts'
import { kvmAdd, kvmDel, kvmDestroy, legacyGroupFile, openGroup } from './group.ts'
import { legacyIommuCore } from './iommu-core.ts'
import { VFIO_BUG } from './notifier.ts'
import { isGroupViable, viabilityRule } from './viability.ts'

const drivers = driverCalls(legacyDriverRules)

export const linux510: Kernel<LegacyState> = assemble<LegacyState>({
  id: 'linux-5.10',

  create: (world) =>
    allocate(world, (columns) => ({
      ...machineColumns(world, columns, world.capacity.containers),
      ...vfioColumns(world, columns),
    })),
  shape: { columns: { ...MACHINE_SHAPE, ...VFIO_SHAPE }, objects: FD_OBJECTS, domains: ['container'] },

  boot(state) {
    bootMachine(state)
    bootVfio(state)
  },

  calls: {
    ...drivers.calls,
    chown_group: chownGroup,
    kvm_group_add: kvmAdd,
    kvm_group_del: kvmDel,
    dma_probe: dmaProbe,
  },
  opens: {
    open_container: openContainer,
    open_group: openGroup,
  },
  files: {
    [CONTAINER_FD]: containerFile(legacyIommuCore, TYPE1_RULES_5_10),
    [GROUP_FD]: legacyGroupFile,
    [DEVICE_FD]: legacyDeviceFile,
  },

  bug: VFIO_BUG,
  resumeCall: drivers.resumeCall,
  endProcess: kvmDestroy,

  snapshot: (state) => ({
    dead: state.dead[0] === 1,
    ...viewsWithoutIommufd(state),
    groups: state.world.groups.map((_, group) => groupView(state, group)),
  }),
})

function groupView(state: LegacyState, group: number): GroupView {
  return {
    ...groupOf(state, group),
    viable: isGroupViable(state, group),
    members: membersOf(state, group).map((device) => {
      const code = viabilityRule(state, device)
      return { device, good: code !== 'L.V.6', code }
    }),
    ownership: null,
  }
}
