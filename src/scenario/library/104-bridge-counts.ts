import { define } from './define.ts'

export const bridgeCounts = define({
  id: 'bridge-counts',
  chapter: 'Linux 6.1: who owns the DMA',
  summary: '5.10 ignored whatever driver a bridge has. 6.1 counts every driver that may do DMA, on a bridge as well.',
  script: `
    title A bridge’s driver counts
    machine port-no-acs
    kernel linux-6.1
    process qemu user=root

    unbind 01:00.0
    bind 01:00.0 vfio-pci
    g1 = open_group 1
    #: The root port above the card is in its group, with the port driver. That one does no DMA through the kernel: viable.
    group_get_status g1
    unbind 00:02.0
    #: Any other driver on the port is a user of the group’s DMA.
    bind 00:02.0 uio_pci_generic
    group_get_status g1
    c1 = open_container
    group_set_container g1 c1
    unbind 00:02.0
    group_set_container g1 c1
    #: And while the group is claimed, such a driver is kept out.
    bind 00:02.0 uio_pci_generic
    bind 00:02.0 pcieport
  `,
  expect: {
    4: 'returned:viable=true & returned:container_set=false',
    7: 'returned:viable=false & returned:container_set=false',
    9: 'errno:EPERM',
    12: 'errno:EBUSY',
    13: 'viable@1 & isolated@1',
  },
})
