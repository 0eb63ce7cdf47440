import { BOTH_ON_VFIO } from './beginnings.ts'
import { define } from './define.ts'

export const twoUsers = define({
  id: 'two-users',
  chapter: 'Several groups, several users',
  summary: 'Who may open a group is a matter of the file’s owner; that only one may have it open is a matter of VFIO.',
  script: `
    title Two users, one group
    machine dual-e1000e
    kernel linux-5.10
    process vm-a user=alice
    process vm-b user=bob
    process admin user=root

    ${BOTH_ON_VFIO}
    #: /dev/vfio/3 was made by the kernel and belongs to root.
    vm-a: g1 = open_group 3
    #: The container file is open to everybody: an empty container is no danger.
    vm-a: c1 = open_container
    #: The administrator hands the group to Alice.
    chown_group 3 alice
    vm-a: g1 = open_group 3
    #: Bob may not.
    vm-b: g2 = open_group 3
    #: Root may, but comes too late: one owner at a time. The two functions cannot go to two guests.
    admin: g2 = open_group 3
    group_set_container g1 c1
    set_iommu c1 type1v2
    d1 = group_get_device_fd g1 01:00.0
    #: Alice's process ends, and with it everything that it had open.
    vm-a: exit
    admin: g2 = open_group 3
  `,
  expect: {
    5: 'errno:EACCES',
    9: 'errno:EACCES',
    10: 'errno:EBUSY',
    13: 'viable@3 & isolated@3',
    15: 'viable@3 & isolated@3',
  },
})
