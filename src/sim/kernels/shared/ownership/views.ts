/** What a snapshot shows of groups whose DMA has an owner. */
import type { GroupView, OwnershipView } from '../../../snapshot.ts'
import { at } from '../machine-state.ts'
import { groupOf, membersOf } from '../views.ts'
import { managesDma, NO_OWNER, VFIO_GROUP_OWNER, type OwnedState } from './dma-owner.ts'

/** How a member counts: it has no driver, one that manages DMA by itself, or one that uses the DMA API. */
export type OwnershipRule = 'O.V.none' | 'O.V.managed' | 'O.V.counted'

function memberRule(state: OwnedState, device: number): OwnershipRule {
  const driver = at(state.driver, device)
  if (driver === 0) return 'O.V.none'
  return managesDma(state, driver) ? 'O.V.managed' : 'O.V.counted'
}

function ownershipOf(state: OwnedState, group: number): OwnershipView {
  const count = at(state.ownerCount, group)
  const owner = at(state.dmaOwner, group)
  if (count === 0) return { count, owner: 'nobody', iommufd: -1 }
  if (owner === NO_OWNER) return { count, owner: 'drivers', iommufd: -1 }
  if (owner === VFIO_GROUP_OWNER) return { count, owner: 'vfio-group', iommufd: -1 }
  return { count, owner: 'iommufd', iommufd: owner - VFIO_GROUP_OWNER - 1 }
}

/** A group as VFIO_GROUP_GET_STATUS and the IOMMU core see it. */
export function ownedGroupView(state: OwnedState, group: number): GroupView {
  const base = groupOf(state, group)
  return {
    ...base,
    viable: base.container >= 0 || state.ownerCount[group] === 0,
    members: membersOf(state, group).map((device) => {
      const code = memberRule(state, device)
      return { device, good: code !== 'O.V.counted', code }
    }),
    ownership: ownershipOf(state, group),
  }
}
