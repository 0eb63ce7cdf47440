import { define } from './define.ts'

export const groupAndCdev = define({
  id: 'group-and-cdev',
  chapter: 'iommufd',
  summary: 'The old interface and the new one lock each other out, whoever comes first.',
  script: `
    title Group or device file, not both
    machine two-singletons
    kernel linux-6.12-iommufd
    process qemu user=root

    unbind 01:00.0
    bind 01:00.0 vfio-pci
    g1 = open_group 4
    i1 = open_iommufd
    d1 = open_cdev 01:00.0
    #: The group’s file is open: whoever holds it may have plans with the device.
    bind_iommufd d1 i1
    close g1
    bind_iommufd d1 i1
    #: And the other way round.
    g1 = open_group 4
    close d1
    g1 = open_group 4
  `,
  expect: {
    6: 'errno:EBUSY',
    8: '!viable@4 & isolated@4',
    9: 'errno:EBUSY',
  },
})
