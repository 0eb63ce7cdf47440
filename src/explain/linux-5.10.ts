/** Words for Linux 5.10's legacy VFIO: groups, containers, the notifier and its BUG_ON. */
import { functionsOf, LEGACY_FUNCTIONS } from './functions.ts'
import type { LegacyCheck, LegacyEffect } from '../sim/kernels/linux-5.10/codes.ts'
import { VFIO_BUG } from '../sim/kernels/linux-5.10/notifier.ts'
import type { SharedCheck, SharedEffect } from '../sim/kernels/shared/codes.ts'
import type { Op } from '../sim/op.ts'
import type { Step } from '../sim/replay.ts'
import { succeeded } from '../sim/result.ts'
import type { World } from '../sim/world.ts'
import type { BugStory, CheckWords, EffectWords, KernelWords, LogLine, Scene, ViabilityRule } from './kernel-words.ts'
import { countIn, deviceIn, fileIn, fullBdf, groupIn, subjectDevice } from './kernel-words.ts'
import { describeOp } from './ops.ts'
import { SHARED_CHECK_WORDS, SHARED_EFFECT_WORDS } from './shared.ts'
import type { Span, Words } from './words.ts'
import {
  bdfSpan,
  code,
  deviceSpan,
  driverNameSpan,
  driverSpan,
  fn,
  groupSpan,
  list,
  plain,
  processSpan,
  rich,
  sentences,
} from './words.ts'

const UNREGISTER_PATH = 'pci_device_remove → vfio_pci_remove → vfio_del_group_dev → vfio_unregister_group_dev'
const VIABLE_PATH = 'vfio_group_viable → iommu_group_for_each_dev → vfio_dev_viable'

/** A member that a step's viability test turned down, and the driver that was the reason. */
interface Culprit {
  readonly device: number
  readonly driver: number
}

/** Those found so far in a scene; the test stops at the first. */
function culprits(scene: Scene): readonly Culprit[] {
  return scene.events.slice(0, scene.index).flatMap((event): Culprit[] => {
    const { subject } = event
    const bad = event.event === 'check' && !event.ok && event.code.startsWith('L.V.')
    if (!bad || subject?.kind !== 'driver' || subject.device === undefined) return []
    return [{ device: subject.device, driver: subject.driver }]
  })
}

/** What is wrong with a driver in a user's group, as the end of a clause. */
function fault(world: World, driver: number): string {
  switch (world.drivers[driver]?.family) {
    case 'uio':
      return 'which VFIO does not accept'
    case 'port':
      return 'which VFIO accepts on ports only'
    default:
      return 'which keeps the device for the host'
  }
}

function culpritWords(scene: Scene): Words | null {
  const found = culprits(scene)
  if (found.length === 0) return null
  return list(
    found.map(
      ({ device, driver }) =>
        rich`${deviceSpan(scene.world, device)} is bound to ${driverSpan(scene.world, driver)}, ${fault(scene.world, driver)}`,
    ),
  )
}

function notViable(scene: Scene): Words {
  return rich`The group is not viable: ${culpritWords(scene) ?? 'a driver of the host uses one of its devices'}.`
}

function freeTheCulprits(scene: Scene): Words {
  const found = culprits(scene).map(({ device }) => deviceSpan(scene.world, device))
  return found.length === 0
    ? ['Unbind the device that a driver of the host uses, or bind it to vfio-pci or pci-stub.']
    : rich`Unbind ${list(found)}, or bind it to vfio-pci or pci-stub.`
}

/** `no`, and which member is the reason. */
function heldBy(scene: Scene): Words {
  const found = culprits(scene).map(
    ({ device, driver }) => rich`${deviceSpan(scene.world, device)} is held by ${driverSpan(scene.world, driver)}`,
  )
  return found.length === 0 ? ['no'] : rich`no: ${list(found)}`
}

const VIABILITY: Readonly<Record<string, ViabilityRule>> = {
  'L.V.1': {
    member: (world, device) => rich`${deviceSpan(world, device)} is just leaving its vfio driver`,
  },
  'L.V.2': {
    member: (world, device) => rich`${deviceSpan(world, device)} has no driver`,
  },
  'L.V.3': {
    member: (world, device) => rich`${deviceSpan(world, device)} is a bridge: any driver will do`,
  },
  'L.V.4': {
    member: (world, device, driver) =>
      rich`${deviceSpan(world, device)} is bound to ${driverSpan(world, driver)}, which is on VFIO’s list`,
  },
  'L.V.5': {
    member: (world, device, driver) => rich`${deviceSpan(world, device)} is bound to ${driverSpan(world, driver)}`,
  },
  'L.V.6': {
    member: (world, device, driver) => rich`${deviceSpan(world, device)} is held by ${driverSpan(world, driver)}`,
    sentence: (world, device, driver) =>
      rich`${deviceSpan(world, device)} is bound to ${driverSpan(world, driver)}, ${fault(world, driver)}.`,
  },
}

const ENTRIES: KernelWords['entries'] = {
  bind: 'bind_store → device_driver_attach → really_probe',
  unbind: 'unbind_store → device_driver_detach → __device_release_driver',
  driver_override: 'driver_override_store',
  drivers_probe: 'drivers_probe_store → device_attach → really_probe',
  hot_add: 'pci_device_add → iommu_probe_device',
  chown_group: 'chown_common',
  close: 'filp_close → __fput',
  exit: 'do_exit → exit_files → __fput',
  open_container: 'vfio_fops_open',
  open_group: 'vfio_group_fops_open',
  get_api_version: 'vfio_fops_unl_ioctl',
  check_extension: 'vfio_fops_unl_ioctl → vfio_ioctl_check_extension',
  group_get_status: 'vfio_group_fops_unl_ioctl',
  group_set_container: 'vfio_group_fops_unl_ioctl → vfio_group_set_container',
  group_unset_container: 'vfio_group_fops_unl_ioctl → vfio_group_unset_container',
  set_iommu: 'vfio_fops_unl_ioctl → vfio_ioctl_set_iommu',
  iommu_get_info: 'vfio_fops_unl_ioctl → vfio_iommu_type1_ioctl',
  map_dma: 'vfio_fops_unl_ioctl → vfio_iommu_type1_ioctl → vfio_dma_do_map',
  unmap_dma: 'vfio_fops_unl_ioctl → vfio_iommu_type1_ioctl → vfio_dma_do_unmap',
  group_get_device_fd: 'vfio_group_fops_unl_ioctl → vfio_group_get_device_fd',
  kvm_group_add: 'kvm_vfio_set_group → vfio_group_get_external_user',
  kvm_group_del: 'kvm_vfio_set_group → vfio_group_put_external_user',
  device_get_info: 'vfio_device_fops_unl_ioctl → vfio_pci_ioctl',
  device_access: 'vfio_device_fops_unl_ioctl → vfio_pci_ioctl',
  device_reset: 'vfio_device_fops_unl_ioctl → vfio_pci_ioctl',
  device_hot_reset: 'vfio_device_fops_unl_ioctl → vfio_pci_ioctl',
}

const NOTIFIER_PATH = 'driver_bound → iommu_bus_notifier → vfio_iommu_group_notifier'

/** A rule of vfio_dev_viable as a check of the path: it is the one that decided about a device. */
const rule = (name: string, fnName: string): CheckWords => ({
  fn: fnName,
  path: viablePath,
  ask: (scene) => rich`${deviceIn(scene)} may be in a user’s group`,
  pass: (scene) => rich`yes: ${ruleWords(name, scene)}`,
  fail: (scene) => rich`no: ${ruleWords(name, scene)}`,
})

/** The notifier asks about the one device that was bound; everybody else goes through the group. */
function viablePath(scene: Scene): string {
  const before = scene.events[scene.index - 1]
  return before?.code === 'L.NB.users' ? `${NOTIFIER_PATH} → vfio_group_nb_verify → vfio_dev_viable` : VIABLE_PATH
}

function ruleWords(name: string, scene: Scene): Words {
  const driver = scene.subject?.kind === 'driver' ? scene.subject.driver : 0
  const words = VIABILITY[name]?.member(scene.world, subjectDevice(scene.subject) ?? -1, driver)
  return words ?? [name]
}

const noContainer = (fnName: string): CheckWords => ({
  fn: fnName,
  ask: 'group has a container',
  pass: 'pass',
  fail: 'no: VFIO_GROUP_SET_CONTAINER was never called',
  why: 'The group is in no container, so there is no address space for its devices.',
  remedy: 'Put the group into a container, and give the container an IOMMU type.',
})

const noBackend = (fnName: string): CheckWords => ({
  fn: fnName,
  ask: 'container has an IOMMU driver',
  pass: 'pass',
  fail: 'no: VFIO_SET_IOMMU was never called',
  why: 'The container has no IOMMU type yet. A device is given out only when its DMA is confined to the container.',
  remedy: 'Call VFIO_SET_IOMMU on the container first.',
})

const groupViable = (fnName: string): CheckWords => ({
  fn: fnName,
  ask: 'group is viable',
  pass: 'pass',
  fail: heldBy,
  why: notViable,
  remedy: freeTheCulprits,
})

const OWN_CHECKS: Readonly<Record<Exclude<LegacyCheck, SharedCheck>, CheckWords>> = {
  // open /dev/vfio/N.
  'L.GO.3': {
    fn: 'vfio_group_fops_open',
    ask: (scene) => rich`nobody has ${groupIn(scene)} open`,
    fail: 'no: it is open already',
    why: (scene) => rich`${groupIn(scene)} is open already, and its file can be open only once at a time.`,
    remedy: 'Close the other group file first, or use it.',
  },
  'L.GO.4': {
    fn: 'vfio_group_fops_open',
    ask: (scene) => rich`${groupIn(scene)} is in no container`,
    fail: 'no: an earlier user still holds it',
    why: (scene) =>
      rich`${groupIn(scene)} is still in a container: its file was closed, but a device file or KVM of that user holds on.`,
    remedy: 'Close the remaining device files of the group, and let KVM forget it.',
  },

  // VFIO_GROUP_SET_CONTAINER.
  'L.SC.2': {
    fn: 'vfio_group_set_container',
    ask: (scene) => rich`${otherFile(scene)} is open`,
    fail: 'no: the kernel is given -1',
    why: (scene) => rich`Nothing is open under the name ${otherFile(scene)}, so there is no container to join.`,
    remedy: 'Open /dev/vfio/vfio and give that file.',
  },
  'L.SC.3': {
    fn: 'vfio_group_set_container',
    ask: (scene) => rich`${groupIn(scene)} is in no container yet`,
    fail: 'no: it is in one',
    why: (scene) => rich`${groupIn(scene)} is in a container already, and it can be in one only.`,
    remedy: 'Take it out with VFIO_GROUP_UNSET_CONTAINER first.',
  },
  'L.SC.5': {
    fn: 'vfio_group_set_container',
    ask: (scene) => rich`the process itself has ${otherFile(scene)} open`,
    fail: 'no: another process has, and the kernel is given -1',
    why: (scene) => rich`${otherFile(scene)} is open in another process, not in the one that calls.`,
    remedy: 'Open /dev/vfio/vfio in this process.',
  },
  'L.SC.6': {
    fn: 'vfio_group_set_container',
    ask: (scene) => rich`${otherFile(scene)} is a container`,
    fail: 'no: it is something else',
    why: (scene) => rich`${otherFile(scene)} is not a container.`,
    remedy: 'Open /dev/vfio/vfio and give that file.',
  },

  // VFIO_GROUP_UNSET_CONTAINER.
  'L.UC.1': {
    fn: 'vfio_group_unset_container',
    ask: (scene) => rich`${groupIn(scene)} is in a container`,
    why: (scene) => rich`${groupIn(scene)} is in no container, so there is none to leave.`,
  },
  'L.UC.2': {
    fn: 'vfio_group_unset_container',
    ask: (scene) => rich`nobody uses a device of ${groupIn(scene)}`,
    fail: (scene) => rich`no: container_users is ${String(countIn(scene) ?? 2)}`,
    why: (scene) =>
      rich`A device of ${groupIn(scene)} is open, or KVM holds the group. The container confines their DMA, so the group must stay in it.`,
    remedy: 'Close the device files of the group, and let KVM forget it.',
  },

  // VFIO_GROUP_GET_DEVICE_FD: the first three stand in one `if`.
  'L.GDF.2': noContainer('vfio_group_get_device_fd'),
  'L.GDF.3': noBackend('vfio_group_get_device_fd'),
  'L.GDF.4': groupViable('vfio_group_get_device_fd'),
  'L.GDF.6': {
    fn: 'vfio_device_get_from_name',
    ask: (scene) => rich`${deviceIn(scene)} is a vfio device of this group`,
    pass: 'pass',
    why: (scene) => rich`${deviceIn(scene)} is not bound to a vfio driver, or belongs to another group.`,
    remedy: (scene) => rich`Bind ${deviceIn(scene)} to vfio-pci, and ask the file of its own group.`,
  },

  // VFIO_GROUP_GET_STATUS.
  'L.GS.viable': {
    fn: 'vfio_group_viable',
    ask: (scene) => rich`${groupIn(scene)} is viable`,
    fail: heldBy,
  },

  // KVM.
  'L.KVM.1': noContainer('vfio_group_get_external_user'),
  'L.KVM.2': noBackend('vfio_group_get_external_user'),
  'L.KVM.3': groupViable('vfio_group_get_external_user'),
  'L.KVM.4': {
    fn: 'kvm_vfio_set_group',
    ask: (scene) => rich`KVM does not hold ${groupIn(scene)} yet`,
    fail: 'no: it does',
    why: (scene) => rich`KVM holds ${groupIn(scene)} already.`,
  },
  'L.KVM.5': {
    fn: 'kvm_vfio_set_group',
    ask: 'KVM holds the group of this file',
    why: 'KVM does not hold the group of this file.',
  },

  // vfio_dev_viable.
  'L.V.1': rule('L.V.1', 'vfio_dev_viable'),
  'L.V.2': rule('L.V.2', 'vfio_dev_viable'),
  'L.V.3': rule('L.V.3', 'vfio_dev_driver_allowed'),
  'L.V.4': rule('L.V.4', 'vfio_dev_driver_allowed'),
  'L.V.5': rule('L.V.5', 'vfio_dev_viable'),
  'L.V.6': rule('L.V.6', 'vfio_dev_viable'),

  // vfio_unregister_group_dev.
  'L.UR.2': {
    fn: 'vfio_unregister_group_dev',
    path: UNREGISTER_PATH,
    ask: (scene) => rich`no device file of ${deviceIn(scene)} is open`,
    fail: (scene) => (countIn(scene) === 1 ? ['no: one is'] : rich`no: ${String(countIn(scene) ?? 'some')} are`),
  },
  'L.UR.4': {
    fn: 'vfio_unregister_group_dev',
    path: UNREGISTER_PATH,
    ask: 'the group has other vfio devices, or is in no container',
    fail: (scene) => rich`no: ${deviceIn(scene)} was the last, and the group is in a container`,
  },

  // The notifier.
  'L.NB.users': {
    fn: 'vfio_group_nb_verify',
    path: `${NOTIFIER_PATH} → vfio_group_nb_verify`,
    ask: (scene) => rich`${groupIn(scene)} is in no container`,
    pass: 'yes: container_users is 0, so any driver will do',
    fail: (scene) => rich`no: container_users is ${String(countIn(scene) ?? 1)}`,
    neutral: true,
  },
  'L.NB.viable': {
    fn: 'vfio_group_nb_verify',
    ask: (scene) => rich`${deviceIn(scene)} may stay in a group in use`,
    pass: 'pass',
    fail: 'no: BUG_ON',
    why: bugReason,
    remedy:
      'Before binding such a driver close the device files of the group and take it out of its container; or bind vfio-pci or pci-stub.',
  },
  'L.NB.live': {
    fn: 'vfio_group_nb_add_dev',
    path: 'iommu_group_add_device → vfio_iommu_group_notifier → vfio_group_nb_add_dev',
    ask: (scene) => rich`${groupIn(scene)} is in no container`,
    fail: (scene) => rich`no: container_users is ${String(countIn(scene) ?? 1)}`,
  },
}

/** The file that VFIO_GROUP_SET_CONTAINER is given. */
function otherFile(scene: Scene): Span {
  return fileIn(scene, 'container_fd')
}

/** Who was bound to what, for the BUG. */
function bugReason(scene: Scene): Words {
  const [found] = culprits(scene).slice(-1)
  const driver = found === undefined ? 'a driver of the host' : driverSpan(scene.world, found.driver)
  return rich`${deviceIn(scene)} got ${driver} while ${groupIn(scene)} is in a user’s container. VFIO cannot refuse the driver any more, so the kernel stops with a BUG_ON.`
}

function oops(scene: Scene): readonly LogLine[] {
  const device = fullBdf(scene)
  const group = plain([groupIn(scene)])
  const remarks = [
    `vfio_group_nb_verify: container_users of ${group} is not 0, and vfio_dev_viable says no to ${device}`,
    `the driver of ${device} has been probed and is bound; its DMA goes where that of ${group} goes`,
    `the task that bound it is killed and keeps the lock of ${device}: nothing here can be trusted to go on`,
  ]
  return [{ level: 'bug', text: VFIO_BUG.text }, ...remarks.map((text): LogLine => ({ level: 'remark', text }))]
}

const heard = (phrase: (scene: Scene) => Words): EffectWords => ({
  fn: 'vfio_iommu_group_notifier',
  words: phrase,
})

const OWN_EFFECTS: Readonly<Record<Exclude<LegacyEffect, SharedEffect>, EffectWords>> = {
  'notify.add': heard((scene) => rich`VFIO hears that ${deviceIn(scene)} was added to ${groupIn(scene)}`),
  'notify.bind': heard((scene) => rich`VFIO hears that ${deviceIn(scene)} is about to get a driver, and lets it be`),
  'notify.bound': heard((scene) => rich`VFIO hears that ${deviceIn(scene)} has got a driver; its probe is done`),
  'notify.unbind': heard((scene) => rich`VFIO hears that ${deviceIn(scene)} is about to lose its driver`),
  'notify.unbound': heard((scene) => rich`VFIO hears that ${deviceIn(scene)} has lost its driver`),
  'warn.live-group': {
    fn: 'vfio_group_nb_add_dev',
    words: (scene) => rich`a warning: a device was added to ${groupIn(scene)}, which is in use`,
    log: (scene) => [
      { level: 'warn', text: `vfio_group_nb_add_dev: Device added to live ${plain([groupIn(scene)])}!` },
    ],
  },
  bug: {
    fn: 'vfio_group_nb_verify',
    words: (scene) => rich`BUG_ON: ${deviceIn(scene)} breaks ${groupIn(scene)}, which is in use; the kernel stops`,
    log: oops,
  },
}

const CHECKS: Readonly<Record<LegacyCheck, CheckWords>> = { ...SHARED_CHECK_WORDS, ...OWN_CHECKS }
const EFFECTS: Readonly<Record<LegacyEffect, EffectWords>> = { ...SHARED_EFFECT_WORDS, ...OWN_EFFECTS }

/** The process that had a group open before a step, as far as the steps tell. */
function holder(world: World, steps: readonly Step[], index: number, group: number): Span | null {
  const id = world.groups[group]?.id
  const opened = steps
    .slice(0, index)
    .findLast(({ op, result }) => op.op === 'open_group' && Number(op.group) === id && succeeded(result))
  if (opened === undefined) return null
  return processSpan(world, opened.op.by === undefined ? 0 : (world.processIndex.get(opened.op.by) ?? 0))
}

/** The call that hit the BUG: that of the step itself, or one that had waited and was released by it. */
function culpritCall(steps: readonly Step[], index: number): { op: Op; releasedBy: Op | null } | null {
  const step = steps[index]
  if (step === undefined) return null
  if ('bug' in step.result) return { op: step.op, releasedBy: null }
  const late = step.completes.find(({ result }) => 'bug' in result)
  const waited = late === undefined ? undefined : steps[late.step]
  return waited === undefined ? null : { op: waited.op, releasedBy: step.op }
}

function bug(world: World, steps: readonly Step[], index: number): BugStory | null {
  const found = culpritCall(steps, index)
  if (found === null) return null
  const { op, releasedBy } = found
  const named = 'device' in op ? op.device : ''
  const at = world.deviceIndex.get(named) ?? -1
  const info = world.devices[at]
  const group = info === undefined ? -1 : info.group
  const device = bdfSpan(world, named)
  const groupName = groupSpan(world, group)
  const driver =
    op.op === 'bind'
      ? driverNameSpan(world, op.driver)
      : info === undefined || info.native === 0
        ? 'a driver'
        : driverSpan(world, info.native)
  const user = holder(world, steps, index, group)
  const deed =
    op.op === 'bind'
      ? rich`The administrator bound ${device} to ${driver}`
      : op.op === 'hot_add'
        ? rich`The administrator plugged ${device} in, and ${driver} took it at once`
        : rich`The administrator let the kernel look for a driver for ${device}, and ${driver} took it`
  const late =
    releasedBy !== null &&
    rich`That call had waited; it went on when somebody did ${code(describeOp(world, releasedBy).call)}.`
  return {
    what: rich`${device} got the host’s driver ${driver} while ${groupName} was in a user’s container. VFIO found that out and stopped the kernel: a BUG_ON.`,
    who: sentences(
      rich`${deed}.`,
      late,
      user !== null && rich`${user} had put ${groupName} into its container and did nothing wrong.`,
    ),
    why: rich`The host and the user would now drive devices that the IOMMU cannot keep apart. VFIO cannot refuse the binding any more: it is told after the driver has set the device up.`,
    whyAtLength: sentences(
      rich`By then DMA of ${device} may be running.`,
      rich`All devices of a group share one address space, here the user’s: ${driver} makes its device write where the user’s memory is, and devices of a group may also write into each other’s registers past the IOMMU.`,
      rich`All that the notifier ${fn('vfio_iommu_group_notifier')} can do at that point is stop the kernel.`,
    ),
    instead: rich`The IOMMU core of Linux 5.19 and later counts who uses a group. It refuses such a binding with ${{ kind: 'errno', text: 'EBUSY' }} before the driver touches the device; the BUG_ON is gone.`,
  }
}

export const LINUX_5_10: KernelWords = {
  name: 'Linux 5.10',
  version: '5.10',
  functions: functionsOf('linux-5.10', [LEGACY_FUNCTIONS]),
  entries: ENTRIES,
  checks: CHECKS,
  effects: EFFECTS,
  viability: VIABILITY,
  viabilityTest: 'vfio_group_viable',
  bug,
}
