/** Words for policy T: the device-centric proposal (Tian, 15-17 June 2021). */
import { functionsOf } from './functions.ts'
import { IOASID_FUNCTIONS } from './ioasid-functions.ts'
import type { T_OWN_CHECKS, T_OWN_EFFECTS, TCheck, TEffect } from '../sim/kernels/ioasid-t/codes.ts'
import { T_BUG } from '../sim/kernels/ioasid-t/notifier.ts'
import type { Step } from '../sim/replay.ts'
import type { World } from '../sim/world.ts'
import {
  attachChecks,
  BIND,
  COMMON_ENTRIES,
  commonChecks,
  commonEffects,
  translationPhrase,
  DEVICE_BIND_WORDS,
  DEVICE_ENTRIES,
  DEVICE_NODE_WORDS,
  driverStory,
  FREE_THE_DEVICES,
  heldBy,
  listedChecks,
  NOTIFIER,
  oops,
  safetyRules,
  UNBIND,
  unsafeReason,
  VIABLE,
  NOT_BOUND_YET,
} from './ioasid-common.ts'
import {
  deviceIn,
  groupIn,
  type BugStory,
  type CheckWords,
  type EffectWords,
  type KernelWords,
  type ViabilityRule,
} from './kernel-words.ts'
import { deviceSpan, rich } from './words.ts'

const NOT_CONTAINED = 'A device of the group is neither blocked nor attached to an address space.'

export const T_OWN_CHECK_WORDS: Readonly<Record<(typeof T_OWN_CHECKS)[number], CheckWords>> = {
  'T.V.blocked': {
    fn: VIABLE,
    ask: (scene) => rich`${deviceIn(scene)} is blocked, or attached`,
    fail: (scene) => rich`no: it is in ${translationPhrase(scene)}`,
  },
  'T.O.1': {
    fn: VIABLE,
    ask: (scene) => rich`every device of ${groupIn(scene)} has a safe driver`,
    pass: 'pass',
    fail: heldBy,
    why: unsafeReason,
    remedy: FREE_THE_DEVICES,
  },
  'T.O.2': {
    fn: VIABLE,
    ask: (scene) => rich`every device of ${groupIn(scene)} is blocked or attached`,
    pass: 'pass',
    why: NOT_CONTAINED,
  },
  'T.B.1': NOT_BOUND_YET,
  'T.B.single': {
    fn: BIND,
    ask: (scene) => rich`${groupIn(scene)} has one device only`,
    why: (scene) => rich`${groupIn(scene)} has several devices. Such groups are left to legacy VFIO.`,
  },
  'T.B.2': {
    fn: VIABLE,
    ask: (scene) => rich`${groupIn(scene)} is viable`,
    pass: 'pass',
    fail: heldBy,
    why: (scene) =>
      scene.events.some(({ code, event }) => event === 'check' && code === 'P.S.unsafe')
        ? unsafeReason(scene)
        : [NOT_CONTAINED],
    remedy: FREE_THE_DEVICES,
  },
  'T.U.1': {
    fn: UNBIND,
    ask: (scene) => rich`${deviceIn(scene)} is bound through this file`,
    why: (scene) => rich`${deviceIn(scene)} is bound to no iommu_fd through this file.`,
  },
  'T.U.2': {
    fn: UNBIND,
    ask: (scene) => rich`${deviceIn(scene)} is attached to nothing`,
    why: (scene) => rich`${deviceIn(scene)} is still attached to an address space of the iommu_fd.`,
    remedy: 'Detach it first.',
  },
  ...attachChecks({
    bound: 'T.A.1',
    known: 'T.A.2',
    free: 'T.A.3',
    detach: 'T.D.1',
    boundWhy: 'The device is bound to no iommu_fd through this file, so it has no address spaces to choose from.',
  }),
  'T.NB.idle': {
    fn: NOTIFIER,
    ask: (scene) => rich`no device of ${groupIn(scene)} is bound to an iommu_fd`,
    pass: 'yes: any driver will do, even beside a device that somebody has open',
    neutral: true,
  },
  'T.NB.safe': {
    fn: NOTIFIER,
    ask: (scene) => rich`${deviceIn(scene)} may stay in a group in use`,
    pass: 'pass',
    fail: 'no: BUG_ON',
    why: (scene) =>
      rich`${deviceIn(scene)} got a driver of the host while ${groupIn(scene)} is bound to an iommu_fd. VFIO cannot refuse the driver any more, so the kernel stops with a BUG_ON.`,
    remedy: 'Unbind the group’s devices from their iommu_fds before giving one of them to the host.',
  },
  'T.NB.block': {
    fn: NOTIFIER,
    ask: (scene) => rich`${deviceIn(scene)} is still blocked, as recorded`,
    pass: 'pass',
    fail: 'no: BUG_ON',
    why: (scene) =>
      rich`${deviceIn(scene)} shares a requester ID with the device that was attached, and left block without an ATTACH of its own. A notifier that watches the block state takes that for a violation, and the kernel stops, at the wish of any user.`,
    remedy: 'Start the machine without policy.notifyOnBlockChange, which is one reading of the mails only.',
  },
}

export const T_OWN_EFFECT_WORDS: Readonly<Record<(typeof T_OWN_EFFECTS)[number], EffectWords>> = {
  'notify.block': {
    fn: NOTIFIER,
    words: (scene) => rich`VFIO hears that ${deviceIn(scene)} has left block`,
  },
}

export const T_BUG_WORDS: EffectWords = {
  fn: NOTIFIER,
  words: (scene) => rich`BUG_ON: ${deviceIn(scene)} breaks ${groupIn(scene)}; the kernel stops`,
  log: oops(T_BUG.text),
}

const CHECKS: Readonly<Record<TCheck, CheckWords>> = {
  ...commonChecks(false, VIABLE),
  ...listedChecks(VIABLE),
  ...DEVICE_NODE_WORDS,
  ...T_OWN_CHECK_WORDS,
}
const EFFECTS: Readonly<Record<TEffect, EffectWords>> = {
  ...commonEffects(T_BUG_WORDS),
  ...DEVICE_BIND_WORDS,
  ...T_OWN_EFFECT_WORDS,
}

export const T_VIABILITY: Readonly<Record<string, ViabilityRule>> = {
  ...safetyRules(false),
  'T.V.blocked': {
    member: (world, device) => rich`${deviceSpan(world, device)} is neither blocked nor attached`,
    sentence: (world, device) =>
      rich`${deviceSpan(world, device)} is neither blocked nor attached to an address space, so its DMA is not contained.`,
  },
}

export function bugT(world: World, steps: readonly Step[], index: number): BugStory | null {
  const step = steps[index]
  if (step !== undefined && (step.op.op === 'attach' || step.op.op === 'detach')) {
    return {
      what: ['A device left block although nobody attached it, and the kernel stopped itself with a BUG_ON.'],
      who: ['A user with no privilege at all moved another device, with which it shares a requester ID.'],
      why: ['A notifier that watches blocked devices found one unblocked and took that for an attack.'],
      whyAtLength: [
        'The kernel keeps a record for each device, but the IOMMU has one table for each requester ID. The two devices share an ID, so moving one moved the other, and the record of the other was wrong.',
      ],
      instead: ['iommufd (Linux 6.2 and later) moves a whole group at a time, so records and hardware agree.'],
    }
  }
  return driverStory(
    world,
    steps,
    index,
    'VFIO’s notifier',
    'The IOMMU core of Linux 5.19 and later counts who uses a group, and refuses such a binding with EBUSY before the driver touches the device.',
  )
}

export const IOASID_T: KernelWords = {
  name: 'the device-centric proposal',
  version: 'never merged',
  functions: functionsOf('ioasid-t', [IOASID_FUNCTIONS]),
  entries: { ...COMMON_ENTRIES, ...DEVICE_ENTRIES },
  checks: CHECKS,
  effects: EFFECTS,
  viability: T_VIABILITY,
  viabilityTest: VIABLE,
  bug: bugT,
}
