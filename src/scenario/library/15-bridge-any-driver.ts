import { define } from './define.ts'

export const bridgeAnyDriver = define({
  id: 'bridge-any-driver',
  chapter: 'Viability',
  summary:
    'Two conventional functions behind a PCIe-to-PCI bridge: Linux 5.10 ignores whatever driver the bridge gets.',
  script: `
    title A bridge may have any driver
    machine dual-e1000
    kernel linux-5.10
    process qemu user=root

    #: Behind this bridge there is conventional PCI. All DMA arrives at the IOMMU under one requester ID, so bridge and functions make one group.
    unbind 02:01.0
    bind 02:01.0 vfio-pci
    unbind 02:01.1
    bind 02:01.1 vfio-pci
    g1 = open_group 3
    #: The bridge has no driver, and would not need to have none.
    group_get_status g1
    c1 = open_container
    group_set_container g1 c1
    set_iommu c1 type1v2
    d1 = group_get_device_fd g1 02:01.0
    #: The group is in use. For any other member this bind would be the end of the kernel. For a bridge it is allowed.
    bind 01:00.0 uio_pci_generic
    #: Still viable. Later kernels are stricter here: they refuse that bind.
    group_get_status g1
  `,
  expect: {
    6: 'returned:viable=true & returned:container_set=false',
    12: 'returned:viable=true & returned:container_set=true & viable@3 & isolated@3',
  },
})
