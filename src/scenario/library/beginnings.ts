/** Lines of a script that several scenarios of the library begin with. */

/** Both functions of `dual-e1000e` on vfio-pci, one after the other. */
export const BOTH_ON_VFIO = `
    unbind 01:00.0
    bind 01:00.0 vfio-pci
    unbind 01:00.1
    bind 01:00.1 vfio-pci`

/** `dual-e1000e`: 01:00.1 on vfio-pci, 01:00.0 without a driver, and the files of the group and of a container open. */
export const ONE_OPENED = `
    unbind 01:00.0
    unbind 01:00.1
    bind 01:00.1 vfio-pci
    g1 = open_group 3
    c1 = open_container`

/** `dual-e1000e`: both functions on vfio-pci, and their device files open beside an iommufd. */
export const BOTH_CDEVS_OPEN = `${BOTH_ON_VFIO}
    i1 = open_iommufd
    d0 = open_cdev 01:00.0
    d1 = open_cdev 01:00.1`

/** `dual-e1000e`: both functions attached to one IOAS with a mapping. */
export const BOTH_ATTACHED = `${BOTH_CDEVS_OPEN}
    bind_iommufd d0 i1
    bind_iommufd d1 i1
    a1 = ioas_alloc i1
    ioas_map i1 a1 0x0 2M
    attach d0 ioas=a1
    attach d1 ioas=a1`

/** 01:00.1 of `dual-e1000e` on vfio-pci, 01:00.0 with its own driver, and the group's file open. */
export const SECOND_OPENED = `
    unbind 01:00.1
    bind 01:00.1 vfio-pci
    g1 = open_group 3`

/** `two-singletons`: one device on vfio-pci, and the files of its group and of a container open. */
export const SINGLE_OPENED = `
    unbind 01:00.0
    bind 01:00.0 vfio-pci
    g1 = open_group 4
    c1 = open_container`

/** `two-singletons`, Linux 6.12 with iommufd: one device attached to an IOAS with a mapping. */
export const ONE_ATTACHED = `
    machine two-singletons
    kernel linux-6.12-iommufd
    process qemu user=root

    unbind 01:00.0
    bind 01:00.0 vfio-pci
    i1 = open_iommufd
    d1 = open_cdev 01:00.0
    bind_iommufd d1 i1
    a1 = ioas_alloc i1
    ioas_map i1 a1 0x0 2M
    attach d1 ioas=a1`
