import { define } from './define.ts'

export const pulledIntoADomain = define({
  id: 'pulled-into-a-domain',
  chapter: 'Viable is not isolated',
  summary:
    'Neither SET_CONTAINER nor SET_IOMMU asks whether the group is viable: a user takes the host’s own device along.',
  script: `
    title A host device in a user's domain
    machine dual-e1000e
    kernel linux-5.10
    process tool user=alice memlock=64M

    #: The host keeps 01:00.0 for itself and works with it through e1000e.
    unbind 01:00.1
    bind 01:00.1 vfio-pci
    #: Alice may use the group.
    chown_group 3 alice
    g1 = open_group 3
    #: The group is not viable, and she could know.
    group_get_status g1
    c1 = open_container
    #: Linux 5.10 lets her go on ...
    group_set_container g1 c1
    #: ... and on. The whole group changes its address space, the device of the host included. The network card under e1000e has just lost all its buffers.
    set_iommu c1 type1v2
    #: With a mapping it gets worse: what the host's driver tells the card to write arrives in Alice's memory.
    map_dma c1 0x0 2M
    dma_probe 01:00.0 0x1000
    #: Only here somebody looks, and stops her.
    d1 = group_get_device_fd g1 01:00.1
  `,
  expect: {
    5: 'returned:viable=false & returned:container_set=false & !viable@3 & !isolated@3',
    10: 'returned:physical=blocked & returned:iova=ok',
    11: 'errno:EINVAL & !viable@3 & !isolated@3',
  },
})
