import { SECOND_OPENED } from './beginnings.ts'
import { define } from './define.ts'

export const deviceFdTooEarly = define({
  id: 'device-fd-too-early',
  chapter: 'The order of calls',
  summary: 'GET_DEVICE_FD in every wrong order: three different reasons give one and the same EINVAL.',
  script: `
    title GET_DEVICE_FD in every wrong order
    machine dual-e1000e
    kernel linux-5.10
    process qemu user=root

    ${SECOND_OPENED}
    #: First mistake: the group is in no container. EINVAL.
    d1 = group_get_device_fd g1 01:00.1
    c1 = open_container
    #: A container without a group cannot be given an IOMMU: nobody knows yet which one.
    set_iommu c1 type1v2
    group_set_container g1 c1
    #: Second mistake: the container has no IOMMU type yet. EINVAL again.
    d1 = group_get_device_fd g1 01:00.1
    #: On Linux 5.10 this works although e1000e still drives the sibling.
    set_iommu c1 type1v2
    #: Third mistake: the group is not viable. The same EINVAL a third time; only the kernel path shows the difference.
    d1 = group_get_device_fd g1 01:00.1
    unbind 01:00.0
    #: All three checks pass, but this member has no vfio driver. A new error at last: ENODEV.
    d0 = group_get_device_fd g1 01:00.0
    #: The right device at the right time.
    d1 = group_get_device_fd g1 01:00.1
  `,
  expect: {
    4: 'errno:EINVAL',
    6: 'errno:EINVAL',
    8: 'errno:EINVAL',
    10: 'errno:EINVAL & !viable@3 & !isolated@3',
    12: 'errno:ENODEV',
    13: 'viable@3 & isolated@3',
  },
})
