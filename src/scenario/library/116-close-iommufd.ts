import { define } from './define.ts'

export const closeIommufd = define({
  id: 'close-iommufd',
  chapter: 'iommufd',
  summary:
    'Close /dev/iommu under a bound and attached device: everything lives on, and nobody can map or unmap any more.',
  script: `
    title Closing /dev/iommu
    machine two-singletons
    kernel linux-6.12-iommufd
    process qemu user=root

    unbind 01:00.0
    bind 01:00.0 vfio-pci
    i1 = open_iommufd
    d1 = open_cdev 01:00.0
    bind_iommufd d1 i1
    a1 = ioas_alloc i1
    ioas_map i1 a1 0x0 2M
    attach d1 ioas=a1
    #: The file goes; what it stood for is held by the device.
    close i1
    dma_probe 01:00.0 0x1000
    ioas_unmap i1 a1 0x0 2M
    #: The last device goes, and with it the address space.
    close d1
    dma_probe 01:00.0 0x1000
  `,
  expect: {
    9: '!viable@4 & isolated@4',
    10: 'returned:physical=blocked & returned:iova=ok',
    11: 'errno:EBADF',
    13: 'returned:physical=blocked & returned:iova=blocked',
  },
})
