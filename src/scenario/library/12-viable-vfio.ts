import { BOTH_ON_VFIO } from './beginnings.ts'
import { define } from './define.ts'

export const viableVfio = define({
  id: 'viable-vfio',
  chapter: 'Viability',
  summary: 'The second way: every member is bound to a vfio driver, and the process may open all of them.',
  script: `
    title Viable: all on vfio-pci
    machine dual-e1000e
    kernel linux-5.10
    process qemu user=root

    ${BOTH_ON_VFIO}
    g1 = open_group 3
    #: Both members answer to VFIO: viable.
    group_get_status g1
    c1 = open_container
    group_set_container g1 c1
    set_iommu c1 type1v2
    #: One group, two devices: the same process can open both. They share the container's address space.
    d0 = group_get_device_fd g1 01:00.0
    d1 = group_get_device_fd g1 01:00.1
  `,
  expect: {
    6: 'returned:viable=true & returned:container_set=false',
    11: 'viable@3 & isolated@3',
  },
})
