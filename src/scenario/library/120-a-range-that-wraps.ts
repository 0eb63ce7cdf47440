import { ONE_OPENED } from './beginnings.ts'
import { define } from './define.ts'

export const aRangeThatWraps = define({
  id: 'a-range-that-wraps',
  chapter: 'Linux 7.3: what has changed since',
  summary:
    'A mapping that would go on past the last address: EOVERFLOW since 6.18, and looked for before anything else but an empty range. 6.12 calls every such fault EINVAL.',
  script: `
    title A range that wraps
    machine dual-e1000e
    kernel linux-7.3
    process qemu user=root

    ${ONE_OPENED}
    group_set_container g1 c1
    set_iommu c1 type1v2
    #: Its second page would lie at address 0 again. vfio_dma_do_map answers EOVERFLOW; 6.12 says EINVAL.
    map_dma c1 0xfffffffffffff000 8K
    #: This is not of whole pages either. The wrap is found first.
    map_dma c1 0xfffffffffffff000 0x1800
    #: Not of whole pages, and no wrap: EINVAL, as ever.
    map_dma c1 0x0 0x1800
    #: The last page of all does not wrap. It lies outside the ranges that the IOMMU can translate: EINVAL.
    map_dma c1 0xfffffffffffff000 4K
    #: An unmap asks the other way round: whole pages first, then the wrap.
    unmap_dma c1 0xfffffffffffff800 8K
    unmap_dma c1 0xfffffffffffff000 8K
    #: After all of these nothing is mapped, and the container works.
    map_dma c1 0x0 2M
  `,
  expect: {
    8: 'errno:EOVERFLOW',
    9: 'errno:EOVERFLOW',
    10: 'errno:EINVAL',
    11: 'errno:EINVAL',
    12: 'errno:EINVAL',
    13: 'errno:EOVERFLOW',
    14: 'isolated@3',
  },
})
