import { define } from './define.ts'

export const viableBridge = define({
  id: 'viable-bridge',
  chapter: 'Viability',
  summary: 'The fourth way: a bridge. The root port shares the group with the card below it, and may keep its driver.',
  script: `
    title Viable: a root port in the group
    machine port-no-acs
    kernel linux-5.10
    process qemu user=root

    #: This root port has no ACS: DMA from below could turn round in it without meeting the IOMMU. So port and card share a group, number 1.
    unbind 01:00.0
    bind 01:00.0 vfio-pci
    g1 = open_group 1
    #: The port is still with pcieport, and the group is viable all the same: bridges are passed over in the test.
    group_get_status g1
    c1 = open_container
    group_set_container g1 c1
    set_iommu c1 type1v2
    d1 = group_get_device_fd g1 01:00.0
    #: Even with the device open the port may lose its driver ...
    unbind 00:02.0
    #: ... and get it back.
    bind 00:02.0 pcieport
    #: vfio-pci does not take bridges, whatever one tries.
    unbind 00:02.0
    bind 00:02.0 vfio-pci
  `,
  expect: {
    4: 'returned:viable=true & returned:container_set=false',
    12: 'errno:ENODEV & viable@1 & isolated@1',
  },
})
