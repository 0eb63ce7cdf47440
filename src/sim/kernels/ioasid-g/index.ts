/**
 * The IOASID debate of June 2021, policy G (Gunthorpe, 14 and 18 June): users see devices only, and the IOMMU layer sees
 * to their groups. BIND checks the whole group and connects it with the iommu_fd.
 */
import type { Kernel } from '../../kernel.ts'
import type { Bug } from '../../result.ts'
import { assemble } from '../shared/assemble.ts'
import { probeDma } from '../shared/dma.ts'
import { driverCalls } from '../shared/drivers.ts'
import { CDEV_FD, IOMMUFD_FD } from '../shared/files.ts'
import { bootInDefault } from '../shared/ioasid-context.ts'
import { policyDriverRules } from '../shared/ioasid-drivers.ts'
import { iommufdFile, openIommufd } from '../shared/ioasid-files.ts'
import { ownerOf, placeNew } from '../shared/ioasid-groups.ts'
import { declaredBySafety, isDeclaredSafe, isSafe } from '../shared/ioasid-safety.ts'
import type { IoasidState } from '../shared/ioasid-state.ts'
import { createIoasid, IOASID_SHAPE, groupOf, hasDeviceNode, iommufdOf, policyOf } from '../shared/ioasid-state.ts'
import { ioasDomains, ioasidSnapshot, type Verdicts } from '../shared/ioasid-views.ts'
import { at, bootMachine } from '../shared/machine-state.ts'
import { hasVfioDevice } from '../shared/vfio-state.ts'
import type { GTrace } from './codes.ts'
import { deviceFileG, openCdev } from './device.ts'
import { check } from '../../trace.ts'

const G_BUG: Bug = { file: '/dev/iommu', line: 0, text: 'kernel BUG in the group notifier of the iommu_fd!' }

const drivers = driverCalls(
  policyDriverRules({
    bug: G_BUG,
    /** The wish of 25 June: no BUG_ON, but a driver that is not let in. */
    mayProbe(state, device, driver, trace?: GTrace) {
      if (policyOf(state).denyProbe !== true) return null
      const welcome = ownerOf(state, groupOf(state, device)) < 0 || isDeclaredSafe(state, driver)
      return check(trace, 'G.PB.1', welcome, { kind: 'driver', driver, device }) ? null : 'EBUSY'
    },
    bound(state, device, trace?: GTrace) {
      const group = groupOf(state, device)
      trace?.effect('notify.bound', { kind: 'device', device })
      if (check(trace, 'G.NB.idle', ownerOf(state, group) < 0, { kind: 'group', group })) return true
      return check(trace, 'G.NB.safe', isSafe(state, device, declaredBySafety, trace), { kind: 'device', device })
    },
    plugged: placeNew,
  }),
)

const verdicts: Verdicts = {
  access: (state, file) => at(state.fileIommufd, file) > 0,
  member(state, device) {
    const code = declaredBySafety(state, device)
    return { good: code !== 'P.S.unsafe', code }
  },
  cdev: hasDeviceNode,
  binding: iommufdOf,
  node: hasVfioDevice,
  ownership(state, group) {
    const iommufd = ownerOf(state, group)
    const bound = (state.world.groups[group]?.devices ?? []).filter((device) => iommufdOf(state, device) >= 0)
    return { count: bound.length, owner: iommufd < 0 ? 'nobody' : 'iommufd', iommufd }
  },
}

export const ioasidG: Kernel<IoasidState> = assemble<IoasidState>({
  id: 'ioasid-g',
  create: createIoasid,
  shape: IOASID_SHAPE,
  boot(state) {
    bootMachine(state)
    bootInDefault(state)
  },
  calls: {
    ...drivers.calls,
    dma_probe: (state, call, trace) => probeDma(state, ioasDomains, call, trace),
  },
  opens: { open_iommufd: openIommufd, open_cdev: openCdev },
  files: { [IOMMUFD_FD]: iommufdFile, [CDEV_FD]: deviceFileG },
  bug: G_BUG,
  resumeCall: drivers.resumeCall,
  endProcess: () => undefined,
  snapshot: (state) => ioasidSnapshot(state, verdicts),
})
