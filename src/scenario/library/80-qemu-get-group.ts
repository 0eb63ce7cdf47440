import { BOTH_ON_VFIO } from './beginnings.ts'
import { define } from './define.ts'

export const qemuGetGroup = define({
  id: 'qemu-get-group',
  chapter: 'How QEMU does it',
  summary:
    'vfio_get_group call by call: three devices of two groups for one guest, from the first open to the last close.',
  script: `
    title QEMU's vfio_get_group, step by step
    machine mixed
    kernel linux-5.10
    process qemu user=root

    #: Before QEMU starts, an administrator or libvirt gives all three functions to vfio-pci.
    ${BOTH_ON_VFIO}
    unbind 02:00.0
    bind 02:00.0 vfio-pci
    #: vfio_realize reads the device's iommu_group link and calls vfio_get_group(4). The group is not in QEMU's list yet, so it is opened. If that fails: "failed to open /dev/vfio/4".
    qemu: g4 = open_group 4
    #: vfio_get_group asks for the status. If the flag VIABLE is missing: "group 4 is not viable", and the end.
    group_get_status g4
    #: vfio_connect_container finds no container of this guest to use again and opens one. If that fails: "failed to open /dev/vfio/vfio".
    qemu: c1 = open_container
    #: The API version has to be 0, else "supported vfio version: 0, reported version: ...".
    get_api_version c1
    #: The first type that the kernel has is taken; type1v2 is asked for first. With none: "No available IOMMU models".
    check_extension c1 type1v2
    #: If the group does not get in: "Failed to set group container".
    group_set_container g4 c1
    #: If the IOMMU cannot be set: "Failed to set iommu for container".
    set_iommu c1 type1v2
    #: Page sizes and capabilities. QEMU goes on without an answer, too.
    iommu_get_info c1
    #: KVM is told about the group and holds it from now on. A failure is only printed: "Failed to add group 4 to KVM VFIO device".
    kvm_group_add g4
    #: The memory listener maps the guest's memory, section by section. On failure: "memory listener initialization failed: ...".
    map_dma c1 0x0 2M
    #: vfio_get_device. If that fails: "error getting device from group 4".
    qemu: d0 = group_get_device_fd g4 01:00.0
    device_get_info d0
    #: The second device is in the same group, for the same guest: vfio_get_group returns the group that it has, without any call to the kernel.
    qemu: d1 = group_get_device_fd g4 01:00.1
    device_get_info d1
    #: The third device is in another group.
    qemu: g5 = open_group 5
    group_get_status g5
    #: This time there is a container to use again: the group joins, and the guest's memory is mapped for it already.
    group_set_container g5 c1
    kvm_group_add g5
    qemu: d2 = group_get_device_fd g5 02:00.0
    device_get_info d2
    #: The guest shuts down. Device by device, group by group: vfio_put_base_device closes the device fd, ...
    close d2
    #: ... vfio_put_group takes the group back from KVM. While KVM holds it, the next call would be EBUSY.
    kvm_group_del g5
    #: vfio_disconnect_container.
    group_unset_container g5
    close g5
    close d1
    close d0
    kvm_group_del g4
    unmap_dma c1 0x0 2M
    #: The last group goes, and the container is no longer needed.
    group_unset_container g4
    close c1
    close g4
  `,
  expect: {
    8: 'returned:viable=true & returned:container_set=false',
    10: 'returned:0',
    11: 'returned:1',
    26: 'viable@4 & isolated@4 & viable@5 & isolated@5',
    34: 'returned:unmapped=2097152',
    37: 'viable@4 & isolated@4 & viable@5 & isolated@5',
  },
})
