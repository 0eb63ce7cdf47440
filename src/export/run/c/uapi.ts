/** What older kernel headers lack: linux/iommufd.h as a whole, and device files in linux/vfio.h. */

/** A definition, taken where its name occurs in what stands below it. */
export interface Part {
  readonly name: string
  readonly text: string
}

/** Definitions as Linux has them, each for headers that lack it. A program holds those that it uses. */
export const UAPI: readonly Part[] = [
  {
    name: 'VFIO_TYPE1_NESTING_IOMMU',
    text: `#ifndef VFIO_TYPE1_NESTING_IOMMU /* gone since Linux 6.13 */
#define VFIO_TYPE1_NESTING_IOMMU 6
#endif`,
  },
  { name: 'VFIO_SPAPR_TCE_v2_IOMMU', text: missing('VFIO_SPAPR_TCE_v2_IOMMU', '7') },
  { name: 'VFIO_NOIOMMU_IOMMU', text: missing('VFIO_NOIOMMU_IOMMU', '8') },
  { name: 'VFIO_UNMAP_ALL', text: missing('VFIO_UNMAP_ALL', '9') },
  { name: 'VFIO_UPDATE_VADDR', text: missing('VFIO_UPDATE_VADDR', '10') },
  {
    name: 'VFIO_IOMMU_TYPE1_INFO_DMA_AVAIL',
    text: `#ifndef VFIO_IOMMU_TYPE1_INFO_DMA_AVAIL
#define VFIO_IOMMU_TYPE1_INFO_DMA_AVAIL 3
struct vfio_iommu_type1_info_dma_avail {
  struct vfio_info_cap_header header;
  __u32 avail;
};
#endif`,
  },
  {
    name: 'VFIO_DEVICE_BIND_IOMMUFD',
    text: `#ifndef VFIO_DEVICE_BIND_IOMMUFD
#define VFIO_DEVICE_BIND_IOMMUFD _IO(VFIO_TYPE, VFIO_BASE + 18)
struct vfio_device_bind_iommufd {
  __u32 argsz, flags;
  __s32 iommufd;
  __u32 out_devid;
};
#endif`,
  },
  {
    name: 'VFIO_DEVICE_ATTACH_IOMMUFD_PT',
    text: `#ifndef VFIO_DEVICE_ATTACH_IOMMUFD_PT
#define VFIO_DEVICE_ATTACH_IOMMUFD_PT _IO(VFIO_TYPE, VFIO_BASE + 19)
struct vfio_device_attach_iommufd_pt {
  __u32 argsz, flags, pt_id;
};
#endif`,
  },
  {
    name: 'VFIO_DEVICE_DETACH_IOMMUFD_PT',
    text: `#ifndef VFIO_DEVICE_DETACH_IOMMUFD_PT
#define VFIO_DEVICE_DETACH_IOMMUFD_PT _IO(VFIO_TYPE, VFIO_BASE + 20)
struct vfio_device_detach_iommufd_pt {
  __u32 argsz, flags;
};
#endif`,
  },
  {
    name: 'IOMMU_DESTROY',
    text: `#ifndef IOMMU_DESTROY
#define IOMMU_DESTROY _IO(';', 0x80)
struct iommu_destroy {
  __u32 size, id;
};
#endif`,
  },
  {
    name: 'IOMMU_IOAS_ALLOC',
    text: `#ifndef IOMMU_IOAS_ALLOC
#define IOMMU_IOAS_ALLOC _IO(';', 0x81)
struct iommu_ioas_alloc {
  __u32 size, flags, out_ioas_id;
};
#endif`,
  },
  {
    name: 'IOMMU_IOAS_MAP',
    text: `#ifndef IOMMU_IOAS_MAP
#define IOMMU_IOAS_MAP _IO(';', 0x85)
enum { IOMMU_IOAS_MAP_FIXED_IOVA = 1, IOMMU_IOAS_MAP_WRITEABLE = 2, IOMMU_IOAS_MAP_READABLE = 4 };
struct iommu_ioas_map {
  __u32 size, flags, ioas_id, __reserved;
  __aligned_u64 user_va, length, iova;
};
#endif`,
  },
  {
    name: 'IOMMU_IOAS_UNMAP',
    text: `#ifndef IOMMU_IOAS_UNMAP
#define IOMMU_IOAS_UNMAP _IO(';', 0x86)
struct iommu_ioas_unmap {
  __u32 size, ioas_id;
  __aligned_u64 iova, length;
};
#endif`,
  },
  {
    name: 'IOMMU_HWPT_ALLOC',
    text: `#ifndef IOMMU_HWPT_ALLOC
#define IOMMU_HWPT_ALLOC _IO(';', 0x89)
struct iommu_hwpt_alloc {
  __u32 size, flags, dev_id, pt_id, out_hwpt_id, __reserved;
};
#endif`,
  },
]

function missing(name: string, value: string): string {
  return `#ifndef ${name}\n#define ${name} ${value}\n#endif`
}
