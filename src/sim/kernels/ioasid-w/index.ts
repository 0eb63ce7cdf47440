/**
 * The IOASID debate of June 2021, policy W (Williamson, 16 June): the group is what is bound to /dev/iommu and what the
 * interface shows; inside it, devices move between address spaces. An option turns it into the lockstep reading.
 */
import type { Kernel } from '../../kernel.ts'
import { OP_KINDS } from '../../op.ts'
import type { Bug } from '../../result.ts'
import { assemble } from '../shared/assemble.ts'
import { probeDma } from '../shared/dma.ts'
import { driverCalls } from '../shared/drivers.ts'
import { DEVICE_FD, GROUP_FD, IOMMUFD_FD } from '../shared/files.ts'
import { bootInDefault } from '../shared/ioasid-context.ts'
import { policyDriverRules } from '../shared/ioasid-drivers.ts'
import { iommufdFile, openIommufd } from '../shared/ioasid-files.ts'
import { ownerOf, placeNew } from '../shared/ioasid-groups.ts'
import { isSafe, listedBySafety } from '../shared/ioasid-safety.ts'
import { createIoasid, IOASID_SHAPE, devicesIn, groupOf, policyOf, type IoasidState } from '../shared/ioasid-state.ts'
import { ioasDomains, ioasidSnapshot, type Verdicts } from '../shared/ioasid-views.ts'
import { at, bootMachine } from '../shared/machine-state.ts'
import { chownGroup } from '../shared/node.ts'
import { isVfioDevice } from '../shared/vfio-state.ts'
import type { WTrace } from './codes.ts'
import { deviceFileW, groupFileW, isListed, openGroup, updateNode } from './group.ts'
import { lockstep } from './lockstep.ts'
import { check } from '../../trace.ts'

const W_BUG: Bug = { file: '/dev/iommu', line: 0, text: 'kernel BUG in the group notifier of /dev/iommu!' }

const drivers = driverCalls(
  policyDriverRules({
    bug: W_BUG,
    bound(state, device, trace?: WTrace) {
      const group = groupOf(state, device)
      if (isVfioDevice(state, device)) updateNode(state, group, trace)
      trace?.effect('notify.bound', { kind: 'device', device })
      if (check(trace, 'W.NB.idle', ownerOf(state, group) < 0, { kind: 'group', group })) return true
      return check(trace, 'W.NB.safe', isSafe(state, device, listedBySafety, trace), { kind: 'device', device })
    },
    unbound(state, device, driver, trace?: WTrace) {
      if (state.world.drivers[driver]?.family === 'vfio') updateNode(state, groupOf(state, device), trace)
    },
    /** The last vfio device of a group waits until the group is unbound, as in legacy VFIO [OP-11]. */
    mustStay(state, device, first, trace?: WTrace) {
      const group = groupOf(state, device)
      const others = first && devicesIn(state, group).some((other) => other !== device && isListed(state, other))
      const free = others || ownerOf(state, group) < 0
      if (!check(trace, 'W.UR.last', free, { kind: 'device', device }))
        trace?.effect('wait.group', { kind: 'group', group })
      return !free
    },
    plugged: placeNew,
  }),
)

const verdicts: Verdicts = {
  access: () => true,
  member(state, device) {
    const code = listedBySafety(state, device)
    return { good: code !== 'P.S.unsafe', code }
  },
  cdev: () => false,
  binding: (state, device) => (isVfioDevice(state, device) ? ownerOf(state, groupOf(state, device)) : -1),
  node: (state, group) => at(state.node, group) === 1,
  ownership(state, group) {
    const iommufd = ownerOf(state, group)
    return { count: iommufd < 0 ? 0 : 1, owner: iommufd < 0 ? 'nobody' : 'iommufd', iommufd }
  },
}

const groups = assemble<IoasidState>({
  id: 'ioasid-w',
  create: createIoasid,
  shape: IOASID_SHAPE,
  boot(state) {
    bootMachine(state)
    bootInDefault(state)
    state.world.groups.forEach((_, group) => updateNode(state, group))
  },
  calls: {
    ...drivers.calls,
    chown_group: chownGroup,
    dma_probe: (state, call, trace) => probeDma(state, ioasDomains, call, trace),
  },
  opens: { open_iommufd: openIommufd, open_group: openGroup },
  files: { [IOMMUFD_FD]: iommufdFile, [GROUP_FD]: groupFileW, [DEVICE_FD]: deviceFileW },
  bug: W_BUG,
  resumeCall: drivers.resumeCall,
  endProcess: () => undefined,
  snapshot: (state) => ioasidSnapshot(state, verdicts),
})

/** The reading that a machine was started with. */
function reading(state: IoasidState): Kernel<IoasidState> {
  return policyOf(state).lockstep === true ? lockstep : groups
}

export const ioasidW: Kernel<IoasidState> = {
  id: 'ioasid-w',
  // What one reading lacks it answers with ENOTTY.
  abi: OP_KINDS.filter((kind) => groups.abi.includes(kind) || lockstep.abi.includes(kind)),
  create: createIoasid,
  shape: IOASID_SHAPE,
  boot: (state) => reading(state).boot(state),
  apply: (state, call, trace) => reading(state).apply(state, call, trace),
  snapshot: (state) => reading(state).snapshot(state),
}
