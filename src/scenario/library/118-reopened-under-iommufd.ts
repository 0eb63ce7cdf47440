import { define } from './define.ts'

export const reopenedUnderIommufd = define({
  id: 'reopened-under-iommufd',
  chapter: 'iommufd',
  summary:
    'A find of our random walks: with an iommufd in place of a container, two processes can come to drive one device.',
  script: `
    title A group reopened under an open device
    machine two-singletons
    kernel linux-6.12-iommufd
    process p user=root
    process q user=root

    unbind 01:00.0
    bind 01:00.0 vfio-pci
    p: g1 = open_group 4
    q: i2 = open_iommufd
    p: i1 = open_iommufd
    #: The iommufd stands in for a container. It makes no claim: that comes with the device.
    group_set_container g1 i1
    map_dma i1 0x0 2M
    d1 = group_get_device_fd g1 01:00.0
    #: With a container, the open device would hold the group’s file. With an iommufd it does not.
    close g1
    #: So somebody else can open the group (this much is recorded) ...
    q: g2 = open_group 4
    group_set_container g2 i2
    #: ... and the device, which is open already: nothing is asked any more. This last step follows from the source as we read it; no recording has it. Now q drives a device whose DMA reaches p’s memory.
    d2 = group_get_device_fd g2 01:00.0
  `,
  expect: {
    8: 'viable@4 & isolated@4',
    12: 'viable@4 & !isolated@4',
  },
})
