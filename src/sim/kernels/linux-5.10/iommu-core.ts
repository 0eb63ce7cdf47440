/** drivers/iommu/iommu.c and intel/iommu.c in 5.10: a group has its default domain or somebody's, and there is no blocking. */
import { defaultContext } from '../../iommu/context.ts'
import { moveDevice, moveGroup, type IommuCore } from '../shared/iommu-core.ts'
import { check } from '../../trace.ts'

export const legacyIommuCore: IommuCore = {
  // iommu_domain_set_attr.
  noNesting: 'ENODEV',

  /** __iommu_attach_group: members are moved one by one, whoever drives them; if one refuses, the earlier ones are not moved back. */
  attach(state, group, context, trace) {
    const free = state.groupDomain[group] === defaultContext(state.world, group)
    if (!check(trace, 'L.AT.4', free, { kind: 'group', group })) return 'EBUSY'
    for (const device of state.world.groups[group]?.devices ?? []) {
      if (state.present[device] === 0) continue
      if (!check(trace, 'L.AT.5', state.world.devices[device]?.spec.rmrr !== true, { kind: 'device', device })) {
        trace?.effect('log.rmrr', { kind: 'device', device })
        return 'EPERM'
      }
      moveDevice(state, device, context, trace)
    }
    state.groupDomain[group] = context
    return null
  },

  /** __iommu_detach_group. */
  detach(state, group, trace) {
    moveGroup(state, group, defaultContext(state.world, group), trace)
  },
}
