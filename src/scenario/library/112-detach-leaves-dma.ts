import { define } from './define.ts'

export const detachLeavesDma = define({
  id: 'detach-leaves-dma',
  chapter: 'iommufd',
  summary:
    'Detach one of two attached functions: the call succeeds, and its DMA runs on, because its sibling keeps the group on the page table.',
  script: `
    title Detach leaves the DMA running
    machine dual-e1000e
    kernel linux-6.12-iommufd
    process qemu user=root
    cursor 12

    unbind 01:00.0
    bind 01:00.0 vfio-pci
    unbind 01:00.1
    bind 01:00.1 vfio-pci
    i1 = open_iommufd
    d0 = open_cdev 01:00.0
    d1 = open_cdev 01:00.1
    bind_iommufd d0 i1
    bind_iommufd d1 i1
    a1 = ioas_alloc i1
    ioas_map i1 a1 0x0 2M
    attach d0 ioas=a1
    attach d1 ioas=a1
    #: Success, as the manual says. What the hardware does is another matter.
    detach d1
    dma_probe 01:00.1 0x1000
    #: Only when the last one goes is the group blocked again.
    detach d0
    dma_probe 01:00.1 0x1000
  `,
  expect: {
    14: '!viable@3 & isolated@3',
    15: 'returned:physical=blocked & returned:iova=ok',
    17: 'returned:physical=blocked & returned:iova=blocked',
  },
})
