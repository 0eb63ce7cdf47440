/** The kernel’s functions that the page names: what each does, and its file in Linux 5.10. */
import type { KernelId } from '../sim/kernel.ts'

/** A function of one kernel. */
export interface KernelFunction {
  /** One line. */
  readonly does: string
  readonly file: string
}

/** A function as a table of several kernels tells of it: its file in each that has it. */
export interface FunctionEntry {
  /** One line. */
  readonly does: string
  readonly files: Readonly<Partial<Record<KernelId, string>>>
}

/**
 * Functions of one file.
 * @param does what each of them does, in one line, by its name
 */
export function inFile(
  files: FunctionEntry['files'],
  does: Readonly<Record<string, string>>,
): Record<string, FunctionEntry> {
  return Object.fromEntries(Object.entries(does).map(([name, line]) => [name, { does: line, files }]))
}

const CORE: FunctionEntry['files'] = { 'linux-5.10': 'drivers/vfio/vfio.c' }
const TYPE1: FunctionEntry['files'] = { 'linux-5.10': 'drivers/vfio/vfio_iommu_type1.c' }
const VFIO_PCI: FunctionEntry['files'] = { 'linux-5.10': 'drivers/vfio/pci/vfio_pci.c' }
const IOMMU: FunctionEntry['files'] = { 'linux-5.10': 'drivers/iommu/iommu.c' }
const BUS: FunctionEntry['files'] = { 'linux-5.10': 'drivers/base/bus.c' }
const DD: FunctionEntry['files'] = { 'linux-5.10': 'drivers/base/dd.c' }
const PCI: FunctionEntry['files'] = { 'linux-5.10': 'drivers/pci/pci-driver.c' }

/** The functions that Linux 5.10 has. */
export const LEGACY_FUNCTIONS: Readonly<Record<string, FunctionEntry>> = {
  ...inFile(CORE, {
    vfio_fops_open: 'Makes a new, empty container for each open of /dev/vfio/vfio.',
    vfio_fops_release: 'Drops the fd’s hold on the container; groups in it keep it alive.',
    vfio_fops_unl_ioctl: 'Sorts the requests on a container’s file.',
    vfio_ioctl_check_extension: 'Asks the IOMMU backends whether one of them knows a type or feature.',
    vfio_ioctl_set_iommu: 'Chooses the container’s backend and attaches its groups to it.',
    __vfio_container_attach_groups: 'Attaches every group of a container to its new backend.',
    vfio_group_fops_open: 'Opens /dev/vfio/N, once at a time.',
    vfio_group_fops_release: 'Closes a group’s file and gives up its place in the container if nobody else needs it.',
    vfio_group_fops_unl_ioctl: 'Sorts the requests on a group’s file.',
    vfio_group_set_container: 'Puts a group into a container.',
    vfio_group_unset_container: 'Takes a group out of its container, unless somebody uses it.',
    __vfio_group_unset_container: 'Moves the group back to its default domain and unlinks it from the container.',
    vfio_group_try_dissolve_container: 'Takes one user off the group; the last one takes it out of its container.',
    vfio_group_get_device_fd: 'Checks container, IOMMU and viability, and opens a device of the group.',
    vfio_group_get_external_user: 'Lets another part of the kernel, such as KVM, hold the group.',
    vfio_group_put_external_user: 'Ends such a hold.',
    vfio_device_get_from_name: 'Finds a vfio device of the group by its PCI address.',
    vfio_group_viable: 'Asks vfio_dev_viable about every device of the IOMMU group.',
    vfio_dev_viable: 'Says whether one device lets its group be given to a user.',
    vfio_dev_driver_allowed: 'Says whether a driver is harmless in a user’s group: any on a bridge, else pci-stub.',
    vfio_device_fops_release: 'Closes a device’s file; the group loses one user.',
    vfio_device_fops_unl_ioctl: 'Hands a request to the device’s vfio driver, with no further check.',
    vfio_add_group_dev: 'Makes a device a vfio device of its group.',
    vfio_register_group_dev: 'Adds a device to its VFIO group and makes /dev/vfio/N for the first.',
    vfio_unregister_group_dev: 'Takes a device out of its VFIO group; waits for the users to let go.',
    vfio_del_group_dev: 'Takes a device out of VFIO: vfio_unregister_group_dev and clean-up.',
    vfio_iommu_group_notifier: 'Hears of every driver that is bound or unbound in the group.',
    vfio_group_nb_verify: 'Stops the kernel if a driver was bound that breaks a group in use.',
    vfio_group_nb_add_dev: 'Warns when a device is added to a group in use.',
    vfio_create_group: 'Makes the VFIO group of an IOMMU group, with its file and notifier.',
    vfio_group_release: 'Removes the VFIO group and its file when nobody holds it.',
    vfio_container_put: 'Drops a hold on a container; the last one frees it.',
  }),
  ...inFile(VFIO_PCI, {
    vfio_pci_open: 'Opens the device for a user; the first open switches it on.',
    vfio_pci_enable: 'Wakes the device, stops its DMA and resets it.',
    vfio_pci_release: 'The last close stops the device’s DMA and resets it.',
    vfio_pci_ioctl: 'Answers requests about the device: its regions, interrupts, resets.',
    vfio_pci_probe: 'Takes a PCI device for VFIO and registers it with its group.',
    vfio_pci_remove: 'Lets a PCI device go; waits while a user has it.',
    vfio_pci_request: 'Asks the user of a device to let go, every ten seconds.',
    vfio_pci_validate_devs: 'Checks that a reset of the bus hits no device of somebody else.',
  }),
  ...inFile(BUS, {
    bind_store: 'Answers a write to a driver’s bind file in sysfs.',
    unbind_store: 'Answers a write to a driver’s unbind file in sysfs.',
    drivers_probe_store: 'Answers a write to drivers_probe: looks for a driver for one device.',
  }),
  ...inFile(
    { 'linux-5.10': 'drivers/pci/pci-sysfs.c' },
    {
      driver_override_store: 'Answers a write to driver_override: only the driver of that name may have the device.',
    },
  ),
  ...inFile(
    { 'linux-5.10': 'drivers/base/base.h' },
    {
      driver_match_device: 'Asks the bus whether a driver fits a device.',
    },
  ),
  ...inFile(PCI, {
    pci_bus_match: 'Compares a PCI device with a driver’s table of ids and with driver_override.',
    pci_device_remove: 'Calls the remove function of a PCI driver.',
  }),
  ...inFile(DD, {
    device_driver_attach: 'Takes the device’s lock and binds one driver to it.',
    device_driver_detach: 'Takes the device’s lock and unbinds its driver.',
    device_attach: 'Tries the bus’s drivers on a device until one takes it.',
    really_probe: 'Sets the device’s driver and lets it probe the device.',
    driver_bound: 'Announces that a driver has been bound.',
    __device_release_driver: 'Lets the driver remove the device and clears dev->driver.',
    driver_sysfs_add: 'Adds the links between driver and device in sysfs.',
    driver_sysfs_remove: 'Removes them, before the driver’s remove runs.',
  }),
  ...inFile(
    { 'linux-5.10': 'drivers/pci/pci.c' },
    {
      pci_bridge_wait_for_secondary_bus: 'Waits after the reset of a bus until the link and the first device are back.',
      pci_try_reset_function: 'Resets a function, unless its lock is held.',
      pci_try_reset_bus: 'Resets a bus, unless the lock of a device on it is held.',
    },
  ),
  ...inFile(TYPE1, {
    vfio_iommu_type1_open: 'Makes the backend’s record for a container: its mappings and domains.',
    vfio_iommu_type1_ioctl: 'Sorts the requests that a container passes to its backend.',
    vfio_iommu_type1_attach_group: 'Moves a whole IOMMU group into the container’s domain.',
    vfio_iommu_type1_detach_group: 'Moves a group back; the last one takes the mappings with it.',
    vfio_iommu_replay: 'Puts all mappings of the container into a new domain.',
    vfio_dma_do_map: 'Pins a process’s memory and maps it for the container’s devices.',
    vfio_pin_pages_remote: 'Keeps memory of a process where it is, page after page, and counts it.',
    vfio_dma_do_unmap: 'Removes mappings and lets the memory go.',
    vfio_iommu_type1_release: 'Ends the backend’s record for a container.',
    vfio_remove_dma: 'Removes one mapping and lets its memory go.',
  }),
  ...inFile(IOMMU, {
    iommu_domain_alloc: 'Makes an empty address space for devices.',
    iommu_attach_group: 'Moves a group into a domain.',
    __iommu_attach_group: 'Checks that nobody else has moved the group, then moves device after device.',
    iommu_detach_group: 'Moves a group out of a domain.',
    __iommu_detach_group: 'Moves the group’s devices back to its default domain.',
    iommu_group_for_each_dev: 'Calls a function for each device of a group, in the order in which they were added.',
    iommu_get_group_resv_regions: 'Lists the addresses that must not be mapped for a group.',
    iommu_bus_notifier: 'Passes a bus’s driver events on to the device’s group.',
    iommu_probe_device: 'Brings a new device under the IOMMU and into its group.',
    iommu_domain_free: 'Frees a domain; nothing is attached to it any more.',
    iommu_group_add_device: 'Puts a device into its IOMMU group and tells who listens.',
  }),
  ...inFile(
    { 'linux-5.10': 'drivers/iommu/intel/iommu.c' },
    {
      intel_iommu_attach_device: 'Writes the context entries of a device, under each of its requester IDs.',
    },
  ),
  ...inFile(
    { 'linux-5.10': 'virt/kvm/vfio.c' },
    {
      kvm_vfio_set_group: 'Makes a virtual machine a user of a group, or ends that.',
    },
  ),
  ...inFile(
    { 'linux-5.10': 'include/linux/device.h' },
    {
      device_lock: 'Waits for the lock of a device.',
    },
  ),
  ...inFile(
    { 'linux-5.10': 'drivers/pci/probe.c' },
    {
      pci_device_add: 'Makes a PCI function known to the kernel.',
      pci_scan_slot: 'Looks for functions in a slot.',
    },
  ),
  ...inFile(
    { 'linux-5.10': 'fs/open.c' },
    {
      do_sys_open: 'Finds a path and opens it.',
      chown_common: 'Changes the owner of a file.',
      filp_close: 'Closes a file descriptor.',
    },
  ),
  ...inFile(
    { 'linux-5.10': 'fs/namei.c' },
    {
      inode_permission: 'Asks whether a user may use a file.',
    },
  ),
  ...inFile(
    { 'linux-5.10': 'fs/ioctl.c' },
    {
      vfs_ioctl: 'Hands a request to the kind of file that it was made on.',
    },
  ),
  ...inFile(
    { 'linux-5.10': 'include/linux/file.h' },
    {
      fdget: 'Finds the open file of a file descriptor.',
    },
  ),
  ...inFile(
    { 'linux-5.10': 'fs/file.c' },
    {
      fd_install: 'Makes a file the process’s file descriptor.',
      exit_files: 'Closes all files of a process that ends.',
    },
  ),
  ...inFile(
    { 'linux-5.10': 'fs/file_table.c' },
    {
      __fput: 'Ends an open file when its last descriptor is closed.',
    },
  ),
  ...inFile(
    { 'linux-5.10': 'kernel/exit.c' },
    {
      do_exit: 'Ends a process.',
    },
  ),
}

/** The functions of a kernel by name: those of some tables that have a file in it. */
export function functionsOf(
  kernel: KernelId,
  tables: readonly Readonly<Record<string, FunctionEntry>>[],
  moved: Readonly<Record<string, FunctionEntry['files']>> = {},
): Record<string, KernelFunction> {
  return Object.fromEntries(
    tables.flatMap((table) =>
      Object.entries(table).flatMap(([name, { does, files }]): [string, KernelFunction][] => {
        const file = (Object.hasOwn(moved, name) ? moved[name]?.[kernel] : undefined) ?? files[kernel]
        return file === undefined ? [] : [[name, { does, file }]]
      }),
    ),
  )
}
