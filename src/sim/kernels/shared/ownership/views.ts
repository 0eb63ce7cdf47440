/** What a snapshot shows of groups whose DMA has an owner. */
import type { GroupView, OwnershipView } from '../../../snapshot.ts'
import { at } from '../machine-state.ts'
import { groupOf, membersOf } from '../views.ts'
import { managesDma, type OwnedState } from './dma-owner.ts'

/** How a member counts: it has no driver, one that manages DMA by itself, or one that uses the DMA API. */
export type OwnershipRule = 'O.V.none' | 'O.V.managed' | 'O.V.counted'

function memberRule(state: OwnedState, device: number): OwnershipRule {
  const driver = at(state.driver, device)
  if (driver === 0) return 'O.V.none'
  return managesDma(state, driver) ? 'O.V.managed' : 'O.V.counted'
}

function ownershipOf(state: OwnedState, group: number): OwnershipView {
  const count = at(state.ownerCount, group)
  const owner = count === 0 ? 'nobody' : state.owned[group] === 0 ? 'drivers' : 'vfio-group'
  return { count, owner, iommufd: -1 }
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
