/** Words for Linux 7.3 as distributions build it: those of 6.12 but for the backend of containers. */
import type { OwnershipCheck } from '../sim/kernels/shared/ownership/codes.ts'
import {
  deviceIndexIn,
  fullBdf,
  subjectDevice,
  wordIn,
  type CheckWords,
  type EffectWords,
  type KernelWords,
  type LogLine,
  type Scene,
} from './kernel-words.ts'
import { LINUX_6_12 } from './linux-6.12.ts'
import { ownershipFunctions } from './ownership-functions.ts'
import { rich } from './words.ts'

/** What 7.3 checks in another way than 6.12, with the words of a kernel of that time. */
export function changedSince612(
  checks: Readonly<Record<OwnershipCheck, CheckWords>>,
): Readonly<Pick<Record<OwnershipCheck, CheckWords>, 'L.SI.3' | 'L.MAP.4'>> {
  return {
    'L.SI.3': {
      ...checks['L.SI.3'],
      why: (scene) =>
        rich`No backend of this machine knows the IOMMU type ${wordIn(scene, 'asked for')}. (The type for nested page tables, type1_nesting, is gone: no hardware driver ever offered it through VFIO.)`,
    },
    'L.MAP.4': {
      ...checks['L.MAP.4'],
      why: 'The range runs past the last 64-bit address. This is asked before whether it is of whole pages.',
    },
  }
}

/** Lines about a reset of some devices (pci_dev_save_and_disable, pci_dev_restore; since 6.15). */
function resetLines(addresses: readonly string[]): LogLine[] {
  const about = (what: string): LogLine[] =>
    addresses.map((address) => ({ level: 'info', text: `vfio-pci ${address}: ${what}` }))
  return [...about('resetting'), ...about('reset done')]
}

/** The same for the reset of a bus: all its devices are taken out of service first, so that the first one's event tells of all. */
function busResetLines({ world, events, index }: Scene): LogLine[] {
  const isReset = (at: number): boolean => events[at]?.code === 'device.reset'
  if (isReset(index - 1)) return []
  const addresses: string[] = []
  for (let at = index; isReset(at); at++) {
    addresses.push(world.devices[subjectDevice(events[at]?.subject) ?? -1]?.spec.bdf ?? '')
  }
  return resetLines(addresses)
}

/**
 * Whether the kernel tries to reset a device that is opened. It knows ways to do so from the time when it found the device
 * (pci_init_reset_methods): the first function of a bus was alone then, and its bus could be reset for it.
 */
function triesReset(scene: Scene): boolean {
  const { devices, topology } = scene.world
  const device = deviceIndexIn(scene) ?? -1
  const parent = topology.parents[device] ?? -1
  const first = parent >= 0 && devices.findIndex((_, other) => topology.parents[other] === parent) === device
  return first || devices[device]?.spec.resettable !== false
}

/** What 7.3 writes into its log and 6.12 does not: every reset, also that with which a device is opened. */
export function loggedSince612<Effects extends Readonly<Record<'device.enabled' | 'device.reset', EffectWords>>>(
  effects: Effects,
): Pick<Effects, 'device.enabled' | 'device.reset'> {
  return {
    'device.enabled': {
      ...effects['device.enabled'],
      log: (scene) => (triesReset(scene) ? resetLines([fullBdf(scene)]) : []),
    },
    'device.reset': { ...effects['device.reset'], log: busResetLines },
  }
}

const { checks, effects } = LINUX_6_12

export const LINUX_7_3: KernelWords = {
  ...LINUX_6_12,
  name: 'Linux 7.3',
  version: '7.3',
  functions: ownershipFunctions('linux-7.3'),
  checks: { ...checks, ...changedSince612(checks) },
  effects: { ...effects, ...loggedSince612(effects) },
}
