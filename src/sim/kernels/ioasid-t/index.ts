/**
 * The IOASID debate of June 2021, policy T (Tian, 15-17 June): the interface knows devices only. The IOMMU keeps every
 * idle device blocked, VFIO's viability test is asked when a device is opened, and VFIO's notifier stays.
 */
import { BLOCKED_CONTEXT } from '../../iommu/context.ts'
import { writeContext } from '../../iommu/hardware.ts'
import type { Kernel } from '../../kernel.ts'
import { assemble, type Parts } from '../shared/assemble.ts'
import { probeDma } from '../shared/dma.ts'
import { driverCalls } from '../shared/drivers.ts'
import { CDEV_FD, IOMMUFD_FD } from '../shared/files.ts'
import { setContext } from '../shared/ioasid-context.ts'
import { policyDriverRules } from '../shared/ioasid-drivers.ts'
import { iommufdFile, openIommufd } from '../shared/ioasid-files.ts'
import {
  createIoasid,
  IOASID_SHAPE,
  hasDeviceNode,
  homeOf,
  iommufdOf,
  isLocked,
  type IoasidState,
} from '../shared/ioasid-state.ts'
import { ioasDomains, ioasidSnapshot, type Verdicts } from '../shared/ioasid-views.ts'
import { at, bootMachine } from '../shared/machine-state.ts'
import { hasVfioDevice } from '../shared/vfio-state.ts'
import type { TTrace } from './codes.ts'
import { alwaysAccess, deviceFileT, openCdev } from './device.ts'
import { notifyBound, T_BUG } from './notifier.ts'
import { memberVerdict } from './viability.ts'

/** Whether a driver uses the DMA API, whose first call moves its device to the default domain [OP-3]. */
function isDmaDriver(state: IoasidState, driver: number): boolean {
  const family = state.world.drivers[driver]?.family
  return family === 'native' || family === 'unknown'
}

/** Where a device is that nobody uses: blocked, but for firmware that forbids it [OP-4]. */
function idleContext(state: IoasidState, device: number): number {
  return isLocked(state, device) ? homeOf(state, device) : BLOCKED_CONTEXT
}

/** Blocks every device as it is found, then gives those back their default domain whose drivers do DMA. */
export function bootT(state: IoasidState): void {
  bootMachine(state)
  const put = (device: number, context: number): void => {
    state.record[device] = context
    if (state.present[device] === 1) writeContext(state, device, context)
  }
  state.world.devices.forEach((_, device) => put(device, idleContext(state, device)))
  state.world.devices.forEach((_, device) => {
    if (isDmaDriver(state, at(state.driver, device))) put(device, homeOf(state, device))
  })
}

/** What drivers mean to the IOMMU in policy T. */
export const driversT = driverCalls(
  policyDriverRules({
    bug: T_BUG,
    bound(state, device, trace?: TTrace) {
      if (isDmaDriver(state, at(state.driver, device))) setContext(state, device, homeOf(state, device), trace)
      return notifyBound(state, device, trace)
    },
    unbound(state, device, driver, trace) {
      if (isDmaDriver(state, driver)) setContext(state, device, idleContext(state, device), trace)
    },
    plugged: (state, device, trace) => setContext(state, device, idleContext(state, device), trace),
  }),
)

export const verdictsT: Verdicts = {
  access: () => true,
  member: memberVerdict,
  cdev: hasDeviceNode,
  binding: iommufdOf,
  node: hasVfioDevice,
  ownership: () => null,
}

/** Everything of policy T but its name, for those who take its interface over. */
export const partsT: Omit<Parts<IoasidState>, 'id'> = {
  create: createIoasid,
  shape: IOASID_SHAPE,
  boot: bootT,
  calls: {
    ...driversT.calls,
    dma_probe: (state, call, trace) => probeDma(state, ioasDomains, call, trace),
  },
  opens: { open_iommufd: openIommufd, open_cdev: openCdev },
  files: { [IOMMUFD_FD]: iommufdFile, [CDEV_FD]: deviceFileT(alwaysAccess) },
  bug: T_BUG,
  resumeCall: driversT.resumeCall,
  endProcess: () => undefined,
  snapshot: (state) => ioasidSnapshot(state, verdictsT),
}

export const ioasidT: Kernel<IoasidState> = assemble<IoasidState>({ id: 'ioasid-t', ...partsT })
