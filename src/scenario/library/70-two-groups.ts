import { define } from './define.ts'

export const twoGroups = define({
  id: 'two-groups',
  chapter: 'Several groups, several users',
  summary: 'Two groups in one container share its mappings; the second joins late, the first leaves early.',
  script: `
    title Two groups in one container
    machine two-singletons
    kernel linux-5.10
    process qemu user=root

    unbind 01:00.0
    bind 01:00.0 vfio-pci
    unbind 02:00.0
    bind 02:00.0 vfio-pci
    g1 = open_group 4
    g2 = open_group 5
    c1 = open_container
    group_set_container g1 c1
    set_iommu c1 type1v2
    map_dma c1 0x0 2M
    #: Group 5 has nothing to do with the container yet.
    dma_probe 02:00.0 0x0
    #: It joins, and is in the container's domain at once: no second SET_IOMMU, no second mapping.
    group_set_container g2 c1
    dma_probe 02:00.0 0x0
    d1 = group_get_device_fd g1 01:00.0
    d2 = group_get_device_fd g2 02:00.0
    close d1
    #: The first group leaves. Type and mappings stay, for they belong to the container.
    group_unset_container g1
    #: Its device is out ...
    dma_probe 01:00.0 0x0
    #: ... and the other still in.
    dma_probe 02:00.0 0x0
    close d2
    #: When the last group leaves, the container forgets type and mappings.
    group_unset_container g2
    map_dma c1 0x0 2M
  `,
  expect: {
    11: 'returned:physical=blocked & returned:iova=blocked',
    13: 'returned:physical=blocked & returned:iova=ok',
    15: 'viable@4 & isolated@4 & viable@5 & isolated@5',
    18: 'returned:physical=blocked & returned:iova=blocked',
    19: 'returned:physical=blocked & returned:iova=ok',
    22: 'errno:EINVAL & viable@4 & isolated@4 & viable@5 & isolated@5',
  },
})
