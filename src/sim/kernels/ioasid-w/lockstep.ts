/**
 * The lockstep reading of Williamson's concern (14 June 2021): the interface stays with devices, nobody manages groups, so
 * a device may be used only while all of its group are in one address space. Not a proposal of his: it shows the price.
 */
import { devicesIn, groupOf, deviceOfFile, type IoasidState } from '../shared/ioasid-state.ts'
import { assemble } from '../shared/assemble.ts'
import { CDEV_FD, IOMMUFD_FD } from '../shared/files.ts'
import { iommufdFile } from '../shared/ioasid-files.ts'
import { ioasidSnapshot } from '../shared/ioasid-views.ts'
import { at } from '../shared/machine-state.ts'
import { isVfioDevice } from '../shared/vfio-state.ts'
import { deviceFileT, type AccessRules } from '../ioasid-t/device.ts'
import { partsT, verdictsT } from '../ioasid-t/index.ts'
import type { WTrace } from './codes.ts'
import { check } from '../../trace.ts'

/** Whether all vfio devices of a group are attached to one address space; members with other drivers count as attached [OP-12]. */
function inStep(state: IoasidState, group: number): boolean {
  let common = 0
  for (const device of devicesIn(state, group)) {
    if (!isVfioDevice(state, device)) continue
    const ioas = at(state.attached, device)
    if (ioas === 0 || (common !== 0 && ioas !== common)) return false
    common = ioas
  }
  return true
}

/** Notes for each open device of a group that its user may, or may no longer, use it. */
function noteAll(state: IoasidState, group: number, effect: 'access.given' | 'access.taken', trace?: WTrace): void {
  for (const device of devicesIn(state, group)) {
    if (at(state.opens, device) > 0) trace?.effect(effect, { kind: 'device', device })
  }
}

const lockstepAccess: AccessRules = {
  allowed(state, device, trace?: WTrace) {
    const group = groupOf(state, device)
    return check(trace, 'W.L.1', inStep(state, group), { kind: 'group', group })
  },
  leaving(state, device, trace) {
    const group = groupOf(state, device)
    if (inStep(state, group)) noteAll(state, group, 'access.taken', trace)
  },
  joined(state, device, trace) {
    const group = groupOf(state, device)
    if (inStep(state, group)) noteAll(state, group, 'access.given', trace)
  },
}

export const lockstep = assemble<IoasidState>({
  ...partsT,
  id: 'ioasid-w',
  files: { [IOMMUFD_FD]: iommufdFile, [CDEV_FD]: deviceFileT(lockstepAccess) },
  snapshot: (state) =>
    ioasidSnapshot(state, {
      ...verdictsT,
      access: (_, file) => inStep(state, groupOf(state, deviceOfFile(state, file))),
    }),
})
