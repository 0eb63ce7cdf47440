/**
 * What the kernels with DMA ownership (from 5.19 on) do when drivers come and go: ownership is checked before the probe,
 * so a refusal leaves nothing behind. Nobody is notified, and nothing can be too late.
 */
import { defaultContext } from '../../../iommu/context.ts'
import type { Errno } from '../../../errno.ts'
import { check, type Trace } from '../../../trace.ts'
import { checkBind, isFree, isMatch } from '../bus.ts'
import type { DriverRules } from '../drivers.ts'
import { moveDevice } from '../iommu-core.ts'
import { at } from '../machine-state.ts'
import { isVfioDevice, setNode } from '../vfio-state.ts'
import type { OwnershipTrace } from './codes.ts'
import { cleanUpDma, configureDma, type OwnedState } from './dma-owner.ts'

/** What differs between these kernels. */
export interface OwnershipDriverRules<S extends OwnedState> {
  /** Errno for a device whose firmware demands memory (RMRR), where its group would have to leave the default domain. */
  readonly locked: Errno
  /** As `DriverRules` has it. */
  readonly overrideTakesLock: boolean
  /** A device has registered with VFIO. */
  registered?(state: S, device: number, trace?: Trace): void
  /** The driver of a vfio device begins to leave. */
  leaving?(state: S, device: number, trace?: Trace): void
  /** How many files keep a device's driver from leaving. */
  openFiles(state: S, device: number): number
  /** The last vfio device of a group has left, and the VFIO group goes with it, whoever has it open. */
  groupGone(state: S, group: number, trace?: Trace): void
}

function groupOf(state: OwnedState, device: number): number {
  return state.world.devices[device]?.group ?? -1
}

/** The driver rules of a kernel with DMA ownership. */
export function ownershipDriverRules<S extends OwnedState>(rules: OwnershipDriverRules<S>): DriverRules<S> {
  return {
    checkBind: checkBindStore,
    configureDma,
    cleanUpDma,
    vfioProbeErrno: 'EINVAL',
    probeReportsRefusal: true,
    overrideTakesLock: rules.overrideTakesLock,

    /** vfio_register_group_dev: the first device of a group brings the VFIO group and its node. */
    registered(state, device, trace) {
      setNode(state, groupOf(state, device), true, trace)
      rules.registered?.(state, device, trace)
    },

    unbinding(state, device, trace) {
      if (isVfioDevice(state, device)) rules.leaving?.(state, device, trace)
    },

    /** vfio_unregister_group_dev: waits for the files of the device; the container does not matter. */
    unregister(state, device, trace?: OwnershipTrace) {
      const open = rules.openFiles(state, device)
      if (!check(trace, 'O.UR.fds', open === 0, { kind: 'count', count: open })) {
        trace?.effect('log.unbind-blocked', { kind: 'device', device })
        trace?.effect('wait.device-fds', { kind: 'device', device })
        return true
      }
      trace?.effect('vfio.unregistered', { kind: 'device', device })
      if (check(trace, 'O.UR.last', hasOther(state, device), { kind: 'device', device })) return false
      // vfio_device_remove_group.
      const group = groupOf(state, device)
      setNode(state, group, false, trace)
      rules.groupGone(state, group, trace)
      return false
    },

    isReleased: (state, device) => rules.openFiles(state, device) === 0,

    /** A function that may not go where its group is keeps no group and no DMA in the kernel; here it stays out. */
    checkPlug(state, device, trace?: OwnershipTrace) {
      const home = defaultContext(state.world, groupOf(state, device))
      const movable = state.world.devices[device]?.spec.rmrr !== true || placeOf(state, device) === home
      return check(trace, 'O.HA.4', movable, { kind: 'device', device }) ? null : rules.locked
    },

    plugged: (state, device, trace) => moveDevice(state, device, placeOf(state, device), trace),
  }
}

/** Where a new function of a group goes: where the group is. */
function placeOf(state: OwnedState, device: number): number {
  const group = groupOf(state, device)
  return group < 0 ? defaultContext(state.world, group) : at(state.groupDomain, group)
}

/** Whether another device of a device's group is registered with VFIO. */
function hasOther(state: OwnedState, device: number): boolean {
  const members = state.world.groups[groupOf(state, device)]?.devices ?? []
  return members.some((other) => other !== device && isVfioDevice(state, other))
}

/** bind_store: the match decides first; a driver that is there is EBUSY (__driver_probe_device). */
function checkBindStore(state: OwnedState, device: number, driver: number, trace?: OwnershipTrace): Errno | null {
  const errno = checkBind(state, device, driver, trace)
  if (errno !== null) return errno
  if (!isMatch(state, device, driver, trace)) return 'ENODEV'
  return isFree(state, device, trace) ? null : 'EBUSY'
}
