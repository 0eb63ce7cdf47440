import { BOTH_ATTACHED } from './beginnings.ts'
import { define } from './define.ts'

export const detachLeavesDma = define({
  id: 'detach-leaves-dma',
  chapter: 'iommufd',
  summary:
    'Detach one of two attached functions: the call succeeds, and its DMA runs on, because its sibling keeps the group on the page table.',
  script: `
    title Detach leaves the DMA running
    machine dual-e1000e
    kernel linux-6.12-iommufd
    process qemu user=root
    cursor 12

    ${BOTH_ATTACHED}
    #: Success, as the manual says. What the hardware does is another matter.
    detach d1
    dma_probe 01:00.1 0x1000
    #: Only when the last one goes is the group blocked again.
    detach d0
    dma_probe 01:00.1 0x1000
  `,
  expect: {
    14: '!viable@3 & isolated@3',
    15: 'returned:physical=blocked & returned:iova=ok',
    17: 'returned:physical=blocked & returned:iova=blocked',
  },
})
