import { ONE_OPENED } from './beginnings.ts'
import { define } from './define.ts'

export const bugDeviceOpen = define({
  id: 'bug-device-open',
  chapter: 'The kernel stops itself',
  summary:
    'A guest drives one function; somebody gives its sibling an ordinary driver. Linux 5.10 does not survive it.',
  script: `
    title BUG_ON with a device open
    machine dual-e1000e
    kernel linux-5.10
    process qemu user=root

    ${ONE_OPENED}
    group_set_container g1 c1
    set_iommu c1 type1v2
    map_dma c1 0x0 2M
    d1 = group_get_device_fd g1 01:00.1
    #: pci-stub is welcome at any time: it is on the list of allowed drivers.
    bind 01:00.0 pci-stub
    unbind 01:00.0
    #: e1000e is not. Its probe has already run when VFIO learns of it, in the middle of a notification that cannot be refused. The group is in user hands and a host driver uses it: VFIO sees no safe way on, and stops the kernel.
    bind 01:00.0 e1000e
  `,
  expect: {
    11: 'viable@3 & isolated@3',
    12: 'bug & !viable@3 & !isolated@3',
  },
})
