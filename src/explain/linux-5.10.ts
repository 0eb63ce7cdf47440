/** Words for Linux 5.10's legacy VFIO: groups, containers, the notifier and its BUG_ON. */
import type { Step } from '../sim/replay.ts'
import type { World } from '../sim/world.ts'
import {
  containerIn,
  deviceIn,
  groupIn,
  rangeIn,
  driverIn,
  type BugStory,
  type CheckWords,
  type EffectWords,
  type KernelWords,
  type Scene,
  type ViabilityRule,
} from './kernel-words.ts'
import {
  bdfSpan,
  capital,
  deviceSpan,
  driverNameSpan,
  driverSpan,
  fn,
  groupSpan,
  list,
  processSpan,
  rich,
  sentences,
  type Span,
  type Words,
} from './words.ts'

const ATTACH_PATH = 'vfio_iommu_type1_attach_group → iommu_attach_group → __iommu_attach_group'
const VIABLE_PATH = 'vfio_group_viable → iommu_group_for_each_dev → vfio_dev_viable'

/** The members that a step's viability test turned down, each with its driver as far as the events name it. */
function culprits(scene: Scene): { device: number; words: Words }[] {
  const bad = new Map<number, Words>()
  for (const event of scene.events) {
    if (event.event !== 'check' || event.ok || !event.code.startsWith('L.V.')) continue
    const { subject } = event
    if (subject === undefined || !('device' in subject) || subject.device === undefined) continue
    const device = deviceSpan(scene.world, subject.device)
    if (subject.kind === 'driver') {
      bad.set(subject.device, rich`${device} is bound to ${driverSpan(scene.world, subject.driver)}`)
    } else if (!bad.has(subject.device)) {
      bad.set(subject.device, rich`${device} is bound to a driver of the host`)
    }
  }
  return [...bad].map(([device, words]) => ({ device, words }))
}

function notViable(scene: Scene): Words {
  const found = culprits(scene)
  return found.length === 0
    ? rich`The group is not viable: a driver of the host still uses one of its devices.`
    : rich`The group is not viable: ${list(found.map(({ words }) => words))}, which keeps the device for the host.`
}

function freeTheCulprits(scene: Scene): Words {
  const found = culprits(scene).map(({ device }) => deviceSpan(scene.world, device))
  return found.length === 0
    ? ['Unbind the device that a driver of the host uses, or bind it to vfio-pci or pci-stub.']
    : rich`Unbind ${list(found)}, or bind it to vfio-pci or pci-stub.`
}

const VIABILITY: Readonly<Record<string, ViabilityRule>> = {
  'L.V.1': {
    member: (world, device) => rich`${deviceSpan(world, device)} is just leaving its vfio driver`,
    sentence: (world, device) => rich`${deviceSpan(world, device)} is just leaving its vfio driver.`,
  },
  'L.V.2': {
    member: (world, device) => rich`${deviceSpan(world, device)} has no driver`,
    sentence: (world, device) => rich`${deviceSpan(world, device)} has no driver.`,
  },
  'L.V.3': {
    member: (world, device) => rich`${deviceSpan(world, device)} is a bridge: any driver will do`,
    sentence: (world, device) => rich`${deviceSpan(world, device)} is a bridge, which may have any driver.`,
  },
  'L.V.4': {
    member: (world, device, driver) =>
      rich`${deviceSpan(world, device)} is bound to ${driverSpan(world, driver)}, which is on VFIO’s list`,
    sentence: (world, device, driver) =>
      rich`${deviceSpan(world, device)} is bound to ${driverSpan(world, driver)}, which VFIO knows to be harmless.`,
  },
  'L.V.5': {
    member: (world, device, driver) => rich`${deviceSpan(world, device)} is bound to ${driverSpan(world, driver)}`,
    sentence: (world, device, driver) =>
      rich`${deviceSpan(world, device)} is bound to ${driverSpan(world, driver)}, a vfio driver.`,
  },
  'L.V.6': {
    member: (world, device, driver) => rich`${deviceSpan(world, device)} is held by ${driverSpan(world, driver)}`,
    sentence: (world, device, driver) =>
      world.drivers[driver]?.family === 'uio'
        ? rich`${deviceSpan(world, device)} is bound to ${driverSpan(world, driver)}, a driver that VFIO does not accept.`
        : rich`${deviceSpan(world, device)} is bound to ${driverSpan(world, driver)}, a driver that keeps the device for the host.`,
  },
}

/** A rule of vfio_dev_viable as a check of the path. */
function viabilityRule(fnName: string, ask: (device: Span) => Words, pass: string, fail: string): CheckWords {
  return { fn: fnName, path: VIABLE_PATH, ask: (scene) => ask(deviceIn(scene)), pass, fail }
}

const ENTRIES: KernelWords['entries'] = {
  bind: 'bind_store → device_driver_attach → really_probe',
  unbind: 'unbind_store → device_driver_detach → __device_release_driver',
  driver_override: 'driver_override_store',
  drivers_probe: 'drivers_probe_store → device_attach → really_probe',
  hot_add: 'iommu_probe_device',
  open_container: 'vfio_fops_open',
  open_group: 'vfio_group_fops_open',
  get_api_version: 'vfio_fops_unl_ioctl',
  check_extension: 'vfio_fops_unl_ioctl → vfio_ioctl_check_extension',
  group_get_status: 'vfio_group_fops_unl_ioctl → vfio_group_viable',
  group_set_container: 'vfio_group_fops_unl_ioctl → vfio_group_set_container',
  group_unset_container: 'vfio_group_fops_unl_ioctl → vfio_group_unset_container',
  set_iommu: 'vfio_fops_unl_ioctl → vfio_ioctl_set_iommu',
  iommu_get_info: 'vfio_fops_unl_ioctl → vfio_iommu_type1_ioctl',
  map_dma: 'vfio_fops_unl_ioctl → vfio_iommu_type1_ioctl → vfio_dma_do_map',
  unmap_dma: 'vfio_fops_unl_ioctl → vfio_iommu_type1_ioctl → vfio_dma_do_unmap',
  group_get_device_fd: 'vfio_group_fops_unl_ioctl → vfio_group_get_device_fd',
  kvm_group_add: 'vfio_group_get_external_user',
  kvm_group_del: 'vfio_group_put_external_user',
  device_get_info: 'vfio_device_fops_unl_ioctl → vfio_pci_ioctl',
  device_reset: 'vfio_device_fops_unl_ioctl → vfio_pci_ioctl',
  device_hot_reset: 'vfio_device_fops_unl_ioctl → vfio_pci_ioctl',
}

const CHECKS: Readonly<Record<string, CheckWords>> = {
  // vfio_dev_viable, rule by rule.
  'L.V.1': viabilityRule('vfio_dev_viable', (device) => rich`${device} is leaving its vfio driver`, 'yes: good', 'no'),
  'L.V.2': viabilityRule('vfio_dev_viable', (device) => rich`${device} has no driver`, 'yes: good', 'no'),
  'L.V.3': viabilityRule(
    'vfio_dev_driver_allowed',
    (device) => rich`${device} is a bridge`,
    'yes: good, whatever its driver',
    'no',
  ),
  'L.V.4': viabilityRule(
    'vfio_dev_driver_allowed',
    (device) => rich`the driver of ${device} is pci-stub`,
    'yes: good',
    'no',
  ),
  'L.V.5': viabilityRule(
    'vfio_dev_viable',
    (device) => rich`${device} is a vfio device of this group`,
    'yes: good',
    'no',
  ),
  'L.V.6': {
    ...viabilityRule('vfio_dev_viable', (device) => rich`${device} lets the group be given away`, 'yes', 'no'),
    fail: (scene) =>
      scene.subject?.kind === 'driver'
        ? rich`${deviceIn(scene)} is held by ${driverIn(scene)}`
        : rich`${deviceIn(scene)} is held by a driver of the host`,
  },
  // open /dev/vfio/N.
  'L.GO.1': {
    fn: 'vfio_group_fops_open',
    ask: (scene) => rich`/dev/vfio has a file for ${groupIn(scene)}`,
    fail: 'no: none of its devices is bound to a vfio driver',
    why: (scene) =>
      rich`There is no file for ${groupIn(scene)}: VFIO makes it when the first device of the group is bound to a vfio driver.`,
    remedy: (scene) => rich`Bind a device of ${groupIn(scene)} to vfio-pci.`,
  },
  'L.GO.3': {
    fn: 'vfio_group_fops_open',
    ask: 'nobody has the group open',
    fail: 'no: it is open already',
    why: (scene) => capital(rich`${groupIn(scene)} is open already, and its file can be open only once at a time.`),
    remedy: 'Close the other group file first, or use it.',
  },
  'L.GO.4': {
    fn: 'vfio_group_fops_open',
    ask: 'the group is in no container',
    fail: 'no: an earlier user still holds it',
    why: (scene) =>
      capital(
        rich`${groupIn(scene)} is still in a container: its file was closed, but a device file or KVM of that user holds on.`,
      ),
    remedy: 'Close the remaining device files of the group.',
  },
  // VFIO_GROUP_SET_CONTAINER.
  'L.SC.2': {
    fn: 'vfio_group_set_container',
    ask: 'a file is given',
    fail: 'no: the number is negative',
    why: 'No open file was given as the container.',
    remedy: 'Open /dev/vfio/vfio and give that file.',
  },
  'L.SC.3': {
    fn: 'vfio_group_set_container',
    ask: 'the group is in no container yet',
    fail: 'no: it is in one',
    why: 'The group is in a container already, and it can be in one only.',
    remedy: 'Take it out with VFIO_GROUP_UNSET_CONTAINER first.',
  },
  'L.SC.5': {
    fn: 'vfio_group_set_container',
    ask: 'the file given is open',
    fail: 'no',
    why: 'Nothing is open under the name given as the container.',
    remedy: 'Open /dev/vfio/vfio and give that file.',
  },
  'L.SC.6': {
    fn: 'vfio_group_set_container',
    ask: 'the file given is a container',
    fail: 'no: it is something else',
    why: 'The file given is not a container.',
    remedy: 'Open /dev/vfio/vfio and give that file.',
  },
  'L.SC.8': {
    fn: 'vfio_group_set_container',
    ask: 'the container’s IOMMU takes the group',
    fail: 'no',
  },
  // VFIO_GROUP_UNSET_CONTAINER.
  'L.UC.1': {
    fn: 'vfio_group_unset_container',
    ask: 'the group is in a container',
    fail: 'no',
    why: 'The group is in no container, so there is nothing to take it out of.',
  },
  'L.UC.2': {
    fn: 'vfio_group_unset_container',
    ask: 'nobody uses the group’s devices',
    fail: 'no: a device file is open, or KVM holds the group',
    why: 'A device of the group is open, or KVM holds the group. The container is what confines that device’s DMA, so the group must stay.',
    remedy: 'Close the device files of the group and let KVM forget it.',
  },
  // VFIO_SET_IOMMU.
  'L.SI.1': {
    fn: 'vfio_ioctl_set_iommu',
    ask: (scene) => rich`${containerIn(scene)} has a group`,
    fail: 'no: it is empty',
    why: 'The container has no group yet. Its IOMMU is chosen for the groups in it.',
    remedy: 'Put a group into the container first.',
  },
  'L.SI.2': {
    fn: 'vfio_ioctl_set_iommu',
    ask: (scene) => rich`${containerIn(scene)} has no IOMMU type yet`,
    fail: 'no: it has one',
    why: 'The container has an IOMMU type already. It keeps it as long as a group is in it.',
  },
  'L.SI.3': {
    fn: 'vfio_ioctl_set_iommu',
    ask: 'a backend knows this type',
    fail: 'no',
    why: 'No backend of this kernel knows that IOMMU type.',
    remedy: 'Use type1 or type1v2.',
  },
  'L.SI.4': {
    fn: 'vfio_iommu_type1_open',
    ask: 'the backend accepts the type',
    fail: 'no',
    why: 'The backend does not accept that IOMMU type.',
    remedy: 'Use type1 or type1v2.',
  },
  'L.SI.5': {
    fn: '__vfio_container_attach_groups',
    ask: 'the backend takes every group of the container',
    fail: 'no',
  },
  // Moving a group into a container's domain.
  'L.AT.1': {
    fn: 'vfio_iommu_type1_attach_group',
    path: ATTACH_PATH,
    ask: 'the group is not with this backend yet',
    fail: 'no: it is',
    why: 'The group is with this container’s backend already.',
  },
  'L.AT.2': {
    fn: 'vfio_iommu_type1_attach_group',
    path: ATTACH_PATH,
    ask: 'all devices of the group are on one kind of bus',
    fail: 'no',
    why: 'The group has devices on different kinds of bus, which one domain cannot serve.',
  },
  'L.AT.3': {
    fn: 'iommu_domain_alloc',
    path: ATTACH_PATH,
    ask: 'a new domain can be made',
    fail: 'no',
    why: 'The IOMMU could make no new address space.',
  },
  'L.AT.4': {
    fn: '__iommu_attach_group',
    path: ATTACH_PATH,
    ask: 'the group is on its default domain',
    fail: 'no: somebody else has moved it',
    why: 'The group is on another domain already, so somebody else holds it.',
  },
  'L.AT.5': {
    fn: '__iommu_attach_group',
    path: ATTACH_PATH,
    ask: (scene) => rich`the IOMMU can move ${deviceIn(scene)}`,
    fail: 'no: its firmware demands memory that must stay mapped (RMRR)',
    why: (scene) =>
      rich`The firmware demands that ${deviceIn(scene)} reaches a certain memory at all times (RMRR), so it cannot be given to a user.`,
    remedy: 'Such a device cannot be assigned; some machines have a firmware setting that lifts the demand.',
  },
  'L.AT.6': {
    fn: 'vfio_iommu_type1_attach_group',
    path: ATTACH_PATH,
    ask: 'existing mappings fit the group’s address range',
    fail: 'no',
    why: 'A mapping of the container lies at addresses that the IOMMU of this group cannot translate.',
    remedy: 'Unmap it first.',
  },
  'L.AT.7': {
    fn: 'vfio_iommu_type1_attach_group',
    path: ATTACH_PATH,
    ask: 'no mapping is in a reserved region of the group',
    fail: 'no: one is',
    why: 'A mapping of the container lies in a region that is reserved for a device of the group.',
    remedy: 'Unmap it first.',
  },
  'L.AT.8': {
    fn: 'vfio_iommu_type1_attach_group',
    path: ATTACH_PATH,
    ask: 'some addresses are left to map',
    fail: 'no',
    why: 'The reserved regions leave no addresses that all groups of the container could use.',
  },
  'L.AT.9': {
    fn: 'vfio_iommu_type1_attach_group',
    path: ATTACH_PATH,
    ask: 'the IOMMU remaps interrupts',
    fail: 'no, and allow_unsafe_interrupts is off',
    why: 'The IOMMU cannot remap interrupts, so a user could make the device forge interrupts of the host.',
    remedy: 'Load vfio_iommu_type1 with allow_unsafe_interrupts=1, if you trust the user.',
  },
  // VFIO_GROUP_GET_DEVICE_FD.
  'L.GDF.2': {
    fn: 'vfio_group_get_device_fd',
    ask: 'group has a container',
    pass: 'pass',
    fail: 'no: VFIO_GROUP_SET_CONTAINER was never called',
    why: 'The group is in no container yet, so there is no address space for its devices.',
    remedy: 'Put the group into a container, and give the container an IOMMU type.',
  },
  'L.GDF.3': {
    fn: 'vfio_group_get_device_fd',
    ask: 'container has an IOMMU driver',
    pass: 'pass',
    fail: 'no: VFIO_SET_IOMMU was never called',
    why: 'The container has no IOMMU type yet. A device is given out only when its DMA is confined to the container.',
    remedy: 'Call VFIO_SET_IOMMU on the container first.',
  },
  'L.GDF.4': {
    fn: 'vfio_group_get_device_fd',
    ask: 'group is viable',
    pass: 'pass',
    fail: (scene) => {
      const found = culprits(scene)
      return found.length === 0 ? ['no'] : rich`no: ${list(found.map(({ words }) => words))}`
    },
    why: notViable,
    remedy: freeTheCulprits,
  },
  'L.GDF.6': {
    fn: 'vfio_device_get_from_name',
    ask: (scene) => rich`${deviceIn(scene)} is a vfio device of this group`,
    pass: 'pass',
    fail: 'no',
    why: (scene) => rich`${deviceIn(scene)} is not bound to a vfio driver, or belongs to another group.`,
    remedy: (scene) => rich`Bind ${deviceIn(scene)} to vfio-pci, and ask the file of its own group.`,
  },
  'L.GDF.7': {
    fn: 'vfio_pci_open',
    ask: (scene) => rich`the driver can open ${deviceIn(scene)}`,
    pass: 'pass',
    fail: 'no',
    why: (scene) => rich`vfio-pci could not open ${deviceIn(scene)}.`,
  },
  'L.GDF.8': {
    fn: 'vfio_group_get_device_fd',
    ask: 'the process may open one more file',
    pass: 'pass',
    fail: 'no',
    why: 'The process has too many open files.',
  },
  // VFIO_IOMMU_MAP_DMA.
  'L.MAP.3': {
    fn: 'vfio_dma_do_map',
    ask: 'address and size are whole pages',
    fail: 'no',
    why: 'Address and size must be multiples of the page size, 4K, and the size not 0.',
  },
  'L.MAP.4': {
    fn: 'vfio_dma_do_map',
    ask: 'the range does not wrap around',
    fail: 'no',
    why: 'The range runs past the last address.',
  },
  'L.MAP.5': {
    fn: 'vfio_dma_do_map',
    ask: 'nothing is mapped in this range',
    fail: 'no: something is',
    why: (scene) => rich`Something is mapped within ${rangeIn(scene)} already.`,
    remedy: 'Unmap that first, or map elsewhere.',
  },
  'L.MAP.6': {
    fn: 'vfio_dma_do_map',
    ask: 'the container may have one more mapping',
    fail: 'no: 65535 are in use',
    why: 'A container can have 65535 mappings at most.',
  },
  'L.MAP.7': {
    fn: 'vfio_dma_do_map',
    ask: 'the range is permitted',
    fail: 'no: it is beyond what the IOMMU translates, or reserved for interrupts',
    why: 'The addresses are beyond those that the IOMMU translates, or in the window for interrupts at 0xfee00000.',
  },
  'L.MAP.8': {
    fn: 'vfio_dma_do_map',
    ask: 'the memory can be pinned',
    fail: 'no',
    why: 'The process’s memory could not be pinned.',
  },
  // sysfs.
  'L.B.1': {
    fn: 'bind_store',
    ask: (scene) => rich`${deviceIn(scene)} is free and ${driverIn(scene)} fits it`,
    fail: 'no',
    why: (scene) => rich`${deviceIn(scene)} has a driver already, or ${driverIn(scene)} does not fit it.`,
    remedy: (scene) => rich`Unbind ${deviceIn(scene)} first.`,
  },
  'L.B.2': {
    fn: 'really_probe',
    ask: (scene) => rich`${driverIn(scene)} takes ${deviceIn(scene)}`,
    fail: 'no: its probe failed',
    why: (scene) => rich`${driverIn(scene)} would not take ${deviceIn(scene)}.`,
  },
}

const EFFECTS: Readonly<Record<string, EffectWords>> = {}

/** The process and the file by which the group was held when a driver was bound into it. */
function holders(world: World, steps: readonly Step[], index: number, group: number): Words | null {
  const id = world.groups[group]?.id
  const opened = steps
    .slice(0, index)
    .findLast(({ op, result }) => op.op === 'open_group' && Number(op.group) === id && 'ok' in result && result.ok)
  if (opened === undefined) return null
  const by = opened.op.by === undefined ? 0 : (world.processIndex.get(opened.op.by) ?? 0)
  return rich`${processSpan(world, by)}`
}

function bug(world: World, steps: readonly Step[], index: number): BugStory | null {
  const step = steps[index]
  if (step === undefined || !('bug' in step.result)) return null
  const { op } = step
  const named = 'device' in op ? op.device : undefined
  const device = named === undefined ? 'a device' : bdfSpan(world, named)
  const at = named === undefined ? undefined : world.deviceIndex.get(named)
  const home = at === undefined ? -1 : (world.devices[at]?.group ?? -1)
  const group = home < 0 ? 'its group' : groupSpan(world, home)
  const native = at === undefined ? 0 : (world.devices[at]?.native ?? 0)
  const driver =
    op.op === 'bind' ? driverNameSpan(world, op.driver) : native === 0 ? 'a driver' : driverSpan(world, native)
  const holder = holders(world, steps, index, home)
  const does =
    op.op === 'bind'
      ? rich`The administrator bound ${device} to ${driver} through sysfs`
      : op.op === 'hot_add'
        ? rich`The administrator plugged in ${device}, and ${driver} took it at once`
        : rich`The administrator let the kernel look for a driver for ${device}, and ${driver} took it`
  return {
    what: rich`${driver} became the driver of ${device} while ${group} was in a user’s container. VFIO noticed and stopped the kernel with a BUG_ON.`,
    who: sentences(
      rich`${does}.`,
      holder === null
        ? rich`${group} was still in use.`
        : rich`${holder} had ${group} in its container; it did nothing wrong.`,
    ),
    why: rich`When VFIO hears of the binding, ${driver} has probed the device already and may have started DMA. That DMA goes where the whole group’s goes: through the user’s address space. The notifier ${fn('vfio_iommu_group_notifier')} can only watch, not refuse, so the only way left to protect host and user from each other was to stop.`,
    instead: rich`Since Linux 5.19 the IOMMU core counts who uses a group. The bind is refused with ${{ kind: 'errno', text: 'EBUSY' }} before the driver touches the device, and the BUG_ON is gone.`,
  }
}

export const LINUX_5_10: KernelWords = {
  version: '5.10',
  entries: ENTRIES,
  checks: CHECKS,
  effects: EFFECTS,
  viability: VIABILITY,
  viabilityTest: 'vfio_group_viable',
  oops: () => [],
  bug,
}
