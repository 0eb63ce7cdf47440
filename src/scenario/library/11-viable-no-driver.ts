import { define } from './define.ts'

export const viableNoDriver = define({
  id: 'viable-no-driver',
  chapter: 'Viability',
  summary: 'The first of four ways for a member to be harmless: it has no driver at all.',
  script: `
    title Viable: no driver
    machine dual-e1000e
    kernel linux-5.10
    process qemu user=root

    unbind 01:00.1
    bind 01:00.1 vfio-pci
    #: 01:00.0 loses its driver, and nobody takes it.
    unbind 01:00.0
    g1 = open_group 3
    #: A device without a driver does nothing by itself, so the group is viable.
    group_get_status g1
    c1 = open_container
    group_set_container g1 c1
    #: The idle function moves into the container's domain together with its sibling.
    set_iommu c1 type1v2
    #: It has no vfio driver, though, so the process cannot get at it.
    d0 = group_get_device_fd g1 01:00.0
    d1 = group_get_device_fd g1 01:00.1
  `,
  expect: {
    5: 'returned:viable=true & returned:container_set=false',
    9: 'errno:ENODEV',
    10: 'viable@3 & isolated@3',
  },
})
