/** Words for Linux 6.12 as distributions build it: DMA ownership, and VFIO groups and containers. */
import { ownershipFunctions } from './ownership-functions.ts'
import type { KernelWords } from './kernel-words.ts'
import type { OwnershipNames } from './ownership.ts'
import { OWNERSHIP_ENTRIES, OWNERSHIP_VIABILITY, ownershipChecks, ownershipEffects } from './ownership.ts'

export const NAMES_6_12: OwnershipNames = {
  take: '__iommu_take_dma_ownership',
  moveDevice: '__iommu_device_set_domain',
  demand:
    'pci %s: Firmware has requested this device have a 1:1 IOMMU mapping, rejecting configuring the device without a 1:1 mapping',
  makeDomain: 'iommu_paging_domain_alloc',
  needsContainer: 'vfio_df_group_open',
  needsBackend: 'vfio_group_use_container',
  unuse: 'vfio_group_unuse_container',
  kvmAdd: 'kvm_vfio_file_add',
  kvmDel: 'kvm_vfio_file_del',
  probeFailed: (bdf) => `vfio-pci ${bdf}: probe with driver vfio-pci failed with error -22`,
}

export const ENTRIES_6_12 = {
  ...OWNERSHIP_ENTRIES,
  kvm_group_add: 'kvm_vfio_set_attr → kvm_vfio_set_file → kvm_vfio_file_add',
  kvm_group_del: 'kvm_vfio_set_attr → kvm_vfio_set_file → kvm_vfio_file_del',
} as const satisfies KernelWords['entries']

export const LINUX_6_12: KernelWords = {
  name: 'Linux 6.12',
  version: '6.12',
  functions: ownershipFunctions('linux-6.12'),
  entries: ENTRIES_6_12,
  checks: ownershipChecks(NAMES_6_12),
  effects: ownershipEffects(NAMES_6_12),
  viability: OWNERSHIP_VIABILITY,
  viabilityTest: 'iommu_group_dma_owner_claimed',
  bug: () => null,
}
