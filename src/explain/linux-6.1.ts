/** Words for Linux 6.1: DMA ownership, and VFIO groups and containers. No notifier, and no BUG_ON. */
import { ownershipFunctions } from './ownership-functions.ts'
import type { KernelWords } from './kernel-words.ts'
import type { OwnershipNames } from './ownership.ts'
import { OWNERSHIP_ENTRIES, OWNERSHIP_VIABILITY, ownershipChecks, ownershipEffects } from './ownership.ts'

const NAMES: OwnershipNames = {
  take: 'iommu_group_claim_dma_owner',
  moveDevice: 'intel_iommu_attach_device',
  demand: 'DMAR: %s: Device is ineligible for IOMMU domain attach due to platform RMRR requirement',
  makeDomain: 'iommu_domain_alloc',
  needsContainer: 'vfio_device_assign_container',
  needsBackend: 'vfio_device_assign_container',
  unuse: 'vfio_device_unassign_container',
  kvmAdd: 'kvm_vfio_group_add',
  kvmDel: 'kvm_vfio_group_del',
  probeFailed: (bdf) => `vfio-pci: probe of ${bdf} failed with error -22`,
}

export const LINUX_6_1: KernelWords = {
  name: 'Linux 6.1',
  version: '6.1',
  functions: ownershipFunctions('linux-6.1'),
  entries: {
    ...OWNERSHIP_ENTRIES,
    kvm_group_add: 'kvm_vfio_set_attr → kvm_vfio_set_group → kvm_vfio_group_add',
    kvm_group_del: 'kvm_vfio_set_attr → kvm_vfio_set_group → kvm_vfio_group_del',
  },
  checks: ownershipChecks(NAMES),
  effects: ownershipEffects(NAMES),
  viability: OWNERSHIP_VIABILITY,
  viabilityTest: 'iommu_group_dma_owner_claimed',
  bug: () => null,
}
