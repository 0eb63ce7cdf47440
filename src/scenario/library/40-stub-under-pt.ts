import { define } from './define.ts'

export const stubUnderPt = define({
  id: 'stub-under-pt',
  chapter: 'Viable is not isolated',
  summary: 'With iommu=pt, a viable group can reach all of the host’s memory until SET_IOMMU moves it away.',
  script: `
    title pci-stub under iommu=pt
    machine dual-e1000e
    kernel linux-5.10
    boot iommu=pt
    process qemu user=root

    #: The host was started with iommu=pt: whatever is not in somebody's container is not translated at all.
    unbind 01:00.0
    #: pci-stub will never start a DMA. But who says that the device has nothing left to do, or firmware of its own?
    bind 01:00.0 pci-stub
    unbind 01:00.1
    bind 01:00.1 vfio-pci
    g1 = open_group 3
    #: VFIO is content: viable.
    group_get_status g1
    #: The hardware is not asked. A DMA of the stubbed function reaches the host's memory.
    dma_probe 01:00.0 0x1000
    c1 = open_container
    #: Even joining a container changes nothing on Linux 5.10.
    group_set_container g1 c1
    dma_probe 01:00.0 0x1000
    #: This does: the whole group enters the container's empty domain.
    set_iommu c1 type1v2
    #: The same DMA goes nowhere.
    dma_probe 01:00.0 0x1000
    map_dma c1 0x0 2M
    #: And what is mapped for one function is mapped for its sibling: the stubbed one can write into the process.
    dma_probe 01:00.0 0x1000
  `,
  expect: {
    6: 'returned:viable=true & returned:container_set=false & viable@3 & !isolated@3',
    7: 'returned:physical=ok & returned:iova=blocked',
    9: 'viable@3 & !isolated@3',
    10: 'returned:physical=ok & returned:iova=blocked',
    12: 'returned:physical=blocked & returned:iova=blocked',
    14: 'returned:physical=blocked & returned:iova=ok & viable@3 & isolated@3',
  },
})
