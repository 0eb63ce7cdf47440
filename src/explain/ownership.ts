/** Words of the kernels that count who uses a group's DMA (from Linux 5.19 on): DMA ownership, and VFIO groups with it. */
import type { OwnershipCheck, OwnershipEffect } from '../sim/kernels/shared/ownership/codes.ts'
import type { SharedCheck, SharedEffect } from '../sim/kernels/shared/codes.ts'
import { valueOf } from '../sim/op.ts'
import type { CheckWords, EffectWords, KernelWords, LogLine, Scene, ViabilityRule } from './kernel-words.ts'
import { countIn, deviceIn, deviceIndexIn, driverIn, fileIn, fullBdf, groupIn, heldIn } from './kernel-words.ts'
import { SHARED_CHECK_WORDS, SHARED_EFFECT_WORDS, wireAddress } from './shared.ts'
import { deviceSpan, driverSpan, hex, rich, type Span, type Words } from './words.ts'

/** Functions and messages that differ from version to version. */
export interface OwnershipNames {
  /** Where the group is moved when it is claimed. */
  readonly take: string
  /** Where a device is refused whose firmware demands memory that must stay mapped. */
  readonly moveDevice: string
  /** The kernel log's line about it, after the device. */
  readonly demand: string
  readonly makeDomain: string
  /** The calls from the group's request to where a container is looked for, and where its backend is. */
  readonly needsContainer: string
  readonly needsBackend: string
  /** Takes a closed device off the users of a container. */
  readonly unuse: string
  readonly kvmAdd: string
  readonly kvmDel: string
  /** What the kernel log says of a failed probe of vfio-pci. */
  readonly probeFailed: (bdf: string) => string
}

export const DMA_PATH = 'really_probe → pci_dma_configure'
export const CLAIM_PATH = 'vfio_container_attach_group → iommu_group_claim_dma_owner'
const UNREGISTER_PATH = 'pci_device_remove → vfio_pci_remove → vfio_unregister_group_dev'

/** Calls that are the same in all of these kernels. */
export const OWNERSHIP_ENTRIES = {
  bind: 'bind_store → device_driver_attach → __driver_probe_device → really_probe',
  unbind: 'unbind_store → device_driver_detach → __device_release_driver',
  driver_override: 'driver_override_store',
  drivers_probe: 'drivers_probe_store → device_attach → __driver_probe_device → really_probe',
  hot_add: 'pci_device_add → iommu_probe_device',
  chown_group: 'chown_common',
  close: 'filp_close → __fput',
  exit: 'do_exit → exit_files → __fput',
  open_container: 'vfio_fops_open',
  open_group: 'vfio_group_fops_open',
  get_api_version: 'vfio_fops_unl_ioctl',
  check_extension: 'vfio_fops_unl_ioctl → vfio_container_ioctl_check_extension',
  group_get_status: 'vfio_group_fops_unl_ioctl → vfio_group_ioctl_get_status',
  group_set_container: 'vfio_group_fops_unl_ioctl → vfio_group_ioctl_set_container',
  group_unset_container: 'vfio_group_fops_unl_ioctl → vfio_group_ioctl_unset_container',
  set_iommu: 'vfio_fops_unl_ioctl → vfio_ioctl_set_iommu',
  iommu_get_info: 'vfio_fops_unl_ioctl → vfio_iommu_type1_ioctl',
  map_dma: 'vfio_fops_unl_ioctl → vfio_iommu_type1_ioctl → vfio_dma_do_map',
  unmap_dma: 'vfio_fops_unl_ioctl → vfio_iommu_type1_ioctl → vfio_dma_do_unmap',
  group_get_device_fd: 'vfio_group_fops_unl_ioctl → vfio_group_ioctl_get_device_fd',
  device_get_info: 'vfio_device_fops_unl_ioctl → vfio_pci_core_ioctl',
  device_access: 'vfio_device_fops_unl_ioctl → vfio_pci_core_ioctl',
  device_reset: 'vfio_device_fops_unl_ioctl → vfio_pci_core_ioctl → vfio_pci_ioctl_reset',
  device_hot_reset: 'vfio_device_fops_unl_ioctl → vfio_pci_core_ioctl → vfio_pci_ioctl_pci_hot_reset',
} as const satisfies KernelWords['entries']

// ---- Members of a group and their drivers -----------------------------------------------------------------------

/** How a member counts. */
export const OWNERSHIP_VIABILITY: Readonly<Record<string, ViabilityRule>> = {
  'O.V.none': {
    member: (world, device) => rich`${deviceSpan(world, device)} has no driver`,
  },
  'O.V.managed': {
    member: (world, device, driver) =>
      rich`${deviceSpan(world, device)} is bound to ${driverSpan(world, driver)}, which leaves the group’s DMA to others`,
  },
  'O.V.counted': {
    member: (world, device, driver) =>
      rich`${driverSpan(world, driver)} on ${deviceSpan(world, device)} uses the group’s DMA`,
    sentence: (world, device, driver) =>
      rich`${deviceSpan(world, device)} is bound to ${driverSpan(world, driver)}, which uses the group’s DMA for the host.`,
  },
}

// ---- Checks -----------------------------------------------------------------------------------------------------

/** The file that VFIO_GROUP_SET_CONTAINER is given. */
function otherFile(scene: Scene): Span {
  return fileIn(scene, 'container_fd')
}

export const FREE_THE_GROUP =
  'Unbind the devices of the group that drivers of the host have, or bind them to vfio-pci or pci-stub.'

type OwnCheck = Exclude<OwnershipCheck, SharedCheck>

function ownChecks(names: OwnershipNames): Readonly<Record<OwnCheck, CheckWords>> {
  return {
    // A driver is bound.
    'O.PB.managed': {
      fn: 'pci_dma_configure',
      path: DMA_PATH,
      ask: (scene) => rich`${driverIn(scene)} leaves DMA to others (driver_managed_dma)`,
      pass: 'yes: it may be bound beside a user',
      fail: 'no: it uses the group’s default domain',
      neutral: true,
    },
    'O.UDD.1': {
      fn: 'iommu_device_use_default_domain',
      path: `${DMA_PATH} → iommu_device_use_default_domain`,
      ask: (scene) => rich`${deviceIn(scene)} is in an IOMMU group`,
      fail: 'no: there is nothing to count',
      neutral: true,
    },
    'O.UDD.2': {
      fn: 'iommu_device_use_default_domain',
      ask: (scene) => rich`${groupIn(scene)} has no owner in user space`,
      fail: 'no: it is owned',
      why: (scene) =>
        rich`${groupIn(scene)} belongs to a user. A driver of the host on ${deviceIn(scene)} would share its DMA with that user, so the kernel refuses before the driver touches the device.`,
      remedy: 'Bind vfio-pci or pci-stub instead, or wait until the user gives the group back.',
    },
    'O.UDD.3': {
      fn: 'iommu_device_use_default_domain',
      ask: (scene) => rich`${groupIn(scene)} is in its default domain`,
      why: (scene) =>
        rich`${groupIn(scene)} is in another domain than its default one, where a driver of the host cannot work.`,
      remedy: 'Wait until the group is given back.',
    },
    'O.HA.4': {
      fn: names.moveDevice,
      path: `iommu_probe_device → ${names.moveDevice}`,
      ask: (scene) => rich`the IOMMU may put ${deviceIn(scene)} where its group is`,
      fail: 'no: its firmware demands memory that must stay mapped (RMRR)',
      why: (scene) =>
        rich`${groupIn(scene)} is not in its default domain now, and the firmware demands that ${deviceIn(scene)} reaches a certain memory at all times (RMRR).`,
      remedy: 'Plug the device in when its group is not in use.',
    },

    // A user claims the group.
    'O.CL.1': {
      fn: 'iommu_group_claim_dma_owner',
      path: CLAIM_PATH,
      ask: (scene) => rich`nobody uses the DMA of ${groupIn(scene)}`,
      pass: 'yes: owner_cnt is 0',
      fail: 'no: owner_cnt is not 0',
      why: (scene) =>
        rich`The DMA of ${groupIn(scene)} is in use: a driver of the host has one of its devices. The user is refused, and nothing has moved.`,
      remedy: FREE_THE_GROUP,
    },
    'O.CL.2': {
      fn: names.take,
      ask: (scene) => rich`${groupIn(scene)} is in its default domain`,
      why: (scene) => rich`${groupIn(scene)} is in another domain already, so somebody else holds it.`,
    },
    'O.CL.4': {
      fn: names.moveDevice,
      ask: (scene) => rich`the DMA of ${deviceIn(scene)} may be blocked`,
      fail: 'no: its firmware demands memory that must stay mapped (RMRR)',
      why: (scene) =>
        rich`The firmware demands that ${deviceIn(scene)} can reach a certain memory at all times (RMRR). Its group cannot be given to a user.`,
      remedy: 'Nothing helps on this machine, unless its firmware can lift the demand.',
    },

    // open of /dev/vfio/N.
    'O.GO.3': {
      fn: 'vfio_group_fops_open',
      ask: (scene) => rich`nobody has ${groupIn(scene)} open`,
      fail: 'no: it is open already',
      why: (scene) =>
        rich`${groupIn(scene)} is open already, and its file can be open only once at a time. A device file or KVM keeps it open too.`,
      remedy: 'Close the other group file and the device files that came from it, or use them.',
    },

    // VFIO_GROUP_GET_STATUS.
    'O.GS.gone': {
      fn: 'vfio_group_ioctl_get_status',
      ask: 'the VFIO group of this file is still there',
      fail: 'no: its last vfio device has left',
      why: 'The VFIO group of this file is gone: its last vfio device has left it. The file is good for nothing any more.',
      remedy: (scene) => rich`Close the file. Bind a device of ${groupIn(scene)} to vfio-pci, and open the new file.`,
    },
    'O.GS.viable': {
      fn: 'iommu_group_dma_owner_claimed',
      ask: (scene) => rich`nobody uses the DMA of ${groupIn(scene)}`,
      pass: 'yes: the group is viable',
      fail: 'no: the group is not viable',
    },

    // VFIO_GROUP_SET_CONTAINER.
    'O.SC.open': {
      fn: 'fdget',
      ask: (scene) => rich`this process has ${otherFile(scene)} open`,
      why: (scene) => rich`This process has nothing open under the name ${otherFile(scene)}.`,
      remedy: 'Open /dev/vfio/vfio in this process and give that file.',
    },
    'O.SC.out': {
      fn: 'vfio_group_ioctl_set_container',
      ask: (scene) => rich`${groupIn(scene)} is in no container yet`,
      fail: 'no: it is in one',
      why: (scene) => rich`${groupIn(scene)} is in a container already, and it can be in one only.`,
      remedy: 'Take it out with VFIO_GROUP_UNSET_CONTAINER first.',
    },
    'O.SC.gone': {
      fn: 'vfio_group_ioctl_set_container',
      ask: 'the VFIO group of this file is still there',
      fail: 'no: its last vfio device has left',
      why: 'The VFIO group of this file is gone: its last vfio device has left it. The file is good for nothing any more.',
      remedy: (scene) => rich`Close the file. Bind a device of ${groupIn(scene)} to vfio-pci, and open the new file.`,
    },
    'O.SC.kind': {
      fn: 'vfio_container_from_file',
      ask: (scene) => rich`${otherFile(scene)} is a container`,
      fail: 'no: it is something else',
      why: (scene) => rich`${otherFile(scene)} is not a container.`,
      remedy: 'Open /dev/vfio/vfio and give that file.',
    },

    // VFIO_GROUP_UNSET_CONTAINER.
    'O.UC.1': {
      fn: 'vfio_group_ioctl_unset_container',
      ask: (scene) => rich`${groupIn(scene)} is in a container`,
      why: (scene) => rich`${groupIn(scene)} is in no container, so there is none to leave.`,
    },
    'O.UC.2': {
      fn: 'vfio_group_ioctl_unset_container',
      ask: (scene) => rich`nobody uses a device of ${groupIn(scene)}`,
      fail: (scene) => rich`no: container_users is ${String(countIn(scene) ?? 2)}`,
      why: (scene) =>
        rich`A device of ${groupIn(scene)} is open. The container confines its DMA, so the group must stay in it.`,
      remedy: 'Close the device files of the group.',
    },

    // VFIO_GROUP_GET_DEVICE_FD.
    'O.GDF.device': {
      fn: 'vfio_device_get_from_name',
      ask: (scene) => rich`${deviceIn(scene)} is a vfio device of this group`,
      why: (scene) =>
        rich`This group has no vfio device ${deviceIn(scene)}: it is not bound to a vfio driver, about to leave it, or of another group.`,
      remedy: (scene) => rich`Bind ${deviceIn(scene)} to vfio-pci, and ask the file of its own group.`,
    },
    'O.GDF.container': {
      fn: names.needsContainer,
      ask: 'group has a container',
      fail: 'no: VFIO_GROUP_SET_CONTAINER was never called',
      why: 'The group is in no container, so there is no address space for its devices.',
      remedy: 'Put the group into a container, and give the container an IOMMU type.',
    },
    'O.GDF.backend': {
      fn: names.needsBackend,
      ask: 'container has an IOMMU driver',
      fail: 'no: VFIO_SET_IOMMU was never called',
      why: 'The container has no IOMMU type yet. A device is given out only when its DMA has an address space.',
      remedy: 'Call VFIO_SET_IOMMU on the container first.',
    },

    // KVM.
    'O.KVM.fresh': {
      fn: names.kvmAdd,
      ask: 'KVM does not hold this file yet',
      fail: 'no: it does',
      why: 'KVM holds this file already.',
    },
    'O.KVM.held': {
      fn: names.kvmDel,
      ask: 'KVM holds this file',
      why: 'KVM does not hold this file.',
    },

    // vfio_unregister_group_dev.
    'O.UR.fds': {
      fn: 'vfio_unregister_group_dev',
      path: UNREGISTER_PATH,
      ask: (scene) => rich`no device file of ${deviceIn(scene)} is open`,
      fail: (scene) => (countIn(scene) === 1 ? ['no: one is'] : rich`no: ${String(countIn(scene) ?? 'some')} are`),
    },
    'O.UR.last': {
      fn: 'vfio_device_remove_group',
      ask: (scene) => rich`${groupIn(scene)} has other vfio devices`,
      fail: 'no: the VFIO group goes with this one, and leaves its container',
      neutral: true,
    },
  }
}

/** Of a hot reset: what a device has to be part of. A device's own file knows by its iommufd, a group's is shown. */
function shown(scene: Scene): boolean {
  return valueOf(scene.op, 'group_fd') !== undefined
}

/** Checks of all kernels that stand in other functions since 5.10, or ask for other things. */
function sharedChecks(): Readonly<Record<SharedCheck, CheckWords>> {
  const known = SHARED_CHECK_WORDS
  return {
    ...known,
    'L.B.1.free': { ...known['L.B.1.free'], fn: '__driver_probe_device' },
    'L.DR.1': { ...known['L.DR.1'], fn: 'vfio_pci_ioctl_reset' },
    'L.HR.1': { ...known['L.HR.1'], fn: 'vfio_pci_ioctl_pci_hot_reset' },
    'L.HR.2': { ...known['L.HR.2'], fn: 'vfio_pci_ioctl_pci_hot_reset' },
    'L.HR.3': { ...known['L.HR.3'], fn: 'vfio_pci_ioctl_pci_hot_reset' },
    'L.HR.4': {
      fn: 'vfio_dev_in_groups',
      ask: (scene) =>
        shown(scene)
          ? rich`${deviceIn(scene)} belongs to the group that was given`
          : rich`${deviceIn(scene)} belongs to the caller’s iommufd`,
      why: (scene) =>
        shown(scene)
          ? rich`The reset would also hit ${deviceIn(scene)}, whose group the caller did not show.`
          : rich`The reset would also hit ${deviceIn(scene)}, which does not belong to the caller’s iommufd.`,
    },
    'L.HR.5': { ...known['L.HR.5'], fn: 'vfio_pci_is_device_in_set' },
    'L.HR.6': { ...known['L.HR.6'], fn: 'pci_reset_bus' },
  }
}

/** The words for every check of a kernel with DMA ownership. */
export function ownershipChecks(names: OwnershipNames): Readonly<Record<OwnershipCheck, CheckWords>> {
  return { ...sharedChecks(), ...ownChecks(names) }
}

// ---- Effects ----------------------------------------------------------------------------------------------------

function codeAt(scene: Scene, offset: number): string {
  return scene.events[scene.index + offset]?.code ?? ''
}

/** Whether the device of an iommufd is what the group is claimed for. */
function forIommufd(scene: Scene): boolean {
  return scene.events.slice(0, scene.index).some(({ code }) => code === 'F.CL.3')
}

/** The function that sets owner_cnt, told by what happens beside it. */
function countFn(scene: Scene): string {
  switch (codeAt(scene, -1)) {
    case 'O.UDD.3':
      return 'iommu_device_use_default_domain'
    case 'owner.set':
      return claimFn(scene)
    case 'F.CL.3':
      return 'iommu_device_claim_dma_owner'
    case 'device.unbound':
      return 'iommu_device_release_dma_owner'
    default:
      return codeAt(scene, 1) === 'owner.cleared'
        ? 'iommu_group_release_dma_owner'
        : 'iommu_device_unuse_default_domain'
  }
}

function claimFn(scene: Scene): string {
  return forIommufd(scene) ? 'iommu_device_claim_dma_owner' : 'iommu_group_claim_dma_owner'
}

function releaseFn(scene: Scene): string {
  return codeAt(scene, -2) === 'device.unbound' ? 'iommu_device_release_dma_owner' : 'iommu_group_release_dma_owner'
}

type OwnEffect = Exclude<OwnershipEffect, SharedEffect>

const OWN_EFFECTS: Readonly<Record<OwnEffect, EffectWords>> = {
  'owner.count': {
    fn: countFn,
    words: (scene) => rich`owner_cnt of ${groupIn(scene)} is ${String(countIn(scene) ?? 0)} now`,
  },
  'owner.set': {
    fn: claimFn,
    words: (scene) =>
      rich`${groupIn(scene)} is owned by ${forIommufd(scene) ? 'an iommufd' : 'VFIO'}, for a user; its DMA is blocked`,
  },
  'owner.cleared': {
    fn: releaseFn,
    words: (scene) => rich`${groupIn(scene)} has no owner any more`,
  },
  'group.gone': {
    fn: 'vfio_device_remove_group',
    words: (scene) => rich`the VFIO group of ${groupIn(scene)} is gone; a file of it that is open is good for nothing`,
  },
}

function usersFn(names: OwnershipNames): (scene: Scene) => string {
  return (scene) => {
    if (scene.op.op === 'group_set_container') return 'vfio_container_attach_group'
    if (scene.op.op === 'group_get_device_fd') return names.needsBackend
    return countIn(scene) === 0 ? 'vfio_group_detach_container' : names.unuse
  }
}

const resetFn = (scene: Scene): string => (scene.op.op === 'device_reset' ? 'vfio_pci_ioctl_reset' : 'pci_reset_bus')

function line(level: LogLine['level'], text: (scene: Scene) => string): (scene: Scene) => readonly LogLine[] {
  return (scene) => [{ level, text: text(scene) }]
}

function faultLine(scene: Scene): string {
  const address = hex(Number(valueOf(scene.op, 'iova') ?? 0))
  return `DMAR: [DMA Read NO_PASID] Request device [${wireAddress(scene)}] fault addr ${address} [fault reason 0x06] PTE Read access is not set`
}

function isVfio(scene: Scene): boolean {
  return scene.subject?.kind === 'driver' && scene.world.drivers[scene.subject.driver]?.family === 'vfio'
}

/** The words for every effect of a kernel with DMA ownership. */
export function ownershipEffects(names: OwnershipNames): Readonly<Record<OwnershipEffect, EffectWords>> {
  const known = SHARED_EFFECT_WORDS
  return {
    ...known,
    ...OWN_EFFECTS,
    'probe.failed': {
      ...known['probe.failed'],
      log: (scene) => (isVfio(scene) ? [{ level: 'warn', text: names.probeFailed(fullBdf(scene)) }] : []),
    },
    'node.removed': { ...known['node.removed'], fn: 'vfio_device_remove_group' },
    users: { ...known.users, fn: usersFn(names) },
    'device.enabled': { ...known['device.enabled'], fn: 'vfio_pci_core_enable' },
    'device.disabled': { ...known['device.disabled'], fn: 'vfio_pci_core_disable' },
    'device.reset': { ...known['device.reset'], fn: resetFn },
    'container.joined': { ...known['container.joined'], fn: 'vfio_container_attach_group' },
    'container.left': { ...known['container.left'], fn: 'vfio_group_detach_container' },
    'domain.made': { ...known['domain.made'], fn: names.makeDomain },
    'domain.trial': { ...known['domain.trial'], fn: names.makeDomain },
    'kvm.holds': { fn: names.kvmAdd, words: (scene) => rich`KVM holds ${heldIn(scene)}` },
    'kvm.lets-go': { fn: names.kvmDel, words: (scene) => rich`KVM lets go of ${heldIn(scene)}` },
    'dma.fault': { ...known['dma.fault'], log: line('err', faultLine) },
    'wait.device-lock': {
      ...known['wait.device-lock'],
      remedy: (scene) => rich`Close the device files of ${deviceIn(scene)}.`,
    },
    'log.unbind-blocked': { ...known['log.unbind-blocked'], fn: 'vfio_pci_core_request' },
    'log.rmrr': {
      fn: names.moveDevice,
      words: blockedWords,
      log: line('warn', (scene) => `${names.demand.replace('%s', fullBdf(scene))}`),
    },
  }
}

function blockedWords(scene: Scene): Words {
  return deviceIndexIn(scene) === undefined
    ? ['a device may not be moved: a line in the kernel log']
    : rich`${deviceIn(scene)} may not be moved: a line in the kernel log`
}
