import { BOTH_ATTACHED } from './beginnings.ts'
import { define } from './define.ts'

export const replaceMovesSibling = define({
  id: 'replace-moves-sibling',
  chapter: 'iommufd',
  summary:
    'Attach an attached device elsewhere: the whole group moves, the attached sibling with it, without a moment in between.',
  script: `
    title Replace moves the sibling
    machine dual-e1000e
    kernel linux-6.12-iommufd
    process qemu user=root
    cursor 13

    ${BOTH_ATTACHED}
    a2 = ioas_alloc i1
    #: An ATTACH of an attached device is a replacement. It names one device and moves two.
    attach d1 ioas=a2
    #: Nothing is mapped in a2: the DMA of 01:00.0 faults now, though nobody touched 01:00.0.
    dma_probe 01:00.0 0x1000
  `,
  expect: {
    16: 'returned:physical=blocked & returned:iova=blocked & !viable@3 & isolated@3',
  },
})
