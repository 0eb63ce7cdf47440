import { BOTH_ON_VFIO } from './beginnings.ts'
import { define } from './define.ts'

export const twoIommufds = define({
  id: 'two-iommufds',
  chapter: 'iommufd',
  summary: 'Two users, two iommufds, two functions of one group: the second is refused. A group has one owner.',
  script: `
    title Two iommufds, one group
    machine dual-e1000e
    kernel linux-6.12-iommufd
    process vm-a user=root
    process vm-b user=root

    ${BOTH_ON_VFIO}
    vm-a: i1 = open_iommufd
    vm-a: d0 = open_cdev 01:00.0
    bind_iommufd d0 i1
    vm-b: i2 = open_iommufd
    #: Opening is allowed to everybody who may.
    vm-b: d1 = open_cdev 01:00.1
    #: Owning is not: the group belongs to the other iommufd.
    bind_iommufd d1 i2
    close d0
    #: The first has let go.
    bind_iommufd d1 i2
  `,
  expect: {
    10: 'errno:EPERM',
    12: '!viable@3 & isolated@3',
  },
})
