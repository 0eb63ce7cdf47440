/** Requests that the mails of June and July 2021 propose; none was merged under this name. */
import type { KernelId } from '../sim/kernel.ts'

const RFC = 'RFC of 9 July 2021'
const DEVICES = { 'ioasid-t': RFC, 'ioasid-g': RFC, 'ioasid-w': RFC } as const satisfies Partial<
  Record<KernelId, string>
>
const MAIL = { 'ioasid-w': 'mails of 16 and 17 June 2021' } as const satisfies Partial<Record<KernelId, string>>

export const IOASID_FUNCTIONS = {
  VFIO_BIND_IOMMU_FD: { does: 'Connects a device with an iommu_fd.', files: DEVICES },
  VFIO_UNBIND_IOMMU_FD: { does: 'Takes a device from its iommu_fd; the RFC only closes its file.', files: DEVICES },
  VFIO_ATTACH_IOASID: { does: 'Puts a bound device into an address space of its iommu_fd.', files: DEVICES },
  VFIO_DETACH_IOASID: { does: 'Takes a device out of its address space.', files: DEVICES },
  VFIO_GROUP_BIND_IOMMU_FD: { does: 'Connects a whole group with an iommu_fd.', files: MAIL },
  VFIO_GROUP_UNBIND_IOMMU_FD: { does: 'Takes a group from its iommu_fd.', files: MAIL },
  IOMMU_IOASID_ALLOC: { does: 'Makes an empty address space in an iommu_fd.', files: DEVICES },
  IOMMU_IOASID_FREE: { does: 'Ends an address space that nothing is attached to.', files: DEVICES },
  IOMMU_MAP_DMA: { does: 'Maps memory of the process in an address space.', files: DEVICES },
  IOMMU_UNMAP_DMA: { does: 'Removes mappings from an address space.', files: DEVICES },
  'iommu_fd group notifier': {
    does: 'Hears of drivers that are bound in a group which an iommu_fd owns, after their probe.',
    files: { 'ioasid-g': 'mail of 14 June 2021', 'ioasid-w': 'mail of 16 June 2021' },
  },
} as const
