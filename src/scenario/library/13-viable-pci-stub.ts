import { define } from './define.ts'

export const viablePciStub = define({
  id: 'viable-pci-stub',
  chapter: 'Viability',
  summary: 'The third way: pci-stub, a driver that does nothing but keep others away. uio_pci_generic does not count.',
  script: `
    title Viable: pci-stub holds the place
    machine dual-e1000e
    kernel linux-5.10
    process qemu user=root

    unbind 01:00.1
    bind 01:00.1 vfio-pci
    unbind 01:00.0
    #: pci-stub claims the function, so that no other driver can. It never touches the hardware.
    bind 01:00.0 pci-stub
    g1 = open_group 3
    #: The list of drivers that Linux 5.10 allows beside the vfio ones has this single entry.
    group_get_status g1
    unbind 01:00.0
    #: uio_pci_generic does little more, but it hands the device to another program.
    bind 01:00.0 uio_pci_generic
    #: It is not on the list: no longer viable.
    group_get_status g1
  `,
  expect: {
    6: 'returned:viable=true & returned:container_set=false & viable@3 & isolated@3',
    9: 'returned:viable=false & returned:container_set=false & !viable@3 & isolated@3',
  },
})
