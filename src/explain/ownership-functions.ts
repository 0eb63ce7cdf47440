/** Functions of the kernels that count who uses a group's DMA: where those of 5.10 are now, and those that are new. */
import type { KernelId } from '../sim/kernel.ts'
import { functionsOf, LEGACY_FUNCTIONS, type KernelFunction } from './functions.ts'

type Files = Readonly<Partial<Record<KernelId, string>>>

/** One place for 6.1, and one for 6.12 and 7.3, however they are built. */
const at = (old: string, recent = old): Files => ({
  'linux-6.1': old,
  'linux-6.12': recent,
  'linux-6.12-iommufd': recent,
  'linux-7.3': recent,
  'linux-7.3-iommufd': recent,
})
const in61 = (file: string): Files => ({ 'linux-6.1': file })
const since612 = (file: string): Files => ({
  'linux-6.12': file,
  'linux-6.12-iommufd': file,
  'linux-7.3': file,
  'linux-7.3-iommufd': file,
})
/** Only in kernels that are built with iommufd. */
const withIommufd = (file: string): Files => ({ 'linux-6.12-iommufd': file, 'linux-7.3-iommufd': file })

const VFIO = 'drivers/vfio/vfio_main.c'
const GROUP = at(VFIO, 'drivers/vfio/group.c')
const MAIN = at(VFIO)
const CONTAINER = at('drivers/vfio/container.c')
const TYPE1 = at('drivers/vfio/vfio_iommu_type1.c')
const PCI_CORE = at('drivers/vfio/pci/vfio_pci_core.c')
const VFIO_PCI = at('drivers/vfio/pci/vfio_pci.c')
const IOMMU = at('drivers/iommu/iommu.c')
const IOMMU_612 = since612('drivers/iommu/iommu.c')
const BUS = at('drivers/base/bus.c')
const DD = at('drivers/base/dd.c')
const PCI_DRIVER = at('drivers/pci/pci-driver.c')
const PROBE = at('drivers/pci/probe.c')
const PCI = at('drivers/pci/pci.c')
const OPEN = at('fs/open.c')
const KVM = 'virt/kvm/vfio.c'
const CDEV = withIommufd('drivers/vfio/device_cdev.c')
const VFIO_IOMMUFD = withIommufd('drivers/vfio/iommufd.c')
const FD_MAIN = withIommufd('drivers/iommu/iommufd/main.c')
const FD_DEVICE = withIommufd('drivers/iommu/iommufd/device.c')
const FD_TABLE = withIommufd('drivers/iommu/iommufd/hw_pagetable.c')
const FD_IOAS = withIommufd('drivers/iommu/iommufd/ioas.c')
const FD_PAGES = withIommufd('drivers/iommu/iommufd/io_pagetable.c')
const PAGES = 'drivers/iommu/iommufd/pages.c'
const FD_COMPAT = withIommufd('drivers/iommu/iommufd/vfio_compat.c')

/** Where functions that 5.10 has too are in the later kernels. */
const LATER_FILES: Readonly<Record<string, Files>> = {
  vfio_fops_open: CONTAINER,
  vfio_fops_release: CONTAINER,
  vfio_fops_unl_ioctl: CONTAINER,
  vfio_ioctl_set_iommu: CONTAINER,
  __vfio_container_attach_groups: CONTAINER,
  vfio_container_put: CONTAINER,
  vfio_group_fops_open: GROUP,
  vfio_group_fops_release: GROUP,
  vfio_group_fops_unl_ioctl: GROUP,
  vfio_device_get_from_name: GROUP,
  vfio_create_group: GROUP,
  vfio_register_group_dev: MAIN,
  vfio_unregister_group_dev: MAIN,
  vfio_device_fops_release: MAIN,
  vfio_device_fops_unl_ioctl: MAIN,
  vfio_pci_probe: VFIO_PCI,
  vfio_pci_remove: VFIO_PCI,
  vfio_iommu_type1_open: TYPE1,
  vfio_iommu_type1_release: TYPE1,
  vfio_iommu_type1_ioctl: TYPE1,
  vfio_iommu_type1_attach_group: TYPE1,
  vfio_iommu_type1_detach_group: TYPE1,
  vfio_iommu_replay: TYPE1,
  vfio_dma_do_map: TYPE1,
  vfio_pin_pages_remote: TYPE1,
  vfio_dma_do_unmap: TYPE1,
  vfio_remove_dma: TYPE1,
  iommu_domain_alloc: in61('drivers/iommu/iommu.c'),
  iommu_domain_free: IOMMU,
  iommu_attach_group: IOMMU,
  __iommu_attach_group: IOMMU,
  iommu_detach_group: IOMMU,
  iommu_probe_device: IOMMU,
  intel_iommu_attach_device: at('drivers/iommu/intel/iommu.c'),
  bind_store: BUS,
  unbind_store: BUS,
  drivers_probe_store: BUS,
  driver_override_store: at('drivers/pci/pci-sysfs.c'),
  driver_match_device: at('drivers/base/base.h'),
  pci_bus_match: PCI_DRIVER,
  pci_device_remove: PCI_DRIVER,
  device_driver_attach: DD,
  device_driver_detach: DD,
  device_attach: DD,
  really_probe: DD,
  driver_bound: DD,
  __device_release_driver: DD,
  driver_sysfs_add: DD,
  driver_sysfs_remove: DD,
  device_lock: at('include/linux/device.h'),
  pci_device_add: PROBE,
  pci_scan_slot: PROBE,
  pci_try_reset_function: PCI,
  do_sys_open: OPEN,
  chown_common: OPEN,
  filp_close: OPEN,
  inode_permission: at('fs/namei.c'),
  vfs_ioctl: at('fs/ioctl.c'),
  fdget: at('include/linux/file.h'),
  fd_install: at('fs/file.c'),
  exit_files: at('fs/file.c'),
  __fput: at('fs/file_table.c'),
  do_exit: at('kernel/exit.c'),
  kvm_vfio_set_group: in61(KVM),
}

/** Functions that 5.10 has not. */
const OWNERSHIP_FUNCTIONS = {
  // Who uses a group's DMA.
  pci_dma_configure: { does: 'Sets up DMA for a driver that is about to probe a PCI device.', files: PCI_DRIVER },
  pci_dma_cleanup: { does: 'Undoes that when the driver is gone or its probe has failed.', files: PCI_DRIVER },
  iommu_device_use_default_domain: {
    does: 'Counts a driver that uses its group’s DMA; refuses it while the group has an owner.',
    files: IOMMU,
  },
  iommu_device_unuse_default_domain: { does: 'Takes such a driver off the count.', files: IOMMU },
  iommu_group_claim_dma_owner: {
    does: 'Makes a VFIO group the only owner of an IOMMU group that nobody uses, and blocks its DMA.',
    files: IOMMU,
  },
  iommu_group_release_dma_owner: {
    does: 'Ends such an ownership; the group goes back to its default domain.',
    files: IOMMU,
  },
  iommu_group_dma_owner_claimed: {
    does: 'Says whether somebody uses a group’s DMA: its count is not 0.',
    files: IOMMU,
  },
  __iommu_group_set_domain: { does: 'Moves every device of a group to a domain.', files: IOMMU },
  __iommu_take_dma_ownership: {
    does: 'Moves a group that nobody uses to the blocking domain and notes its owner.',
    files: IOMMU_612,
  },
  __iommu_device_set_domain: {
    does: 'Moves one device to a domain, unless its firmware demands memory that must stay mapped.',
    files: IOMMU_612,
  },
  iommu_paging_domain_alloc: { does: 'Makes an empty address space for devices.', files: IOMMU_612 },
  __driver_probe_device: { does: 'Probes a device, unless it has a driver already.', files: DD },
  // VFIO groups and containers.
  vfio_group_ioctl_set_container: { does: 'Puts a group into a container.', files: GROUP },
  vfio_group_ioctl_unset_container: {
    does: 'Takes a group out of its container, unless somebody uses it.',
    files: GROUP,
  },
  vfio_group_ioctl_get_status: {
    does: 'Says whether a group is in a container, and whether it could be.',
    files: GROUP,
  },
  vfio_group_ioctl_get_device_fd: { does: 'Opens a device of a group.', files: GROUP },
  vfio_container_from_file: { does: 'Finds the container of a file, if it is one of a container.', files: CONTAINER },
  vfio_container_attach_group: {
    does: 'Claims a group’s DMA for its user, then links the group to the container.',
    files: CONTAINER,
  },
  vfio_group_detach_container: {
    does: 'Takes a group out of its container’s domain and gives up its DMA.',
    files: CONTAINER,
  },
  vfio_container_ioctl_check_extension: {
    does: 'Asks the IOMMU backends whether one of them knows a type or feature.',
    files: CONTAINER,
  },
  vfio_device_assign_container: {
    does: 'Counts an open device as a user of its group’s container.',
    files: in61('drivers/vfio/container.c'),
  },
  vfio_device_unassign_container: {
    does: 'Takes a closed device off that count.',
    files: in61('drivers/vfio/container.c'),
  },
  vfio_group_use_container: {
    does: 'Counts an open device as a user of its group’s container.',
    files: since612('drivers/vfio/container.c'),
  },
  vfio_group_unuse_container: {
    does: 'Takes a closed device off that count.',
    files: since612('drivers/vfio/container.c'),
  },
  vfio_df_group_open: {
    does: 'Opens a device through its group, if the group has a container or an iommufd.',
    files: since612('drivers/vfio/group.c'),
  },
  vfio_device_remove_group: {
    does: 'Takes a vfio device from its group; with the last one the VFIO group and its file go.',
    files: GROUP,
  },
  // vfio-pci.
  vfio_pci_core_ioctl: { does: 'Sorts the requests on a PCI device.', files: PCI_CORE },
  vfio_pci_ioctl_reset: { does: 'Resets one function.', files: PCI_CORE },
  vfio_pci_ioctl_pci_hot_reset: {
    does: 'Resets a bus, if all that sits on it belongs to the caller.',
    files: PCI_CORE,
  },
  vfio_pci_is_device_in_set: { does: 'Says whether a device on the bus is a vfio device too.', files: PCI_CORE },
  vfio_dev_in_groups: { does: 'Says whether a device belongs to a group that the caller has shown.', files: PCI_CORE },
  vfio_pci_core_enable: { does: 'Wakes the device, stops its DMA and resets it.', files: PCI_CORE },
  vfio_pci_core_disable: { does: 'Stops the device’s DMA and resets it.', files: PCI_CORE },
  vfio_pci_core_request: { does: 'Asks the user of a device to let go, every ten seconds.', files: PCI_CORE },
  pci_reset_bus: { does: 'Resets a bus, unless the lock of a device on it is held.', files: PCI },
  pci_bridge_wait_for_secondary_bus: {
    does: 'Waits after the reset of a bus until the link and the first device are back.',
    files: PCI,
  },
  // KVM.
  kvm_vfio_set_attr: { does: 'Sorts the requests on KVM’s VFIO device.', files: at(KVM) },
  kvm_vfio_group_add: { does: 'Lets KVM hold a group’s file.', files: in61(KVM) },
  kvm_vfio_group_del: { does: 'Ends such a hold.', files: in61(KVM) },
  kvm_vfio_set_file: { does: 'Makes a virtual machine hold a file of VFIO, or ends that.', files: since612(KVM) },
  kvm_vfio_file_add: { does: 'Lets KVM hold the file of a group or a device.', files: since612(KVM) },
  kvm_vfio_file_del: { does: 'Ends such a hold.', files: since612(KVM) },
  // A device's own file.
  vfio_device_fops_cdev_open: { does: 'Opens a device’s own file; nothing is claimed yet.', files: CDEV },
  vfio_df_ioctl_bind_iommufd: { does: 'Connects a device’s own file with an iommufd.', files: CDEV },
  vfio_df_ioctl_attach_pt: { does: 'Puts a bound device on an address space or a page table.', files: CDEV },
  vfio_df_ioctl_detach_pt: { does: 'Takes a device from its page table.', files: CDEV },
  vfio_df_unbind_iommufd: { does: 'Takes a device from its iommufd when its file is closed.', files: CDEV },
  vfio_device_block_group: {
    does: 'Keeps a group’s file closed while a device of it is bound by its own file.',
    files: withIommufd('drivers/vfio/group.c'),
  },
  vfio_df_open: { does: 'Opens a device for a user; only the first open does anything.', files: withIommufd(VFIO) },
  vfio_df_device_first_open: { does: 'Claims a device for its user and switches it on.', files: withIommufd(VFIO) },
  vfio_iommufd_physical_attach_ioas: { does: 'Attaches a device, or moves one that is attached.', files: VFIO_IOMMUFD },
  vfio_iommufd_physical_detach_ioas: { does: 'Detaches a device, if it is attached.', files: VFIO_IOMMUFD },
  vfio_iommufd_get_dev_id: { does: 'Says whether a device belongs to an iommufd.', files: VFIO_IOMMUFD },
  // Devices in an iommufd.
  iommu_device_claim_dma_owner: {
    does: 'Makes an iommufd the only owner of a device’s group; counts further devices of it.',
    files: withIommufd('drivers/iommu/iommu.c'),
  },
  iommu_device_release_dma_owner: {
    does: 'Takes a device off that count; with the last one the group is free.',
    files: withIommufd('drivers/iommu/iommu.c'),
  },
  iommufd_device_bind: { does: 'Takes a device into an iommufd and claims its group.', files: FD_DEVICE },
  iommufd_device_unbind: { does: 'Lets a device go.', files: FD_DEVICE },
  iommufd_group_setup_msi: { does: 'Asks whether the IOMMU keeps interrupts of a group apart.', files: FD_DEVICE },
  iommufd_device_attach: { does: 'Attaches a device to an address space or a page table.', files: FD_DEVICE },
  iommufd_device_auto_get_domain: {
    does: 'Finds a page table of an address space that fits a device, or makes one.',
    files: FD_DEVICE,
  },
  iommufd_hw_pagetable_attach: {
    does: 'Attaches a device; the first of its group moves the whole group.',
    files: FD_DEVICE,
  },
  iommufd_hw_pagetable_detach: {
    does: 'Detaches a device; the last of its group blocks the whole group.',
    files: FD_DEVICE,
  },
  iommufd_device_do_replace: { does: 'Moves a group from one page table to another.', files: FD_DEVICE },
  // The iommufd and its objects.
  iommufd_fops_open: { does: 'Makes a new, empty iommufd for each open of /dev/iommu.', files: FD_MAIN },
  iommufd_fops_release: { does: 'Ends an iommufd and all that is in it.', files: FD_MAIN },
  iommufd_fops_ioctl: { does: 'Sorts the requests on an iommufd.', files: FD_MAIN },
  iommufd_destroy: { does: 'Destroys an object of an iommufd.', files: FD_MAIN },
  iommufd_object_remove: { does: 'Takes an object out of an iommufd, unless something uses it.', files: FD_MAIN },
  iommufd_get_object: { does: 'Finds an object of an iommufd by its number.', files: FD_MAIN },
  iommufd_ioas_alloc_ioctl: { does: 'Makes an empty address space.', files: FD_IOAS },
  iommufd_ioas_destroy: { does: 'Ends an address space and its mappings.', files: FD_IOAS },
  iommufd_ioas_map: { does: 'Maps memory of the process in an address space.', files: FD_IOAS },
  iommufd_ioas_unmap: { does: 'Removes mappings from an address space.', files: FD_IOAS },
  iommufd_hwpt_alloc: { does: 'Makes a page table from an address space, for a device.', files: FD_TABLE },
  iommufd_hwpt_paging_alloc: { does: 'Makes a page table of an address space.', files: FD_TABLE },
  iommufd_hwpt_paging_destroy: { does: 'Ends a page table.', files: FD_TABLE },
  iopt_alloc_pages: {
    does: 'Notes the memory of a process that is to be mapped.',
    files: { 'linux-6.12-iommufd': PAGES },
  },
  iopt_alloc_user_pages: {
    does: 'Notes the memory of a process that is to be mapped.',
    files: { 'linux-7.3-iommufd': PAGES },
  },
  iopt_map_user_pages: { does: 'Maps memory of a process in all page tables of an address space.', files: FD_PAGES },
  iopt_check_iova: { does: 'Asks whether a range may be mapped and is free.', files: FD_PAGES },
  iopt_unmap_iova: { does: 'Removes the mappings in a range.', files: FD_PAGES },
  iopt_unmap_iova_range: { does: 'Removes mapping after mapping; it does not cut any in two.', files: FD_PAGES },
  iopt_table_add_domain: { does: 'Fills a new page table with what is mapped.', files: FD_PAGES },
  iopt_fill_domain: { does: 'Pins the memory of every mapping and puts it into a new page table.', files: FD_PAGES },
  incr_user_locked_vm: { does: 'Counts memory that is pinned for a user, up to the limit.', files: FD_PAGES },
  iopt_table_enforce_dev_resv_regions: {
    does: 'Keeps addresses free that a device needs for itself, such as those of interrupts.',
    files: FD_PAGES,
  },
  iopt_disable_large_pages: { does: 'Gives up large pages, so that mappings can be cut.', files: FD_PAGES },
  iopt_cut_iova: { does: 'Cuts a mapping in two.', files: FD_PAGES },
  // An iommufd in place of a container.
  iommufd_vfio_ioctl: { does: 'Answers a container’s requests on an iommufd.', files: FD_COMPAT },
  iommufd_vfio_compat_ioas_create: {
    does: 'Makes the address space that stands in for a container’s, if there is none.',
    files: FD_COMPAT,
  },
  get_compat_ioas: { does: 'Finds that address space.', files: FD_COMPAT },
  iommufd_vfio_set_iommu: { does: 'Answers VFIO_SET_IOMMU on an iommufd.', files: FD_COMPAT },
  iommufd_vfio_map_dma: { does: 'Answers VFIO_IOMMU_MAP_DMA on an iommufd.', files: FD_COMPAT },
  iommufd_vfio_unmap_dma: { does: 'Answers VFIO_IOMMU_UNMAP_DMA on an iommufd.', files: FD_COMPAT },
  iommufd_vfio_iommu_get_info: { does: 'Answers VFIO_IOMMU_GET_INFO on an iommufd.', files: FD_COMPAT },
} as const satisfies Readonly<Record<string, { readonly does: string; readonly files: Files }>>

/** The functions of a kernel since 6.1: those of 5.10 that it has kept, maybe in another file, and new ones. */
export function ownershipFunctions(kernel: KernelId): Record<string, KernelFunction> {
  return functionsOf(kernel, [LEGACY_FUNCTIONS, OWNERSHIP_FUNCTIONS], LATER_FILES)
}
