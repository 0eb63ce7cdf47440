import { ONE_ATTACHED } from './beginnings.ts'
import { define } from './define.ts'

export const ioasDestroyBusy = define({
  id: 'ioas-destroy-busy',
  chapter: 'iommufd',
  summary: 'An address space cannot be destroyed while a page table is made from it; with mappings alone it can.',
  script: `
    title IOAS_DESTROY is busy
    ${ONE_ATTACHED}
    ioas_destroy i1 a1
    detach d1
    #: The page table went with the last device on it. The mappings are no obstacle.
    ioas_destroy i1 a1
  `,
  expect: {
    9: 'errno:EBUSY & !viable@4 & isolated@4',
  },
})
