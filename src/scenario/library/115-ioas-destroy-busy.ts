import { define } from './define.ts'

export const ioasDestroyBusy = define({
  id: 'ioas-destroy-busy',
  chapter: 'iommufd',
  summary: 'An address space cannot be destroyed while a page table is made from it; with mappings alone it can.',
  script: `
    title IOAS_DESTROY is busy
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
    ioas_destroy i1 a1
    detach d1
    #: The page table went with the last device on it. The mappings are no obstacle.
    ioas_destroy i1 a1
  `,
  expect: {
    9: 'errno:EBUSY & !viable@4 & isolated@4',
  },
})
