/** Words for Linux 6.12 built with iommufd: devices by their own files, address spaces and page tables in /dev/iommu. */
import { ownershipFunctions } from './ownership-functions.ts'
import type { IommufdCheck, IommufdEffect } from '../sim/kernels/shared/iommufd/codes.ts'
import type { OwnershipCheck, OwnershipEffect } from '../sim/kernels/shared/ownership/codes.ts'
import { valueOf } from '../sim/op.ts'
import {
  deviceIn,
  fileIn,
  groupIn,
  rangeIn,
  wordIn,
  type CheckWords,
  type EffectWords,
  type KernelWords,
  type Scene,
} from './kernel-words.ts'
import { ENTRIES_6_12, NAMES_6_12 } from './linux-6.12.ts'
import { FREE_THE_GROUP, OWNERSHIP_VIABILITY, ownershipChecks, ownershipEffects } from './ownership.ts'
import { fdSpan, rich, type Span, type Words } from './words.ts'

const OPEN_PATH = 'vfio_df_open → vfio_df_device_first_open → iommufd_device_bind'
const ATTACH_PATH = 'vfio_iommufd_physical_attach_ioas → iommufd_device_attach'
const COMPAT_PATH = 'iommufd_fops_ioctl → iommufd_vfio_ioctl'

const ENTRIES: KernelWords['entries'] = {
  ...ENTRIES_6_12,
  // These are made on a container or on an iommufd: the checks tell on which.
  get_api_version: 'vfs_ioctl',
  check_extension: 'vfs_ioctl',
  set_iommu: 'vfs_ioctl',
  iommu_get_info: 'vfs_ioctl',
  map_dma: 'vfs_ioctl',
  unmap_dma: 'vfs_ioctl',
  open_iommufd: 'iommufd_fops_open',
  chown_iommu: 'chown_common',
  open_cdev: 'vfio_device_fops_cdev_open',
  bind_iommufd: 'vfio_device_fops_unl_ioctl → vfio_df_ioctl_bind_iommufd',
  attach: 'vfio_device_fops_unl_ioctl → vfio_df_ioctl_attach_pt',
  detach: 'vfio_device_fops_unl_ioctl → vfio_df_ioctl_detach_pt',
  ioas_alloc: 'iommufd_fops_ioctl → iommufd_ioas_alloc_ioctl',
  ioas_map: 'iommufd_fops_ioctl → iommufd_ioas_map',
  ioas_unmap: 'iommufd_fops_ioctl → iommufd_ioas_unmap',
  ioas_destroy: 'iommufd_fops_ioctl → iommufd_destroy',
  hwpt_alloc: 'iommufd_fops_ioctl → iommufd_hwpt_alloc',
  hwpt_destroy: 'iommufd_fops_ioctl → iommufd_destroy',
}

/** The calls of a container's own request. */
function containerPath(scene: Scene): string {
  return OWN_CONTAINER[scene.op.op] ?? 'vfio_fops_unl_ioctl'
}

const OWN_CONTAINER: Readonly<Record<string, string>> = {
  set_iommu: 'vfio_fops_unl_ioctl → vfio_ioctl_set_iommu',
  iommu_get_info: 'vfio_fops_unl_ioctl → vfio_iommu_type1_ioctl',
  map_dma: 'vfio_fops_unl_ioctl → vfio_iommu_type1_ioctl → vfio_dma_do_map',
  unmap_dma: 'vfio_fops_unl_ioctl → vfio_iommu_type1_ioctl → vfio_dma_do_unmap',
}

/** The same request where an iommufd answers it. */
function compatPath(scene: Scene): string {
  const own = COMPAT[scene.op.op]
  return own === undefined ? COMPAT_PATH : `${COMPAT_PATH} → ${own}`
}

const COMPAT: Readonly<Record<string, string>> = {
  set_iommu: 'iommufd_vfio_set_iommu',
  iommu_get_info: 'iommufd_vfio_iommu_get_info',
  map_dma: 'iommufd_vfio_map_dma',
  unmap_dma: 'iommufd_vfio_unmap_dma',
}

/** What an operation names under one of these keys. */
function named(scene: Scene, keys: readonly string[], otherwise: string): Span {
  for (const key of keys) {
    const name = valueOf(scene.op, key)
    if (typeof name === 'string') return fdSpan(scene.world, name)
  }
  return otherwise
}

/** The address space or page table that a device is attached to. */
const table = (scene: Scene): Span => named(scene, ['ioas', 'hwpt'], 'what is given')
const space = (scene: Scene): Span => named(scene, ['ioas'], 'the address space')
const iommufd = (scene: Scene): Span => named(scene, ['iommufd', 'container_fd'], 'the iommufd')

const KINDS = { iommufd: 'the iommufd', ioas: 'the address space', hwpt: 'the page table' } as const

/** An object of an iommufd by its number, which people see as the answer of the call that made it. */
function object(scene: Scene): Words {
  const { subject } = scene
  if (subject?.kind !== 'object') return ['the object']
  return subject.number === 0 ? [KINDS[subject.of]] : [`${KINDS[subject.of]} ${subject.number}`]
}

const WHOLE_PAGES = 'Use multiples of 4K.'

const OWN_CHECKS: Readonly<Record<Exclude<IommufdCheck, OwnershipCheck>, CheckWords>> = {
  // open of /dev/vfio/devices/vfioN.
  'F.CO.node': {
    fn: 'do_sys_open',
    ask: (scene) => rich`/dev/vfio/devices has a file for ${deviceIn(scene)}`,
    fail: 'no: it is not bound to a vfio driver, or about to leave it',
    why: (scene) =>
      rich`There is no file for ${deviceIn(scene)}: a device has one only while it is bound to a vfio driver.`,
    remedy: (scene) => rich`Bind ${deviceIn(scene)} to vfio-pci.`,
  },
  'F.CO.access': {
    fn: 'inode_permission',
    ask: 'the user may open the file',
    fail: 'no: it belongs to another user',
    why: (scene) => rich`The file of ${deviceIn(scene)} belongs to another user; only that one and root may open it.`,
    remedy: (scene) => rich`Let the administrator give ${groupIn(scene)} to this user (chown).`,
  },
  'F.IO.access': {
    fn: 'inode_permission',
    ask: 'the user may open /dev/iommu',
    fail: 'no: it belongs to another user',
    why: '/dev/iommu belongs to another user, and its mode is 0660: only that one and root may open it.',
    remedy: 'Let the administrator give /dev/iommu to this user (chown).',
  },
  'F.AC.1': {
    fn: 'vfio_device_fops_unl_ioctl',
    ask: (scene) => rich`this file of ${deviceIn(scene)} is bound to an iommufd`,
    why: (scene) =>
      rich`This file of ${deviceIn(scene)} is not bound to an iommufd, and until then it hears of nothing else.`,
    remedy: 'Call VFIO_DEVICE_BIND_IOMMUFD first.',
  },

  // VFIO_DEVICE_BIND_IOMMUFD.
  'F.BI.2': {
    fn: 'vfio_df_ioctl_bind_iommufd',
    ask: (scene) => rich`${iommufd(scene)} is open`,
    fail: 'no: the kernel is given -1',
    why: (scene) => rich`Nothing is open under the name ${iommufd(scene)}, so there is no iommufd to bind to.`,
    remedy: 'Open /dev/iommu and give that file.',
  },
  'F.BI.3': {
    fn: 'vfio_df_ioctl_bind_iommufd',
    ask: 'the file is the device’s own',
    fail: 'no: it came from a group',
    why: 'This device file came from a group. Only a device’s own file can be bound to an iommufd.',
    remedy: 'Open the device’s own file in /dev/vfio/devices, after the group’s file is closed.',
  },
  'F.BI.4': {
    fn: 'vfio_device_block_group',
    ask: (scene) => rich`nobody has ${groupIn(scene)} open`,
    fail: 'no: its file is open',
    why: (scene) =>
      rich`The file of ${groupIn(scene)} is open. A group is used through its file or through its devices’ own, not both.`,
    remedy: (scene) => rich`Close the file of ${groupIn(scene)}, and the device files that came from it.`,
  },
  'F.BI.5': {
    fn: 'vfio_df_ioctl_bind_iommufd',
    ask: 'this file is not bound yet',
    fail: 'no: it is',
    why: 'This file is bound to an iommufd already, and stays so until it is closed.',
    remedy: 'Close the device file and open it anew to bind it elsewhere.',
  },
  'F.BI.6.open': {
    fn: 'vfio_df_ioctl_bind_iommufd',
    ask: (scene) => rich`the process itself has ${iommufd(scene)} open`,
    fail: 'no: another process has, and the kernel is given -1',
    why: (scene) => rich`${iommufd(scene)} is open in another process, not in the one that calls.`,
    remedy: 'Open /dev/iommu in this process.',
  },
  'F.BI.6.kind': {
    fn: 'vfio_df_ioctl_bind_iommufd',
    ask: (scene) => rich`${iommufd(scene)} is an iommufd`,
    fail: 'no: it is something else',
    why: (scene) => rich`${iommufd(scene)} is not a file of /dev/iommu.`,
    remedy: 'Open /dev/iommu and give that file.',
  },
  'F.BI.7': {
    fn: 'vfio_df_open',
    ask: (scene) => rich`no other file of ${deviceIn(scene)} is bound`,
    fail: 'no: one is',
    why: (scene) => rich`${deviceIn(scene)} is bound through another file of it already, and that can be one only.`,
    remedy: 'Use the file that is bound, or close it first.',
  },
  'F.BI.11': {
    fn: 'iommufd_group_setup_msi',
    path: OPEN_PATH,
    ask: 'the IOMMU remaps interrupts',
    pass: 'yes, or unsafe interrupts are allowed',
    fail: 'no, and allow_unsafe_interrupts is off',
    why: 'The IOMMU cannot remap interrupts, so a user could make the device forge interrupts for the host.',
    remedy: 'Set allow_unsafe_interrupts of iommufd, if you trust the user.',
  },
  'F.CL.2': {
    fn: 'iommu_device_claim_dma_owner',
    ask: (scene) => rich`nobody uses the DMA of ${groupIn(scene)}, or this iommufd owns it`,
    fail: 'no: somebody else uses it',
    why: (scene) =>
      rich`The DMA of ${groupIn(scene)} is in use: a driver of the host has one of its devices, or another iommufd owns the group.`,
    remedy: `${FREE_THE_GROUP} If another iommufd owns it, bind all devices of the group to that one.`,
  },
  'F.CL.3': {
    fn: 'iommu_device_claim_dma_owner',
    ask: (scene) => rich`this iommufd owns ${groupIn(scene)} already`,
    pass: 'yes: one more device is counted',
    fail: 'no: it takes the group now',
    neutral: true,
  },
  'F.BI.13': {
    fn: 'vfio_df_device_first_open',
    ask: (scene) => rich`the lock of ${deviceIn(scene)} is free`,
    fail: 'no: its driver is being unbound',
    why: (scene) => rich`${deviceIn(scene)} is locked: an unbind of its driver waits. What BIND had done is undone.`,
    remedy: 'Close the device, so that the unbind can go on.',
  },

  // VFIO_DEVICE_ATTACH_IOMMUFD_PT, VFIO_DEVICE_DETACH_IOMMUFD_PT.
  'F.AT.3': {
    fn: 'vfio_iommufd_physical_attach_ioas',
    ask: (scene) => rich`${deviceIn(scene)} is attached already`,
    pass: 'yes: it changes tables, and its whole group with it',
    neutral: true,
  },
  'F.AT.4': {
    fn: 'iommufd_get_object',
    ask: (scene) => rich`this iommufd has ${table(scene)}`,
    why: (scene) =>
      rich`The iommufd that the device is bound to has no ${table(scene)}. Each iommufd numbers its own objects.`,
    remedy: 'Give an address space or a page table of the iommufd that the device is bound to.',
  },
  'F.AT.6': {
    fn: 'iommufd_device_auto_get_domain',
    path: `${ATTACH_PATH} → iommufd_device_auto_get_domain`,
    ask: 'attaching made a page table from this address space before',
    pass: 'yes: it is tried first',
    fail: 'no: one is made now',
    neutral: true,
  },
  'F.AT.8': {
    fn: 'iommufd_hw_pagetable_attach',
    ask: (scene) => rich`${groupIn(scene)} is on no page table, or on this one`,
    fail: 'no: it is on another',
    why: (scene) =>
      rich`${groupIn(scene)} is on another page table, because another device of it is attached there. All devices of a group share one page table.`,
    remedy: 'Attach the device to what its group is on. Once attached, it can move the whole group elsewhere.',
  },
  'F.AT.9': {
    fn: 'iopt_table_enforce_dev_resv_regions',
    ask: 'nothing is mapped where the device sends its interrupts',
    fail: 'no: something is, from 0xfee00000 to 0xfeefffff',
    why: 'The address space has a mapping in the window for interrupts, from 0xfee00000 to 0xfeefffff. A device cannot be attached to it.',
    remedy: 'Unmap that first.',
  },
  'F.AT.first': {
    fn: 'iommufd_hw_pagetable_attach',
    ask: (scene) => rich`no device of ${groupIn(scene)} is attached yet`,
    pass: 'yes: the whole group moves to the page table',
    fail: 'no: the group is there already, and the hardware stays as it is',
    neutral: true,
  },
  'F.DT.attached': {
    fn: 'vfio_iommufd_physical_detach_ioas',
    ask: (scene) => rich`${deviceIn(scene)} is attached`,
    fail: 'no: there is nothing to do',
    neutral: true,
  },
  'F.DT.last': {
    fn: 'iommufd_hw_pagetable_detach',
    ask: (scene) => rich`no device of ${groupIn(scene)} is attached any more`,
    pass: 'yes: the whole group leaves the page table',
    fail: 'no: the group stays, and this device’s DMA goes there as before',
    neutral: true,
  },
  'F.HR.2': {
    fn: 'vfio_pci_ioctl_pci_hot_reset',
    ask: 'no group file is given',
    fail: 'no: one is',
    why: 'On a device’s own file the iommufd tells what belongs to the caller; a group file must not be given.',
    remedy: 'Give no group file.',
  },

  // Objects of an iommufd.
  'F.HW.device': {
    fn: 'iommufd_hwpt_alloc',
    ask: (scene) => rich`${named(scene, ['device_fd'], 'the device file')} is bound to this iommufd`,
    why: (scene) => rich`${named(scene, ['device_fd'], 'The device file')} is no device that is bound to this iommufd.`,
    remedy: 'Bind the device to this iommufd first.',
  },
  'F.HW.pt': {
    fn: 'iommufd_hwpt_alloc',
    ask: (scene) => rich`this iommufd has ${space(scene)}`,
    why: (scene) => rich`This iommufd has no ${space(scene)}. Each iommufd numbers its own objects.`,
    remedy: 'Give an address space of this iommufd.',
  },
  'F.HW.ioas': {
    fn: 'iommufd_hwpt_alloc',
    ask: (scene) => rich`${space(scene)} is an address space`,
    fail: 'no: it is a page table, and this IOMMU cannot nest one in another',
    why: (scene) => rich`${space(scene)} is a page table, and this IOMMU cannot nest one page table in another.`,
    remedy: 'Give an address space.',
  },
  'F.HW.fits': {
    fn: 'iopt_table_add_domain',
    ask: (scene) => rich`all that is mapped fits into ${object(scene)}`,
    fail: 'no: parts of pages, or beyond the IOMMU’s addresses',
    why: 'The address space has mappings that the IOMMU cannot take: they are not whole pages of 4K, or run past its last address.',
    remedy: 'Unmap those first.',
  },
  'F.HW.locked': {
    fn: 'iopt_fill_domain',
    ask: (scene) => rich`the user may pin what ${object(scene)} is filled with (RLIMIT_MEMLOCK)`,
    fail: 'no: that would be too much',
    why: 'With its first page table an address space pins all that is mapped, and this user would have more memory pinned than the limit of the process allows (RLIMIT_MEMLOCK).',
    remedy: 'Raise the limit of the process (ulimit -l, LimitMEMLOCK=), or unmap something first.',
  },
  'F.DS.object': {
    fn: 'iommufd_object_remove',
    ask: (scene) => rich`this iommufd has ${table(scene)}`,
    why: (scene) => rich`This iommufd has no ${table(scene)}. Each iommufd numbers its own objects.`,
  },
  'F.DS.users': {
    fn: 'iommufd_object_remove',
    ask: (scene) => rich`nothing uses ${object(scene)}`,
    why: (scene) =>
      scene.subject?.kind === 'object' && scene.subject.of === 'ioas'
        ? rich`A page table is made from ${table(scene)}, so it cannot be destroyed.`
        : rich`A device is attached to ${table(scene)}, and its DMA needs the page table.`,
    remedy: 'Detach the devices first, and destroy page tables before their address space.',
  },

  // IOMMU_IOAS_MAP, IOMMU_IOAS_UNMAP.
  'F.IO.ioas': {
    fn: 'iommufd_get_object',
    ask: (scene) => rich`this iommufd has an address space ${space(scene)}`,
    why: (scene) => rich`${space(scene)} is no address space of this iommufd. Each iommufd numbers its own objects.`,
    remedy: 'Give an address space of this iommufd.',
  },
  'F.MAP.number': {
    fn: 'iommufd_ioas_map',
    ask: 'the numbers fit into 64 bits',
    why: 'Address and size must be whole numbers of 64 bits.',
  },
  'F.MAP.length': {
    fn: 'iopt_alloc_pages',
    ask: 'the size is one that can be mapped',
    why: 'The size must not be 0, nor within a page of 2^64.',
  },
  'F.MAP.memory': {
    fn: 'iopt_alloc_pages',
    ask: 'the memory ends before the last address',
    why: 'Memory of this size would run past the last 64-bit address of the process.',
  },
  'F.MAP.whole': {
    fn: 'iopt_map_user_pages',
    ask: 'the size is whole pages',
    pass: 'yes, or no page table needs that yet',
    why: 'The size must be whole pages of 4K once a page table is made from the address space.',
    remedy: WHOLE_PAGES,
  },
  'F.MAP.iova': {
    fn: 'iopt_check_iova',
    ask: 'the address is at the start of a page',
    pass: 'yes, or no page table needs that yet',
    why: 'The address must be at the start of a page of 4K once a page table is made from the address space.',
    remedy: WHOLE_PAGES,
  },
  'F.MAP.wraps': {
    fn: 'iopt_check_iova',
    ask: 'the range ends before the last address',
    why: 'The range runs past the last 64-bit address.',
  },
  'F.MAP.reserved': {
    fn: 'iopt_check_iova',
    ask: (scene) => rich`${rangeIn(scene)} may be mapped`,
    fail: 'no: beyond the IOMMU’s addresses, or in the interrupt window',
    why: (scene) =>
      rich`Not all of ${rangeIn(scene)} may be mapped: it runs past the last address that the IOMMU handles, or touches the window for interrupts from 0xfee00000 to 0xfeefffff, which attached devices need.`,
    remedy: 'Map at other addresses.',
  },
  'F.MAP.free': {
    fn: 'iopt_check_iova',
    ask: (scene) => rich`nothing is mapped within ${rangeIn(scene)}`,
    fail: 'no: something is',
    why: (scene) => rich`Within ${rangeIn(scene)} something is mapped already.`,
    remedy: 'Unmap that first, or map elsewhere.',
  },
  'F.MAP.locked': {
    fn: 'incr_user_locked_vm',
    ask: 'nothing has to be pinned yet, or the user may pin as much (RLIMIT_MEMLOCK)',
    fail: 'no: that would be too much',
    why: 'Memory in an address space with a page table is pinned, and this user would have more pinned than the limit of the process allows (RLIMIT_MEMLOCK).',
    remedy: 'Raise the limit of the process (ulimit -l, LimitMEMLOCK=), unmap something first, or map less.',
  },
  'F.UM.number': {
    fn: 'iopt_unmap_iova',
    ask: 'the numbers fit into 64 bits',
    why: 'Address and size must be whole numbers of 64 bits.',
  },
  'F.UM.length': {
    fn: 'iopt_unmap_iova',
    ask: 'the size is not 0',
    why: 'The size must not be 0.',
  },
  'F.UM.wraps': {
    fn: 'iopt_unmap_iova',
    ask: 'the range ends before the last address',
    why: 'The range runs past the last 64-bit address.',
  },
  'F.UM.whole': {
    fn: 'iopt_unmap_iova_range',
    ask: (scene) => rich`the mapping of ${rangeIn(scene)} lies inside the range`,
    fail: 'no: it sticks out',
    why: (scene) =>
      rich`The mapping of ${rangeIn(scene)} sticks out of the range, and is not cut in two. Mappings before it are gone.`,
    remedy: 'Unmap the whole mapping.',
  },
  'F.UM.some': {
    fn: 'iopt_unmap_iova',
    ask: (scene) => rich`something was mapped within ${rangeIn(scene)}`,
    fail: 'no: nothing was',
    why: (scene) => rich`Within ${rangeIn(scene)} nothing was mapped.`,
  },

  // Groups beside devices that are bound by their own files; an iommufd in place of a container.
  'F.GO.cdev': {
    fn: 'vfio_group_fops_open',
    ask: (scene) => rich`no device of ${groupIn(scene)} is bound by its own file`,
    fail: 'no: one is',
    why: (scene) =>
      rich`A device of ${groupIn(scene)} is bound to an iommufd by its own file. A group is used through its file or through its devices’ own, not both.`,
    remedy: 'Close that device file first, or use the other devices by their own files too.',
  },
  'F.SC.out': {
    fn: 'vfio_group_ioctl_set_container',
    ask: 'no iommufd stands in for the group’s container yet',
    fail: 'no: one does',
    why: (scene) => rich`An iommufd stands in for the container of ${groupIn(scene)} already.`,
    remedy: 'Take the group out with VFIO_GROUP_UNSET_CONTAINER first.',
  },
  'F.SC.ioas': {
    fn: 'iommufd_vfio_compat_ioas_create',
    ask: 'the iommufd has an address space in place of a container’s',
    fail: 'no: it is made now',
    neutral: true,
  },
  'F.VC.ioas': {
    fn: 'get_compat_ioas',
    path: compatPath,
    ask: (scene) => rich`${iommufd(scene)} has an address space in place of a container’s`,
    why: (scene) => rich`${iommufd(scene)} has no address space that stands in for a container’s.`,
    remedy: 'Give the iommufd to a group with VFIO_GROUP_SET_CONTAINER first.',
  },
  'F.VC.type': {
    fn: 'iommufd_vfio_set_iommu',
    path: compatPath,
    ask: (scene) => rich`an iommufd can be of the type ${wordIn(scene, 'asked for')}`,
    why: (scene) => rich`An iommufd can stand in for type1 and type1v2 only, not for ${wordIn(scene, 'this type')}.`,
    remedy: 'Use type1 or type1v2.',
  },
  'F.VC.pages': {
    fn: 'iopt_disable_large_pages',
    ask: 'no page table has mappings yet',
    why: 'The type type1 promises that mappings can be cut, so it gives up large pages. With mappings in a page table it is too late for that.',
    remedy: 'Use type1v2, or choose type1 before anything is mapped.',
  },
  'F.VC.whole': {
    fn: 'iopt_disable_large_pages',
    ask: 'all that is mapped is whole pages',
    why: 'A mapping is not of whole pages of 4K, so it could not be cut between two pages as type1 promises.',
    remedy: 'Unmap it first.',
  },
  'F.VC.cut': {
    fn: 'iopt_cut_iova',
    ask: (scene) => rich`mappings can be cut at the ends of ${rangeIn(scene)}`,
    fail: 'no: an end is within a page',
    why: (scene) =>
      rich`${rangeIn(scene)} begins or ends within a page that is mapped, and mappings are cut between pages only.`,
    remedy: WHOLE_PAGES,
  },
}

const OWN_EFFECTS: Readonly<Record<Exclude<IommufdEffect, OwnershipEffect>, EffectWords>> = {
  'cdev.made': {
    fn: 'vfio_register_group_dev',
    words: (scene) => rich`/dev/vfio/devices has a file for ${deviceIn(scene)} now, owned by root`,
  },
  'cdev.removed': {
    fn: 'vfio_unregister_group_dev',
    words: (scene) => rich`/dev/vfio/devices has no file for ${deviceIn(scene)} any more`,
  },
  'cdev.owner': {
    fn: 'chown_common',
    words: (scene) => rich`the file of ${deviceIn(scene)} belongs to that user too`,
  },
  'iommu.owner': {
    fn: 'chown_common',
    words: (scene) => rich`/dev/iommu belongs to ${wordIn(scene, 'another user')} now`,
  },
  'iommufd.made': { fn: 'iommufd_fops_open', words: 'there is a new, empty iommufd' },
  'iommufd.freed': { fn: 'iommufd_fops_release', words: 'nothing holds the iommufd any more: it is gone' },
  'ioas.made': {
    fn: (scene) =>
      scene.op.op === 'group_set_container' ? 'iommufd_vfio_compat_ioas_create' : 'iommufd_ioas_alloc_ioctl',
    words: (scene) => rich`${object(scene)} is there, and empty`,
  },
  'ioas.freed': { fn: 'iommufd_ioas_destroy', words: (scene) => rich`${object(scene)} is gone, with all its mappings` },
  'hwpt.made': { fn: 'iommufd_hwpt_paging_alloc', words: (scene) => rich`${object(scene)} is there` },
  'hwpt.freed': { fn: 'iommufd_hwpt_paging_destroy', words: (scene) => rich`${object(scene)} is gone` },
  'device.bound': { fn: 'iommufd_device_bind', words: (scene) => rich`${deviceIn(scene)} is bound to the iommufd` },
  'device.unbound': {
    fn: 'iommufd_device_unbind',
    words: (scene) => rich`${deviceIn(scene)} is bound to no iommufd any more`,
  },
  'device.attached': {
    fn: (scene) => (isReplacing(scene) ? 'iommufd_device_do_replace' : 'iommufd_hw_pagetable_attach'),
    words: (scene) => rich`${deviceIn(scene)} is attached to the page table`,
  },
  'device.detached': {
    fn: 'iommufd_hw_pagetable_detach',
    words: (scene) => rich`${deviceIn(scene)} is not attached any more`,
  },
  'compat.set': {
    fn: 'vfio_group_ioctl_set_container',
    words: (scene) =>
      rich`an iommufd stands in for the container of ${groupIn(scene)}; it claims the group when a device is opened`,
  },
  'compat.forgotten': {
    fn: (scene) =>
      scene.op.op === 'group_unset_container' ? 'vfio_group_ioctl_unset_container' : 'vfio_group_fops_release',
    words: (scene) => rich`no iommufd stands in for the container of ${groupIn(scene)} any more`,
  },
  'pages.small': {
    fn: 'iopt_disable_large_pages',
    words: (scene) => rich`${object(scene)} gives up large pages, so that its mappings can be cut`,
  },
  'map.cut': {
    fn: 'iopt_cut_iova',
    words: (scene) => rich`the mapping of ${rangeIn(scene)} is cut; what sticks out stays`,
  },
}

/** Whether a device that is attached moves its group: the last question about that was answered with yes. */
function isReplacing(scene: Scene): boolean {
  const asked = scene.events.slice(0, scene.index).findLast(({ code }) => code === 'F.AT.3')
  return asked?.event === 'check' && asked.ok
}

/** Whether a mapping is one of an iommufd's address space, and not of a container. */
function inIoas(scene: Scene): boolean {
  return scene.events
    .slice(0, scene.index)
    .some(({ code }) => /^(?:F\.(?:IO|VC|MAP|UM)\.|ioas\.freed|iommufd\.)/.test(code))
}

function checks(): Readonly<Record<IommufdCheck, CheckWords>> {
  const known = ownershipChecks(NAMES_6_12)
  return {
    ...known,
    ...OWN_CHECKS,
    // These requests may reach an iommufd instead, so that they say where they have come.
    'L.SI.1': { ...known['L.SI.1'], path: containerPath },
    'L.IO.1': { ...known['L.IO.1'], path: containerPath },
    'O.SC.kind': {
      ...known['O.SC.kind'],
      ask: (scene) => rich`${fileIn(scene, 'container_fd')} is a container or an iommufd`,
      why: (scene) => rich`${fileIn(scene, 'container_fd')} is neither a container nor an iommufd.`,
      remedy: 'Open /dev/vfio/vfio or /dev/iommu and give that file.',
    },
    'O.CL.1': {
      ...known['O.CL.1'],
      why: (scene) =>
        rich`The DMA of ${groupIn(scene)} is in use: by a driver of the host on one of its devices, or by one that is bound to an iommufd. The user is refused, and nothing has moved.`,
    },
    'O.GDF.container': {
      ...known['O.GDF.container'],
      ask: 'group has a container, or an iommufd in place of one',
    },
  }
}

function effects(): Readonly<Record<IommufdEffect, EffectWords>> {
  const known = ownershipEffects(NAMES_6_12)
  return {
    ...known,
    ...OWN_EFFECTS,
    'map.added': {
      fn: (scene) => (inIoas(scene) ? 'iopt_map_user_pages' : 'vfio_dma_do_map'),
      words: (scene) => rich`${rangeIn(scene)} is mapped${inIoas(scene) ? '' : ' and its memory pinned'}`,
    },
    'map.removed': {
      ...known['map.removed'],
      fn: (scene) => (inIoas(scene) ? 'iopt_unmap_iova_range' : 'vfio_remove_dma'),
    },
  }
}

export const CHECKS_IOMMUFD = checks()

export const LINUX_6_12_IOMMUFD: KernelWords = {
  name: 'Linux 6.12 with iommufd',
  version: '6.12',
  functions: ownershipFunctions('linux-6.12-iommufd'),
  entries: ENTRIES,
  checks: CHECKS_IOMMUFD,
  effects: effects(),
  viability: OWNERSHIP_VIABILITY,
  viabilityTest: 'iommu_group_dma_owner_claimed',
  bug: () => null,
}
