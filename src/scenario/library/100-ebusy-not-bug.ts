import { ONE_OPENED } from './beginnings.ts'
import { define } from './define.ts'

export const ebusyNotBug = define({
  id: 'ebusy-not-bug',
  chapter: 'Linux 6.1: who owns the DMA',
  summary:
    'The same mistake that stopped 5.10: on 6.1 the driver core refuses the binding before the driver has touched the device.',
  script: `
    title EBUSY in place of BUG_ON
    machine dual-e1000e
    kernel linux-6.1
    process qemu user=root

    ${ONE_OPENED}
    #: SET_CONTAINER claims the DMA of the whole group for the container’s owner. From here on it is not the host’s.
    group_set_container g1 c1
    set_iommu c1 type1v2
    d1 = group_get_device_fd g1 01:00.1
    #: Linux 5.10 would have died here. 6.1 asks before it lets the driver probe: who owns the DMA of this group? Somebody does: EBUSY, and nothing has changed.
    bind 01:00.0 e1000e
    #: A driver that does no DMA of its own through the kernel may still come: it declares so (driver_managed_dma).
    bind 01:00.0 pci-stub
  `,
  expect: {
    9: 'errno:EBUSY & viable@3 & isolated@3',
    10: 'viable@3 & isolated@3',
  },
})
