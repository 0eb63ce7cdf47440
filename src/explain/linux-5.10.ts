/** Words for Linux 5.10's legacy VFIO: groups, containers, the notifier and its BUG_ON. */
import type { Step } from '../sim/replay.ts'
import type { World } from '../sim/world.ts'
import {
  deviceIn,
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
  // VFIO_GROUP_GET_DEVICE_FD.
  'L.GDF.2': {
    fn: 'vfio_group_get_device_fd',
    ask: 'group has a container',
    pass: 'pass',
    fail: 'no: VFIO_GROUP_SET_CONTAINER was never called',
    why: 'The group is in no container yet, so there is no address space for its devices.',
    remedy: 'Put the group into a container, and give the container an IOMMU.',
  },
  'L.GDF.3': {
    fn: 'vfio_group_get_device_fd',
    ask: 'container has an IOMMU driver',
    pass: 'pass',
    fail: 'no: VFIO_SET_IOMMU was never called',
    why: 'The container has no IOMMU type yet. A device is only given out once its DMA is confined to the container.',
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
  // The notifier.
  'L.NB': {
    fn: 'vfio_group_nb_verify',
    path: 'driver_bound → iommu_bus_notifier → vfio_iommu_group_notifier → vfio_group_nb_verify',
    ask: 'group is used by nobody',
    pass: 'pass',
    fail: 'no: it is in a container',
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
