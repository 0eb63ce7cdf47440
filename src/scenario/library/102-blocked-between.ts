import { define } from './define.ts'

export const blockedBetween = define({
  id: 'blocked-between',
  chapter: 'Linux 6.1: who owns the DMA',
  summary:
    'Between SET_CONTAINER and SET_IOMMU the group is in a blocking domain: with iommu=pt, too, its DMA reaches nothing.',
  script: `
    title Blocked between SET_CONTAINER and SET_IOMMU
    machine dual-e1000e
    kernel linux-6.1
    boot iommu=pt
    process qemu user=root

    unbind 01:00.0
    bind 01:00.0 pci-stub
    unbind 01:00.1
    bind 01:00.1 vfio-pci
    g1 = open_group 3
    #: Nobody has claimed the group yet: with iommu=pt the stubbed function still reaches all of the host’s memory.
    dma_probe 01:00.0 0x1000
    c1 = open_container
    #: The claim moves every member into the blocking domain.
    group_set_container g1 c1
    dma_probe 01:00.0 0x1000
    set_iommu c1 type1v2
    map_dma c1 0x0 2M
    #: Now it reaches what is mapped, and no more.
    dma_probe 01:00.0 0x1000
    #: Let go, and the default domain is back. With iommu=pt that is all of memory.
    group_unset_container g1
    dma_probe 01:00.0 0x1000
  `,
  expect: {
    6: 'returned:physical=ok & returned:iova=blocked & viable@3 & !isolated@3',
    8: 'viable@3 & isolated@3',
    9: 'returned:physical=blocked & returned:iova=blocked',
    12: 'returned:physical=blocked & returned:iova=ok',
    14: 'returned:physical=ok & returned:iova=blocked & viable@3 & !isolated@3',
  },
})
