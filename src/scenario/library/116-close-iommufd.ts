import { ONE_ATTACHED } from './beginnings.ts'
import { define } from './define.ts'

export const closeIommufd = define({
  id: 'close-iommufd',
  chapter: 'iommufd',
  summary:
    'Close /dev/iommu under a bound and attached device: everything lives on, and nobody can map or unmap any more.',
  script: `
    title Closing /dev/iommu
    ${ONE_ATTACHED}
    #: The file goes; what it stood for is held by the device.
    close i1
    dma_probe 01:00.0 0x1000
    ioas_unmap i1 a1 0x0 2M
    #: The last device goes, and with it the address space.
    close d1
    dma_probe 01:00.0 0x1000
  `,
  expect: {
    9: '!viable@4 & isolated@4',
    10: 'returned:physical=blocked & returned:iova=ok',
    11: 'errno:EBADF',
    13: 'returned:physical=blocked & returned:iova=blocked',
  },
})
