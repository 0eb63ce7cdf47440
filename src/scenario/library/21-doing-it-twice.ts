import { define } from './define.ts'

export const doingItTwice = define({
  id: 'doing-it-twice',
  chapter: 'The order of calls',
  summary: 'What can be done only once, what can be done again, and what has to be undone first.',
  script: `
    title Doing it twice
    machine two-singletons
    kernel linux-5.10
    process qemu user=root

    unbind 01:00.0
    bind 01:00.0 vfio-pci
    g1 = open_group 4
    #: A group has one owner at a time. Not even the owner can open it again.
    g2 = open_group 4
    c1 = open_container
    #: There is no address space to map into before SET_IOMMU.
    map_dma c1 0x0 2M
    group_set_container g1 c1
    #: A group is in one container at most.
    group_set_container g1 c1
    set_iommu c1 type1v2
    #: The type of a container is chosen once.
    set_iommu c1 type1
    map_dma c1 0x0 2M
    #: Mappings do not overlap.
    map_dma c1 0x0 4K
    d1 = group_get_device_fd g1 01:00.0
    #: The device, however, can be opened as often as one likes.
    d2 = group_get_device_fd g1 01:00.0
    close d1
    #: As long as one of them is open the group has to stay.
    group_unset_container g1
    close d2
    group_unset_container g1
    #: And it has left already.
    group_unset_container g1
  `,
  expect: {
    4: 'errno:EBUSY',
    6: 'errno:EINVAL',
    8: 'errno:EINVAL',
    10: 'errno:EINVAL',
    12: 'errno:EEXIST',
    16: 'errno:EBUSY',
    19: 'errno:EINVAL & viable@4 & isolated@4',
  },
})
