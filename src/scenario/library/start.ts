import { define } from './define.ts'

export const start = define({
  id: 'start',
  chapter: 'First steps',
  summary: 'A guest owns one port of a two-port network card; the other port of the same group lies idle.',
  script: `
    title A guest owns one port of a two-port card
    machine dual-e1000e
    kernel linux-5.10
    process qemu user=root
    cursor 9

    #: The administrator takes both ports of the card away from e1000e. They share IOMMU group 3.
    unbind 01:00.0
    unbind 01:00.1
    #: The second port goes to vfio-pci. From now on there is a /dev/vfio/3.
    bind 01:00.1 vfio-pci
    #: QEMU opens the group: no other process can open it now.
    qemu: g1 = open_group 3
    qemu: c1 = open_container
    #: The group joins the container.
    group_set_container g1 c1
    #: The whole group moves into the container's own I/O address space, the idle port included.
    set_iommu c1 type1v2
    #: QEMU maps the guest's memory. That is all that the card can reach.
    map_dma c1 0x0 2M
    #: The guest drives port 01:00.1. The group is viable and isolated. Port 01:00.0 has no driver. Give it back to its own driver, e1000e, and see what happens.
    d1 = group_get_device_fd g1 01:00.1
  `,
  expect: {
    9: 'viable@3 & isolated@3',
  },
})
