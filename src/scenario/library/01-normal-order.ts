import { define } from './define.ts'

export const normalOrder = define({
  id: 'normal-order',
  chapter: 'First steps',
  summary: 'Free the group, join a container, choose an IOMMU type, map memory, get the device: the order that works.',
  script: `
    title From e1000e to a device fd
    machine dual-e1000e
    kernel linux-5.10
    process qemu user=root

    #: Both functions of the card are in IOMMU group 3, and both are driven by e1000e. A group is given away as a whole, so both have to go.
    unbind 01:00.0
    #: vfio-pci takes the function. It registers with VFIO, and /dev/vfio/3 appears.
    bind 01:00.0 vfio-pci
    unbind 01:00.1
    bind 01:00.1 vfio-pci
    #: The process opens the group. The file can be open only once at a time.
    g1 = open_group 3
    #: Before going on, a careful program asks: is the group viable? It is: no member is in the hands of an ordinary driver.
    group_get_status g1
    #: A container is one I/O address space, still empty and without an IOMMU behind it.
    c1 = open_container
    check_extension c1 type1v2
    #: The group joins. Nothing has changed for the hardware yet.
    group_set_container g1 c1
    #: Now it does: all devices of the group are moved into a domain of the container, which maps nothing. Look at the DMA lane.
    set_iommu c1 type1v2
    #: 2 MiB of the process's memory become reachable at I/O virtual address 0.
    map_dma c1 0x0 2M
    #: The kernel checks container, IOMMU and viability once more and hands out the device.
    d1 = group_get_device_fd g1 01:00.0
    device_get_info d1
    #: A DMA of the device to address 0 lands in the process's memory, where the mapping says.
    dma_probe 01:00.0 0x0
    #: One byte past the mapping there is nothing: the IOMMU stops it.
    dma_probe 01:00.0 0x200000
  `,
  expect: {
    0: '!viable@3 & host@3',
    6: 'returned:viable=true & returned:container_set=false & viable@3 & isolated@3',
    8: 'returned:1',
    14: 'returned:physical=blocked & returned:iova=ok',
    15: 'returned:physical=blocked & returned:iova=blocked & viable@3 & isolated@3',
  },
})
