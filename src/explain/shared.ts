/** Words for the codes that several kernels share: driver core, files, containers and the type1 backend. */
import { contextOf } from '../sim/iommu/context.ts'
import type { SharedCheck, SharedEffect } from '../sim/kernels/shared/codes.ts'
import { formatRid } from '../sim/pci/aliases.ts'
import { valueOf } from '../sim/op.ts'
import type { CheckWords, EffectWords, LogLine, Scene } from './kernel-words.ts'
import {
  containerIn,
  countIn,
  deviceIn,
  deviceIndexIn,
  driverIn,
  fileIn,
  fullBdf,
  groupIn,
  rangeIn,
  wordIn,
} from './kernel-words.ts'
import { amount, groupSpan, hex, rich, shortBdf, type Words } from './words.ts'

const ATTACH_PATH = 'vfio_iommu_type1_attach_group → iommu_attach_group → __iommu_attach_group'

/** The kind of file that an operation is meant for. */
function meantFor(scene: Scene): string {
  const { op } = scene
  if ('group_fd' in op && op.op !== 'device_hot_reset') return 'group file'
  if ('container_fd' in op) return 'container'
  if (op.op === 'device_hot_reset' && scene.subject === undefined) return 'group file'
  if ('device_fd' in op) return 'device file'
  return 'iommufd'
}

/** The file that an operation is done on; of a hot reset without a subject, the group file that goes with it. */
function file(scene: Scene): Words {
  if (scene.subject === undefined) return [fileIn(scene, 'group_fd')]
  for (const key of ['group_fd', 'container_fd', 'device_fd', 'iommufd', 'fd']) {
    if (valueOf(scene.op, key) !== undefined) return [fileIn(scene, key)]
  }
  return [fileIn(scene, 'fd')]
}

const checked = (fn: string, words: Omit<CheckWords, 'fn'>): CheckWords => ({ fn, ...words })
const attaching = (fn: string, words: Omit<CheckWords, 'fn' | 'path'>): CheckWords => ({
  fn,
  path: ATTACH_PATH,
  ...words,
})

const PAGES = 'Address and size must be whole pages of 4K, and the size not 0.'

export const SHARED_CHECK_WORDS: Readonly<Record<SharedCheck, CheckWords>> = {
  'L.FD.open': checked('fdget', {
    ask: (scene) => rich`${file(scene)} is open`,
    why: (scene) => rich`Nothing is open under the name ${file(scene)}.`,
    remedy: (scene) => rich`Open ${file(scene)} first.`,
  }),
  'L.FD.kind': checked('vfs_ioctl', {
    ask: (scene) => rich`${file(scene)} is a ${meantFor(scene)}`,
    fail: 'no: another kind of file',
    why: (scene) => rich`${file(scene)} is not a ${meantFor(scene)}, so it does not know this request.`,
    remedy: (scene) => rich`Use a ${meantFor(scene)}.`,
    overrides: true,
  }),

  // Driver core.
  'L.B.dir': checked('bind_store', {
    ask: (scene) => rich`the kernel has a driver ${driverIn(scene)}`,
    why: (scene) => rich`This kernel has no driver ${driverIn(scene)}, so there is no file to write to.`,
    remedy: 'Load the driver’s module, or choose another driver.',
  }),
  'L.B.1.exists': checked('bind_store', {
    ask: (scene) => rich`${deviceIn(scene)} exists`,
    why: (scene) => rich`There is no device ${deviceIn(scene)}.`,
    remedy: 'Choose a device of this machine that is plugged in.',
  }),
  'L.B.1.free': checked('bind_store', {
    ask: (scene) => rich`${deviceIn(scene)} has no driver`,
    fail: (scene) => rich`no: it is bound to ${driverIn(scene)}`,
    why: (scene) => rich`${deviceIn(scene)} is bound to ${driverIn(scene)}, and a device has one driver at a time.`,
    remedy: (scene) => rich`Unbind ${deviceIn(scene)} first.`,
  }),
  'L.B.1.match': checked('driver_match_device', {
    ask: (scene) => rich`${driverIn(scene)} fits ${deviceIn(scene)}`,
    why: (scene) => rich`${driverIn(scene)} does not know ${deviceIn(scene)}, or driver_override names another driver.`,
    remedy: (scene) => rich`Write ${driverIn(scene)} to the driver_override of ${deviceIn(scene)}.`,
  }),
  'L.B.2': checked('really_probe', {
    ask: (scene) => rich`the probe of ${driverIn(scene)} takes ${deviceIn(scene)}`,
    fail: 'no: the probe failed',
    why: probeRefusal,
    remedy: (scene) =>
      isBridge(scene)
        ? ['Leave the bridge to its own driver: VFIO accepts it in the group as it is.']
        : ['Choose another driver.'],
  }),
  'L.UB.1': checked('unbind_store', {
    ask: (scene) => rich`${deviceIn(scene)} has a driver`,
    why: (scene) => rich`${deviceIn(scene)} has no driver that it could be taken from.`,
  }),
  'L.DP.1': checked('drivers_probe_store', {
    ask: (scene) => rich`${deviceIn(scene)} exists`,
    why: (scene) => rich`There is no device ${deviceIn(scene)}.`,
  }),
  'L.DO.1': checked('driver_override_store', {
    ask: (scene) => rich`${deviceIn(scene)} exists`,
    why: (scene) => rich`There is no device ${deviceIn(scene)}.`,
  }),
  'L.HA.1': checked('pci_scan_slot', {
    ask: (scene) => rich`the machine has a function ${deviceIn(scene)}`,
    why: (scene) => rich`The machine has no function ${deviceIn(scene)}.`,
  }),
  'L.HA.2': checked('pci_scan_slot', {
    ask: (scene) => rich`${deviceIn(scene)} is not plugged in yet`,
    fail: 'no: it is in its slot',
    why: (scene) => rich`${deviceIn(scene)} is plugged in already.`,
  }),
  'L.HA.3': checked('pci_scan_slot', {
    ask: (scene) => rich`the bridge above ${deviceIn(scene)} is there`,
    why: (scene) => rich`The bridge above ${deviceIn(scene)} is not plugged in.`,
    remedy: 'Plug the bridge in first.',
  }),
  'L.CG.1': checked('chown_common', {
    ask: (scene) => rich`/dev/vfio has a file for ${groupIn(scene)}`,
    why: (scene) => rich`There is no file for ${groupIn(scene)}: none of its devices is bound to a vfio driver.`,
    remedy: (scene) => rich`Bind a device of ${groupIn(scene)} to vfio-pci first.`,
  }),

  // open /dev/vfio/N.
  'L.GO.node': checked('do_sys_open', {
    ask: (scene) => rich`/dev/vfio has a file for ${groupIn(scene)}`,
    fail: 'no: none of its devices is bound to a vfio driver',
    why: (scene) =>
      rich`There is no file for ${groupIn(scene)}: VFIO makes it when the first device of the group is bound to a vfio driver.`,
    remedy: (scene) => rich`Bind a device of ${groupIn(scene)} to vfio-pci.`,
  }),
  'L.GO.access': checked('inode_permission', {
    ask: 'the user may open the file',
    fail: 'no: it belongs to another user',
    why: (scene) => rich`The file of ${groupIn(scene)} belongs to another user; only that one and root may open it.`,
    remedy: (scene) => rich`Let the administrator give the file of ${groupIn(scene)} to this user (chown).`,
  }),

  // VFIO_SET_IOMMU.
  'L.SI.1': checked('vfio_ioctl_set_iommu', {
    ask: (scene) => rich`${containerIn(scene)} has a group`,
    fail: 'no: it is empty',
    why: (scene) => rich`${containerIn(scene)} has no group yet. Its IOMMU type is chosen for the groups in it.`,
    remedy: 'Put a group into the container first.',
  }),
  'L.SI.2': checked('vfio_ioctl_set_iommu', {
    ask: (scene) => rich`${containerIn(scene)} has no IOMMU type yet`,
    fail: 'no: it has one',
    why: (scene) => rich`${containerIn(scene)} has an IOMMU type already, and keeps it as long as a group is in it.`,
    remedy: 'Go on with the type that it has, or take all groups out of the container first.',
  }),
  'L.SI.3': checked('vfio_ioctl_set_iommu', {
    ask: (scene) => rich`a backend knows the type ${wordIn(scene, 'asked for')}`,
    why: (scene) => rich`No backend of this machine knows the IOMMU type ${wordIn(scene, 'asked for')}.`,
    remedy: 'Use type1 or type1v2.',
  }),
  'L.IO.1': checked('vfio_fops_unl_ioctl', {
    ask: (scene) => rich`${containerIn(scene)} has an IOMMU driver`,
    fail: 'no: VFIO_SET_IOMMU was never called',
    why: (scene) => rich`${containerIn(scene)} has no IOMMU type, so it has no page table to map into.`,
    remedy: 'Put a group into the container and call VFIO_SET_IOMMU first.',
  }),

  // VFIO_IOMMU_MAP_DMA, VFIO_IOMMU_UNMAP_DMA.
  'L.MAP.2': checked('vfio_dma_do_map', {
    ask: 'the numbers fit into 64 bits',
    why: 'Address and size must be whole numbers of 64 bits.',
  }),
  'L.MAP.3': checked('vfio_dma_do_map', {
    ask: 'address and size are whole pages',
    why: PAGES,
    remedy: 'Round to multiples of 4K.',
  }),
  'L.MAP.4': checked('vfio_dma_do_map', {
    ask: 'the range ends before the last address',
    why: 'The range runs past the last 64-bit address.',
  }),
  'L.MAP.5': checked('vfio_dma_do_map', {
    ask: (scene) => rich`nothing is mapped within ${rangeIn(scene)}`,
    fail: 'no: something is',
    why: (scene) => rich`Within ${rangeIn(scene)} something is mapped already.`,
    remedy: 'Unmap that first, or map elsewhere.',
  }),
  'L.MAP.7': checked('vfio_dma_do_map', {
    ask: (scene) => rich`${rangeIn(scene)} may be mapped`,
    fail: 'no: beyond the IOMMU’s addresses, or in the interrupt window',
    why: (scene) =>
      rich`The IOMMU cannot translate all of ${rangeIn(scene)}: it runs past the last address that the IOMMU handles, or touches the window for interrupts from 0xfee00000 to 0xfeefffff.`,
    remedy: 'Map at other addresses.',
  }),
  'L.MAP.8': checked('vfio_pin_pages_remote', {
    ask: (scene) => rich`the process may pin as much memory: ${amount(countIn(scene) ?? 0)} in all (RLIMIT_MEMLOCK)`,
    fail: 'no: that would be more',
    why: (scene) =>
      rich`Mapped memory is pinned, and a process without CAP_IPC_LOCK may have only so much pinned in all its containers: ${amount(countIn(scene) ?? 0)} (RLIMIT_MEMLOCK).`,
    remedy: 'Raise the limit of the process (ulimit -l, LimitMEMLOCK=), unmap something first, or map less.',
  }),
  'L.UM.1': checked('vfio_dma_do_unmap', {
    ask: 'address and size are whole pages',
    why: PAGES,
    remedy: 'Round to multiples of 4K.',
  }),
  'L.UM.2': checked('vfio_dma_do_unmap', {
    ask: 'the range ends before the last address',
    why: 'The range runs past the last 64-bit address.',
  }),
  'L.UM.3': checked('vfio_dma_do_unmap', {
    ask: (scene) => rich`${rangeIn(scene)} cuts no mapping in two`,
    fail: 'no: it would',
    why: (scene) => rich`${rangeIn(scene)} begins or ends inside a mapping, and type1v2 does not split mappings.`,
    remedy: 'Unmap the whole mapping.',
  }),

  // Moving a group into a container's domain.
  'L.AT.nesting': attaching('vfio_iommu_type1_attach_group', {
    ask: 'the IOMMU can nest page tables',
    why: 'This IOMMU cannot nest page tables, which the type type1_nesting is for.',
    remedy: 'Use type1 or type1v2.',
  }),
  'L.AT.4': attaching('__iommu_attach_group', {
    ask: (scene) => rich`nobody else has moved ${groupIn(scene)} to an address space`,
    fail: 'no: somebody has',
    why: (scene) => rich`${groupIn(scene)} is in another address space already, so somebody else holds it.`,
  }),
  'L.AT.5': attaching('__iommu_attach_group', {
    ask: (scene) => rich`the IOMMU may move ${deviceIn(scene)}`,
    fail: 'no: its firmware demands memory that must stay mapped (RMRR)',
    why: (scene) =>
      rich`The firmware demands that ${deviceIn(scene)} can reach a certain memory at all times (RMRR). Its group cannot be given to a user.`,
    remedy: 'Nothing helps on this machine, unless its firmware can lift the demand.',
  }),
  'L.AT.9': attaching('vfio_iommu_type1_attach_group', {
    ask: 'the IOMMU remaps interrupts',
    pass: 'yes, or unsafe interrupts are allowed',
    fail: 'no, and allow_unsafe_interrupts is off',
    why: 'The IOMMU cannot remap interrupts, so a user could make the device forge interrupts for the host.',
    remedy: 'Set allow_unsafe_interrupts of vfio_iommu_type1, if you trust the user.',
  }),
  'L.AT.10': attaching('vfio_iommu_type1_attach_group', {
    ask: 'the container has a domain that the group can share',
    pass: 'yes: the group joins it, with all that is mapped there',
    fail: 'no: it keeps the new one',
    neutral: true,
  }),

  // Resets.
  'L.DR.1': checked('vfio_pci_ioctl', {
    ask: (scene) => rich`${deviceIn(scene)} can be reset by itself`,
    why: (scene) => rich`${deviceIn(scene)} cannot be reset by itself, only together with its bus.`,
    remedy: 'Use VFIO_DEVICE_PCI_HOT_RESET.',
  }),
  'L.DR.2': checked('pci_try_reset_function', {
    ask: (scene) => rich`the lock of ${deviceIn(scene)} is free`,
    fail: 'no: its driver is being unbound',
    why: (scene) => rich`${deviceIn(scene)} is locked: an unbind of its driver waits.`,
    remedy: 'Close the device, so that the unbind can go on.',
  }),
  'L.HR.1': checked('vfio_pci_ioctl', {
    ask: (scene) => rich`the bus of ${deviceIn(scene)} can be reset`,
    why: (scene) => rich`${deviceIn(scene)} sits on a root bus, which cannot be reset.`,
  }),
  'L.HR.2': checked('vfio_pci_ioctl', {
    ask: 'a group file is given',
    why: 'A reset of the bus hits every device on it, so the caller must show the files of their groups.',
    remedy: 'Give the file of the group.',
  }),
  'L.HR.3': checked('vfio_pci_ioctl', {
    ask: (scene) => rich`${groupIn(scene)} is in use by this user and viable`,
    why: (scene) => rich`${groupIn(scene)} is not in a container with an IOMMU type, or not viable.`,
  }),
  'L.HR.4': checked('vfio_pci_validate_devs', {
    ask: (scene) => rich`${deviceIn(scene)} belongs to a group that was given`,
    why: (scene) => rich`The reset would also hit ${deviceIn(scene)}, whose group the caller did not show.`,
  }),
  'L.HR.5': checked('vfio_pci_validate_devs', {
    ask: (scene) => rich`${deviceIn(scene)} is bound to vfio-pci`,
    why: (scene) => rich`The reset would also hit ${deviceIn(scene)}, which is not bound to vfio-pci.`,
    remedy: (scene) => rich`Bind ${deviceIn(scene)} to vfio-pci.`,
  }),
  'L.HR.6': checked('pci_try_reset_bus', {
    ask: (scene) => rich`the lock of ${deviceIn(scene)} is free`,
    fail: 'no: its driver is being unbound',
    why: (scene) => rich`${deviceIn(scene)} is locked: an unbind of its driver waits.`,
  }),
  'L.HR.7': checked('pci_bridge_wait_for_secondary_bus', {
    ask: (scene) => rich`the port above ${deviceIn(scene)} says after the reset that its link is up`,
    fail: 'no: the kernel gives up waiting for it',
    why: (scene) =>
      rich`The bus was reset, but the port above ${deviceIn(scene)} never said that its link is up again, as QEMU’s emulated root port does not. The kernel waits a second for that, and takes the device for lost.`,
  }),

  // The hardware.
  'L.DMA.1': checked('', {
    ask: (scene) => rich`${deviceIn(scene)} is plugged in`,
    why: (scene) => rich`${deviceIn(scene)} is not plugged in, so it can send no DMA.`,
  }),
}

function isBridge(scene: Scene): boolean {
  const device = deviceIndexIn(scene)
  return device !== undefined && scene.world.devices[device]?.spec.bridge === true
}

function probeRefusal(scene: Scene): Words {
  const device = deviceIndexIn(scene)
  const driver = scene.subject?.kind === 'driver' ? scene.world.drivers[scene.subject.driver] : undefined
  if (driver?.family === 'vfio' && isBridge(scene))
    return rich`${driverIn(scene)} does not take bridges, and ${deviceIn(scene)} is one.`
  if (driver?.family === 'vfio' && device !== undefined && (scene.world.devices[device]?.group ?? -1) < 0) {
    return rich`${deviceIn(scene)} is in no IOMMU group, so VFIO cannot protect anybody from it.`
  }
  if (driver?.family === 'port')
    return rich`${driverIn(scene)} drives PCI Express ports only, and ${deviceIn(scene)} is none.`
  return rich`${driverIn(scene)} looked at ${deviceIn(scene)} and does not know how to drive it.`
}

/** Where a context is, in words; `blocked` and `user` say how the kernel at hand calls two of them. */
export function contextPhrase(
  scene: Scene,
  blocked = 'a domain in which every DMA faults',
  user = 'the user’s address space',
): Words {
  if (scene.subject?.kind !== 'context') return ['another context']
  const context = contextOf(scene.world, scene.subject.context)
  switch (context.kind) {
    case 'blocked':
      return [blocked]
    case 'identity':
      return ['the identity domain: all of the host’s memory']
    case 'dma':
      return rich`the default domain of ${groupSpan(scene.world, context.group)}`
    case 'domain':
      return [user]
  }
}

const log = (level: LogLine['level'], text: (scene: Scene) => string) => (scene: Scene) => [
  { level, text: text(scene) },
]

/** The address that a device's DMA has on the wire, as the IOMMU prints it. */
export function wireAddress(scene: Scene): string {
  const device = deviceIndexIn(scene)
  const rid = device === undefined ? undefined : scene.world.rids[scene.world.devices[device]?.rids.at(-1) ?? -1]
  return rid === undefined ? '' : shortBdf(formatRid(rid))
}

/** The function that changes container_users in an operation. */
function usersFn(scene: Scene): string {
  switch (scene.op.op) {
    case 'group_set_container':
      return 'vfio_group_set_container'
    case 'group_get_device_fd':
      return 'vfio_group_get_device_fd'
    case 'kvm_group_add':
      return 'vfio_group_get_external_user'
    default:
      return 'vfio_group_try_dissolve_container'
  }
}

export const SHARED_EFFECT_WORDS: Readonly<Record<SharedEffect, EffectWords>> = {
  'override.set': {
    fn: 'driver_override_store',
    words: (scene) =>
      scene.subject?.kind === 'driver' && scene.subject.driver === 0
        ? rich`${deviceIn(scene)}: driver_override is cleared`
        : rich`${deviceIn(scene)}: driver_override is ${driverIn(scene)}`,
  },
  'driver.set': { fn: 'really_probe', words: (scene) => rich`${deviceIn(scene)}: dev->driver is ${driverIn(scene)}` },
  'driver.cleared': {
    fn: '__device_release_driver',
    words: (scene) => rich`${deviceIn(scene)} has no driver any more`,
  },
  'link.added': {
    fn: 'driver_sysfs_add',
    words: (scene) => rich`sysfs shows ${driverIn(scene)} as the driver of ${deviceIn(scene)}`,
  },
  'link.removed': { fn: 'driver_sysfs_remove', words: (scene) => rich`sysfs shows no driver for ${deviceIn(scene)}` },
  'probe.failed': {
    fn: 'really_probe',
    words: (scene) => rich`${driverIn(scene)} did not take ${deviceIn(scene)}`,
    log: (scene) =>
      scene.subject?.kind === 'driver' && scene.world.drivers[scene.subject.driver]?.family === 'vfio'
        ? [{ level: 'warn', text: `vfio-pci: probe of ${fullBdf(scene)} failed with error -22` }]
        : [],
  },
  'device.plugged': {
    fn: 'pci_device_add',
    words: (scene) => rich`${deviceIn(scene)} is in its slot, and in ${groupIn(scene)}`,
    log: plugLog,
  },
  'fd.opened': { fn: 'fd_install', words: (scene) => rich`${fileIn(scene, 'as')} is open` },
  'fd.closed': { fn: '__fput', words: (scene) => rich`${fileIn(scene, 'fd')} is closed` },
  'process.ended': { fn: 'do_exit', words: 'the process has ended' },
  'node.made': {
    fn: 'vfio_create_group',
    words: (scene) => rich`/dev/vfio has a file for ${groupIn(scene)} now, owned by root`,
  },
  'node.removed': {
    fn: 'vfio_group_release',
    words: (scene) => rich`/dev/vfio has no file for ${groupIn(scene)} any more`,
  },
  'node.owner': {
    fn: 'chown_common',
    words: (scene) => rich`the file belongs to ${wordIn(scene, 'another user')} now`,
  },
  'vfio.registered': {
    fn: 'vfio_register_group_dev',
    words: (scene) => rich`${deviceIn(scene)} is a vfio device of ${groupIn(scene)}`,
  },
  'vfio.unregistered': {
    fn: 'vfio_unregister_group_dev',
    words: (scene) => rich`${deviceIn(scene)} is no vfio device of ${groupIn(scene)} any more`,
  },
  'group.opened': { fn: 'vfio_group_fops_open', words: (scene) => rich`${groupIn(scene)} is open` },
  'group.closed': { fn: 'vfio_group_fops_release', words: (scene) => rich`${groupIn(scene)} is not open any more` },
  users: {
    fn: usersFn,
    words: (scene) => rich`container_users of ${groupIn(scene)} is ${String(countIn(scene) ?? 0)} now`,
  },
  'device.enabled': {
    fn: 'vfio_pci_enable',
    words: (scene) => rich`${deviceIn(scene)} is awake and reset; bus mastering is off until the user turns it on`,
  },
  'device.disabled': { fn: 'vfio_pci_release', words: (scene) => rich`${deviceIn(scene)} is stopped and reset` },
  'device.reset': { fn: 'vfio_pci_ioctl', words: (scene) => rich`${deviceIn(scene)} is reset` },
  'container.made': { fn: 'vfio_fops_open', words: 'there is a new, empty container' },
  'container.freed': { fn: 'vfio_container_put', words: 'nobody holds the container any more: it is gone' },
  'container.joined': {
    fn: 'vfio_group_set_container',
    words: (scene) => rich`${groupIn(scene)} is in ${containerIn(scene)}`,
  },
  'container.left': {
    fn: '__vfio_group_unset_container',
    words: (scene) => rich`${groupIn(scene)} is in no container any more`,
  },
  'backend.set': {
    fn: 'vfio_iommu_type1_open',
    words: (scene) => rich`${containerIn(scene)} has the backend vfio_iommu_type1`,
  },
  'backend.released': {
    fn: 'vfio_iommu_type1_release',
    words: 'the container has no backend any more, and may be given another',
  },
  'domain.made': { fn: 'iommu_domain_alloc', words: (scene) => rich`a new, empty domain for ${groupIn(scene)}` },
  'domain.trial': {
    fn: 'iommu_domain_alloc',
    words: (scene) => rich`a new, empty domain, only to try whether ${groupIn(scene)} can be moved`,
  },
  'domain.freed': { fn: 'iommu_domain_free', words: 'the domain is gone' },
  'map.added': { fn: 'vfio_dma_do_map', words: (scene) => rich`${rangeIn(scene)} is mapped and its memory pinned` },
  'map.removed': { fn: 'vfio_remove_dma', words: (scene) => rich`${rangeIn(scene)} is unmapped` },
  'kvm.holds': { fn: 'vfio_group_get_external_user', words: (scene) => rich`KVM holds ${groupIn(scene)}` },
  'kvm.lets-go': { fn: 'vfio_group_put_external_user', words: (scene) => rich`KVM lets go of ${groupIn(scene)}` },
  'hw.context': {
    fn: 'intel_iommu_attach_device',
    words: (scene) => rich`the DMA of ${deviceIn(scene)} goes to ${contextPhrase(scene)}`,
  },
  'dma.host': {
    fn: '',
    words: (scene) => rich`the DMA of ${deviceIn(scene)} passes untranslated and reaches the host’s memory`,
  },
  'dma.page': { fn: '', words: (scene) => rich`the DMA of ${deviceIn(scene)} reaches the page that is mapped there` },
  'dma.fault': {
    fn: '',
    words: (scene) => rich`the IOMMU faults the DMA of ${deviceIn(scene)}`,
    log: log(
      'err',
      (scene) =>
        `DMAR: [DMA Read] Request device [${wireAddress(scene)}] fault addr ${hex(Number(valueOf(scene.op, 'iova') ?? 0)).slice(2)} [fault reason 06] PTE Read access is not set`,
    ),
  },
  'wait.device-fds': {
    fn: 'vfio_unregister_group_dev',
    words: (scene) => rich`the unbind waits until the last device file of ${deviceIn(scene)} is closed`,
    why: (scene) =>
      rich`A process has ${deviceIn(scene)} open. The unbind goes on when the last device file of it is closed.`,
    remedy: (scene) => rich`Close the device file of ${deviceIn(scene)}.`,
  },
  'wait.container': {
    fn: 'vfio_unregister_group_dev',
    words: 'the unbind waits until the group leaves its container',
    why: (scene) =>
      rich`${deviceIn(scene)} was the last vfio device of its group, and the group is in a container. The unbind goes on when the group leaves it.`,
    remedy: 'Take the group out of its container, or close the group’s file.',
  },
  'wait.device-lock': {
    fn: 'device_lock',
    words: (scene) => rich`the lock of ${deviceIn(scene)} is held: the call waits`,
    why: (scene) =>
      rich`An unbind of ${deviceIn(scene)} still waits and holds the device’s lock. This call goes on after it.`,
    remedy: (scene) =>
      rich`Close the device files of ${deviceIn(scene)}, and let its group leave the container if it was the last one.`,
  },
  'wait.over': { fn: '', words: (scene) => rich`a call that waited for ${deviceIn(scene)} goes on`, over: true },
  'log.unbind-blocked': {
    fn: 'vfio_pci_request',
    words: (scene) =>
      rich`nobody told VFIO how to ask the user of ${deviceIn(scene)} to let go: a line in the kernel log`,
    log: log(
      'info',
      (scene) => `vfio-pci ${fullBdf(scene)}: No device request channel registered, blocked until released by user`,
    ),
  },
  'log.rmrr': {
    fn: 'intel_iommu_attach_device',
    words: (scene) => rich`${deviceIn(scene)} may not be moved: a line in the kernel log`,
    log: log(
      'warn',
      (scene) =>
        `DMAR: ${fullBdf(scene)}: Device is ineligible for IOMMU domain attach due to platform RMRR requirement`,
    ),
  },
  'log.memlock': {
    fn: 'vfio_pin_pages_remote',
    words: 'the limit of pinned memory is reached: a line in the kernel log',
    log: log('warn', (scene) => `vfio_pin_pages_remote: RLIMIT_MEMLOCK (${countIn(scene) ?? 0}) exceeded`),
  },
  'log.no-interrupt-remapping': {
    fn: 'vfio_iommu_type1_attach_group',
    words: 'no interrupt remapping: a line in the kernel log',
    log: log(
      'warn',
      () =>
        'vfio_iommu_type1_attach_group: No interrupt remapping support; the module parameter allow_unsafe_interrupts would lift this',
    ),
  },
}

function plugLog(scene: Scene): readonly LogLine[] {
  const device = deviceIndexIn(scene)
  const spec = device === undefined ? undefined : scene.world.devices[device]
  const group = spec === undefined ? undefined : scene.world.groups[spec.group]
  const ids =
    spec?.spec.vendor === undefined || spec.spec.device === undefined
      ? ''
      : `[${spec.spec.vendor}:${spec.spec.device}] `
  const found: LogLine = { level: 'info', text: `pci ${fullBdf(scene)}: ${ids}found in its slot` }
  return group === undefined
    ? [found]
    : [found, { level: 'info', text: `pci ${fullBdf(scene)}: Adding to iommu group ${group.id}` }]
}
