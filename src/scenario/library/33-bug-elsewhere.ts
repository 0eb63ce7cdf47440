import { define } from './define.ts'

export const bugElsewhere = define({
  id: 'bug-elsewhere',
  chapter: 'The kernel stops itself',
  summary:
    'The administrator’s bind waits behind an unbind. A user closes a file, and the kernel stops in the call that was made long before.',
  script: `
    title A close, and the kernel stops in a bind
    machine dual-e1000e
    kernel linux-5.10
    process qemu user=root

    unbind 01:00.0
    unbind 01:00.1
    bind 01:00.0 vfio-pci
    bind 01:00.1 vfio-pci
    g1 = open_group 3
    c1 = open_container
    group_set_container g1 c1
    set_iommu c1 type1v2
    d0 = group_get_device_fd g1 01:00.0
    d1 = group_get_device_fd g1 01:00.1
    #: It waits until nobody has the device open.
    unbind 01:00.0
    #: So does this one.
    unbind 01:00.1
    #: And this waits for the lock of the device, which the unbind holds.
    bind 01:00.0 e1000e
    #: The unbind is over, the bind goes on, and VFIO finds a driver of the host in a group that is in use.
    close d0
  `,
  expect: {
    11: 'blocked',
    12: 'blocked',
    13: 'blocked',
    14: 'releases:11 & releases:13 & bug',
  },
})
