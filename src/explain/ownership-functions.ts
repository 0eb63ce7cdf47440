/** Functions of the kernels that count who uses a group's DMA: where those of 5.10 are now, and those that are new. */
import type { KernelId } from '../sim/kernel.ts'
import { functionsOf, inFile, LEGACY_FUNCTIONS, type FunctionEntry, type KernelFunction } from './functions.ts'

type Files = FunctionEntry['files']

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
const OWNERSHIP_FUNCTIONS: Readonly<Record<string, FunctionEntry>> = {
  ...inFile(PCI_DRIVER, {
    pci_dma_configure: 'Sets up DMA for a driver that is about to probe a PCI device.',
    pci_dma_cleanup: 'Undoes that when the driver is gone or its probe has failed.',
  }),
  ...inFile(IOMMU, {
    iommu_device_use_default_domain:
      'Counts a driver that uses its group’s DMA; refuses it while the group has an owner.',
    iommu_device_unuse_default_domain: 'Takes such a driver off the count.',
    iommu_group_claim_dma_owner:
      'Makes a VFIO group the only owner of an IOMMU group that nobody uses, and blocks its DMA.',
    iommu_group_release_dma_owner: 'Ends such an ownership; the group goes back to its default domain.',
    iommu_group_dma_owner_claimed: 'Says whether somebody uses a group’s DMA: its count is not 0.',
    __iommu_group_set_domain: 'Moves every device of a group to a domain.',
  }),
  ...inFile(IOMMU_612, {
    __iommu_take_dma_ownership: 'Moves a group that nobody uses to the blocking domain and notes its owner.',
    __iommu_device_set_domain:
      'Moves one device to a domain, unless its firmware demands memory that must stay mapped.',
    iommu_paging_domain_alloc: 'Makes an empty address space for devices.',
  }),
  ...inFile(DD, {
    __driver_probe_device: 'Probes a device, unless it has a driver already.',
  }),
  ...inFile(GROUP, {
    vfio_group_ioctl_set_container: 'Puts a group into a container.',
    vfio_group_ioctl_unset_container: 'Takes a group out of its container, unless somebody uses it.',
    vfio_group_ioctl_get_status: 'Says whether a group is in a container, and whether it could be.',
    vfio_group_ioctl_get_device_fd: 'Opens a device of a group.',
    vfio_device_remove_group: 'Takes a vfio device from its group; with the last one the VFIO group and its file go.',
  }),
  ...inFile(CONTAINER, {
    vfio_container_from_file: 'Finds the container of a file, if it is one of a container.',
    vfio_container_attach_group: 'Claims a group’s DMA for its user, then links the group to the container.',
    vfio_group_detach_container: 'Takes a group out of its container’s domain and gives up its DMA.',
    vfio_container_ioctl_check_extension: 'Asks the IOMMU backends whether one of them knows a type or feature.',
  }),
  ...inFile(in61('drivers/vfio/container.c'), {
    vfio_device_assign_container: 'Counts an open device as a user of its group’s container.',
    vfio_device_unassign_container: 'Takes a closed device off that count.',
  }),
  ...inFile(since612('drivers/vfio/container.c'), {
    vfio_group_use_container: 'Counts an open device as a user of its group’s container.',
    vfio_group_unuse_container: 'Takes a closed device off that count.',
  }),
  ...inFile(since612('drivers/vfio/group.c'), {
    vfio_df_group_open: 'Opens a device through its group, if the group has a container or an iommufd.',
  }),
  ...inFile(PCI_CORE, {
    vfio_pci_core_ioctl: 'Sorts the requests on a PCI device.',
    vfio_pci_ioctl_reset: 'Resets one function.',
    vfio_pci_ioctl_pci_hot_reset: 'Resets a bus, if all that sits on it belongs to the caller.',
    vfio_pci_is_device_in_set: 'Says whether a device on the bus is a vfio device too.',
    vfio_dev_in_groups: 'Says whether a device belongs to a group that the caller has shown.',
    vfio_pci_core_enable: 'Wakes the device, stops its DMA and resets it.',
    vfio_pci_core_disable: 'Stops the device’s DMA and resets it.',
    vfio_pci_core_request: 'Asks the user of a device to let go, every ten seconds.',
  }),
  ...inFile(PCI, {
    pci_reset_bus: 'Resets a bus, unless the lock of a device on it is held.',
    pci_bridge_wait_for_secondary_bus: 'Waits after the reset of a bus until the link and the first device are back.',
  }),
  ...inFile(at(KVM), {
    kvm_vfio_set_attr: 'Sorts the requests on KVM’s VFIO device.',
  }),
  ...inFile(in61(KVM), {
    kvm_vfio_group_add: 'Lets KVM hold a group’s file.',
    kvm_vfio_group_del: 'Ends such a hold.',
  }),
  ...inFile(since612(KVM), {
    kvm_vfio_set_file: 'Makes a virtual machine hold a file of VFIO, or ends that.',
    kvm_vfio_file_add: 'Lets KVM hold the file of a group or a device.',
    kvm_vfio_file_del: 'Ends such a hold.',
  }),
  ...inFile(CDEV, {
    vfio_device_fops_cdev_open: 'Opens a device’s own file; nothing is claimed yet.',
    vfio_df_ioctl_bind_iommufd: 'Connects a device’s own file with an iommufd.',
    vfio_df_ioctl_attach_pt: 'Puts a bound device on an address space or a page table.',
    vfio_df_ioctl_detach_pt: 'Takes a device from its page table.',
    vfio_df_unbind_iommufd: 'Takes a device from its iommufd when its file is closed.',
  }),
  ...inFile(withIommufd('drivers/vfio/group.c'), {
    vfio_device_block_group: 'Keeps a group’s file closed while a device of it is bound by its own file.',
  }),
  ...inFile(withIommufd(VFIO), {
    vfio_df_open: 'Opens a device for a user; only the first open does anything.',
    vfio_df_device_first_open: 'Claims a device for its user and switches it on.',
  }),
  ...inFile(VFIO_IOMMUFD, {
    vfio_iommufd_physical_attach_ioas: 'Attaches a device, or moves one that is attached.',
    vfio_iommufd_physical_detach_ioas: 'Detaches a device, if it is attached.',
    vfio_iommufd_get_dev_id: 'Says whether a device belongs to an iommufd.',
  }),
  ...inFile(withIommufd('drivers/iommu/iommu.c'), {
    iommu_device_claim_dma_owner: 'Makes an iommufd the only owner of a device’s group; counts further devices of it.',
    iommu_device_release_dma_owner: 'Takes a device off that count; with the last one the group is free.',
  }),
  ...inFile(FD_DEVICE, {
    iommufd_device_bind: 'Takes a device into an iommufd and claims its group.',
    iommufd_device_unbind: 'Lets a device go.',
    iommufd_group_setup_msi: 'Asks whether the IOMMU keeps interrupts of a group apart.',
    iommufd_device_attach: 'Attaches a device to an address space or a page table.',
    iommufd_device_auto_get_domain: 'Finds a page table of an address space that fits a device, or makes one.',
    iommufd_hw_pagetable_attach: 'Attaches a device; the first of its group moves the whole group.',
    iommufd_hw_pagetable_detach: 'Detaches a device; the last of its group blocks the whole group.',
    iommufd_device_do_replace: 'Moves a group from one page table to another.',
  }),
  ...inFile(FD_MAIN, {
    iommufd_fops_open: 'Makes a new, empty iommufd for each open of /dev/iommu.',
    iommufd_fops_release: 'Ends an iommufd and all that is in it.',
    iommufd_fops_ioctl: 'Sorts the requests on an iommufd.',
    iommufd_destroy: 'Destroys an object of an iommufd.',
    iommufd_object_remove: 'Takes an object out of an iommufd, unless something uses it.',
    iommufd_get_object: 'Finds an object of an iommufd by its number.',
  }),
  ...inFile(FD_IOAS, {
    iommufd_ioas_alloc_ioctl: 'Makes an empty address space.',
    iommufd_ioas_destroy: 'Ends an address space and its mappings.',
    iommufd_ioas_map: 'Maps memory of the process in an address space.',
    iommufd_ioas_unmap: 'Removes mappings from an address space.',
  }),
  ...inFile(FD_TABLE, {
    iommufd_hwpt_alloc: 'Makes a page table from an address space, for a device.',
    iommufd_hwpt_paging_alloc: 'Makes a page table of an address space.',
    iommufd_hwpt_paging_destroy: 'Ends a page table.',
  }),
  ...inFile(
    { 'linux-6.12-iommufd': PAGES },
    {
      iopt_alloc_pages: 'Notes the memory of a process that is to be mapped.',
    },
  ),
  ...inFile(
    { 'linux-7.3-iommufd': PAGES },
    {
      iopt_alloc_user_pages: 'Notes the memory of a process that is to be mapped.',
    },
  ),
  ...inFile(FD_PAGES, {
    iopt_map_user_pages: 'Maps memory of a process in all page tables of an address space.',
    iopt_check_iova: 'Asks whether a range may be mapped and is free.',
    iopt_unmap_iova: 'Removes the mappings in a range.',
    iopt_unmap_iova_range: 'Removes mapping after mapping; it does not cut any in two.',
    iopt_table_add_domain: 'Fills a new page table with what is mapped.',
    iopt_fill_domain: 'Pins the memory of every mapping and puts it into a new page table.',
    incr_user_locked_vm: 'Counts memory that is pinned for a user, up to the limit.',
    iopt_table_enforce_dev_resv_regions:
      'Keeps addresses free that a device needs for itself, such as those of interrupts.',
    iopt_disable_large_pages: 'Gives up large pages, so that mappings can be cut.',
    iopt_cut_iova: 'Cuts a mapping in two.',
  }),
  ...inFile(FD_COMPAT, {
    iommufd_vfio_ioctl: 'Answers a container’s requests on an iommufd.',
    iommufd_vfio_compat_ioas_create: 'Makes the address space that stands in for a container’s, if there is none.',
    get_compat_ioas: 'Finds that address space.',
    iommufd_vfio_set_iommu: 'Answers VFIO_SET_IOMMU on an iommufd.',
    iommufd_vfio_map_dma: 'Answers VFIO_IOMMU_MAP_DMA on an iommufd.',
    iommufd_vfio_unmap_dma: 'Answers VFIO_IOMMU_UNMAP_DMA on an iommufd.',
    iommufd_vfio_iommu_get_info: 'Answers VFIO_IOMMU_GET_INFO on an iommufd.',
  }),
}

/** The functions of a kernel since 6.1: those of 5.10 that it has kept, maybe in another file, and new ones. */
export function ownershipFunctions(kernel: KernelId): Record<string, KernelFunction> {
  return functionsOf(kernel, [LEGACY_FUNCTIONS, OWNERSHIP_FUNCTIONS], LATER_FILES)
}
