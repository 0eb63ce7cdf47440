import { ONE_OPENED } from './beginnings.ts'
import { define } from './define.ts'

export const nestingIsGone = define({
  id: 'nesting-is-gone',
  chapter: 'Linux 7.3: what has changed since',
  summary:
    'The IOMMU type for nested page tables was never offered by any hardware driver. 7.3 does not know it any more; 6.12 took it and failed at the attach.',
  script: `
    title No nesting in VFIO
    machine dual-e1000e
    kernel linux-7.3
    process qemu user=root

    ${ONE_OPENED}
    #: 6.12 answers 1.
    check_extension c1 type1_nesting
    group_set_container g1 c1
    #: No backend knows the type. 6.12 finds one, and the IOMMU then refuses with EINVAL.
    set_iommu c1 type1_nesting
    #: The container is as it was: it can be given another type.
    set_iommu c1 type1v2
  `,
  expect: {
    6: 'returned:0',
    8: 'errno:ENODEV',
    9: 'isolated@3',
  },
})
