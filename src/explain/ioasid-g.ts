/** Words for policy G: BIND checks the whole group (Gunthorpe, 14 and 18 June 2021). */
import { functionsOf } from './functions.ts'
import { IOASID_FUNCTIONS } from './ioasid-functions.ts'
import { IOMMU_FD_NOTIFIER } from './layers.ts'
import type { G_OWN_CHECKS, GCheck, GEffect } from '../sim/kernels/ioasid-g/codes.ts'
import {
  accessWords,
  attachChecks,
  BIND,
  COMMON_ENTRIES,
  commonChecks,
  commonEffects,
  DEVICE_BIND_WORDS,
  DEVICE_ENTRIES,
  DEVICE_NODE_WORDS,
  declaredChecks,
  driverStory,
  groupOwnerWords,
  oops,
  safetyRules,
  UNBIND,
  allSafeAt,
  blockableAt,
  NOT_BOUND_YET,
  ONE_SPACE_A_CLASS,
} from './ioasid-common.ts'
import { deviceIn, driverIn, groupIn, type CheckWords, type EffectWords, type KernelWords } from './kernel-words.ts'
import { rich } from './words.ts'

const OWN_CHECKS: Readonly<Record<(typeof G_OWN_CHECKS)[number], CheckWords>> = {
  'G.B.1': NOT_BOUND_YET,
  'G.B.single': {
    fn: BIND,
    ask: (scene) => rich`${groupIn(scene)} has one device only`,
    why: (scene) => rich`${groupIn(scene)} has several devices. Such groups are left to legacy VFIO at first.`,
  },
  'G.B.2': allSafeAt(BIND),
  'G.B.3': {
    fn: BIND,
    ask: (scene) => rich`no other iommu_fd owns ${groupIn(scene)}`,
    why: (scene) =>
      rich`Another iommu_fd owns ${groupIn(scene)}: a group is never split between two security contexts.`,
    remedy: 'Bind the device to that iommu_fd, or let its user unbind all devices of the group.',
  },
  'G.B.locked': blockableAt(BIND),
  'G.U.1': {
    fn: UNBIND,
    ask: (scene) => rich`${deviceIn(scene)} is bound through this file`,
    why: (scene) => rich`${deviceIn(scene)} is bound to no iommu_fd through this file.`,
  },
  ...attachChecks({
    bound: 'G.A.1',
    known: 'G.A.2',
    free: 'G.A.3',
    detach: 'G.D.1',
    boundWhy: 'The device is bound to no iommu_fd through this file, so it has no address spaces to choose from.',
  }),
  'G.A.4': ONE_SPACE_A_CLASS,
  'G.PB.1': {
    fn: 'really_probe',
    ask: (scene) => rich`${driverIn(scene)} may probe ${deviceIn(scene)}`,
    fail: 'no: an iommu_fd owns the group',
    why: (scene) => rich`An iommu_fd owns ${groupIn(scene)}, and ${driverIn(scene)} has not declared itself safe.`,
    remedy: 'Let the user unbind the devices of the group first.',
  },
  'G.NB.idle': {
    fn: IOMMU_FD_NOTIFIER,
    ask: (scene) => rich`no iommu_fd owns ${groupIn(scene)}`,
    pass: 'yes: any driver will do',
    neutral: true,
  },
  'G.NB.safe': {
    fn: IOMMU_FD_NOTIFIER,
    ask: (scene) => rich`${deviceIn(scene)} may stay in a group in use`,
    pass: 'pass',
    fail: 'no: BUG_ON',
    why: (scene) =>
      rich`${deviceIn(scene)} got a driver of the host while an iommu_fd owns ${groupIn(scene)}. Nobody could refuse the driver, so the kernel stops with a BUG_ON.`,
    remedy: 'Let the user unbind the devices of the group first, or start the machine with policy.denyProbe.',
  },
}

const CHECKS: Readonly<Record<GCheck, CheckWords>> = {
  ...commonChecks(true, BIND),
  ...declaredChecks(BIND),
  ...DEVICE_NODE_WORDS,
  ...OWN_CHECKS,
  'P.X.1': {
    fn: 'vfio_device_fops_unl_ioctl',
    ask: (scene) => rich`${deviceIn(scene)} is bound to an iommu_fd through this file`,
    why: (scene) =>
      rich`${deviceIn(scene)} is open, but not bound to an iommu_fd: until then its file gives no access.`,
    remedy: 'Bind it to an iommu_fd first.',
  },
}
const EFFECTS: Readonly<Record<GEffect, EffectWords>> = {
  ...commonEffects({
    fn: IOMMU_FD_NOTIFIER,
    words: (scene) =>
      rich`BUG_ON: ${deviceIn(scene)} breaks ${groupIn(scene)}, which an iommu_fd owns; the kernel stops`,
    log: oops('kernel BUG in the group notifier of the iommu_fd!'),
  }),
  ...DEVICE_BIND_WORDS,
  ...groupOwnerWords(BIND),
  ...accessWords(BIND),
}

export const IOASID_G: KernelWords = {
  name: 'the proposal to check groups at BIND',
  version: 'never merged',
  functions: functionsOf('ioasid-g', [IOASID_FUNCTIONS]),
  entries: { ...COMMON_ENTRIES, ...DEVICE_ENTRIES },
  checks: CHECKS,
  effects: EFFECTS,
  viability: safetyRules(true),
  viabilityTest: BIND,
  bug: (world, steps, index) =>
    driverStory(
      world,
      steps,
      index,
      'The notifier of the iommu_fd',
      'On 25 June Gunthorpe wished for the probe to be denied instead; Linux 5.19 and later do that.',
    ),
}
