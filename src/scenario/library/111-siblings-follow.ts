import { BOTH_CDEVS_OPEN } from './beginnings.ts'
import { define } from './define.ts'

export const siblingsFollow = define({
  id: 'siblings-follow',
  chapter: 'iommufd',
  summary:
    'The page table belongs to the group: attach one function, and the DMA of its sibling goes through the same table.',
  script: `
    title Siblings follow
    machine dual-e1000e
    kernel linux-6.12-iommufd
    process qemu user=root

    ${BOTH_CDEVS_OPEN}
    #: Both bound to one iommufd, none attached: blocked.
    bind_iommufd d0 i1
    bind_iommufd d1 i1
    dma_probe 01:00.1 0x1000
    a1 = ioas_alloc i1
    ioas_map i1 a1 0x0 2M
    #: The first attach moves the whole group.
    attach d0 ioas=a1
    #: 01:00.1 was never attached, and yet.
    dma_probe 01:00.1 0x1000
    a2 = ioas_alloc i1
    #: It cannot go elsewhere: one group, one page table.
    attach d1 ioas=a2
    attach d1 ioas=a1
  `,
  expect: {
    10: 'returned:physical=blocked & returned:iova=blocked',
    13: '!viable@3 & isolated@3',
    14: 'returned:physical=blocked & returned:iova=ok',
    16: 'errno:EINVAL',
  },
})
