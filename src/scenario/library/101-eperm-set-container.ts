import { SECOND_OPENED } from './beginnings.ts'
import { define } from './define.ts'

export const epermSetContainer = define({
  id: 'eperm-set-container',
  chapter: 'Linux 6.1: who owns the DMA',
  summary:
    'A sibling is still driven by the host: 6.1 says so at SET_CONTAINER, where 5.10 let the group in and only refused the device.',
  script: `
    title EPERM at SET_CONTAINER
    machine dual-e1000e
    kernel linux-6.1
    process qemu user=root

    ${SECOND_OPENED}
    #: One driver of the host uses the group’s DMA. The group is not viable.
    group_get_status g1
    c1 = open_container
    #: So it cannot be claimed. On 5.10 this call succeeds, and SET_IOMMU then pulls 01:00.0 away from under its driver.
    group_set_container g1 c1
    unbind 01:00.0
    #: Nobody uses it now.
    group_set_container g1 c1
    group_get_status g1
  `,
  expect: {
    4: 'returned:viable=false & returned:container_set=false',
    6: 'errno:EPERM & !viable@3 & !isolated@3',
    8: 'viable@3 & isolated@3',
    9: 'returned:viable=true & returned:container_set=true',
  },
})
