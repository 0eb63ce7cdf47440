/** Words for policy W: groups are bound to /dev/iommu (Williamson, 16 June 2021), and for its lockstep reading. */
import { functionsOf } from './functions.ts'
import { IOASID_FUNCTIONS } from './ioasid-functions.ts'
import type { T_OWN_CHECKS, T_OWN_EFFECTS } from '../sim/kernels/ioasid-t/codes.ts'
import type { W_LOCKSTEP_CHECKS, W_OWN_CHECKS, W_OWN_EFFECTS, WCheck, WEffect } from '../sim/kernels/ioasid-w/codes.ts'
import { IOMMU_FD_NOTIFIER } from './layers.ts'
import {
  accessWords,
  attachChecks,
  COMMON_ENTRIES,
  commonChecks,
  commonEffects,
  DEVICE_BIND_WORDS,
  DEVICE_ENTRIES,
  DEVICE_NODE_WORDS,
  driverStory,
  groupOwnerWords,
  listedChecks,
  oops,
  allSafeAt,
  blockableAt,
  ONE_SPACE_A_CLASS,
} from './ioasid-common.ts'
import { bugT, T_OWN_CHECK_WORDS, T_OWN_EFFECT_WORDS, T_VIABILITY } from './ioasid-t.ts'
import { deviceIn, groupIn, type CheckWords, type EffectWords, type KernelWords } from './kernel-words.ts'
import { rich } from './words.ts'

const GROUP_BIND = 'VFIO_GROUP_BIND_IOMMU_FD'
const GROUP_UNBIND = 'VFIO_GROUP_UNBIND_IOMMU_FD'
const GET_DEVICE = 'vfio_group_get_device_fd'

const OWN_CHECKS: Readonly<Record<(typeof W_OWN_CHECKS)[number], CheckWords>> = {
  'W.O.1': {
    fn: 'vfio_group_fops_open',
    ask: (scene) => rich`nobody has ${groupIn(scene)} open`,
    fail: 'no: it is open already',
    why: (scene) => rich`${groupIn(scene)} is open already, and its file can be open only once at a time.`,
    remedy: 'Close the other group file first, or use it.',
  },
  'W.O.2': {
    fn: 'vfio_group_fops_open',
    ask: (scene) => rich`${groupIn(scene)} is bound to no iommu_fd`,
    fail: 'no: devices of an earlier user are still open',
    why: (scene) =>
      rich`${groupIn(scene)} is still bound: its file was closed, but a device file of that user is open.`,
    remedy: 'Close the remaining device files of the group.',
  },
  'W.B.1': {
    fn: GROUP_BIND,
    ask: (scene) => rich`${groupIn(scene)} is bound to no iommu_fd yet`,
    why: (scene) => rich`${groupIn(scene)} is bound to an iommu_fd already.`,
  },
  'W.B.2': allSafeAt(GROUP_BIND),
  'W.B.locked': blockableAt(GROUP_BIND),
  'W.U.1': {
    fn: GROUP_UNBIND,
    ask: (scene) => rich`${groupIn(scene)} is bound to an iommu_fd`,
    why: (scene) => rich`${groupIn(scene)} is bound to no iommu_fd.`,
  },
  'W.U.2': {
    fn: GROUP_UNBIND,
    ask: (scene) => rich`no device of ${groupIn(scene)} is open`,
    why: (scene) => rich`A device of ${groupIn(scene)} is open, and its DMA must stay contained.`,
    remedy: 'Close the device files of the group first.',
  },
  'W.G.1': {
    fn: GET_DEVICE,
    ask: (scene) => rich`${groupIn(scene)} is bound to an iommu_fd`,
    why: (scene) => rich`${groupIn(scene)} is not bound to an iommu_fd, so nobody has checked it yet.`,
    remedy: 'Bind the group to an iommu_fd first.',
  },
  'W.G.2': {
    fn: GET_DEVICE,
    ask: (scene) => rich`${deviceIn(scene)} is a vfio device of this group`,
    why: (scene) => rich`${deviceIn(scene)} is not bound to a vfio driver, or belongs to another group.`,
    remedy: (scene) => rich`Bind ${deviceIn(scene)} to vfio-pci, and ask the file of its own group.`,
  },
  ...attachChecks({
    bound: 'W.A.1',
    known: 'W.A.2',
    free: 'W.A.3',
    detach: 'W.D.1',
    boundWhy: 'The group is bound to no iommu_fd, so its devices have no address spaces to choose from.',
  }),
  'W.A.4': ONE_SPACE_A_CLASS,
  'W.UR.last': {
    fn: 'vfio_unregister_group_dev',
    ask: 'the group has other vfio devices, or is bound to no iommu_fd',
    fail: (scene) => rich`no: ${deviceIn(scene)} was the last, and the group is bound`,
  },
  'W.NB.idle': {
    fn: IOMMU_FD_NOTIFIER,
    ask: (scene) => rich`${groupIn(scene)} is bound to no iommu_fd`,
    pass: 'yes: any driver will do',
    neutral: true,
  },
  'W.NB.safe': {
    fn: IOMMU_FD_NOTIFIER,
    ask: (scene) => rich`${deviceIn(scene)} may stay in a group in use`,
    pass: 'pass',
    fail: 'no: BUG_ON',
    why: (scene) =>
      rich`${deviceIn(scene)} got a driver of the host while ${groupIn(scene)} is bound to an iommu_fd. /dev/iommu cannot refuse the driver any more, so the kernel stops with a BUG_ON.`,
    remedy: 'Unbind the group from its iommu_fd before giving one of its devices to the host.',
  },
}

const LOCKSTEP_CHECKS: Readonly<Record<(typeof W_LOCKSTEP_CHECKS)[number], CheckWords>> = {
  'W.L.1': {
    fn: 'vfio_device_fops_unl_ioctl',
    ask: (scene) => rich`all vfio devices of ${groupIn(scene)} are attached, and to one address space`,
    fail: 'no: they are out of step',
  },
}

const OWN_EFFECTS: Readonly<Record<(typeof W_OWN_EFFECTS)[number], EffectWords>> = {
  'wait.group': {
    fn: 'vfio_unregister_group_dev',
    words: (scene) => rich`the unbind waits until ${groupIn(scene)} is unbound from its iommu_fd`,
    why: (scene) =>
      rich`It was the last vfio device of ${groupIn(scene)}, which is bound to an iommu_fd. The unbind goes on when the group is unbound.`,
    remedy: 'Unbind the group from its iommu_fd, or close the group’s file.',
  },
}

const CHECKS: Readonly<Record<WCheck, CheckWords>> = {
  ...commonChecks(false, GROUP_BIND),
  ...listedChecks(GROUP_BIND),
  ...DEVICE_NODE_WORDS,
  ...OWN_CHECKS,
  ...LOCKSTEP_CHECKS,
  ...(T_OWN_CHECK_WORDS satisfies Readonly<Record<(typeof T_OWN_CHECKS)[number], CheckWords>>),
  'P.X.1': {
    fn: 'vfio_device_fops_unl_ioctl',
    ask: (scene) => rich`the user may use ${deviceIn(scene)} now`,
    why: (scene) =>
      rich`Not all devices of ${groupIn(scene)} are in one address space. In lockstep, none of them may be used until they are.`,
    remedy: 'Attach all vfio devices of the group to one address space.',
  },
}
const EFFECTS: Readonly<Record<WEffect, EffectWords>> = {
  ...commonEffects({
    fn: IOMMU_FD_NOTIFIER,
    words: (scene) => rich`BUG_ON: ${deviceIn(scene)} breaks ${groupIn(scene)}, which is bound; the kernel stops`,
    log: oops('kernel BUG in the group notifier of /dev/iommu!'),
  }),
  ...DEVICE_BIND_WORDS,
  ...groupOwnerWords(GROUP_BIND),
  ...accessWords(GET_DEVICE),
  ...OWN_EFFECTS,
  ...(T_OWN_EFFECT_WORDS satisfies Readonly<Record<(typeof T_OWN_EFFECTS)[number], EffectWords>>),
}

export const IOASID_W: KernelWords = {
  name: 'the proposal to bind groups',
  version: 'never merged',
  functions: functionsOf('ioasid-w', [IOASID_FUNCTIONS]),
  entries: {
    ...COMMON_ENTRIES,
    ...DEVICE_ENTRIES,
    chown_group: 'chown_common',
    open_group: 'vfio_group_fops_open',
    group_bind_iommufd: GROUP_BIND,
    group_unbind_iommufd: GROUP_UNBIND,
    group_get_device_fd: GET_DEVICE,
  },
  checks: CHECKS,
  effects: EFFECTS,
  viability: T_VIABILITY,
  viabilityTest: GROUP_BIND,
  bug(world, steps, index) {
    const step = steps[index]
    if (step?.op.op === 'attach' || step?.op.op === 'detach') return bugT(world, steps, index)
    return driverStory(
      world,
      steps,
      index,
      'The notifier',
      'The IOMMU core of Linux 5.19 and later counts who uses a group, and refuses such a binding with EBUSY before the driver touches the device.',
    )
  },
}
