import { define } from './define.ts'

export const siblingNotViable = define({
  id: 'sibling-not-viable',
  chapter: 'Viability',
  summary:
    'One function is on vfio-pci, its sibling still works for the host: the group is not viable until that ends.',
  script: `
    title Not viable: the sibling is still in use
    machine dual-e1000e
    kernel linux-5.10
    process qemu user=root

    #: Only the second function is prepared. The first stays with e1000e.
    unbind 01:00.1
    bind 01:00.1 vfio-pci
    #: Opening the group asks nothing about its members.
    g1 = open_group 3
    #: But the status says: not viable. 01:00.0 could exchange DMA with 01:00.1 behind the IOMMU's back, and the host is using it.
    group_get_status g1
    #: Taking the driver off is enough.
    unbind 01:00.0
    #: Viable: nobody but the owner of the group can now start DMA from it.
    group_get_status g1
  `,
  expect: {
    4: 'returned:viable=false & returned:container_set=false & !viable@3 & !isolated@3',
    6: 'returned:viable=true & returned:container_set=false & viable@3 & isolated@3',
  },
})
