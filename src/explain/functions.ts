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

const CORE: FunctionEntry['files'] = { 'linux-5.10': 'drivers/vfio/vfio.c' }
const TYPE1: FunctionEntry['files'] = { 'linux-5.10': 'drivers/vfio/vfio_iommu_type1.c' }
const VFIO_PCI: FunctionEntry['files'] = { 'linux-5.10': 'drivers/vfio/pci/vfio_pci.c' }
const IOMMU: FunctionEntry['files'] = { 'linux-5.10': 'drivers/iommu/iommu.c' }
const BUS: FunctionEntry['files'] = { 'linux-5.10': 'drivers/base/bus.c' }
const DD: FunctionEntry['files'] = { 'linux-5.10': 'drivers/base/dd.c' }
const PCI: FunctionEntry['files'] = { 'linux-5.10': 'drivers/pci/pci-driver.c' }

/** The functions that Linux 5.10 has. */
export const LEGACY_FUNCTIONS = {
  // The container’s file.
  vfio_fops_open: { does: 'Makes a new, empty container for each open of /dev/vfio/vfio.', files: CORE },
  vfio_fops_release: { does: 'Drops the fd’s hold on the container; groups in it keep it alive.', files: CORE },
  vfio_fops_unl_ioctl: { does: 'Sorts the requests on a container’s file.', files: CORE },
  vfio_ioctl_check_extension: {
    does: 'Asks the IOMMU backends whether one of them knows a type or feature.',
    files: CORE,
  },
  vfio_ioctl_set_iommu: { does: 'Chooses the container’s backend and attaches its groups to it.', files: CORE },
  __vfio_container_attach_groups: { does: 'Attaches every group of a container to its new backend.', files: CORE },
  // The group’s file.
  vfio_group_fops_open: { does: 'Opens /dev/vfio/N, once at a time.', files: CORE },
  vfio_group_fops_release: {
    does: 'Closes a group’s file and gives up its place in the container if nobody else needs it.',
    files: CORE,
  },
  vfio_group_fops_unl_ioctl: { does: 'Sorts the requests on a group’s file.', files: CORE },
  vfio_group_set_container: { does: 'Puts a group into a container.', files: CORE },
  vfio_group_unset_container: { does: 'Takes a group out of its container, unless somebody uses it.', files: CORE },
  __vfio_group_unset_container: {
    does: 'Moves the group back to its default domain and unlinks it from the container.',
    files: CORE,
  },
  vfio_group_try_dissolve_container: {
    does: 'Takes one user off the group; the last one takes it out of its container.',
    files: CORE,
  },
  vfio_group_get_device_fd: {
    does: 'Checks container, IOMMU and viability, and opens a device of the group.',
    files: CORE,
  },
  vfio_group_get_external_user: { does: 'Lets another part of the kernel, such as KVM, hold the group.', files: CORE },
  vfio_group_put_external_user: { does: 'Ends such a hold.', files: CORE },
  vfio_device_get_from_name: { does: 'Finds a vfio device of the group by its PCI address.', files: CORE },
  // Viability.
  vfio_group_viable: { does: 'Asks vfio_dev_viable about every device of the IOMMU group.', files: CORE },
  vfio_dev_viable: { does: 'Says whether one device lets its group be given to a user.', files: CORE },
  vfio_dev_driver_allowed: {
    does: 'Says whether a driver is harmless in a user’s group: any on a bridge, else pci-stub.',
    files: CORE,
  },
  // The device’s file.
  vfio_device_fops_release: { does: 'Closes a device’s file; the group loses one user.', files: CORE },
  vfio_device_fops_unl_ioctl: {
    does: 'Hands a request to the device’s vfio driver, with no further check.',
    files: CORE,
  },
  vfio_pci_open: { does: 'Opens the device for a user; the first open switches it on.', files: VFIO_PCI },
  vfio_pci_enable: { does: 'Wakes the device, stops its DMA and resets it.', files: VFIO_PCI },
  vfio_pci_release: { does: 'The last close stops the device’s DMA and resets it.', files: VFIO_PCI },
  vfio_pci_ioctl: { does: 'Answers requests about the device: its regions, interrupts, resets.', files: VFIO_PCI },
  // Driver binding.
  vfio_pci_probe: { does: 'Takes a PCI device for VFIO and registers it with its group.', files: VFIO_PCI },
  vfio_pci_remove: { does: 'Lets a PCI device go; waits while a user has it.', files: VFIO_PCI },
  vfio_add_group_dev: { does: 'Makes a device a vfio device of its group.', files: CORE },
  vfio_register_group_dev: {
    does: 'Adds a device to its VFIO group and makes /dev/vfio/N for the first.',
    files: CORE,
  },
  vfio_unregister_group_dev: {
    does: 'Takes a device out of its VFIO group; waits for the users to let go.',
    files: CORE,
  },
  vfio_del_group_dev: { does: 'Takes a device out of VFIO: vfio_unregister_group_dev and clean-up.', files: CORE },
  vfio_iommu_group_notifier: { does: 'Hears of every driver that is bound or unbound in the group.', files: CORE },
  vfio_group_nb_verify: { does: 'Stops the kernel if a driver was bound that breaks a group in use.', files: CORE },
  vfio_group_nb_add_dev: { does: 'Warns when a device is added to a group in use.', files: CORE },
  bind_store: { does: 'Answers a write to a driver’s bind file in sysfs.', files: BUS },
  unbind_store: { does: 'Answers a write to a driver’s unbind file in sysfs.', files: BUS },
  drivers_probe_store: { does: 'Answers a write to drivers_probe: looks for a driver for one device.', files: BUS },
  driver_override_store: {
    does: 'Answers a write to driver_override: only the driver of that name may have the device.',
    files: { 'linux-5.10': 'drivers/pci/pci-sysfs.c' },
  },
  driver_match_device: {
    does: 'Asks the bus whether a driver fits a device.',
    files: { 'linux-5.10': 'drivers/base/base.h' },
  },
  pci_bus_match: { does: 'Compares a PCI device with a driver’s table of ids and with driver_override.', files: PCI },
  device_driver_attach: { does: 'Takes the device’s lock and binds one driver to it.', files: DD },
  device_driver_detach: { does: 'Takes the device’s lock and unbinds its driver.', files: DD },
  device_attach: { does: 'Tries the bus’s drivers on a device until one takes it.', files: DD },
  really_probe: { does: 'Sets the device’s driver and lets it probe the device.', files: DD },
  driver_bound: { does: 'Announces that a driver has been bound.', files: DD },
  __device_release_driver: { does: 'Lets the driver remove the device and clears dev->driver.', files: DD },
  pci_device_remove: { does: 'Calls the remove function of a PCI driver.', files: PCI },
  // The backend and the IOMMU core.
  pci_bridge_wait_for_secondary_bus: {
    does: 'Waits after the reset of a bus until the link and the first device are back.',
    files: { 'linux-5.10': 'drivers/pci/pci.c' },
  },
  vfio_iommu_type1_open: {
    does: 'Makes the backend’s record for a container: its mappings and domains.',
    files: TYPE1,
  },
  vfio_iommu_type1_ioctl: { does: 'Sorts the requests that a container passes to its backend.', files: TYPE1 },
  vfio_iommu_type1_attach_group: { does: 'Moves a whole IOMMU group into the container’s domain.', files: TYPE1 },
  vfio_iommu_type1_detach_group: { does: 'Moves a group back; the last one takes the mappings with it.', files: TYPE1 },
  vfio_iommu_replay: { does: 'Puts all mappings of the container into a new domain.', files: TYPE1 },
  vfio_dma_do_map: { does: 'Pins a process’s memory and maps it for the container’s devices.', files: TYPE1 },
  vfio_pin_pages_remote: {
    does: 'Keeps memory of a process where it is, page after page, and counts it.',
    files: TYPE1,
  },
  vfio_dma_do_unmap: { does: 'Removes mappings and lets the memory go.', files: TYPE1 },
  iommu_domain_alloc: { does: 'Makes an empty address space for devices.', files: IOMMU },
  iommu_attach_group: { does: 'Moves a group into a domain.', files: IOMMU },
  __iommu_attach_group: {
    does: 'Checks that nobody else has moved the group, then moves device after device.',
    files: IOMMU,
  },
  iommu_detach_group: { does: 'Moves a group out of a domain.', files: IOMMU },
  __iommu_detach_group: { does: 'Moves the group’s devices back to its default domain.', files: IOMMU },
  iommu_group_for_each_dev: {
    does: 'Calls a function for each device of a group, in the order in which they were added.',
    files: IOMMU,
  },
  iommu_get_group_resv_regions: { does: 'Lists the addresses that must not be mapped for a group.', files: IOMMU },
  iommu_bus_notifier: { does: 'Passes a bus’s driver events on to the device’s group.', files: IOMMU },
  iommu_probe_device: { does: 'Brings a new device under the IOMMU and into its group.', files: IOMMU },
  iommu_domain_free: { does: 'Frees a domain; nothing is attached to it any more.', files: IOMMU },
  iommu_group_add_device: { does: 'Puts a device into its IOMMU group and tells who listens.', files: IOMMU },
  intel_iommu_attach_device: {
    does: 'Writes the context entries of a device, under each of its requester IDs.',
    files: { 'linux-5.10': 'drivers/iommu/intel/iommu.c' },
  },
  vfio_iommu_type1_release: { does: 'Ends the backend’s record for a container.', files: TYPE1 },
  vfio_remove_dma: { does: 'Removes one mapping and lets its memory go.', files: TYPE1 },
  vfio_create_group: { does: 'Makes the VFIO group of an IOMMU group, with its file and notifier.', files: CORE },
  vfio_group_release: { does: 'Removes the VFIO group and its file when nobody holds it.', files: CORE },
  vfio_container_put: { does: 'Drops a hold on a container; the last one frees it.', files: CORE },
  vfio_pci_request: { does: 'Asks the user of a device to let go, every ten seconds.', files: VFIO_PCI },
  vfio_pci_validate_devs: { does: 'Checks that a reset of the bus hits no device of somebody else.', files: VFIO_PCI },
  kvm_vfio_set_group: {
    does: 'Makes a virtual machine a user of a group, or ends that.',
    files: { 'linux-5.10': 'virt/kvm/vfio.c' },
  },
  // The rest of the kernel.
  driver_sysfs_add: { does: 'Adds the links between driver and device in sysfs.', files: DD },
  driver_sysfs_remove: { does: 'Removes them, before the driver’s remove runs.', files: DD },
  device_lock: { does: 'Waits for the lock of a device.', files: { 'linux-5.10': 'include/linux/device.h' } },
  pci_device_add: { does: 'Makes a PCI function known to the kernel.', files: { 'linux-5.10': 'drivers/pci/probe.c' } },
  pci_scan_slot: { does: 'Looks for functions in a slot.', files: { 'linux-5.10': 'drivers/pci/probe.c' } },
  pci_try_reset_function: {
    does: 'Resets a function, unless its lock is held.',
    files: { 'linux-5.10': 'drivers/pci/pci.c' },
  },
  pci_try_reset_bus: {
    does: 'Resets a bus, unless the lock of a device on it is held.',
    files: { 'linux-5.10': 'drivers/pci/pci.c' },
  },
  do_sys_open: { does: 'Finds a path and opens it.', files: { 'linux-5.10': 'fs/open.c' } },
  chown_common: { does: 'Changes the owner of a file.', files: { 'linux-5.10': 'fs/open.c' } },
  filp_close: { does: 'Closes a file descriptor.', files: { 'linux-5.10': 'fs/open.c' } },
  inode_permission: { does: 'Asks whether a user may use a file.', files: { 'linux-5.10': 'fs/namei.c' } },
  vfs_ioctl: {
    does: 'Hands a request to the kind of file that it was made on.',
    files: { 'linux-5.10': 'fs/ioctl.c' },
  },
  fdget: { does: 'Finds the open file of a file descriptor.', files: { 'linux-5.10': 'include/linux/file.h' } },
  fd_install: { does: 'Makes a file the process’s file descriptor.', files: { 'linux-5.10': 'fs/file.c' } },
  exit_files: { does: 'Closes all files of a process that ends.', files: { 'linux-5.10': 'fs/file.c' } },
  __fput: { does: 'Ends an open file when its last descriptor is closed.', files: { 'linux-5.10': 'fs/file_table.c' } },
  do_exit: { does: 'Ends a process.', files: { 'linux-5.10': 'kernel/exit.c' } },
} as const satisfies Readonly<Record<string, FunctionEntry>>

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
