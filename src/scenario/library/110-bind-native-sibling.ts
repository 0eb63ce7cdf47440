import { define } from './define.ts'

export const bindNativeSibling = define({
  id: 'bind-native-sibling',
  chapter: 'iommufd',
  summary:
    'With iommufd the device is opened by itself; that the whole group is free is checked when it is bound to an iommufd.',
  script: `
    title BIND with a sibling in the host’s hands
    machine dual-e1000e
    kernel linux-6.12-iommufd
    process qemu user=root

    unbind 01:00.1
    bind 01:00.1 vfio-pci
    i1 = open_iommufd
    #: The device has a file of its own. Opening it claims nothing.
    d1 = open_cdev 01:00.1
    #: Binding does: all of group 3 would become qemu’s, but e1000e uses it.
    bind_iommufd d1 i1
    unbind 01:00.0
    #: Nobody uses the group now: bound, and the DMA of both functions is blocked.
    bind_iommufd d1 i1
    #: From here on the host’s driver is kept out.
    bind 01:00.0 e1000e
  `,
  expect: {
    5: 'errno:EPERM & !viable@3 & !isolated@3',
    7: '!viable@3 & isolated@3',
    8: 'errno:EBUSY',
  },
})
