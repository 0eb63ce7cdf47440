/**
 * What 5.10 does when drivers come and go: VFIO hears of it before and after the probe, and its veto comes after. A vfio
 * device that is taken away waits for its files, and the last one of a group for the group to leave its container.
 */
import { defaultContext } from '../../iommu/context.ts'
import { check } from '../../trace.ts'
import { checkBindStore } from '../shared/bus.ts'
import type { DriverRules } from '../shared/drivers.ts'
import { moveDevice } from '../shared/iommu-core.ts'
import { at, LEAVING_CONTAINER, LEAVING_FDS } from '../shared/machine-state.ts'
import { containerOf } from '../shared/vfio-state.ts'
import type { LegacyState, LegacyTrace } from './codes.ts'
import { updateNode } from './node.ts'
import { notifyAdded, notifyBefore, notifyBound, notifyUnbound, VFIO_BUG } from './notifier.ts'
import { isListed } from './viability.ts'

/** Index of a device's group, -1: none. */
function groupOf(state: LegacyState, device: number): number {
  return state.world.devices[device]?.group ?? -1
}

export const legacyDriverRules: DriverRules<LegacyState> = {
  checkBind: checkBindStore,
  vfioProbeErrno: 'ENODEV',
  bug: VFIO_BUG,
  probeReportsRefusal: false,
  overrideTakesLock: true,
  unregister,
  isReleased,

  binding: (state, device, trace?: LegacyTrace) =>
    notifyBefore(state, 'notify.bind', device, groupOf(state, device), trace),
  bound: (state, device, trace?: LegacyTrace) => notifyBound(state, device, groupOf(state, device), trace),
  unbinding: (state, device, trace?: LegacyTrace) =>
    notifyBefore(state, 'notify.unbind', device, groupOf(state, device), trace),

  /** vfio_register_group_dev: the first device of a group brings the VFIO group and its node. */
  registered: (state, device, trace) => updateNode(state, groupOf(state, device), trace),

  /** No context of the IOMMU changes. */
  unbound(state, device, driver, trace?: LegacyTrace) {
    const group = groupOf(state, device)
    const wasVfio = state.world.drivers[driver]?.family === 'vfio'
    notifyUnbound(state, device, group, wasVfio, trace)
    if (wasVfio) updateNode(state, group, trace)
  },

  /**
   * 5.10 puts a new function into the group's domain and then, on the way through iommu_probe_device, into the group's
   * default domain, which leaves it outside the user's.
   */
  plugged(state, device, trace?: LegacyTrace) {
    const group = groupOf(state, device)
    if (group >= 0) moveDevice(state, device, at(state.groupDomain, group), trace)
    notifyAdded(state, device, group, trace)
    moveDevice(state, device, defaultContext(state.world, group), trace)
  },
}

/**
 * vfio_unregister_group_dev, as far as it gets: it waits for the files of the device, takes it off device_list, and if
 * that was the group's last, waits for the group to leave its container.
 */
function unregister(state: LegacyState, device: number, trace?: LegacyTrace): boolean {
  if (state.leaving[device] === LEAVING_FDS) {
    const opens = at(state.opens, device)
    if (!check(trace, 'L.UR.2', opens === 0, { kind: 'count', count: opens })) {
      trace?.effect('log.unbind-blocked', { kind: 'device', device })
      trace?.effect('wait.device-fds', { kind: 'device', device })
      return true
    }
    trace?.effect('vfio.unregistered', { kind: 'device', device })
    if (hasOtherListed(state, device)) {
      trace?.check('L.UR.4', true, { kind: 'device', device })
      return false
    }
    state.leaving[device] = LEAVING_CONTAINER
  }
  const container = containerOf(state, groupOf(state, device))
  if (check(trace, 'L.UR.4', container < 0, { kind: 'device', device })) return false
  trace?.effect('wait.container', { kind: 'container', container })
  return true
}

function isReleased(state: LegacyState, device: number): boolean {
  if (state.leaving[device] === LEAVING_FDS) return at(state.opens, device) === 0
  return containerOf(state, groupOf(state, device)) < 0
}

/** Whether the device_list of a device's group holds another device. */
function hasOtherListed(state: LegacyState, device: number): boolean {
  const members = state.world.groups[groupOf(state, device)]?.devices ?? []
  return members.some((other) => other !== device && isListed(state, other))
}
