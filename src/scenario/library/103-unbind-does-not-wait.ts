import { ONE_OPENED } from './beginnings.ts'
import { define } from './define.ts'

export const unbindDoesNotWait = define({
  id: 'unbind-does-not-wait',
  chapter: 'Linux 6.1: who owns the DMA',
  summary:
    'The last vfio device of a group that sits in a container: 5.10 made the administrator wait, 6.1 takes the group out by force.',
  script: `
    title The unbind that no longer waits
    machine dual-e1000e
    kernel linux-6.1
    process qemu user=root

    ${ONE_OPENED}
    group_set_container g1 c1
    set_iommu c1 type1v2
    #: No device is open. Linux 5.10 would wait here until the group leaves the container.
    unbind 01:00.1
    #: The group’s file is dead for good: its group has left VFIO.
    group_get_status g1
    bind 01:00.1 vfio-pci
    #: Even now that the device is back.
    group_get_status g1
    #: A new open gives a new file, beside the dead one.
    g2 = open_group 3
    group_get_status g2
  `,
  expect: {
    9: 'errno:ENODEV',
    11: 'errno:ENODEV',
    13: 'returned:viable=true & returned:container_set=false & viable@3 & isolated@3',
  },
})
