/** The scenarios that ship, in the order in which they teach. `start.ts` alone is enough for the first visit. */
import { normalOrder } from './01-normal-order.ts'
import { siblingNotViable } from './10-sibling-not-viable.ts'
import { viableNoDriver } from './11-viable-no-driver.ts'
import { viableVfio } from './12-viable-vfio.ts'
import { viablePciStub } from './13-viable-pci-stub.ts'
import { viableBridge } from './14-viable-bridge.ts'
import { bridgeAnyDriver } from './15-bridge-any-driver.ts'
import { deviceFdTooEarly } from './20-device-fd-too-early.ts'
import { doingItTwice } from './21-doing-it-twice.ts'
import { bugDeviceOpen } from './30-bug-device-open.ts'
import { bugSetContainer } from './31-bug-set-container.ts'
import { noBugGroupFd } from './32-no-bug-group-fd.ts'
import { bugElsewhere } from './33-bug-elsewhere.ts'
import { stubUnderPt } from './40-stub-under-pt.ts'
import { pulledIntoADomain } from './41-pulled-into-a-domain.ts'
import { unbindOpenDevice } from './50-unbind-open-device.ts'
import { unbindLastDevice } from './51-unbind-last-device.ts'
import { closings } from './60-closing.ts'
import { twoGroups } from './70-two-groups.ts'
import { twoUsers } from './71-two-users.ts'
import { qemuGetGroup } from './80-qemu-get-group.ts'
import { qemuNotViable } from './81-qemu-not-viable.ts'
import { ebusyNotBug } from './100-ebusy-not-bug.ts'
import { epermSetContainer } from './101-eperm-set-container.ts'
import { blockedBetween } from './102-blocked-between.ts'
import { unbindDoesNotWait } from './103-unbind-does-not-wait.ts'
import { bridgeCounts } from './104-bridge-counts.ts'
import { bindNativeSibling } from './110-bind-native-sibling.ts'
import { siblingsFollow } from './111-siblings-follow.ts'
import { detachLeavesDma } from './112-detach-leaves-dma.ts'
import { replaceMovesSibling } from './113-replace-moves-sibling.ts'
import { twoIommufds } from './114-two-iommufds.ts'
import { ioasDestroyBusy } from './115-ioas-destroy-busy.ts'
import { closeIommufd } from './116-close-iommufd.ts'
import { groupAndCdev } from './117-group-and-cdev.ts'
import { reopenedUnderIommufd } from './118-reopened-under-iommufd.ts'
import { nestingIsGone } from './119-nesting-is-gone.ts'
import { aRangeThatWraps } from './120-a-range-that-wraps.ts'
import type { LibraryScenario } from './define.ts'
import { start } from './start.ts'

export const LIBRARY: readonly LibraryScenario[] = [
  start,
  normalOrder,
  siblingNotViable,
  viableNoDriver,
  viableVfio,
  viablePciStub,
  viableBridge,
  bridgeAnyDriver,
  deviceFdTooEarly,
  doingItTwice,
  bugDeviceOpen,
  bugSetContainer,
  noBugGroupFd,
  bugElsewhere,
  stubUnderPt,
  pulledIntoADomain,
  unbindOpenDevice,
  unbindLastDevice,
  ...closings,
  twoGroups,
  twoUsers,
  qemuGetGroup,
  qemuNotViable,
  ebusyNotBug,
  epermSetContainer,
  blockedBetween,
  unbindDoesNotWait,
  bridgeCounts,
  bindNativeSibling,
  siblingsFollow,
  detachLeavesDma,
  replaceMovesSibling,
  twoIommufds,
  ioasDestroyBusy,
  closeIommufd,
  groupAndCdev,
  reopenedUnderIommufd,
  nestingIsGone,
  aRangeThatWraps,
]

export { CHAPTERS } from './define.ts'
export { START } from './first-visit.ts'
