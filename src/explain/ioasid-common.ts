/** Words that the three policies of the 2021 debate have in common. Where no mail names a function, the request stands for it. */
import type {
  ACCESS_EFFECTS,
  DECLARED_CHECKS,
  DEVICE_BIND_EFFECTS,
  DEVICE_NODE_CHECKS,
  GROUP_OWNER_EFFECTS,
  IoasidCheck,
  IoasidEffect,
  LISTED_CHECKS,
} from '../sim/kernels/shared/ioasid-codes.ts'
import type { SharedCheck, SharedEffect } from '../sim/kernels/shared/codes.ts'
import type { Op, OpKind } from '../sim/op.ts'
import type { Step } from '../sim/replay.ts'
import type { World } from '../sim/world.ts'
import type { BugStory, CheckWords, EffectWords, KernelWords, LogLine, Scene, ViabilityRule } from './kernel-words.ts'
import { countIn, deviceIn, fileIn, fullBdf, groupIn, subjectDevice } from './kernel-words.ts'
import { describeOp } from './ops.ts'
import { contextPhrase, SHARED_CHECK_WORDS, SHARED_EFFECT_WORDS } from './shared.ts'
import type { Span, Words } from './words.ts'
import {
  bdfSpan,
  code,
  deviceSpan,
  driverNameSpan,
  driverSpan,
  groupSpan,
  list,
  plain,
  rich,
  sentences,
} from './words.ts'

export const BIND = 'VFIO_BIND_IOMMU_FD'
export const UNBIND = 'VFIO_UNBIND_IOMMU_FD'
export const ATTACH = 'VFIO_ATTACH_IOASID'
export const DETACH = 'VFIO_DETACH_IOASID'
export const NOTIFIER = 'vfio_iommu_group_notifier'
export const VIABLE = 'vfio_group_viable'

/** Calls that the policies share with the kernels of their time, and those of /dev/iommu. */
export const COMMON_ENTRIES: KernelWords['entries'] = {
  bind: 'bind_store → device_driver_attach → really_probe',
  unbind: 'unbind_store → device_driver_detach → __device_release_driver',
  driver_override: 'driver_override_store',
  drivers_probe: 'drivers_probe_store → device_attach → really_probe',
  hot_add: 'pci_device_add → iommu_probe_device',
  close: 'filp_close → __fput',
  exit: 'do_exit → exit_files → __fput',
  open_iommufd: 'do_sys_open',
  ioas_alloc: 'IOMMU_IOASID_ALLOC',
  ioas_destroy: 'IOMMU_IOASID_FREE',
  ioas_map: 'IOMMU_MAP_DMA',
  ioas_unmap: 'IOMMU_UNMAP_DMA',
  attach: ATTACH,
  detach: DETACH,
} satisfies Partial<Record<OpKind, string>>

/** Those of an interface of devices. */
export const DEVICE_ENTRIES: KernelWords['entries'] = {
  open_cdev: 'do_sys_open',
  bind_iommufd: BIND,
  unbind_iommufd: UNBIND,
}

// ---- Members of a group and their drivers -----------------------------------------------------------------------

const DRIVER_LESS = 'has no driver'

/** What the rules say of a member: by VFIO's list, or by drivers that have declared themselves safe. */
export function safetyRules(declared: boolean): Readonly<Record<string, ViabilityRule>> {
  const stays = declared ? 'which has not declared that it leaves DMA to others' : 'which keeps the device for the host'
  const welcome = declared ? 'which has declared itself safe' : 'which is on VFIO’s list'
  return {
    'P.S.none': { member: (world, device) => rich`${deviceSpan(world, device)} ${DRIVER_LESS}` },
    'P.S.leaving': { member: (world, device) => rich`${deviceSpan(world, device)} is just leaving its vfio driver` },
    'P.S.bridge': { member: (world, device) => rich`${deviceSpan(world, device)} is a bridge: any driver will do` },
    'P.S.stub': {
      member: (world, device, driver) =>
        rich`${deviceSpan(world, device)} is bound to ${driverSpan(world, driver)}, ${welcome}`,
    },
    'P.S.vfio': {
      member: (world, device, driver) => rich`${deviceSpan(world, device)} is bound to ${driverSpan(world, driver)}`,
    },
    'P.S.port': {
      member: (world, device, driver) =>
        rich`${deviceSpan(world, device)} is bound to ${driverSpan(world, driver)}, which has declared itself safe`,
    },
    'P.S.unsafe': {
      member: (world, device, driver) => rich`${deviceSpan(world, device)} is held by ${driverSpan(world, driver)}`,
      sentence: (world, device, driver) =>
        rich`${deviceSpan(world, device)} is bound to ${driverSpan(world, driver)}, ${stays}.`,
    },
  }
}

/** A rule as a check of the path: it is the one that decided about a member. */
function ruleCheck(rules: Readonly<Record<string, ViabilityRule>>, name: string, fn: string): CheckWords {
  const about = (scene: Scene): Words => {
    const driver = scene.subject?.kind === 'driver' ? scene.subject.driver : 0
    return rules[name]?.member(scene.world, subjectDevice(scene.subject) ?? -1, driver) ?? [name]
  }
  return {
    fn,
    ask: (scene) => rich`${deviceIn(scene)} may be in a user’s group`,
    pass: (scene) => rich`yes: ${about(scene)}`,
    fail: (scene) => rich`no: ${about(scene)}`,
  }
}

/** The members that were found bad so far, as `01:00.0 is held by e1000e`. */
function culprits(scene: Scene): Words[] {
  return scene.events.slice(0, scene.index).flatMap((event) => {
    const { subject } = event
    const bad = event.event === 'check' && !event.ok && event.code === 'P.S.unsafe'
    if (!bad || subject?.kind !== 'driver' || subject.device === undefined) return []
    return [rich`${deviceSpan(scene.world, subject.device)} is held by ${driverSpan(scene.world, subject.driver)}`]
  })
}

/** `no`, and which member is the reason. */
export function heldBy(scene: Scene): Words {
  const found = culprits(scene)
  return found.length === 0 ? ['no'] : rich`no: ${list(found)}`
}

/** Why a group cannot be given to a user: its drivers. */
export function unsafeReason(scene: Scene): Words {
  const found = culprits(scene)
  const members = found.length === 0 ? ['a driver of the host has one of its devices'] : list(found)
  return rich`${groupIn(scene)} cannot be given to a user: ${members}.`
}

export const FREE_THE_DEVICES =
  'Take the devices of the group that the host uses from their drivers, or bind them to vfio-pci or pci-stub.'

// ---- Checks and effects -----------------------------------------------------------------------------------------

type Own = Exclude<IoasidCheck, SharedCheck>

/** Checks that all policies have beside those of every kernel. `safetyFn` makes the test of drivers. */
export function commonChecks(declared: boolean, safetyFn: string): Readonly<Record<IoasidCheck, CheckWords>> {
  const rules = safetyRules(declared)
  const own: Readonly<Record<Own, CheckWords>> = {
    'P.X.1': {
      fn: 'vfio_device_fops_unl_ioctl',
      ask: (scene) => rich`the user may use ${deviceIn(scene)} now`,
      why: (scene) => rich`${deviceIn(scene)} is open, but its user may not use it in this state.`,
    },
    'P.IF.open': {
      fn: 'fdget',
      ask: (scene) => rich`${fileIn(scene, 'iommufd')} is open in this process`,
      why: (scene) => rich`This process has nothing open under the name ${fileIn(scene, 'iommufd')}.`,
      remedy: 'Open /dev/iommu first.',
    },
    'P.IF.kind': {
      fn: BIND,
      ask: (scene) => rich`${fileIn(scene, 'iommufd')} is an iommu_fd`,
      why: (scene) => rich`${fileIn(scene, 'iommufd')} is not a file of /dev/iommu.`,
      remedy: 'Open /dev/iommu and give that file.',
    },
    'P.MAP.ioasid': {
      fn: 'IOMMU_MAP_DMA',
      ask: (scene) => rich`this iommu_fd has an IOASID ${fileIn(scene, 'ioas')}`,
      why: (scene) => rich`${fileIn(scene, 'ioas')} is no IOASID of this iommu_fd. Each iommu_fd numbers its own.`,
    },
    'P.FREE.1': {
      fn: 'IOMMU_IOASID_FREE',
      ask: (scene) => rich`this iommu_fd has an IOASID ${fileIn(scene, 'ioas')}`,
      why: (scene) => rich`${fileIn(scene, 'ioas')} is no IOASID of this iommu_fd. Each iommu_fd numbers its own.`,
    },
    'P.FREE.2': {
      fn: 'IOMMU_IOASID_FREE',
      ask: (scene) => rich`no device is attached to ${fileIn(scene, 'ioas')}`,
      why: (scene) => rich`A device is attached to ${fileIn(scene, 'ioas')}, and its DMA needs the page table.`,
      remedy: 'Detach the devices first.',
    },
    'P.UR.fds': {
      fn: 'vfio_unregister_group_dev',
      ask: (scene) => rich`no device file of ${deviceIn(scene)} is open`,
      fail: (scene) => (countIn(scene) === 1 ? ['no: one is'] : rich`no: ${String(countIn(scene) ?? 'some')} are`),
    },
    'P.S.none': ruleCheck(rules, 'P.S.none', safetyFn),
    'P.S.leaving': ruleCheck(rules, 'P.S.leaving', safetyFn),
    'P.S.stub': ruleCheck(rules, 'P.S.stub', safetyFn),
    'P.S.vfio': ruleCheck(rules, 'P.S.vfio', safetyFn),
    'P.S.unsafe': ruleCheck(rules, 'P.S.unsafe', safetyFn),
  }
  return { ...SHARED_CHECK_WORDS, ...own }
}

export function listedChecks(fn: string): Readonly<Record<(typeof LISTED_CHECKS)[number], CheckWords>> {
  return { 'P.S.bridge': ruleCheck(safetyRules(false), 'P.S.bridge', fn) }
}

export function declaredChecks(fn: string): Readonly<Record<(typeof DECLARED_CHECKS)[number], CheckWords>> {
  return { 'P.S.port': ruleCheck(safetyRules(true), 'P.S.port', fn) }
}

export const DEVICE_NODE_WORDS: Readonly<Record<(typeof DEVICE_NODE_CHECKS)[number], CheckWords>> = {
  'P.DN.1': {
    fn: 'do_sys_open',
    ask: (scene) => rich`${deviceIn(scene)} has a file in /dev/vfio/devices`,
    fail: 'no: it is on no vfio driver',
    why: (scene) => rich`${deviceIn(scene)} has no file in /dev/vfio/devices: only devices on a vfio driver have one.`,
    remedy: (scene) => rich`Bind ${deviceIn(scene)} to vfio-pci.`,
  },
}

/** BIND of a device: it is not bound yet. */
export const NOT_BOUND_YET: CheckWords = {
  fn: BIND,
  ask: (scene) => rich`${deviceIn(scene)} is bound to no iommu_fd yet`,
  why: (scene) => rich`${deviceIn(scene)} is bound to an iommu_fd already.`,
}

/** ATTACH: devices with requester IDs in common are in one address space. */
export const ONE_SPACE_A_CLASS: CheckWords = {
  fn: ATTACH,
  ask: 'no device that shares requester IDs with it is attached elsewhere',
  why: (scene) =>
    rich`${deviceIn(scene)} shares requester IDs with it and is attached to another address space. The IOMMU cannot tell them apart, so they can only be in one.`,
  remedy: 'Attach it to the same address space, or detach the other one first.',
}

/** The group is safe to be bound by a call. */
export function allSafeAt(fn: string): CheckWords {
  return {
    fn,
    ask: (scene) => rich`every device of ${groupIn(scene)} has a safe driver`,
    pass: 'pass',
    fail: heldBy,
    why: unsafeReason,
    remedy: FREE_THE_DEVICES,
  }
}

/** A device may be blocked when its group is bound by a call. */
export function blockableAt(fn: string): CheckWords {
  return {
    fn,
    ask: (scene) => rich`the DMA of ${deviceIn(scene)} may be blocked`,
    fail: 'no: its firmware demands memory that must stay mapped (RMRR)',
    why: (scene) =>
      rich`The firmware demands that ${deviceIn(scene)} can reach a certain memory at all times, so its group cannot be blocked.`,
  }
}

/** The translation that a scene is about, in the words of the mails. */
export function translationPhrase(scene: Scene): Words {
  return contextPhrase(scene, 'block: every DMA faults', 'an address space of the user')
}

/** Effects of all policies; `bug` is told by each. */
export function commonEffects(bug: EffectWords): Readonly<Record<IoasidEffect, EffectWords>> {
  const own: Readonly<Record<Exclude<IoasidEffect, SharedEffect>, EffectWords>> = {
    'iommufd.made': { fn: 'do_sys_open', words: 'there is a new iommu_fd, and so a new security context' },
    'iommufd.freed': {
      fn: '__fput',
      words: 'nothing keeps the iommu_fd any more: it is gone, with its address spaces',
    },
    'ioasid.made': {
      fn: 'IOMMU_IOASID_ALLOC',
      words: (scene) => rich`there is a new, empty address space, ${fileIn(scene, 'as')}`,
    },
    'ioasid.freed': { fn: 'IOMMU_IOASID_FREE', words: 'the address space is gone' },
    'device.attached': { fn: ATTACH, words: (scene) => rich`${deviceIn(scene)} is attached to an address space` },
    'device.detached': { fn: DETACH, words: (scene) => rich`${deviceIn(scene)} is attached to nothing any more` },
    'switch.gap': {
      fn: ATTACH,
      words: (scene) => rich`on the way ${deviceIn(scene)} passes through ${translationPhrase(scene)}`,
    },
    'notify.bound': {
      fn: 'iommu_bus_notifier',
      words: (scene) => rich`whoever minds the group hears that ${deviceIn(scene)} has got a driver; its probe is done`,
    },
    bug,
  }
  return { ...SHARED_EFFECT_WORDS, ...own }
}

export const DEVICE_BIND_WORDS: Readonly<Record<(typeof DEVICE_BIND_EFFECTS)[number], EffectWords>> = {
  'device.bound': { fn: BIND, words: (scene) => rich`${deviceIn(scene)} is bound to the iommu_fd` },
  'device.unbound': { fn: UNBIND, words: (scene) => rich`${deviceIn(scene)} is bound to no iommu_fd any more` },
}

export function groupOwnerWords(fn: string): Readonly<Record<(typeof GROUP_OWNER_EFFECTS)[number], EffectWords>> {
  return {
    'group.owned': { fn, words: (scene) => rich`the iommu_fd owns ${groupIn(scene)}, with all of its devices` },
    'group.released': { fn, words: (scene) => rich`nobody owns ${groupIn(scene)} any more` },
  }
}

export function accessWords(fn: string): Readonly<Record<(typeof ACCESS_EFFECTS)[number], EffectWords>> {
  return {
    'access.given': { fn, words: (scene) => rich`the user may use ${deviceIn(scene)} now` },
    'access.taken': { fn, words: (scene) => rich`the user may not use ${deviceIn(scene)} any more` },
  }
}

/** Checks of ATTACH and DETACH that say the same in all policies: bound, known, not attached; attached. */
export function attachChecks<C extends string>(codes: {
  readonly bound: C
  readonly known: C
  readonly free: C
  readonly detach: C
  readonly boundWhy: string
}): Readonly<Record<C, CheckWords>>
export function attachChecks(codes: {
  readonly bound: string
  readonly known: string
  readonly free: string
  readonly detach: string
  readonly boundWhy: string
}): Readonly<Record<string, CheckWords>> {
  return {
    [codes.bound]: {
      fn: ATTACH,
      ask: (scene) => rich`${deviceIn(scene)} is bound to an iommu_fd`,
      why: codes.boundWhy,
    },
    [codes.known]: {
      fn: ATTACH,
      ask: (scene) => rich`that iommu_fd has an IOASID ${fileIn(scene, 'ioas')}`,
      why: (scene) => rich`${fileIn(scene, 'ioas')} is no IOASID of the iommu_fd that the device is bound to.`,
      remedy: 'Make an address space in that iommu_fd.',
    },
    [codes.free]: {
      fn: ATTACH,
      ask: (scene) => rich`${deviceIn(scene)} is attached to nothing`,
      why: (scene) => rich`${deviceIn(scene)} is attached to an address space already.`,
      remedy: 'Detach it first.',
    },
    [codes.detach]: {
      fn: DETACH,
      ask: (scene) => rich`${deviceIn(scene)} is attached through this file`,
      why: (scene) => rich`${deviceIn(scene)} is attached to nothing.`,
    },
  }
}

// ---- The end of a kernel ----------------------------------------------------------------------------------------

/** The report of an assertion that was never written. */
export function oops(text: string): (scene: Scene) => readonly LogLine[] {
  return (scene) => {
    const device = fullBdf(scene)
    const lines = [
      text,
      `${device} is not safe in ${plain([groupIn(scene)])}, which is in use`,
      `the task that did it is killed; nothing here can be trusted to go on`,
    ]
    return lines.map((line) => ({ level: 'bug', text: line }))
  }
}

/** The call that hit the BUG: that of the step itself, or one that had waited and was released by it. */
function culpritOp(steps: readonly Step[], index: number): Op | null {
  const step = steps[index]
  if (step === undefined) return null
  if ('bug' in step.result) return step.op
  const late = step.completes.find(({ result }) => 'bug' in result)
  return (late === undefined ? undefined : steps[late.step]?.op) ?? null
}

/** The story of a driver that was bound beside a user. `who` watched, `instead` is what became of it. */
export function driverStory(
  world: World,
  steps: readonly Step[],
  index: number,
  watcher: string,
  instead: string,
): BugStory | null {
  const op = culpritOp(steps, index)
  if (op === null || !('device' in op)) return null
  const at = world.deviceIndex.get(op.device) ?? -1
  const info = world.devices[at]
  const device = bdfSpan(world, op.device)
  const driver: Span =
    op.op === 'bind'
      ? driverNameSpan(world, op.driver)
      : info === undefined || info.native === 0
        ? 'a driver'
        : driverSpan(world, info.native)
  const group = groupSpan(world, info?.group ?? -1)
  return {
    what: rich`${device} got ${driver} as its driver while ${group} was in a user’s hands, and the kernel stopped itself with a BUG_ON.`,
    who: rich`It happened in ${code(describeOp(world, op).call)}.`,
    why: rich`${watcher} can see such a binding, but it cannot refuse it: it is told after the driver has set the device up.`,
    whyAtLength: sentences(rich`By then DMA of ${device} may be running.`, [
      'The IOMMU does not keep the devices of one group apart, so the driver and the user can harm each other.',
    ]),
    instead: [instead],
  }
}
