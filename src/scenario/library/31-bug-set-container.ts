import { ONE_OPENED } from './beginnings.ts'
import { define } from './define.ts'

export const bugSetContainer = define({
  id: 'bug-set-container',
  chapter: 'The kernel stops itself',
  summary: 'No IOMMU type, no mapping, no open device: SET_CONTAINER alone is enough to arm the trap.',
  script: `
    title BUG_ON armed by SET_CONTAINER alone
    machine dual-e1000e
    kernel linux-5.10
    process qemu user=root

    ${ONE_OPENED}
    #: The group counts as in use from here on, although nothing has happened to the hardware: its users counter went from 0 to 1, and that is all that the check looks at.
    group_set_container g1 c1
    #: Nobody holds a device. It makes no difference.
    bind 01:00.0 e1000e
  `,
  expect: {
    6: 'viable@3 & isolated@3',
    7: 'bug & !viable@3 & !isolated@3',
  },
})
