import type { KernelId } from '../../sim/kernel.ts'

/** Kernels as the page calls them. */
export const KERNEL_NAMES: Readonly<Record<KernelId, string>> = {
  'linux-5.10': 'Linux 5.10 · BUG_ON',
  'linux-6.1': 'Linux 6.1 · DMA ownership',
  'linux-6.12': 'Linux 6.12 · groups',
  'linux-6.12-iommufd': 'Linux 6.12 · iommufd',
  'ioasid-t': 'Proposal T · device-centric',
  'ioasid-g': 'Proposal G · iommu_fd',
  'ioasid-w': 'Proposal W · group-bind',
}

/** The name without what it stands for, and that: `Linux 6.1`, `DMA ownership`. */
export function kernelTitle(kernel: KernelId): { readonly name: string; readonly about: string } {
  const [name = '', about = ''] = KERNEL_NAMES[kernel].split(' · ')
  return { name, about }
}
